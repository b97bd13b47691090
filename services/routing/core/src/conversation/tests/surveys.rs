//! Who asks the visitor for their opinion, and whom the desk hears it about.

use usher_domain::account::Survey;
use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::{Place, PlacementId};

use super::stage::{Stage, agent, ask, check};

fn answer(score: &str) -> VisitorAct {
    VisitorAct::Survey { session: None, score: score.into(), detail: "fine".into() }
}

#[test]
fn agent_invites_once() {
    let mut stage = Stage::active();
    check(stage.agent("li", AgentAct::InviteSurvey), &["survey invited", "to visitor: Invitation"]);
    check(stage.agent("li", AgentAct::InviteSurvey), &["ignored InviteSurvey"]);
}

#[test]
fn who_was_invited_by_the_agent_is_not_invited_at_the_close() {
    let mut stage = Stage::native();
    stage.account.survey = Survey { invites: true, ..Survey::default() };
    stage.visitor(ask("sales"));
    stage.place(1, 2, Place::assigned(agent("li")));
    stage.agent("li", AgentAct::InviteSurvey);
    let said = stage.agent("li", AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } });
    assert!(!said.contains(&"to visitor: Invitation".to_owned()), "{said:?}");
}

#[test]
fn desk_hears_of_the_answer_that_counts_and_of_no_other() {
    let mut stage = Stage::active();
    check(
        stage.visitor(answer("4")),
        &["survey of a session: Some(4)", "desk: li rated 4 for sales", "to desk of li: survey Some(4) fine"],
    );
    check(stage.visitor(answer("1")), &["survey of a session: None", "to desk of li: survey None fine"]);
    assert_eq!(Stage::active().visitor(answer("9"))[0], "survey of a session: None");
}

#[test]
fn answer_after_the_close_counts_for_who_had_the_session() {
    let mut stage = Stage::active();
    stage.agent("li", AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } });
    assert_eq!(stage.visitor(answer("5"))[1], "desk: li rated 5 for sales");
}

#[test]
fn answer_about_a_session_that_nobody_has_yet_counts_for_nobody_and_leaves_the_next_one_to_count() {
    let mut stage = Stage::waiting();
    check(stage.visitor(answer("1")), &["survey of a session: None", "to desk: survey None fine"]);
    stage.place(1, 2, Place::assigned(agent("li")));
    assert_eq!(stage.visitor(answer("5"))[1], "desk: li rated 5 for sales");
}
