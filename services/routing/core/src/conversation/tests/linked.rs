//! What an SMS from a phone belongs to: conversation X, on RBM or elsewhere, whose message went to the phone as an SMS,
//! or Y, the conversation of the SMS account with the phone. What a step says to another conversation comes back as an
//! input, as it does through the log.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;
use usher_domain::conversation::{ConversationAct, Link, Profile, PushInput, VisitorAct, VisitorInput};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::event::Fact;
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::conversation::{StateKey, StateValue};
use usher_domain::{
    Account, AccountId, AgentId, Body, Class, Content, ConversationId, ConversationInput, Dialect, InputId, MessageId,
    Place, Placement, PlacementId, Receipt, SessionId, TenantId, Terms, Timestamp, VisitorId,
};

use super::show;
use super::stage::{account, agent, check, timed, untimed};
use crate::conversation::{ConversationCore, Input};

const PHONE: &str = "+8613512345678";
const HOUR: i64 = 3_600;

/// An account of the tenant, named after its channel.
fn named(name: &'static str, dialect: Dialect) -> Account {
    Account { account: AccountId::new(name), ..account(dialect, None) }
}

fn rbm() -> Account {
    named("rbm", Dialect::Rbm)
}

/// Another account whose messages fall back by the same SMS account.
fn other() -> Account {
    named("other", Dialect::Rbm)
}

fn texts() -> Account {
    named("texts", Dialect::Sms)
}

fn phone() -> VisitorId {
    VisitorId::new(PHONE)
}

fn with(account: &Account) -> ConversationId {
    ConversationId::of(&account.tenant, &account.account, &phone())
}

fn input_id(word: &str) -> InputId {
    InputId::derive(&[word.as_bytes()])
}

/// A core, the inputs that it wrote and has not read yet, and everything it said.
#[derive(Default)]
struct World {
    core: ConversationCore,
    kept: BTreeMap<StateKey, StateValue>,
    written: VecDeque<ConversationInput>,
    /// The last of them, and when it was written.
    last: Option<(ConversationInput, i64)>,
    said: Vec<Body>,
    now: i64,
}

impl World {
    /// An input, and every input that follows from it. The lines of what all of them said.
    fn act(&mut self, account: &Account, id: InputId, act: ConversationAct) -> Vec<String> {
        let (tenant, conversation) = (account.tenant.clone(), with(account));
        let mut said = self.step(Input::Act(ConversationInput { tenant, id, conversation, act }));
        said.extend(self.settle());
        said
    }

    /// Reads what the core wrote for itself.
    fn settle(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(input) = self.written.pop_front() {
            said.extend(self.step(Input::Act(input)));
        }
        said
    }

