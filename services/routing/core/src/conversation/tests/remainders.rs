//! What outlives a session, and that all of it ends: repeats, open messages, what is due at one record.

use usher_domain::conversation::{ConversationAct, PushInput, VisitorAct};
use usher_domain::receipt::Report;
use usher_domain::state::conversation::{OptOut, StateKey, StateKind, StateValue};
use usher_domain::{Class, Content, ConversationId, ConversationInput, InputId, Timestamp, VisitorId};

use super::stage::{Stage, account, ask, check, timed, untimed, words};
use crate::conversation::{ConversationCore, FIRED_AT_ONCE, Input};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn typing(stage: &Stage) -> ConversationAct {
    let (account, visitor) = (stage.account.clone(), stage.visitor.clone());
    let act = VisitorAct::Typing;
    let profile = stage.profile.clone();
    ConversationAct::Visitor(Box::new(usher_domain::conversation::VisitorInput {
        account,
        visitor,
        profile,
        ext: None,
        ack: None,
        named: None,
        act,
    }))
}

fn input(number: u32) -> InputId {
    InputId::derive(&[&number.to_be_bytes()])
}

#[test]
fn repeat_is_recognised_among_the_last_32() {
    let mut stage = Stage::active();
    let act = typing(&stage);
    for number in 0..32 {
        check(stage.act_as(input(number), act.clone()), &["to desk of li: typing"]);
    }
    check(stage.act_as(input(0), act.clone()), &["repeated"]);
    check(stage.act_as(input(32), act.clone()), &["to desk of li: typing"]);
    check(stage.act_as(input(1), act.clone()), &["repeated"]);
    check(stage.act_as(input(0), act), &["to desk of li: typing"]);
}

#[test]
fn repeat_is_recognised_for_48_hours() {
    let mut stage = Stage::native();
    let act = typing(&stage);
    check(stage.act_as(input(0), act.clone()), &["ignored Typing"]);
    stage.at(48 * HOUR - 1);
    check(stage.act_as(input(0), act.clone()), &["repeated"]);
    stage.at(48 * HOUR);
    check(stage.act_as(input(0), act), &["ignored Typing"]);
}

#[test]
fn kept_message_is_not_ordered_twice_however_many_inputs_came_between() {
    let mut stage = Stage::native();
    let push = ConversationAct::Push(Box::new(PushInput {
        account: stage.account.clone(),
        visitor: stage.visitor.clone(),
        content: Content::text("news"),
        ext: None,
        terms: timed(Class::Service),
        archive: true,
    }));
    stage.act_as(input(0), push.clone());
    let act = typing(&stage);
    for number in 1..50 {
        stage.act_as(input(number), act.clone());
    }
    check(stage.act_as(input(0), push), &["repeated"]);
}

#[test]
fn receipts_and_placements_do_not_push_inputs_out_of_memory() {
    let mut stage = Stage::active();
    let act = typing(&stage);
    stage.act_as(input(0), act.clone());
    stage.send("li", untimed());
    for _ in 0..40 {
        stage.report(Report::Delivered);
    }
    check(stage.act_as(input(0), act), &["repeated"]);
}

#[test]
fn decided_message_is_forgotten_after_seven_days() {
    let mut stage = Stage::pushed(timed(Class::Service));
    stage.report(Report::Delivered);
    stage.at(7 * DAY - 1);
    check(stage.report(Report::Read), &["Channel is Read"]);
    stage.at(7 * DAY);
    check(stage.report(Report::Read), &["unmatched"]);
    assert_eq!(stage.core.next_wakeup(), None, "every state has an end");
}

#[test]
fn decided_message_keeps_neither_number_nor_words() {
    let mut stage = Stage::pushed(timed(Class::Service));
    let needs = |stage: &Stage| stage.kept_message().instead.is_some();
    assert!(needs(&stage), "what an SMS would need");
    stage.report(Report::NotReachable { reason: "no RCS".into() });
    assert!(!needs(&stage));
    assert!(!needs(&Stage::pushed(untimed())), "it never falls back");
}

#[test]
fn value_under_a_key_of_another_kind_is_ignored() {
    let conversation = ConversationId::from_bits(1);
    let opt_out = || StateValue::OptOut(OptOut { since: Timestamp::from_millis(1) });
    let mut core = ConversationCore::new();
    core.restore(StateKey { conversation, kind: StateKind::Session }, Some(opt_out()));
    assert_eq!(core.store, ConversationCore::new().store);
    core.restore(StateKey { conversation, kind: StateKind::OptOut }, Some(opt_out()));
    core.restore(StateKey { conversation, kind: StateKind::OptOut }, None);
    assert_eq!(core.store, ConversationCore::new().store);
}

#[test]
fn message_without_a_deadline_is_forgotten_after_48_hours() {
    let mut stage = Stage::pushed(untimed());
    stage.at(48 * HOUR - 1);
    check(stage.report(Report::Delivered), &["Channel is Delivered"]);
    stage.at(48 * HOUR);
    check(stage.report(Report::Read), &["unmatched"]);
}

#[test]
fn whole_conversation_ends_by_itself() {
    let mut stage = Stage::active();
    stage.visitor(words("hi"));
    stage.send("li", timed(Class::Service));
    stage.push(untimed());
    assert!(stage.pieces() >= 4);
    for day in 1..10 {
        stage.at(day * DAY);
    }
    assert_eq!((stage.pieces(), stage.core.next_wakeup()), (0, None));
}

#[test]
fn opting_out_is_kept_for_ever() {
    let mut stage = Stage::native();
    stage.visitor(VisitorAct::Subscription { opted_out: true });
    stage.at(1_000 * DAY);
    assert_eq!((stage.pieces(), stage.core.next_wakeup()), (1, None));
    stage.visitor(VisitorAct::Subscription { opted_out: false });
    stage.at(2_000 * DAY);
    assert_eq!(stage.pieces(), 0);
}

#[test]
fn time_never_goes_back() {
    let mut stage = Stage::waiting();
    stage.at(100);
    stage.now = 5_000;
    stage.visitor(VisitorAct::Leave);
    check(stage.visitor(ask("sales")), &["opened", "waiting 1 for sales", "desk: 1 wants sales, asked at 100000"]);
}

#[test]
fn thousand_deadlines_fire_at_one_record_and_the_rest_stays_due() {
    let mut core = ConversationCore::new();
    let account = account(usher_domain::Dialect::Rbm, None);
    for number in 0..1_500u32 {
        let visitor = VisitorId::new(number.to_string());
        let conversation = ConversationId::of(&account.tenant, &account.account, &visitor);
        let (content, terms) = (Content::text("news"), timed(Class::Authentication));
        let push = PushInput { account: account.clone(), visitor, content, ext: None, terms, archive: true };
        let act = ConversationAct::Push(Box::new(push));
        let input = ConversationInput { tenant: account.tenant.clone(), id: input(number), conversation, act };
        let _ = core.step(Input::Act(input), Timestamp::from_millis(0));
    }
    let due = Timestamp::from_millis(70_000);
    let outcomes = |core: &mut ConversationCore| core.step(Input::Tick, due).changes.len();
    assert_eq!(core.next_wakeup(), Some(due));
    assert_eq!(outcomes(&mut core), FIRED_AT_ONCE);
    assert_eq!(core.next_wakeup(), Some(due), "the rest stays due");
    assert_eq!(outcomes(&mut core), 500);
    assert!(core.next_wakeup() > Some(due));
}
