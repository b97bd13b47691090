//! A message that the visitor's client collects, on a channel that has no word of its own for any of it: the mailbox says
//! what becomes of it. D = 60 s, g = 10 s, G = 30 s.

use usher_domain::receipt::Report;
use usher_domain::{Class, Dialect};

use super::stage::{Stage, check, number, timed};

const SMS: &str = "to +8613500000007 by texts: usher says news";
const LINK: &str = "linked to account";

fn waiting(class: Class) -> Stage {
    let mut stage = Stage::new(Dialect::Huawei, None);
    stage.account.collected = true;
    let mut terms = timed(class);
    terms.fallback.iter_mut().for_each(|fallback| fallback.to = Some(number(7)));
    stage.push(terms);
    check(stage.report(Report::Sent { provider_id: None }), &["Channel is Sent"]);
    stage
}

#[test]
fn a_message_acknowledged_in_time_has_no_sms() {
    let mut stage = waiting(Class::Authentication);
    check(stage.report(Report::Delivered), &["Channel is Delivered", "Delivered: Receipt"]);
    check(stage.at(1_000), &[]);
}

#[test]
fn a_message_that_nobody_came_for_has_exactly_one_sms() {
    for class in Class::ALL {
        let mut stage = waiting(class);
        check(stage.at(60), &[]);
        let out = format!("{SMS} until 660000");
        check(stage.report(Report::TtlRevoked), &["Channel is Expired", &out, LINK, "FellBack: TtlRevoked"]);
        check(stage.report(Report::TtlRevoked), &["repeated"]);
        check(stage.at(1_000), &[]);
    }
}

#[test]
fn a_message_that_may_have_been_shown_is_taken_back_and_its_class_decides() {
    for (class, end) in [(Class::Service, Some("FellBackAtRisk: NoEvidence")), (Class::Promotion, None)] {
        let mut stage = waiting(class);
        stage.at(60);
        let revoking = ["Channel is Expired", "revoking", "to visitor: revoke"];
        check(stage.report(Report::TtlRevokeFailed), &revoking);
        check(stage.report(Report::RevokeAnswered { revoked: false }), &["revoke answered false"]);
        let sms = format!("{SMS} until 690000");
        match end {
            Some(end) => check(stage.at(90), &[&sms, LINK, end]),
            None => check(stage.at(90), &["Suppressed: NoEvidence"]),
        }
    }
}

#[test]
fn an_acknowledgement_that_was_on_its_way_at_the_deadline_still_stops_the_sms() {
    let mut stage = waiting(Class::Service);
    stage.at(60);
    stage.report(Report::TtlRevokeFailed);
    check(stage.report(Report::Delivered), &["Channel is Delivered", "Delivered: Receipt"]);
    check(stage.at(1_000), &[]);
}

#[test]
fn a_mailbox_that_says_nothing_is_waited_for_as_long_as_a_channel_with_a_deadline_of_its_own() {
    let mut stage = waiting(Class::Service);
    check(stage.at(69), &[]);
    check(stage.at(70), &["revoking", "to visitor: revoke"]);
    let out = format!("{SMS} until 700000");
    check(stage.report(Report::RevokeAnswered { revoked: true }), &["revoke answered true"]);
    check(stage.at(100), &[&out, LINK, "FellBack: Revoked"]);
}
