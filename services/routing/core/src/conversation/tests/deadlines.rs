//! The outcome table of a message with a deadline, row by row. Every stage here has D = 60 s, g = 10 s, G = 30 s.

use usher_domain::conversation::VisitorAct;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{Class, Content, Dialect, Terms, VisitorId};

use super::stage::{Stage, check, number, timed, untimed};

const SMS: &str = "to +8613512345678 by texts: usher says news";
/// What the conversation with that phone is told beside it.
const LINK: &str = "linked to account";

fn failed(attempts: Attempts) -> Report {
    Report::Failed { attempts, reason: "busy".into() }
}

fn unreachable() -> Report {
    Report::NotReachable { reason: "no RCS".into() }
}

/// A message of this class whose fate was unknown at its deadline: called back, waiting for evidence until 100 s.
fn revoking(class: Class) -> Stage {
    let mut stage = Stage::pushed(timed(class));
    check(stage.at(70), &["revoking", "to visitor: revoke"]);
    stage
}

#[test]
fn order_carries_its_deadline() {
    check(
        Stage::new(Dialect::Rbm, None).push(timed(Class::Service)),
        &["ordered until 60000", "to visitor: tenant says news until 60000", "written down: tenant says news"],
    );
}

#[test]
fn push_takes_along_what_stands_beside_it_and_is_archived_only_where_its_sender_wants_it() {
    let mut stage = Stage::new(Dialect::Aliyun, None);
    stage.ext = Some(r#"{"type":"custom"}"#.into());
    let (sent, written) = (r#"tenant says news beside {"type":"custom"}"#, "written down");
    let news = || Content::text("news");
    check(
        stage.push_archived(news(), untimed(), true),
        &["ordered", &format!("to visitor: {sent}"), &format!("{written}: {sent}")],
    );
    check(stage.push_archived(news(), untimed(), false), &["ordered", &format!("to visitor: {sent}")]);
}

#[test]
fn delivered_or_read_in_time_ends_it() {
    for (report, status) in [(Report::Delivered, "Channel is Delivered"), (Report::Read, "Channel is Read")] {
        let mut stage = Stage::pushed(timed(Class::Service));
        check(stage.report(report), &[status, "Delivered: Receipt"]);
        check(stage.report(Report::TtlRevoked), &["repeated"]);
        check(stage.at(1_000), &[]);
    }
}

#[test]
fn certain_loss_falls_back_at_once() {
    let rows = [
        (unreachable(), "Channel is Failed", "FellBack: NotReachable"),
        (Report::TtlRevoked, "Channel is Expired", "FellBack: TtlRevoked"),
        (failed(Attempts::None), "Channel is Failed", "FellBack: NeverSubmitted"),
        (Report::Expired { attempts: Attempts::None }, "Channel is Expired", "FellBack: NeverSubmitted"),
    ];
    for (report, status, outcome) in rows {
        let mut open = Stage::pushed(timed(Class::Service));
        open.now = 5_000;
        check(open.report(report.clone()), &[status, &format!("{SMS} until 605000"), LINK, outcome]);
        check(open.at(1_000), &[]);
        let mut revoking = revoking(Class::Promotion);
        check(revoking.report(report), &[status, &format!("{SMS} until 670000"), LINK, outcome]);
    }
}

#[test]
fn unknown_fate_calls_back_and_waits() {
    let rows = [
        (Report::TtlRevokeFailed, "Channel is Expired"),
        (failed(Attempts::Maybe), "Channel is Failed"),
        (Report::Expired { attempts: Attempts::Maybe }, "Channel is Expired"),
    ];
    for (report, status) in rows {
        for class in [Class::Transaction, Class::Service, Class::Promotion] {
            let mut stage = Stage::pushed(timed(class));
            check(stage.report(report.clone()), &[status, "revoking", "to visitor: revoke"]);
            check(stage.report(report.clone()), &["repeated"]);
        }
    }
}

#[test]
fn critical_message_with_unknown_fate_falls_back_at_risk_and_is_called_back() {
    let out = [SMS, " until 600000"].concat();
    let expected = ["Channel is Expired", &out, LINK, "FellBackAtRisk: Critical", "to visitor: revoke"];
    check(Stage::pushed(timed(Class::Authentication)).report(Report::TtlRevokeFailed), &expected);
    let at_deadline = Stage::pushed(timed(Class::Authentication)).at(70);
    check(at_deadline, &[&format!("{SMS} until 670000"), LINK, "FellBackAtRisk: Critical", "to visitor: revoke"]);
}

#[test]
fn deadline_waits_for_the_grace_of_a_channel_with_its_own() {
    let mut stage = Stage::pushed(timed(Class::Service));
    check(stage.at(69), &[]);
    check(stage.at(70), &["revoking", "to visitor: revoke"]);
}

#[test]
fn channel_without_a_deadline_of_its_own_has_no_grace_and_no_revoke() {
    let mut stage = Stage::new(Dialect::Huawei, None);
    stage.profile.phone = Some(number(7));
    stage.visitor = VisitorId::new("wx-1");
    stage.visitor(VisitorAct::Ask { target: Default::default() });
    stage.push(timed(Class::Service));
    check(stage.at(59), &[]);
    check(stage.at(60), &["revoking"]);
    check(
        stage.at(90),
        &["to +8613500000007 by texts: usher says news until 690000", LINK, "FellBackAtRisk: NoEvidence"],
    );
}

#[test]
fn report_in_the_log_before_the_deadline_beats_it() {
    let mut stage = Stage::pushed(timed(Class::Service));
    stage.now = 69_999;
    check(stage.report(Report::Delivered), &["Channel is Delivered", "Delivered: Receipt"]);
    let mut late = Stage::pushed(timed(Class::Service));
    late.now = 70_000;
    check(
        late.report(Report::Delivered),
        &["revoking", "to visitor: revoke", "Channel is Delivered", "Delivered: Receipt"],
    );
}

#[test]
fn answers_to_the_revoke_are_remembered_but_prove_nothing() {
    for revoked in [true, false] {
        let mut stage = revoking(Class::Service);
        check(stage.report(Report::RevokeAnswered { revoked }), &[&format!("revoke answered {revoked}")]);
        check(stage.report(Report::Delivered), &["Channel is Delivered", "Delivered: Receipt"]);
        check(stage.at(100), &[]);
    }
}

#[test]
fn revoked_and_no_evidence_falls_back_cleanly_whatever_the_policy() {
    for class in [Class::Service, Class::Promotion] {
        let mut stage = revoking(class);
        stage.report(Report::RevokeAnswered { revoked: true });
        stage.report(Report::RevokeAnswered { revoked: false });
        check(stage.at(99), &[]);
        check(stage.at(100), &[&format!("{SMS} until 700000"), LINK, "FellBack: Revoked"]);
    }
}

#[test]
fn no_evidence_ends_by_policy() {
    for answered in [true, false] {
        let mut sms = revoking(Class::Transaction);
        let mut silence = revoking(Class::Promotion);
        if answered {
            sms.report(Report::RevokeAnswered { revoked: false });
            silence.report(Report::RevokeAnswered { revoked: false });
        }
        check(sms.at(100), &[&format!("{SMS} until 700000"), LINK, "FellBackAtRisk: NoEvidence"]);
        check(silence.at(100), &["Suppressed: NoEvidence"]);
    }
}

#[test]
fn tries_used_up_while_called_back_changes_nothing() {
    let mut stage = revoking(Class::Service);
    check(stage.report(failed(Attempts::Maybe)), &["Channel is Failed"]);
    check(stage.report(Report::Delivered), &["Channel is Delivered", "Delivered: Receipt"]);
}

#[test]
fn delivered_after_the_sms_is_flagged_once() {
    let mut stage = Stage::pushed(timed(Class::Authentication));
    stage.report(Report::TtlRevokeFailed);
    check(stage.report(Report::Delivered), &["Channel is Delivered", "duplicate delivered"]);
    check(stage.report(Report::Delivered), &["repeated"]);
    check(stage.report(Report::Read), &["Channel is Read"]);
}

#[test]
fn delivered_after_silence_is_joined_only() {
    let mut stage = revoking(Class::Promotion);
    stage.at(100);
    check(stage.report(Report::Delivered), &["Channel is Delivered"]);
}

#[test]
fn nothing_follows_a_decided_outcome() {
    let mut stage = Stage::pushed(timed(Class::Service));
    stage.report(unreachable());
    check(stage.report(Report::TtlRevoked), &["repeated"]);
    check(stage.report(Report::TtlRevokeFailed), &["repeated"]);
    check(stage.report(Report::RevokeAnswered { revoked: true }), &["repeated"]);
    check(stage.at(5_000), &[]);
}

#[test]
fn receipts_of_the_sms_never_touch_the_outcome() {
    let mut stage = Stage::pushed(timed(Class::Service));
    stage.report(unreachable());
    check(stage.report_of(Leg::Sms, Report::Sent { provider_id: None }), &["Sms is Sent"]);
    check(stage.report_of(Leg::Sms, unreachable()), &["Sms is Failed"]);
    check(stage.report_of(Leg::Sms, Report::Delivered), &["Sms is Delivered"]);
    check(stage.report_of(Leg::Sms, Report::Delivered), &["repeated"]);
}

#[test]
fn opted_out_visitors_get_no_promotion() {
    let mut stage = Stage::new(Dialect::Rbm, None);
    stage.visitor(VisitorAct::Subscription { opted_out: true });
    for terms in [timed(Class::Promotion), Terms { class: Class::Promotion, ..untimed() }] {
        check(stage.push(terms), &["Suppressed: OptedOut"]);
    }
    check(stage.at(1_000), &[]);
    assert_eq!(stage.push(timed(Class::Service)).len(), 3, "what is no promotion goes out");
    stage.visitor(VisitorAct::Subscription { opted_out: false });
    assert_eq!(stage.push(timed(Class::Promotion)).len(), 3, "who is in again gets it");
}

#[test]
fn opted_out_visitors_get_no_sms() {
    let mut stage = Stage::pushed(timed(Class::Service));
    check(stage.visitor(VisitorAct::Subscription { opted_out: true }), &["opted out true"]);
    check(stage.report(unreachable()), &["Channel is Failed", "Suppressed: OptedOut"]);
    stage.visitor(VisitorAct::Subscription { opted_out: false });
    stage.push(timed(Class::Service));
    check(
        stage.report(unreachable()),
        &["Channel is Failed", &format!("{SMS} until 600000"), LINK, "FellBack: NotReachable"],
    );
}

#[test]
fn without_fallback_nothing_is_sent_instead() {
    let mut stage = Stage::pushed(Terms { fallback: None, ..timed(Class::Authentication) });
    check(stage.at(70), &["Suppressed: FallbackOff", "to visitor: revoke"]);
}

#[test]
fn without_a_number_it_fails() {
    let mut stage = Stage::native();
    stage.push(timed(Class::Service));
    check(stage.report(unreachable()), &["Channel is Failed", "Failed: NoNumber"]);
}

#[test]
fn without_words_it_fails() {
    let mut stage = Stage::new(Dialect::Rbm, None);
    let hologram = Content::Opaque { kind: "hologram".to_owned(), raw: "{}".into() };
    stage.push_content(hologram, timed(Class::Service));
    check(stage.report(unreachable()), &["Channel is Failed", "Failed: NoText"]);
}

#[test]
fn number_is_the_named_one_else_the_visitors_name_else_the_profiles() {
    let sent_to = |stage: &mut Stage, terms: Terms| {
        stage.push(terms);
        stage.report(unreachable()).remove(1)
    };
    let named = |to| {
        let terms = timed(Class::Service);
        Terms {
            fallback: terms.fallback.clone().map(|fallback| usher_domain::message::Fallback { to, ..fallback }),
            ..terms
        }
    };
    let mut rbm = Stage::new(Dialect::Rbm, None);
    rbm.profile.phone = Some(number(7));
    rbm.visitor(VisitorAct::Connect { context: None });
    assert_eq!(sent_to(&mut rbm, named(Some(number(9)))), "to +8613500000009 by texts: usher says news until 600000");
    assert_eq!(sent_to(&mut rbm, named(None)), format!("{SMS} until 600000"));
    let mut native = Stage::native();
    native.profile.phone = Some(number(7));
    native.visitor(VisitorAct::Connect { context: None });
    assert_eq!(sent_to(&mut native, named(None)), "to +8613500000007 by texts: usher says news until 600000");
}

#[test]
fn message_without_a_deadline_never_falls_back() {
    for report in [unreachable(), failed(Attempts::None), failed(Attempts::Maybe)] {
        let mut stage = Stage::pushed(untimed());
        let said = stage.report(report.clone());
        assert!(said[1].starts_with("Failed: ") && said.len() == 2, "{said:?}");
        check(stage.report(report), &["repeated"]);
        check(stage.at(3_600), &[]);
    }
    let mut stage = Stage::pushed(untimed());
    check(stage.report(Report::Delivered), &["Channel is Delivered"]);
    check(stage.report(failed(Attempts::Maybe)), &["repeated"]);
}

#[test]
fn receipt_for_an_unknown_message_is_said_so() {
    let mut stage = Stage::native();
    stage.message = Some(usher_domain::MessageId::from_bits(1));
    check(stage.report(Report::Delivered), &["unmatched"]);
}
