//! Sessions that an agent sets aside.

use usher_domain::account::Survey;
use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::{Place, PlacementId, Target};

use super::stage::{Stage, agent, ask, check, group, untimed, words};

const HOUR: i64 = 3_600;

fn hold() -> AgentAct {
    AgentAct::Hold { placement: PlacementId { epoch: 1, turn: 2 } }
}

/// A session that Li has set aside; the desk heard epoch 2.
fn held() -> Stage {
    let mut stage = Stage::active();
    stage.agent("li", hold());
    stage
}

#[test]
fn hold_frees_the_agent_and_keeps_the_session_open() {
    check(
        Stage::active().agent("li", hold()),
        &["desk: 2 wants nobody for now", "on hold by li", "left li", "to desk of li: left, OnHold"],
    );
}

#[test]
fn visitor_who_writes_gets_the_same_agent_first_at_the_old_place() {
    let mut stage = held();
    stage.now = 60_000;
    check(
        stage.visitor(words("one thing more")),
        &[
            "waiting 3 for li, sales",
            "desk: 3 wants li, sales, asked at 0, returns",
            "to desk: visitor says one thing more",
            "written down: visitor says one thing more",
        ],
    );
    assert!(stage.place(3, 2, Place::assigned(agent("li")))[0].starts_with("assigned li 3.2"));
}

#[test]
fn agent_may_take_it_up_again() {
    check(
        held().agent("li", AgentAct::Resume),
        &["waiting 3 for li, sales", "desk: 3 wants li, sales, asked at 0, returns"],
    );
}

#[test]
fn nobody_else_takes_it_up_and_nobody_speaks_in_it() {
    for (name, act, word) in [
        ("wang", AgentAct::Resume, "Resume: not-assigned"),
        ("li", AgentAct::Typing, "ignored Typing"),
        ("li", AgentAct::InviteSurvey, "InviteSurvey: not-assigned"),
        ("li", hold(), "Hold: not-assigned"),
    ] {
        let said = held().agent(name, act);
        assert!(said[0].ends_with(word), "{said:?}");
    }
    assert_eq!(held().send("li", untimed())[0], "refused Send: not-assigned");
}

#[test]
fn there_is_nothing_to_take_up_of_what_one_has() {
    assert_eq!(Stage::active().agent("li", AgentAct::Resume)[0], "refused Resume: not-possible");
}

#[test]
fn hold_under_an_old_placement_is_refused() {
    let old = AgentAct::Hold { placement: PlacementId { epoch: 1, turn: 1 } };
    assert_eq!(Stage::active().agent("li", old)[0], "refused Hold: moved");
}

#[test]
fn agent_closes_what_they_have_set_aside_and_the_visitor_is_invited_to_the_survey() {
    let mut stage = Stage::native();
    stage.account.survey = Survey { invites: true, ..Survey::default() };
    stage.visitor(ask("sales"));
    stage.place(1, 2, Place::assigned(agent("li")));
    stage.agent("li", hold());
    check(
        stage.agent("li", AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } }),
        &[
            "to desk of li: closed",
            "to visitor: Invitation",
            "to visitor: Closed { by_agent: true }",
            "closed by Agent",
        ],
    );
}

#[test]
fn visitor_who_leaves_or_is_silent_ends_it() {
    check(held().visitor(VisitorAct::Leave), &["to desk of li: closed", "closed by Visitor"]);
    check(held().at(2 * HOUR), &["to desk of li: closed", "to visitor: Closed { by_agent: false }", "closed by Idle"]);
}

#[test]
fn late_placement_is_told_once_more_that_nobody_is_wanted() {
    check(held().place(1, 3, Place::assigned(agent("wang"))), &["desk: 2 wants nobody"]);
}

#[test]
fn visitor_may_ask_for_somebody_else_meanwhile() {
    check(held().visitor(ask("service")), &["waiting 3 for service", "desk: 3 wants service, asked at 0"]);
    check(
        held().visitor(VisitorAct::Ask { target: Target::default() }),
        &["waiting 3 for li, sales", "desk: 3 wants li, sales, asked at 0, returns"],
    );
}

#[test]
fn client_that_names_its_group_with_each_message_does_not_lose_the_agent() {
    let mut stage = held();
    let both = || VisitorAct::Message { content: usher_domain::Content::text("hi"), ask: Some(group("sales")) };
    assert_eq!(stage.visitor(both())[1], "desk: 3 wants li, sales, asked at 0, returns");
    check(stage.visitor(both()), &["to desk: visitor says hi", "written down: visitor says hi"]);
}

#[test]
fn tags_that_arrive_meanwhile_are_told_with_the_next_demand() {
    let mut stage = held();
    check(stage.vip(VisitorAct::Typing), &["promoted", "ignored Typing"]);
    assert_eq!(stage.visitor(words("hi"))[1], "desk: 3 wants li, sales, vip, asked at 0, returns");
}
