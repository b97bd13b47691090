//! What becomes of a session that its desk does not take.

use usher_domain::conversation::{ConversationAct, Forwarded, VisitorAct};
use usher_domain::delivery::Notice;
use usher_domain::place::RefusedReason;
use usher_domain::policy::Exception;
use usher_domain::{AccountId, Content, Dialect, GroupId, Place};

use super::stage::{Stage, agent, ask, check, group, number, words};

const HOUR: i64 = 3_600;

fn refused(then: Exception) -> Place {
    Place::Refused { reason: RefusedReason::OffHours, then }
}

fn overflow() -> Exception {
    Exception::Overflow { group: GroupId::new("night") }
}

fn leave_message() -> Exception {
    Exception::LeaveMessage { text: "Write to us.".into() }
}

/// A session that may leave a message, after epoch 1.
fn invited() -> Stage {
    let mut stage = Stage::waiting();
    stage.place(1, 2, refused(leave_message()));
    stage
}

#[test]
fn close_says_the_tenant_s_words() {
    check(
        Stage::waiting().place(1, 2, refused(Exception::Close { text: "Come back at 9.".into() })),
        &["desk: 2 wants nobody", "to visitor: refused, off-hours: Come back at 9.", "closed by Refused"],
    );
}

#[test]
fn close_on_a_channel_without_notices_says_them_in_a_message() {
    let mut stage = Stage::new(Dialect::Easemob, None);
    stage.visitor(ask("sales"));
    check(
        stage.place(1, 2, refused(Exception::Close { text: "Come back at 9.".into() })),
        &[
            "ordered",
            "to visitor: usher says Come back at 9.",
            "written down: usher says Come back at 9.",
            "desk: 2 wants nobody",
            "to visitor: refused, off-hours",
            "closed by Refused",
        ],
    );
}

#[test]
fn overflow_waits_elsewhere_at_its_old_place() {
    let mut stage = Stage::waiting();
    stage.now = 5_000;
    check(
        stage.place(1, 2, refused(overflow())),
        &["waiting 2 for night", "desk: 2 wants night, asked at 0, moved at 5000, overflowed"],
    );
}

#[test]
fn overflow_of_what_has_overflowed_closes() {
    let mut stage = Stage::waiting();
    stage.place(1, 2, refused(overflow()));
    check(
        stage.place(2, 2, refused(overflow())),
        &["desk: 3 wants nobody", "to visitor: refused, off-hours", "closed by Refused"],
    );
}

#[test]
fn who_has_overflowed_may_still_leave_a_message() {
    let mut stage = Stage::waiting();
    stage.place(1, 2, refused(overflow()));
    let said = stage.place(2, 2, refused(leave_message()));
    assert_eq!(said[..2], ["desk: 3 wants nobody", "message invited, off-hours"]);
}

#[test]
fn session_that_an_agent_had_leaves_them_first() {
    let said = Stage::active().place(1, 3, refused(overflow()));
    assert_eq!(said[..2], ["left li", "to desk of li: left, Reassigned"]);
}

#[test]
fn visitor_is_invited_to_leave_a_message() {
    check(
        Stage::waiting().place(1, 2, refused(leave_message())),
        &["desk: 2 wants nobody", "message invited, off-hours", "to visitor: leave a message, off-hours: Write to us."],
    );
}

#[test]
fn what_they_write_is_kept_for_later() {
    check(
        invited().visitor(words("call me")),
        &["message left", "to desk: left for later: visitor says call me", "written down: visitor says call me"],
    );
}

#[test]
fn client_that_names_its_group_with_each_message_leaves_messages() {
    let both = VisitorAct::Message { content: Content::text("call me"), ask: Some(group("sales")) };
    assert_eq!(invited().visitor(both)[0], "message left");
}

#[test]
fn who_asks_again_asks_the_desk_anew_from_now() {
    let mut stage = invited();
    stage.now = 60_000;
    check(stage.visitor(ask("sales")), &["waiting 3 for sales", "desk: 3 wants sales, asked at 60000"]);
}

#[test]
fn it_closes_when_they_leave_or_are_silent() {
    check(invited().visitor(VisitorAct::Leave), &["closed by Visitor"]);
    check(invited().at(2 * HOUR), &["to visitor: Closed { by_agent: false }", "closed by Idle"]);
}

#[test]
fn late_placement_of_it_is_told_once_more_that_nobody_is_wanted() {
    check(invited().place(1, 3, Place::assigned(agent("li"))), &["desk: 2 wants nobody"]);
}

