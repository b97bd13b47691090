//! What the desk's placements do: rules R3, R4 and R9, and the crossings of both registers by name.

use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::place::RefusedReason;
use usher_domain::{ConversationId, Place, PlacementId, SessionId, Timestamp};

use super::stage::{Stage, agent, ask, check, group, untimed};

fn assigned(name: &'static str) -> Place {
    Place::assigned(agent(name))
}

#[test]
fn waiting_tells_the_visitor_their_place_in_line() {
    let mut stage = Stage::waiting();
    check(stage.place(1, 1, Place::waiting(2)), &["queued at 2", "to visitor: Queued { position: 2 }"]);
    check(stage.place(1, 2, Place::waiting(1)), &["queued at 1", "to visitor: Queued { position: 1 }"]);
}

#[test]
fn assigned_tells_agent_and_visitor() {
    check(
        Stage::waiting().place(1, 2, assigned("li")),
        &["assigned li 1.2", "to desk of li: assigned 1.2", "to visitor: served by li"],
    );
}

#[test]
fn skipped_turns_do_no_harm() {
    check(
        Stage::waiting().place(1, 9, assigned("li")),
        &["assigned li 1.9", "to desk of li: assigned 1.9", "to visitor: served by li"],
    );
}

#[test]
fn lower_and_equal_turns_are_dropped() {
    let mut stage = Stage::active();
    check(stage.place(1, 2, assigned("wang")), &["repeated"]);
    check(stage.place(1, 1, Place::waiting(1)), &["repeated"]);
    check(stage.send("li", untimed()), &["ordered", "to visitor: li says hello", "written down: li says hello"]);
}

#[test]
fn placements_of_another_epoch_are_dropped() {
    check(Stage::waiting().place(2, 1, assigned("li")), &["repeated"]);
    check(Stage::waiting().place(0, 7, assigned("li")), &["repeated"]);
}

#[test]
fn placement_while_the_bot_has_the_session_is_dropped() {
    let mut stage = Stage::with_bot();
    stage.visitor(VisitorAct::Connect { context: None });
    check(stage.place(1, 1, assigned("li")), &["repeated"]);
}

#[test]
fn lost_agent_leaves_and_the_session_waits() {
    check(
        Stage::active().place(1, 3, Place::waiting(1)),
        &["left li", "to desk of li: left, Reassigned", "queued at 1", "to visitor: Queued { position: 1 }"],
    );
}

#[test]
fn old_agent_leaves_before_the_new_one_enters() {
    check(
        Stage::active().place(1, 3, assigned("wang")),
        &[
            "left li",
            "to desk of li: left, Reassigned",
            "assigned wang 1.3",
            "to desk of wang: assigned 1.3",
            "to visitor: served by wang",
        ],
    );
}

#[test]
fn lost_and_back_at_once_names_the_new_placement_and_an_old_close_has_moved() {
    let mut stage = Stage::active();
    check(stage.place(1, 4, assigned("li")), &["assigned li 1.4", "to desk of li: assigned 1.4"]);
    let placement = PlacementId { epoch: 1, turn: 2 };
    check(
        stage.agent("li", AgentAct::Close { placement }),
        &["refused Close: moved", "to desk of li: refused Close: moved"],
    );
}

#[test]
fn refused_by_the_desk_closes() {
    let refused = || Place::refused(RefusedReason::QueueFull);
    check(
        Stage::waiting().place(1, 2, refused()),
        &["desk: 2 wants nobody", "to visitor: refused, queue-full", "closed by Refused"],
    );
    check(
        Stage::active().place(1, 3, refused()),
        &[
            "desk: 2 wants nobody",
            "left li",
            "to desk of li: left, Reassigned",
            "to visitor: refused, queue-full",
            "closed by Refused",
        ],
    );
}

#[test]
fn ghosts_die_although_the_session_is_forgotten() {
    let mut stage = Stage::native();
    let conversation = ConversationId::from_bits(9);
    let ghost = SessionId { conversation, opened_at: Timestamp::from_millis(3), opened_by: 4 };
    for place in [assigned("li"), Place::waiting(1), Place::refused(RefusedReason::OffHours)] {
        check(stage.place_session(ghost, 5, 1, place), &["desk: 6 wants nobody"]);
    }
}

#[test]
fn visitor_leaves_while_assigned_is_under_way() {
    let mut stage = Stage::waiting();
    check(stage.visitor(VisitorAct::Leave), &["desk: 2 wants nobody", "closed by Visitor"]);
    check(stage.place(1, 2, assigned("li")), &["desk: 2 wants nobody"]);
}

#[test]
fn visitor_leaves_and_returns_at_once() {
    let mut stage = Stage::waiting();
    let old = stage.session.expect("opened");
    stage.visitor(VisitorAct::Leave);
    check(stage.visitor(ask("sales")), &["opened", "waiting 1 for sales", "desk: 1 wants sales, asked at 0"]);
    assert_ne!(stage.session, Some(old), "one append time, two sessions");
    check(stage.place_session(old, 1, 2, assigned("li")), &["desk: 2 wants nobody"]);
    check(
        stage.place(1, 2, assigned("li")),
        &["assigned li 1.2", "to desk of li: assigned 1.2", "to visitor: served by li"],
    );
}

#[test]
fn transfer_wins_over_a_lost_lease() {
    let mut stage = Stage::active();
    let placement = PlacementId { epoch: 1, turn: 2 };
    stage.agent("li", AgentAct::Transfer { target: group("service"), placement });
    check(stage.place(1, 3, assigned("wang")), &["repeated"]);
    check(
        stage.place(2, 1, assigned("zhao")),
        &["assigned zhao 2.1", "to desk of zhao: assigned 2.1", "to visitor: served by zhao"],
    );
}

#[test]
fn close_wins_over_a_lost_lease() {
    let mut stage = Stage::active();
    stage.agent("li", AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } });
    check(stage.place(1, 3, assigned("wang")), &["desk: 2 wants nobody"]);
}

#[test]
fn tags_while_assigned_is_under_way_leave_the_placement_valid() {
    let mut stage = Stage::waiting();
    check(stage.vip(VisitorAct::Typing), &["promoted", "desk: 1 wants sales, vip, asked at 0", "ignored Typing"]);
    check(
        stage.place(1, 2, assigned("li")),
        &["assigned li 1.2", "to desk of li: assigned 1.2", "to visitor: served by li"],
    );
}
