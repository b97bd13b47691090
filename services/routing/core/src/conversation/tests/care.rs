//! What is kept an eye on while an agent has a session: first reply, and the visitor's silence.

use std::time::Duration;

use usher_domain::policy::{Care, FirstReply, Inactivity};
use usher_domain::{Dialect, Place};

use super::stage::{Stage, agent, check, timed, untimed, words};
use usher_domain::Class;
use usher_domain::conversation::{AgentAct, VisitorAct};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn replies(requeues: bool) -> Care {
    Care { first_reply: Some(FirstReply { within: seconds(60), requeues }), inactivity: None }
}

fn silence() -> Care {
    let inactivity =
        Inactivity { reminds_after: Some(seconds(120)), text: "Hello?".into(), closes_after: seconds(300) };
    Care { first_reply: None, inactivity: Some(inactivity) }
}

/// A session that Li has under placement 1.2, since second 0.
fn cared_for(dialect: Dialect, care: Care) -> Stage {
    let mut stage = Stage::new(dialect, None);
    stage.visitor(super::stage::ask("sales"));
    stage.place(1, 2, Place::Assigned { agent: agent("li"), care });
    stage
}

fn native(care: Care) -> Stage {
    cared_for(Dialect::Native, care)
}

#[test]
fn first_reply_that_is_late_is_told_once() {
    let mut stage = native(replies(false));
    check(stage.at(59), &[]);
    check(stage.at(60), &["li late 1.2"]);
    check(stage.at(600), &[]);
}

#[test]
fn first_reply_in_time_ends_the_wait_for_it() {
    let mut stage = native(replies(true));
    stage.at(59);
    stage.send("li", untimed());
    check(stage.at(600), &[]);
}

#[test]
fn nothing_but_an_answer_that_goes_out_is_a_reply() {
    let mut stage = native(replies(false));
    stage.agent("li", AgentAct::Typing);
    stage.visitor(words("anybody there?"));
    stage.visitor(VisitorAct::Subscription { opted_out: true });
    let offer = timed(Class::Promotion);
    check(stage.send("li", offer), &["Suppressed: OptedOut"]);
    check(stage.at(60), &["li late 1.2"]);
}

#[test]
fn late_agent_loses_the_session_to_somebody_else_where_the_queue_wants_that() {
    let mut stage = native(replies(true));
    check(
        stage.at(60),
        &[
            "li late 1.2, waits again",
            "left li",
            "to desk of li: left, Unanswered",
            "waiting 2 for sales",
            "desk: 2 wants sales, asked at 0, not li",
            "to visitor: handed on to sales",
        ],
    );
    check(
        stage.agent("li", AgentAct::Resume),
        &["refused Resume: not-assigned", "to desk of li: refused Resume: not-assigned"],
    );
}

#[test]
fn late_agent_who_was_asked_for_by_name_is_not_waited_for_again() {
    let mut stage = Stage::native();
    stage.visitor(VisitorAct::Ask { target: usher_domain::Target::agent(usher_domain::AgentId::new("li")) });
    stage.place(1, 2, Place::Assigned { agent: agent("li"), care: replies(true) });
    let said = stage.at(60);
    assert!(said.contains(&"desk: 2 wants sales, asked at 0, not li".to_owned()), "{said:?}");
}

#[test]
fn the_wait_for_a_reply_begins_with_each_agent() {
    let mut stage = native(replies(false));
    stage.at(30);
    stage.place(1, 3, Place::Assigned { agent: agent("wang"), care: replies(false) });
    check(stage.at(60), &[]);
    check(stage.at(90), &["wang late 1.3"]);
}

#[test]
fn the_same_agent_again_has_no_longer_for_it() {
    let mut stage = native(replies(false));
    stage.at(30);
    stage.place(1, 3, Place::Assigned { agent: agent("li"), care: replies(false) });
    check(stage.at(60), &["li late 1.3"]);
}

#[test]
fn silent_visitor_is_reminded_once_then_the_session_closes() {
    let mut stage = native(silence());
    stage.send("li", untimed());
    check(stage.at(119), &[]);
    check(stage.at(120), &["visitor reminded", "to visitor: reminded, silent: Hello?"]);
    check(stage.at(299), &[]);
    check(
        stage.at(300),
        &[
            "desk: 2 wants nobody",
            "left li",
            "to desk of li: left, Idle",
            "to visitor: Closed { by_agent: false }",
            "closed by Idle",
        ],
    );
}

#[test]
fn visitor_who_waits_for_the_agent_is_not_reminded() {
    let mut stage = native(silence());
    check(stage.at(600), &[]);
    stage.send("li", untimed());
    stage.visitor(words("yes"));
    check(stage.at(600 + 7_199), &[]);
}

#[test]
fn each_silence_has_its_own_reminder() {
    let mut stage = native(silence());
    stage.send("li", untimed());
    assert_eq!(stage.at(120).first().map(String::as_str), Some("visitor reminded"));
    stage.at(130);
    stage.visitor(words("wait"));
    stage.send("li", untimed());
    check(stage.at(249), &[]);
    assert_eq!(stage.at(250).first().map(String::as_str), Some("visitor reminded"));
}

#[test]
fn reminder_without_words_of_the_queue_has_usher_s_own() {
    let mut care = silence();
    care.inactivity.as_mut().expect("it is set").text.clear();
    let mut stage = native(care);
    stage.send("li", untimed());
    let reminder = format!("to visitor: reminded, silent: {}", usher_domain::delivery::Notice::REMINDER);
    check(stage.at(120), &["visitor reminded", reminder.as_str()]);
}

#[test]
fn channel_without_notices_is_reminded_by_a_message() {
    let mut stage = cared_for(Dialect::Rbm, silence());
    stage.send("li", untimed());
    check(
        stage.at(120),
        &[
            "visitor reminded",
            "ordered",
            "to visitor: usher says Hello?",
            "written down: usher says Hello?",
            "to visitor: reminded, silent",
        ],
    );
}

#[test]
fn after_an_outage_the_reminder_and_the_close_come_in_their_order() {
    let mut stage = native(silence());
    stage.send("li", untimed());
    let said = stage.at(1_000);
    assert_eq!(said.first().map(String::as_str), Some("visitor reminded"));
    assert_eq!(said.last().map(String::as_str), Some("closed by Idle"));
}

#[test]
fn queue_may_let_a_visitor_be_silent_for_longer_than_two_hours() {
    let mut care = silence();
    care.inactivity = Some(Inactivity { reminds_after: None, text: String::new(), closes_after: seconds(4 * 3_600) });
    let mut stage = native(care);
    stage.send("li", untimed());
    check(stage.at(4 * 3_600 - 1), &[]);
    assert_eq!(stage.at(4 * 3_600).last().map(String::as_str), Some("closed by Idle"));
}
