//! Nothing crosses tenants: who names another's conversation, session or message by a name they guessed changes nothing
//! there, and leaves no fact about it.

use usher_domain::conversation::{AgentAct, AgentInput, BotAct, BotInput, ConversationAct, VisitorAct};
use usher_domain::event::{Fact, Subject};
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::conversation::{StateKey, StateValue};
use usher_domain::{
    Account, AccountId, AgentId, Body, Class, Content, ConversationInput, Dialect, Event, InputId, Receipt, TenantId,
    Timestamp,
};

use super::show;
use super::stage::{Stage, account, check, timed, untimed};
use crate::conversation::Input;
use usher_domain::Effects;

/// A tenant that has nothing to do with the stage's, with an account of the same name.
fn stranger() -> Account {
    Account { tenant: TenantId::new("stranger"), ..account(Dialect::Native, Some("bot")) }
}

/// Another account of the stage's own tenant.
fn sister() -> Account {
    Account { account: AccountId::new("sister"), ..account(Dialect::Native, Some("bot")) }
}

/// What somebody does to the stage's conversation whose account this is.
fn act_of(stage: &mut Stage, account: &Account, number: u32, act: ConversationAct) -> Effects<StateKey, StateValue> {
    let id = InputId::derive(&[b"stranger", &number.to_be_bytes()]);
    let input = ConversationInput { tenant: account.tenant.clone(), id, conversation: stage.conversation(), act };
    stage.core.step(Input::Act(input), Timestamp::from_millis(stage.now))
}

fn report_of(stage: &mut Stage, account: &Account, leg: Leg, report: Report) -> Effects<StateKey, StateValue> {
    let message = stage.message.expect("a message was ordered");
    let reporter = Some(account.account.clone());
    let receipt = Receipt { message, leg, account: reporter, report, reported_at: None };
    act_of(stage, account, 0, ConversationAct::Receipt(receipt))
}

fn typing(stage: &Stage, account: &Account) -> ConversationAct {
    let session = stage.session.expect("a session was opened");
    let agent = AgentId::new("li");
    ConversationAct::Agent(Box::new(AgentInput { account: account.clone(), session, agent, act: AgentAct::Typing }))
}

fn beep(stage: &Stage, account: &Account) -> ConversationAct {
    let session = stage.session.expect("a session was opened");
    let act = BotAct::Say { content: Content::text("beep"), terms: untimed() };
    ConversationAct::Bot(Box::new(BotInput { account: account.clone(), session, act }))
}

fn events(effects: &Effects<StateKey, StateValue>) -> Vec<&Event> {
    effects.bodies.iter().filter_map(|body| if let Body::Event(event) = body { Some(event) } else { None }).collect()
}

/// The step changed nothing, and every fact that it left is about the account which caused it.
#[track_caller]
fn check_stranger(effects: &Effects<StateKey, StateValue>, account: &Account, expected: &[&str]) {
    check(show::lines(&effects.bodies), expected);
    assert!(effects.changes.is_empty(), "changed: {:?}", effects.changes);
    for event in events(effects) {
        assert_eq!((&event.tenant, &event.subject), (&account.tenant, &Subject::Account(account.account.clone())));
    }
}

#[test]
fn receipt_of_another_tenant_is_unmatched_and_settles_nothing() {
    for leg in [Leg::Channel, Leg::Sms] {
        let mut stage = Stage::pushed(timed(Class::Service));
        for report in [Report::Delivered, Report::NotReachable { reason: "no RCS".into() }, Report::TtlRevoked] {
            check_stranger(&report_of(&mut stage, &stranger(), leg, report), &stranger(), &["unmatched"]);
        }
        check(stage.report(Report::Delivered), &["Channel is Delivered", "Delivered: Receipt"]);
    }
}

#[test]
fn receipt_of_an_account_that_did_not_send_the_copy_is_unmatched() {
    let texts = Account { account: AccountId::new("texts"), ..sister() };
    let mut stage = Stage::pushed(timed(Class::Service));
    let own = stage.account.clone();
    for (label, account, leg) in [
        ("a sister account", &sister(), Leg::Channel),
        ("the account of the SMS, of the message itself", &texts, Leg::Channel),
        ("the message's account, of the SMS", &own, Leg::Sms),
    ] {
        let effects = report_of(&mut stage, account, leg, Report::Delivered);
        check(show::lines(&effects.bodies), &["unmatched"]);
        assert!(effects.changes.is_empty(), "{label}");
    }
}

