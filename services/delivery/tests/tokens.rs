//! Tokens of a provider: fetched once for all, renewed before they end, dropped when they are not taken. And the question
//! before a message, which needs one too.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::orders::message;
use common::provider::Answer;
use common::stage::Stage;
use usher_delivery_core::MARGIN;
use usher_domain::receipt::{Attempts, Report};
use usher_domain::{Delivery, Timestamp};

const TOKEN: &str = "/token";
const SEND: &str = "/v1/phones/+8613500000000/agentMessages";
const QUESTION: &str = "/v1/phones/+8613500000000/capabilities";
const SENT: Report = Report::Sent { provider_id: None };
/// Longer than an urgent message may take.
const LATE: Duration = Duration::from_millis(400);

/// A token that is good for 100 s.
fn token(name: &str) -> Answer {
    Answer::Body(format!(r#"{{"access_token":"{name}","expires_in":100,"token_type":"Bearer"}}"#).into_bytes())
}

fn fetched(stage: &Stage) -> usize {
    stage.provider.bearers(TOKEN).len()
}

/// A send that must arrive, at this instant.
fn send(stage: &mut Stage, n: u64, now: Timestamp) {
    stage.now = now;
    let offset = stage.order(&message("rbm-oauth", u128::from(n), 0));
    assert_eq!(stage.reports(offset), (vec![SENT], None), "message {n}");
}

fn at(began: Timestamp, seconds: u64) -> Timestamp {
    began.plus(Duration::from_secs(seconds))
}

#[test]
fn many_sends_at_once_fetch_one_token() {
    let mut stage = Stage::new();
    stage.provider.will(TOKEN, &[token("t1"), token("t2")]);
    let offsets: Vec<i64> = (0..40).map(|n| stage.order(&message("rbm-oauth", n, 0))).collect();
    for offset in offsets {
        assert_eq!(stage.reports(offset), (vec![SENT], None));
    }
    assert_eq!(fetched(&stage), 1);
    assert_eq!(stage.provider.bearers(SEND), vec!["Bearer t1"; 40]);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let mut stage = Stage::new();
    stage.provider.will(TOKEN, &[token("t1"), token("t2")]);
    let began = stage.now;
    for (n, second) in [(0, 0), (1, 79), (2, 81), (3, 150)] {
        send(&mut stage, n, at(began, second));
    }
    assert_eq!(stage.provider.bearers(SEND), ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]);
}

#[test]
fn a_renewal_that_fails_leaves_the_token_that_is_still_good() {
    let mut stage = Stage::new();
    stage.provider.will(TOKEN, &[token("t1"), Answer::Status(503), token("t2")]);
    let began = stage.now;
    for (n, second) in [(0, 0), (1, 85), (2, 86), (3, 91)] {
        send(&mut stage, n, at(began, second));
    }
    assert_eq!(stage.provider.bearers(SEND), ["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2"]);
    assert_eq!(fetched(&stage), 3, "a pause lies between two tries");
}

#[test]
fn a_token_that_is_not_taken_is_dropped_and_the_send_made_once_more() {
    let mut stage = Stage::new();
    stage.provider.will(TOKEN, &[token("t1"), token("t2"), token("t3")]);
    stage.provider.will(SEND, &[Answer::Status(401)]);
    let now = stage.now;
    send(&mut stage, 0, now);
    send(&mut stage, 1, now);
    assert_eq!(stage.provider.bearers(SEND), ["Bearer t1", "Bearer t2", "Bearer t2"]);

    stage.provider.will(SEND, &[Answer::Status(401), Answer::Status(401)]);
    let offset = stage.order(&message("rbm-oauth", 2, 0));
    let (_, dead) = stage.reports(offset);
    assert!(dead.unwrap().contains("401"), "people are needed");
    assert_eq!((stage.provider.bearers(SEND).len(), fetched(&stage)), (5, 3), "once more, not for ever");
}

#[test]
fn refused_credentials_are_a_dead_letter_and_nothing_is_sent() {
    let mut stage = Stage::new();
    stage.provider.will(TOKEN, &[Answer::Status(400)]);
    let offset = stage.order(&message("rbm-oauth", 0, 0));
    let (_, dead) = stage.reports(offset);
    assert!(dead.unwrap().contains("credentials"));
    assert_eq!(stage.provider.bearers(SEND), Vec::<String>::new());
}

#[test]
fn where_no_token_is_given_for_a_while_the_message_is_tried_again_and_certainly_not_sent_before() {
    let mut stage = Stage::beyond_the_first_window();
    stage.provider.will(TOKEN, &[Answer::Status(503), token("t1")]);
    let offset = stage.order(&message("rbm-oauth", 0, 0));
    assert_eq!(stage.reports(offset), (vec![SENT], None));
    stage.now = at(stage.now, 1_000);
    stage.provider.will(TOKEN, &vec![Answer::Status(503); 5]);
    let offset = stage.order(&message("rbm-oauth", 1, 0));
    let (reports, _) = stage.reports(offset);
    assert!(matches!(reports[..], [Report::Failed { attempts: Attempts::None, .. }]), "{reports:?}");
}

#[test]
fn the_question_before_a_message_sends_nothing() {
    let mut stage = Stage::beyond_the_first_window();
    stage.provider.will(TOKEN, &[token("t1")]);
    stage.provider.will(QUESTION, &vec![Answer::Status(503); 5]);
    let offset = stage.order(&message("rbm-asking", 0, 0));
    let (reports, _) = stage.reports(offset);
    assert!(matches!(reports[..], [Report::Failed { attempts: Attempts::None, .. }]), "{reports:?}");

    stage.provider.will(QUESTION, &[Answer::Status(404)]);
    let offset = stage.order(&message("rbm-asking", 1, 0));
    let (reports, _) = stage.reports(offset);
    assert!(matches!(reports[..], [Report::NotReachable { .. }]), "{reports:?}");
    assert_eq!(stage.provider.bearers(SEND), Vec::<String>::new());

    stage.provider.will(QUESTION, &[Answer::Body(br#"{"features":["RICHCARD_STANDALONE"]}"#.to_vec())]);
    let offset = stage.order(&message("rbm-asking", 2, 0));
    assert_eq!(stage.reports(offset), (vec![SENT], None));
    assert_eq!(stage.provider.bearers(SEND), ["Bearer t1"]);
}

/// An order that may go out for `LATE` less than its token or question takes.
fn urgent(account: &str, stage: &Stage) -> Delivery {
    Delivery { deadline: Some(stage.now.plus(MARGIN + LATE / 2)), ..message(account, 0, 0) }
}

fn late(answer: Answer) -> Answer {
    Answer::Late(LATE, Box::new(answer))
}

/// What is asked before a message takes longer than the message may: it is not sent, and certainly so.
fn never_sent(account: &str, told: &[(&str, Answer)], sends_max: usize) {
    let mut stage = Stage::beyond_the_first_window();
    for (path, answer) in told {
        stage.provider.will(path, std::slice::from_ref(answer));
    }
    let offset = stage.order(&urgent(account, &stage));
    let (reports, _) = stage.reports(offset);
    assert!(matches!(reports[..], [Report::Expired { attempts: Attempts::None, .. }]), "{reports:?}");
    assert!(stage.provider.bearers(SEND).len() <= sends_max);
}

#[test]
fn a_message_does_not_go_out_after_its_deadline_because_its_token_came_late() {
    never_sent("rbm-oauth", &[(TOKEN, late(token("t1")))], 0);
}

#[test]
fn a_message_does_not_go_out_after_its_deadline_because_the_question_was_answered_late() {
    let able = Answer::Body(br#"{"features":[]}"#.to_vec());
    never_sent("rbm-asking", &[(TOKEN, token("t1")), (QUESTION, late(able))], 0);
}

#[test]
fn a_message_does_not_go_out_after_its_deadline_because_its_first_token_was_not_taken() {
    let told = [(TOKEN, token("t1")), (SEND, Answer::Status(401)), (TOKEN, late(token("t2")))];
    never_sent("rbm-oauth", &told, 1);
}

#[test]
fn what_a_message_says_of_its_time_is_reckoned_when_it_goes_out() {
    let mut stage = Stage::new();
    stage.provider.will(TOKEN, &[late(token("t1"))]);
    let life = Duration::from_secs(60);
    let offset = stage.order(&Delivery { deadline: Some(stage.now.plus(life)), ..message("rbm-oauth", 0, 0) });
    assert_eq!(stage.reports(offset), (vec![SENT], None));
    let said: serde_json::Value = serde_json::from_slice(&stage.provider.bodies(SEND)[0]).unwrap();
    let ttl: f64 = said["ttl"].as_str().and_then(|ttl| ttl.strip_suffix('s')).unwrap().parse().unwrap();
    assert!(ttl <= (life - LATE).as_secs_f64(), "{ttl}");
}