#[test]
fn sms_goes_to_the_visitor_s_phone() {
    let mut stage = Stage::native();
    stage.account.sms = Some(AccountId::new("texts"));
    stage.profile.phone = Some(number(12));
    stage.visitor(ask("sales"));
    check(
        stage.place(1, 2, refused(Exception::Sms { text: "We call you.".into() })),
        &[
            "to +8613500000012 by texts: usher says We call you. until 600000",
            "linked to account",
            "desk: 2 wants nobody",
            "to visitor: refused, off-hours",
            "closed by Refused",
        ],
    );
}

#[test]
fn sms_without_a_phone_an_account_or_consent_is_said_on_the_channel() {
    let said = |mut stage: Stage| stage.place(1, 2, refused(Exception::Sms { text: "We call you.".into() }));
    let spoken = "to visitor: refused, off-hours: We call you.".to_owned();
    assert!(said(Stage::waiting()).contains(&spoken), "no account");
    let asked = |phone: bool, opted_out: bool| {
        let mut stage = Stage::native();
        stage.visitor = usher_domain::VisitorId::new("wx-1");
        stage.account.sms = Some(AccountId::new("texts"));
        stage.profile.phone = phone.then(|| number(12));
        stage.visitor(VisitorAct::Subscription { opted_out });
        stage.visitor(ask("sales"));
        stage
    };
    assert!(said(asked(false, false)).contains(&spoken), "no phone");
    assert!(said(asked(true, true)).contains(&spoken), "opted out");
    assert!(!said(asked(true, false)).contains(&spoken));
}

/// A visitor with a phone to whom an SMS was sent instead of an agent, at the beginning.
fn texted() -> Stage {
    let mut stage = Stage::native();
    stage.account.sms = Some(AccountId::new("texts"));
    stage.profile.phone = Some(number(12));
    stage.visitor(ask("sales"));
    assert!(has_sms(&stage.place(1, 2, refused(sms()))));
    stage
}

fn sms() -> Exception {
    Exception::Sms { text: "We call you.".into() }
}

fn has_sms(said: &[String]) -> bool {
    said.iter().any(|line| line.contains(" by texts: "))
}

#[test]
fn sms_is_sent_once_however_often_they_write() {
    let mut stage = texted();
    for seconds in [60, 11 * HOUR, 12 * HOUR - 1] {
        stage.now = seconds * 1_000;
        stage.visitor(words("hello?"));
        let said = stage.place(1, 2, refused(sms()));
        let told = ["desk: 2 wants nobody", "to visitor: refused, off-hours: We call you.", "closed by Refused"];
        check(said, &told);
    }
    stage.at(12 * HOUR);
    stage.visitor(words("hello?"));
    assert!(has_sms(&stage.place(1, 2, refused(sms()))), "the next day they may have forgotten it");
}

#[test]
fn answer_to_the_sms_brings_no_other_one() {
    let mut stage = texted();
    let ConversationAct::Visitor(said) = stage.visitor_input(words("I am out of office.")) else { panic!() };
    stage.act(ConversationAct::Forwarded(Box::new(Forwarded { via: AccountId::new("texts"), said: *said })));
    assert!(!has_sms(&stage.place(1, 2, refused(sms()))));
}

#[test]
fn channel_without_notices_is_told_once_however_often_they_write() {
    for (text, spoken) in [("Come back at 9.", "Come back at 9."), ("", Notice::REFUSED)] {
        for dialect in [Dialect::Rbm, Dialect::Sms, Dialect::Aliyun, Dialect::Easemob] {
            let mut stage = Stage::new(dialect, None);
            let spoken = format!("to visitor: usher says {spoken}");
            let close = || refused(Exception::Close { text: text.into() });
            stage.visitor(words("hi"));
            assert!(stage.place(1, 2, close()).contains(&spoken), "{dialect:?}");
            stage.at(10 * HOUR);
            stage.visitor(words("hi"));
            let silent = ["desk: 2 wants nobody", "to visitor: refused, off-hours", "closed by Refused"];
            check(stage.place(1, 2, close()), &silent);
        }
    }
}

#[test]
fn who_had_the_session_before_is_not_remembered_for_longer_because_they_were_told() {
    let mut stage = texted();
    let answers = VisitorAct::Survey { session: None, score: "5".into(), detail: "fine".into() };
    stage.at(9 * HOUR);
    assert_eq!(stage.visitor(answers).len(), 1, "only that somebody answered");
}