    fn step(&mut self, input: Input) -> Vec<String> {
        let effects = self.core.step(input, Timestamp::from_millis(self.now * 1_000));
        for (key, value) in effects.changes {
            match value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
        let mut restored = ConversationCore::new();
        self.kept.iter().for_each(|(key, value)| restored.restore(*key, Some(value.clone())));
        assert_eq!(restored.store, self.core.store, "state restored from its changes");
        for body in &effects.bodies {
            if let Body::Conversation(input) = body {
                self.written.push_back(input.clone());
                self.last = Some((input.clone(), self.now));
            }
        }
        let lines = show::lines(&effects.bodies);
        self.said.extend(effects.bodies);
        lines
    }

    fn push(&mut self, account: &Account, word: &str, terms: Terms) -> Vec<String> {
        let push = PushInput {
            account: account.clone(),
            visitor: phone(),
            content: Content::text(word.to_owned()),
            ext: None,
            archive: true,
            terms,
        };
        self.act(account, input_id(word), ConversationAct::Push(Box::new(push)))
    }

    /// A push that can not reach the phone on its channel, so it goes there as an SMS.
    fn fall_back(&mut self, account: &Account, word: &str) -> Vec<String> {
        self.push(account, word, timed(Class::Service));
        self.lose(account, word)
    }

    fn lose(&mut self, account: &Account, word: &str) -> Vec<String> {
        let receipt = Receipt {
            message: MessageId::from(input_id(word)),
            leg: Leg::Channel,
            account: Some(account.account.clone()),
            report: Report::NotReachable { reason: "no RCS".into() },
            reported_at: None,
        };
        self.act(account, input_id(&format!("lost {word}")), ConversationAct::Receipt(receipt))
    }

    /// What the phone does by SMS; `name` tells one SMS from the next.
    fn by_sms(&mut self, name: &str, act: VisitorAct) -> Vec<String> {
        let said = VisitorInput { act, ..said(texts()) };
        self.act(&texts(), input_id(name), ConversationAct::Visitor(Box::new(said)))
    }

    fn sms(&mut self, words: &str) -> Vec<String> {
        self.by_sms(words, VisitorAct::Message { content: Content::text(words.to_owned()), ask: None })
    }

    /// Li takes the last session that was opened.
    fn assign(&mut self, account: &Account) -> SessionId {
        let opened = |body: &Body| match body {
            Body::Event(event) => match event.fact {
                Fact::SessionOpened { session, .. } => Some(session),
                _ => None,
            },
            _ => None,
        };
        let session = self.said.iter().rev().find_map(opened).expect("a session was opened");
        let version = PlacementId { epoch: 1, turn: 2 };
        let place = Place::assigned(agent("li"));
        let placement = Placement { desk: account.desk.clone(), session, version, place, withdrawn: None };
        self.act(account, input_id("placed"), ConversationAct::Placement(placement));
        session
    }

    /// Where each message of the visitor was heard: conversation, words, and the account by which it came.
    fn heard(&self) -> Vec<(ConversationId, String, Option<AccountId>)> {
        let heard = |body: &Body| match body {
            Body::Delivery(delivery) => match (&delivery.target, &delivery.order) {
                (DeliveryTarget::Workspace { .. }, Order::Message { message, .. }) => {
                    let Content::Text(words) = &message.content else { panic!("words") };
                    Some((delivery.conversation.expect("one"), words.as_str().to_owned(), message.via.clone()))
                }
                _ => None,
            },
            _ => None,
        };
        self.said.iter().filter_map(heard).collect()
    }
}

/// The visitor with this phone, doing nothing yet.
fn said(account: Account) -> VisitorInput {
    let profile = Profile::default();
    VisitorInput { account, visitor: phone(), profile, ext: None, ack: None, named: None, act: VisitorAct::Typing }
}

#[test]
fn answer_to_a_fallback_sms_is_heard_by_the_agent_whose_message_it_was() {
    let mut world = World::default();
    let words = VisitorAct::Message { content: Content::text("hello"), ask: None };
    let hello = VisitorInput { act: words, ..said(rbm()) };
    world.act(&rbm(), input_id("hello"), ConversationAct::Visitor(Box::new(hello)));
    world.assign(&rbm());
    world.fall_back(&rbm(), "are you there?");
    check(
        world.sms("yes"),
        &[
            "answers another",
            "forwarded to rbm",
            "to desk of li: visitor says yes via texts",
            "written down: visitor says yes via texts",
        ],
    );
}

#[test]
fn answer_opens_a_session_where_the_sms_came_from_and_is_answered_there() {
    let mut world = World::default();
    world.fall_back(&rbm(), "your parcel");
    let said = world.sms("who is this?");
    assert!(said.contains(&"opened".to_owned()), "{said:?}");
    assert_eq!(world.heard(), [(with(&rbm()), "who is this?".to_owned(), Some(AccountId::new("texts")))]);
    let session = world.assign(&rbm());
    assert_eq!(session.conversation, with(&rbm()));
    let send = usher_domain::conversation::AgentAct::Send { content: Content::text("acme"), terms: untimed() };
    let send = usher_domain::conversation::AgentInput { account: rbm(), session, agent: AgentId::new("li"), act: send };
    world.act(&rbm(), input_id("acme"), ConversationAct::Agent(Box::new(send)));
    let channel = |body: &Body| match body {
        Body::Delivery(delivery) => match &delivery.target {
            DeliveryTarget::Channel { dialect, .. } => Some(*dialect),
            _ => None,
        },
        _ => None,
    };
    let last = world.said.iter().rev().find_map(channel);
    assert_eq!(last, Some(Dialect::Rbm), "the answer goes by the conversation's own channel");
}

#[test]
fn sms_that_answers_nothing_is_the_sms_accounts_own() {
    let mut world = World::default();
    world.sms("hi");
    assert_eq!(world.heard(), [(with(&texts()), "hi".to_owned(), None)]);
}

#[test]
fn answer_is_looked_for_48_hours() {
    for (seconds, expected) in [(48 * HOUR - 1, with(&rbm())), (48 * HOUR, with(&texts()))] {
        let mut world = World::default();
        world.fall_back(&rbm(), "news");
        world.now = seconds;
        world.sms("late");
        assert_eq!(world.heard()[0].0, expected, "{seconds}");
    }
}

#[test]
fn link_ends_by_itself() {
    let mut world = World::default();
    world.fall_back(&rbm(), "news");
    for day in 1..10 {
        world.now = day * 24 * HOUR;
        world.step(Input::Tick);
    }
    assert_eq!((world.kept.len(), world.core.next_wakeup()), (0, None));
}

#[test]
fn last_sms_is_the_one_that_is_answered() {
    let mut world = World::default();
    world.fall_back(&rbm(), "first");
    world.now = 1;
    world.fall_back(&other(), "second");
    world.sms("to the second");
    world.now = 2;
    world.fall_back(&rbm(), "third");
    world.sms("to the third");
    let conversations: Vec<_> = world.heard().into_iter().map(|(conversation, ..)| conversation).collect();
    assert_eq!(conversations, [with(&other()), with(&rbm())]);
}

#[test]
fn what_the_sms_account_says_itself_is_answered_to_itself() {
    let mut world = World::default();
    world.fall_back(&rbm(), "news");
    world.push(&texts(), "our own", untimed());
    world.sms("ok");
    assert_eq!(world.heard()[0].0, with(&texts()));
}

#[test]
fn stop_by_sms_ends_what_is_sent_instead_and_promotions_on_both_sides() {
    let mut world = World::default();
    world.fall_back(&rbm(), "news");
    check(
        world.by_sms("stop", VisitorAct::Subscription { opted_out: true }),
        &["answers another", "forwarded to rbm", "opted out true", "opted out true"],
    );
    check(world.fall_back(&rbm(), "more news"), &["Channel is Failed", "Suppressed: OptedOut"]);
    check(world.push(&rbm(), "sale", timed(Class::Promotion)), &["Suppressed: OptedOut"]);
    check(
        world.push(&texts(), "sale by sms", Terms { class: Class::Promotion, ..untimed() }),
        &["Suppressed: OptedOut"],
    );
    let service = world.push(&texts(), "your parcel", untimed());
    assert!(service.iter().any(|line| line.starts_with("to visitor")), "no promotion: {service:?}");
}

#[test]
fn start_by_sms_takes_it_back_on_both_sides() {
    let mut world = World::default();
    world.fall_back(&rbm(), "news");
    world.by_sms("stop", VisitorAct::Subscription { opted_out: true });
    world.by_sms("start", VisitorAct::Subscription { opted_out: false });
    let sent = world.fall_back(&rbm(), "more news");
    assert!(sent.contains(&"FellBack: NotReachable".to_owned()), "{sent:?}");
    assert_eq!(world.push(&texts(), "sale", Terms { class: Class::Promotion, ..untimed() }).len(), 3);
}

#[test]
fn stop_that_answers_nothing_counts_for_the_sms_account() {
    let mut world = World::default();
    check(world.by_sms("stop", VisitorAct::Subscription { opted_out: true }), &["opted out true"]);
}

#[test]
fn sms_that_the_provider_repeats_is_heard_once() {
    let mut world = World::default();
    world.fall_back(&rbm(), "news");
    world.sms("yes");
    check(world.sms("yes"), &["repeated"]);
    assert_eq!(world.heard().len(), 1);
}

#[test]
fn what_was_forwarded_is_not_forwarded_again() {
    // X is a conversation of an SMS account that falls back by another one, and has a link of its own.
    let first = named("first", Dialect::Sms);
    let mut world = World::default();
    let to_first = Terms { fallback: timed(Class::Service).fallback, ..timed(Class::Service) };
    let by_first = |terms: &Terms| {
        let fallback = terms
            .fallback
            .clone()
            .map(|fallback| usher_domain::message::Fallback { account: AccountId::new("first"), ..fallback });
        Terms { fallback, ..terms.clone() }
    };
    world.push(&first, "by texts", to_first.clone());
    world.lose(&first, "by texts");
    world.push(&rbm(), "by first", by_first(&to_first));
    world.lose(&rbm(), "by first");
    world.sms("answer");
    assert_eq!(world.heard()[0].0, with(&first), "one step, although that conversation is linked to rbm's");
}

#[test]
fn sms_account_that_falls_back_to_itself_links_nothing() {
    let mut world = World::default();
    let said = world.fall_back(&texts(), "news");
    assert!(!said.iter().any(|line| line.starts_with("linked")), "{said:?}");
}

#[test]
fn overtaken_link_and_one_of_another_tenant_change_nothing() {
    let mut world = World::default();
    let link = |account: Account, seconds: i64| {
        let until = Timestamp::from_millis(seconds * 1_000);
        ConversationAct::Linked(Box::new(Link { conversation: with(&account), account, visitor: phone(), until }))
    };
    check(world.act(&texts(), input_id("1"), link(rbm(), 100)), &[]);
    check(world.act(&texts(), input_id("2"), link(other(), 99)), &["repeated"]);
    check(world.act(&texts(), input_id("1"), link(rbm(), 100)), &["repeated"]);
    let stranger = Account { tenant: TenantId::new("stranger"), ..rbm() };
    check(world.act(&texts(), input_id("3"), link(stranger, 101)), &["repeated"]);
    world.sms("yes");
    assert_eq!(world.heard()[0].0, with(&rbm()));
}

/// Something that happens around one phone.
#[derive(Clone, Debug)]
enum Move {
    /// A message of one of the two accounts goes out as an SMS.
    FallBack { of_other: bool },
    /// The SMS account says something itself.
    Own,
    /// The phone writes; its provider repeats it so often.
    Sms { repeats: usize },
    /// The last input that the core wrote for itself is read once more, as after a crash of whoever read it twice.
    Again,
    /// Time goes on.
    Wait { seconds: i64 },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let a_move = prop_oneof![
        any::<bool>().prop_map(|of_other| Move::FallBack { of_other }),
        Just(Move::Own),
        (0..3_usize).prop_map(|repeats| Move::Sms { repeats }),
        Just(Move::Again),
        (1..40 * HOUR).prop_map(|seconds| Move::Wait { seconds }),
    ];
    proptest::collection::vec(a_move, 0..30)
}

proptest! {
    #[test]
    fn every_sms_is_heard_once_by_who_spoke_last(moves in moves()) {
        let mut world = World::default();
        // Who spoke last to the phone by SMS, as far as it counts; and what must be heard in the end.
        let mut spoke: Option<(Account, i64)> = None;
        let mut expected = Vec::new();
        for (at, a_move) in moves.iter().enumerate() {
            let word = format!("{at}");
            // Instants differ, as they do between two SMS.
            world.now += 1;
            match a_move {
                Move::FallBack { of_other } => {
                    let account = if *of_other { other() } else { rbm() };
                    world.fall_back(&account, &word);
                    spoke = Some((account, world.now + 48 * HOUR));
                }
                Move::Own => {
                    world.push(&texts(), &word, untimed());
                    spoke = None;
                }
                Move::Sms { repeats } => {
                    for _ in 0..=*repeats {
                        world.sms(&word);
                    }
                    let to = spoke.as_ref().filter(|(_, until)| *until > world.now).map(|(account, _)| with(account));
                    let via = to.map(|_| AccountId::new("texts"));
                    expected.push((to.unwrap_or_else(|| with(&texts())), word, via));
                }
                Move::Again => {
                    // A link that its conversation has ended since would be made again.
                    let may = |input: &ConversationInput| {
                        spoke.is_some() || !matches!(input.act, ConversationAct::Linked(_))
                    };
                    if let Some((input, at)) = world.last.clone().filter(|(input, _)| may(input)) {
                        // Longer than repeats are remembered, no log keeps one back.
                        if world.now - at < 48 * HOUR {
                            world.step(Input::Act(input));
                        }
                    }
                }
                Move::Wait { seconds } => world.now += seconds,
            }
        }
        prop_assert_eq!(world.heard(), expected);
    }
}
