//! How sessions end: leave, close, silence.

use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_domain::{Place, PlacementId};

use super::stage::{Stage, agent, ask, check, untimed, words};

const HOUR: i64 = 3_600;

#[test]
fn leaving_the_bot_makes_no_demand() {
    let mut stage = Stage::with_bot();
    stage.visitor(words("hi"));
    check(stage.visitor(VisitorAct::Leave), &["to bot: closed", "closed by Visitor"]);
}

#[test]
fn leaving_an_agent_frees_them() {
    check(
        Stage::active().visitor(VisitorAct::Leave),
        &["desk: 2 wants nobody", "left li", "to desk of li: left, VisitorLeft", "closed by Visitor"],
    );
}

#[test]
fn agent_closes() {
    check(
        Stage::active().agent("li", AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } }),
        &[
            "desk: 2 wants nobody",
            "left li",
            "to desk of li: left, Closed",
            "to visitor: Closed { by_agent: true }",
            "closed by Agent",
        ],
    );
}

#[test]
fn two_silent_hours_close() {
    let usher = "to visitor: Closed { by_agent: false }";
    let mut with_bot = Stage::with_bot();
    with_bot.visitor(words("hi"));
    check(with_bot.at(2 * HOUR - 1), &[]);
    check(with_bot.at(2 * HOUR), &["to bot: closed", usher, "closed by Idle"]);
    check(Stage::waiting().at(2 * HOUR), &["desk: 2 wants nobody", usher, "closed by Idle"]);
    check(
        Stage::active().at(2 * HOUR),
        &["desk: 2 wants nobody", "left li", "to desk of li: left, Idle", usher, "closed by Idle"],
    );
}

#[test]
fn a_word_of_either_side_keeps_the_session() {
    let mut stage = Stage::active();
    stage.at(HOUR);
    stage.visitor(words("still here"));
    check(stage.at(2 * HOUR), &[]);
    stage.send("li", untimed());
    check(stage.at(4 * HOUR - 1), &[]);
    assert_eq!(stage.at(4 * HOUR).last().map(String::as_str), Some("closed by Idle"));
}

#[test]
fn typing_and_placements_are_no_words() {
    let mut stage = Stage::active();
    stage.at(HOUR);
    stage.visitor(VisitorAct::Typing);
    stage.place(1, 3, Place::Assigned(agent("wang")));
    assert_eq!(stage.at(2 * HOUR).last().map(String::as_str), Some("closed by Idle"));
}

#[test]
fn message_after_the_silence_opens_a_new_session() {
    let mut stage = Stage::with_bot();
    stage.visitor(words("hi"));
    stage.now = 2 * HOUR * 1_000;
    check(
        stage.visitor(words("again")),
        &[
            "to bot: closed",
            "to visitor: Closed { by_agent: false }",
            "closed by Idle",
            "opened with bot",
            "to bot: visitor says again",
            "to desk: visitor says again",
            "written down: visitor says again",
        ],
    );
}

#[test]
fn survey_counts_for_eight_hours() {
    let survey = |score: &str| VisitorAct::Survey { score: score.into(), detail: "".into() };
    let mut stage = Stage::native();
    check(stage.visitor(survey("5")), &["survey of none: None"]);
    stage.visitor(ask("sales"));
    check(stage.visitor(survey("4")), &["survey of a session: Some(4)"]);
    stage.visitor(VisitorAct::Leave);
    check(stage.visitor(survey("3")), &["survey of a session: Some(3)"]);
    for wrong in ["0", "6", "good", "", "-1"] {
        check(stage.visitor(survey(wrong)), &["survey of a session: None"]);
    }
    stage.at(8 * HOUR - 1);
    check(stage.visitor(survey("1")), &["survey of a session: Some(1)"]);
    stage.at(8 * HOUR);
    check(stage.visitor(survey("1")), &["survey of none: None"]);
}
