//! What the conversation core makes of offers: who is asked, who hears that they are asked no more and why, and that
//! nobody is told what was said before they have the session.

use usher_domain::conversation::{AgentAct, ConversationAct, VisitorAct};
use usher_domain::delivery::WithdrawnReason;
use usher_domain::{AgentCard, Place, Placement, PlacementId, Timestamp};

use super::stage::{Stage, agent, ask, check, untimed, words};

/// These agents are asked until 20 s.
fn offered(names: &[&'static str]) -> Place {
    let agents: Vec<AgentCard> = names.iter().map(|name| agent(name)).collect();
    Place::Offered { agents, until: Timestamp::from_millis(20_000) }
}

fn assigned(name: &'static str) -> Place {
    Place::assigned(agent(name))
}

impl Stage {
    /// A session that has waited and is offered under 1.2.
    fn offered(names: &[&'static str]) -> Self {
        let mut stage = Self::waiting();
        stage.place(1, 1, Place::waiting(1));
        stage.place(1, 2, offered(names));
        stage
    }

    /// A placement that ends an offer for this reason.
    fn ends(&mut self, turn: u32, reason: WithdrawnReason, place: Place) -> Vec<String> {
        let session = self.session.expect("a session was opened");
        let version = PlacementId { epoch: 1, turn };
        let desk = self.account.desk.clone();
        let withdrawn = Some(reason);
        self.act(ConversationAct::Placement(Placement { desk, session, version, place, withdrawn }))
    }
}

#[test]
fn each_agent_is_asked_and_the_visitor_has_nothing_new_to_hear() {
    let mut stage = Stage::waiting();
    stage.place(1, 1, Place::waiting(1));
    stage.now = 5_000;
    check(
        stage.place(1, 2, offered(&["li", "wang"])),
        &[
            "to desk of li: offered 1.2 for sales, waited 5s, until 20000",
            "to desk of wang: offered 1.2 for sales, waited 5s, until 20000",
        ],
    );
}

#[test]
fn visitor_who_was_told_no_place_hears_that_they_are_next() {
    check(
        Stage::waiting().place(1, 2, offered(&["li"])),
        &[
            "to desk of li: offered 1.2 for sales, waited 0ns, until 20000",
            "queued at 1",
            "to visitor: Queued { position: 1 }",
        ],
    );
}

#[test]
fn what_is_said_meanwhile_goes_to_the_workspace_for_nobody() {
    let mut stage = Stage::offered(&["li"]);
    check(
        stage.visitor(words("are you there?")),
        &["to desk: visitor says are you there?", "written down: visitor says are you there?"],
    );
    check(stage.send("li", untimed()), &["refused Send: not-assigned", "to desk of li: refused Send: not-assigned"]);
}

#[test]
fn who_accepts_has_it_and_the_others_hear_so_first() {
    let mut stage = Stage::offered(&["li", "wang"]);
    check(
        stage.place(1, 3, assigned("wang")),
        &[
            "to desk of li: offer 1.2 withdrawn, taken",
            "assigned wang 1.3",
            "to desk of wang: assigned 1.3",
            "to visitor: served by wang",
        ],
    );
}

#[test]
fn offer_ends_with_the_reason_that_the_desk_tells() {
    use WithdrawnReason::{Declined, Expired, Rescinded};
    for (reason, word) in [(Declined, "declined"), (Expired, "expired"), (Rescinded, "rescinded")] {
        let mut stage = Stage::offered(&["li"]);
        check(
            stage.ends(3, reason, Place::waiting(1)),
            &[&format!("to desk of li: offer 1.2 withdrawn, {word}"), "queued at 1"],
        );
    }
    let mut stage = Stage::offered(&["li"]);
    check(
        stage.ends(4, Declined, offered(&["wang"])),
        &[
            "to desk of li: offer 1.2 withdrawn, declined",
            "to desk of wang: offered 1.4 for sales, waited 0ns, until 20000",
        ],
    );
}

#[test]
fn who_is_asked_again_hears_of_the_new_offer_only() {
    let mut stage = Stage::offered(&["li", "wang"]);
    check(
        stage.place(1, 4, offered(&["li"])),
        &[
            "to desk of wang: offer 1.2 withdrawn, rescinded",
            "to desk of li: offered 1.4 for sales, waited 0ns, until 20000",
        ],
    );
}

#[test]
fn skipped_and_late_offers_do_no_harm() {
    let mut stage = Stage::offered(&["li"]);
    check(
        stage.place(1, 7, assigned("wang")),
        &[
            "to desk of li: offer 1.2 withdrawn, taken",
            "assigned wang 1.7",
            "to desk of wang: assigned 1.7",
            "to visitor: served by wang",
        ],
    );
    check(stage.place(1, 5, offered(&["li"])), &["repeated"]);
    check(stage.place(1, 7, offered(&["li"])), &["repeated"]);
}

#[test]
fn visitor_who_leaves_takes_the_offer_with_them() {
    let mut stage = Stage::offered(&["li", "wang"]);
    check(
        stage.visitor(VisitorAct::Leave),
        &[
            "desk: 2 wants nobody",
            "to desk of li: offer 1.2 withdrawn, visitor-left",
            "to desk of wang: offer 1.2 withdrawn, visitor-left",
            "closed by Visitor",
        ],
    );
}

#[test]
fn offer_of_a_session_that_is_over_is_answered_with_nobody() {
    let mut stage = Stage::waiting();
    stage.visitor(VisitorAct::Leave);
    check(stage.place(1, 2, offered(&["li"])), &["desk: 2 wants nobody"]);
}

#[test]
fn other_target_takes_the_offer_back_and_keeps_the_instant_of_asking() {
    let mut stage = Stage::offered(&["li"]);
    stage.now = 7_000;
    check(stage.visitor(ask("sales")), &["ignored Ask"]);
    check(
        stage.visitor(ask("help")),
        &["to desk of li: offer 1.2 withdrawn, rescinded", "waiting 2 for help", "desk: 2 wants help, asked at 0"],
    );
}

#[test]
fn tags_that_arrive_meanwhile_are_told_under_the_same_epoch() {
    let mut stage = Stage::offered(&["li"]);
    let said = stage.vip(VisitorAct::Typing);
    assert!(said.contains(&"promoted".to_owned()), "{said:?}");
    assert!(said.contains(&"desk: 1 wants sales, vip, asked at 0".to_owned()), "{said:?}");
}

#[test]
fn agent_who_loses_the_session_leaves_before_another_is_asked() {
    check(
        Stage::active().place(1, 4, offered(&["wang"])),
        &[
            "left li",
            "to desk of li: left, Reassigned",
            "to desk of wang: offered 1.4 for sales, waited 0ns, until 20000",
            "queued at 1",
            "to visitor: Queued { position: 1 }",
        ],
    );
}

#[test]
fn agent_who_lost_the_session_is_asked_like_any_other() {
    check(
        Stage::active().place(1, 4, offered(&["li"])),
        &[
            "left li",
            "to desk of li: left, Reassigned",
            "to desk of li: offered 1.4 for sales, waited 0ns, until 20000",
            "queued at 1",
            "to visitor: Queued { position: 1 }",
        ],
    );
}

#[test]
fn silence_closes_an_offered_session_too() {
    let mut stage = Stage::offered(&["li"]);
    check(
        stage.at(2 * 60 * 60),
        &[
            "desk: 2 wants nobody",
            "to desk of li: offer 1.2 withdrawn, rescinded",
            "to visitor: Closed { by_agent: false }",
            "closed by Idle",
        ],
    );
}

#[test]
fn commands_that_name_an_offer_are_refused() {
    let mut stage = Stage::offered(&["li"]);
    let placement = PlacementId { epoch: 1, turn: 2 };
    let refused = stage.agent("li", AgentAct::Close { placement });
    check(refused, &["refused Close: not-assigned", "to desk of li: refused Close: not-assigned"]);
}