#[test]
fn account_of_the_sms_is_known_after_the_outcome() {
    let mut stage = Stage::pushed(timed(Class::Service));
    stage.report(Report::NotReachable { reason: "no RCS".into() });
    check(stage.report_of(Leg::Sms, Report::Delivered), &["Sms is Delivered"]);
    let effects = report_of(&mut stage, &sister(), Leg::Sms, Report::Read);
    check(show::lines(&effects.bodies), &["unmatched"]);
}

#[test]
fn receipt_whose_account_is_not_told_reaches_a_message_of_its_tenant() {
    let mut stage = Stage::pushed(timed(Class::Service));
    let message = stage.message.expect("ordered");
    let receipt = Receipt { message, leg: Leg::Channel, account: None, report: Report::Delivered, reported_at: None };
    check(stage.act(ConversationAct::Receipt(receipt)), &["Channel is Delivered", "Delivered: Receipt"]);
}

#[test]
fn unmatched_receipt_of_the_own_tenant_is_a_fact_of_the_conversation() {
    let mut stage = Stage::pushed(timed(Class::Service));
    stage.message = Some(InputId::derive(&[b"no such message"]).into());
    let own = stage.account.clone();
    let effects = report_of(&mut stage, &own, Leg::Channel, Report::Delivered);
    let facts = events(&effects);
    assert!(matches!(facts[0].fact, Fact::ReceiptUnmatched { .. }));
    assert_eq!(facts[0].subject, Subject::Conversation(stage.conversation()));
}

#[test]
fn command_of_a_stranger_is_refused_to_them_and_is_no_fact_of_the_conversation() {
    for account in [stranger(), sister()] {
        let mut stage = Stage::active();
        let act = typing(&stage, &account);
        let refused = ["refused Typing: closed", "to desk of li: refused Typing: closed"];
        let effects = act_of(&mut stage, &account, 0, act.clone());
        check_stranger(&effects, &account, &refused);
        // Once more is refused once more, under the same delivery id: nothing is noted of a stranger.
        let again = act_of(&mut stage, &account, 0, act);
        check_stranger(&again, &account, &refused);
        assert_eq!(effects.bodies, again.bodies);
        let beep = beep(&stage, &account);
        let bot = act_of(&mut stage, &account, 1, beep);
        check_stranger(&bot, &account, &["refused Send: closed", "to bot: refused Send: closed"]);
    }
}

#[test]
fn commands_of_strangers_push_no_input_out_of_memory() {
    for account in [stranger(), sister()] {
        let mut stage = Stage::active();
        let (id, act) = (InputId::derive(&[b"own"]), typing(&stage, &stage.account));
        check(stage.act_as(id, act.clone()), &["to visitor: typing"]);
        let foreign = typing(&stage, &account);
        for number in 0..40 {
            let effects = act_of(&mut stage, &account, number, foreign.clone());
            assert!(effects.changes.is_empty());
        }
        check(stage.act_as(id, act), &["repeated"]);
    }
}

#[test]
fn command_to_a_conversation_of_which_nothing_is_kept_leaves_no_state() {
    let mut active = Stage::active();
    let mut nothing = Stage::native();
    nothing.session = active.session.take();
    let act = typing(&nothing, &stranger());
    let effects = act_of(&mut nothing, &stranger(), 0, act);
    check_stranger(&effects, &stranger(), &["refused Typing: closed", "to desk of li: refused Typing: closed"]);
}

#[test]
fn late_command_of_the_own_account_is_a_fact_of_the_conversation_and_counts_once() {
    let mut stage = Stage::active();
    stage.visitor(VisitorAct::Leave);
    let (own, act) = (stage.account.clone(), typing(&stage, &stage.account));
    let effects = act_of(&mut stage, &own, 0, act.clone());
    assert_eq!(events(&effects)[0].subject, Subject::Conversation(stage.conversation()));
    check(show::lines(&act_of(&mut stage, &own, 0, act).bodies), &["repeated"]);
}
