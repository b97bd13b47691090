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
    stage.place(1, 3, Place::assigned(agent("wang")));
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

fn survey(score: &str) -> VisitorAct {
    VisitorAct::Survey { session: None, score: score.into(), detail: "fine".into() }
}

#[test]
fn survey_counts_for_eight_hours() {
    let mut stage = Stage::native();
    check(stage.visitor(survey("5")), &["survey of none: None"]);
    stage.visitor(ask("sales"));
    stage.visitor(VisitorAct::Leave);
    for wrong in ["0", "6", "good", "", "-1"] {
        check(stage.visitor(survey(wrong)), &["survey of a session: None", "to desk: survey None fine"]);
    }
    stage.at(8 * HOUR - 1);
    check(stage.visitor(survey("1")), &["survey of a session: Some(1)", "to desk: survey Some(1) fine"]);
    stage.at(8 * HOUR);
    check(stage.visitor(survey("1")), &["survey of none: None"]);
}

#[test]
fn only_the_first_valid_answer_of_a_session_counts() {
    let mut stage = Stage::native();
    let answers = |stage: &mut Stage, score| stage.visitor(survey(score)).swap_remove(0);
    stage.visitor(ask("sales"));
    stage.place(1, 2, Place::assigned(agent("li")));
    assert_eq!(answers(&mut stage, "good"), "survey of a session: None");
    assert_eq!(answers(&mut stage, "4"), "survey of a session: Some(4)");
    assert_eq!(answers(&mut stage, "1"), "survey of a session: None");
    stage.visitor(VisitorAct::Leave);
    assert_eq!(answers(&mut stage, "5"), "survey of a session: None");
    stage.visitor(ask("sales"));
    stage.place(1, 2, Place::assigned(agent("li")));
    assert_eq!(answers(&mut stage, "5"), "survey of a session: Some(5)");
    stage.visitor(VisitorAct::Leave);
    assert_eq!(answers(&mut stage, "5"), "survey of a session: None");
}

#[test]
fn survey_counts_for_as_long_as_the_account_says() {
    let mut stage = Stage::native();
    stage.account.survey.lasts = std::time::Duration::from_secs(60);
    stage.visitor(ask("sales"));
    stage.visitor(VisitorAct::Leave);
    stage.at(59);
    assert_eq!(stage.visitor(survey("1"))[0], "survey of a session: Some(1)");
    stage.at(60);
    check(stage.visitor(survey("1")), &["survey of none: None"]);
}

#[test]
fn survey_belongs_to_the_session_that_it_names_and_its_words_go_to_who_served() {
    let mut stage = Stage::active();
    let about = |session| VisitorAct::Survey { session, score: "5".into(), detail: "great".into() };
    let served = stage.session;
    let closed = AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } };
    stage.agent("li", closed);
    stage.visitor(ask("sales"));
    let running = stage.session;
    assert_ne!(served, running);
    let to_li = ["survey of a session: Some(5)", "desk: li rated 5 for sales", "to desk of li: survey Some(5) great"];
    check(stage.visitor(about(served)), &to_li);
    check(stage.visitor(about(served)), &["survey of a session: None", "to desk of li: survey None great"]);
    check(stage.visitor(about(running)), &["survey of a session: None", "to desk: survey None great"]);
    let other = running.map(|session| usher_domain::SessionId { opened_by: 9, ..session });
    check(stage.visitor(about(other)), &["survey of none: None"]);
}

#[test]
fn visitor_is_invited_when_an_agent_has_served_and_the_account_wants_it() {
    let invited = |lines: &[String]| lines.iter().any(|line| line == "to visitor: Invitation");
    let close = || AgentAct::Close { placement: PlacementId { epoch: 1, turn: 2 } };
    let wanted = |mut stage: Stage| {
        stage.account.survey.invites = true;
        stage
    };
    let active = || {
        let mut stage = wanted(Stage::native());
        stage.visitor(ask("sales"));
        stage.place(1, 2, Place::assigned(agent("li")));
        stage
    };
    let lines = active().agent("li", close());
    let at = |text: &str| lines.iter().position(|line| line == text);
    assert!(at("to visitor: Invitation") < at("to visitor: Closed { by_agent: true }"), "while the session is shown");
    assert!(invited(&active().at(2 * HOUR)), "also when both fell silent");
    assert!(!invited(&active().visitor(VisitorAct::Leave)), "who left is gone");
    let mut waiting = wanted(Stage::native());
    waiting.visitor(ask("sales"));
    assert!(!invited(&waiting.at(2 * HOUR)), "nobody has served");
    assert!(!invited(&Stage::active().agent("li", close())), "nobody wants it");
}
