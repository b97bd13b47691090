//! One conversation on a core, driven by short calls. After every step the state written so far is restored into a
//! second core, which must be the same: so each rule is a test of restore as well.

use std::collections::BTreeMap;
use std::time::Duration;

use usher_domain::content::Private;
use usher_domain::conversation::{
    AgentAct, AgentInput, BotAct, BotInput, ConversationAct, Profile, PushInput, VisitorAct, VisitorInput,
};
use usher_domain::event::Fact;
use usher_domain::message::{Fallback, Unknown};
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::conversation::{OpenMessage, StateKey, StateKind, StateValue};
use usher_domain::{
    Account, AccountId, AgentCard, AgentId, Body, BotId, Class, Content, ConversationId, ConversationInput, DeskId,
    Dialect, GroupId, InputId, MessageId, PhoneNumber, Place, Placement, PlacementId, Receipt, SessionId, Target,
    TenantId, Terms, Timestamp, VisitorId,
};

use super::show;
use crate::conversation::{ConversationCore, Input};

pub(super) struct Stage {
    pub(super) core: ConversationCore,
    kept: BTreeMap<StateKey, StateValue>,
    pub(super) account: Account,
    pub(super) visitor: VisitorId,
    pub(super) profile: Profile,
    pub(super) ext: Option<Private>,
    pub(super) ack: Option<Private>,
    /// What the channel calls what they do.
    pub(super) named: Option<usher_domain::content::Private>,
    pub(super) now: i64,
    pub(super) inputs: u64,
    /// All that was sent out so far.
    pub(super) bodies: Vec<Body>,
    pub(super) session: Option<SessionId>,
    pub(super) message: Option<MessageId>,
}

/// The lines that a step must send out, in this order.
#[track_caller]
pub(super) fn check(said: Vec<String>, expected: &[&str]) {
    assert_eq!(said, expected);
}

pub(super) fn account(dialect: Dialect, bot: Option<&'static str>) -> Account {
    Account {
        default_group: Some(GroupId::new("sales")),
        bot: bot.map(BotId::new),
        ..Account::new(TenantId::new("tenant"), AccountId::new("account"), dialect, DeskId::new("desk"))
    }
}

pub(super) fn group(name: &'static str) -> Target {
    Target { agent: None, group: Some(GroupId::new(name)), ..Target::default() }
}

pub(super) fn agent(name: &'static str) -> AgentCard {
    AgentCard { id: AgentId::new(name), name: name.to_uppercase(), avatar: String::new() }
}

pub(super) fn tapped(postback: &str) -> VisitorAct {
    VisitorAct::Message { content: Content::Suggestion { postback: postback.into(), text: None }, ask: None }
}

pub(super) fn words(text: &'static str) -> VisitorAct {
    VisitorAct::Message { content: Content::text(text), ask: None }
}

pub(super) fn ask(name: &'static str) -> VisitorAct {
    VisitorAct::Ask { target: group(name) }
}

/// Terms with a deadline of 60 s, g = 10 s, G = 30 s and an SMS of 600 s.
pub(super) fn timed(class: Class) -> Terms {
    let unknown = if class == Class::Promotion { Unknown::Silence } else { Unknown::Sms };
    Terms {
        class,
        ttl: Some(Duration::from_secs(60)),
        fallback: Some(Fallback { account: AccountId::new("texts"), to: None, ttl: Duration::from_secs(600) }),
        unknown,
        grace: Duration::from_secs(10),
        revoke_grace: Duration::from_secs(30),
    }
}

/// Terms without a deadline.
pub(super) fn untimed() -> Terms {
    Terms { ttl: None, ..timed(Class::Service) }
}

impl Stage {
    pub(super) fn new(dialect: Dialect, bot: Option<&'static str>) -> Self {
        Self {
            core: ConversationCore::new(),
            kept: BTreeMap::new(),
            account: account(dialect, bot),
            visitor: VisitorId::new("+8613512345678"),
            profile: Profile::default(),
            ext: None,
            ack: None,
            named: None,
            now: 0,
            inputs: 0,
            bodies: Vec::new(),
            session: None,
            message: None,
        }
    }

    pub(super) fn native() -> Self {
        Self::new(Dialect::Native, None)
    }

    pub(super) fn with_bot() -> Self {
        Self::new(Dialect::Native, Some("bot"))
    }

    /// A session that waits for group `sales` under epoch 1.
    pub(super) fn waiting() -> Self {
        let mut stage = Self::native();
        stage.visitor(ask("sales"));
        stage
    }

    /// A session that Li has under placement 1.2.
    pub(super) fn active() -> Self {
        Self::active_on(Dialect::Native)
    }

    /// The same on another channel.
    pub(super) fn active_on(dialect: Dialect) -> Self {
        let mut stage = Self::new(dialect, None);
        stage.visitor(ask("sales"));
        stage.place(1, 2, Place::assigned(agent("li")));
        stage
    }

    /// A conversation on RBM whose tenant has just pushed a message under these terms.
    pub(super) fn pushed(terms: Terms) -> Self {
        let mut stage = Self::new(Dialect::Rbm, None);
        stage.push(terms);
        stage
    }

    pub(super) fn conversation(&self) -> ConversationId {
        ConversationId::of(&self.account.tenant, &self.account.account, &self.visitor)
    }

    pub(super) fn visitor(&mut self, act: VisitorAct) -> Vec<String> {
        let act = self.visitor_input(act);
        self.act(act)
    }

    pub(super) fn visitor_input(&self, act: VisitorAct) -> ConversationAct {
        let (account, visitor, profile) = (self.account.clone(), self.visitor.clone(), self.profile.clone());
        let (ext, ack) = (self.ext.clone(), self.ack.clone());
        ConversationAct::Visitor(Box::new(VisitorInput {
            account,
            visitor,
            profile,
            ext,
            ack,
            named: self.named.clone(),
            act,
        }))
    }

    /// The visitor does something, and has tags.
    pub(super) fn vip(&mut self, act: VisitorAct) -> Vec<String> {
        self.profile.tags = vec!["vip1".into()];
        self.visitor(act)
    }

    pub(super) fn agent(&mut self, name: &'static str, act: AgentAct) -> Vec<String> {
        let session = self.session.expect("a session was opened");
        let input = AgentInput { account: self.account.clone(), session, agent: AgentId::new(name), act };
        self.act(ConversationAct::Agent(Box::new(input)))
    }

    pub(super) fn send(&mut self, name: &'static str, terms: Terms) -> Vec<String> {
        self.agent(name, AgentAct::Send { content: Content::text("hello"), terms })
    }

    pub(super) fn bot(&mut self) -> Vec<String> {
        self.bot_act(BotAct::Say { content: Content::text("beep"), terms: untimed() })
    }

    pub(super) fn bot_act(&mut self, act: BotAct) -> Vec<String> {
        let session = self.session.expect("a session was opened");
        let input = BotInput { account: self.account.clone(), session, act };
        self.act(ConversationAct::Bot(Box::new(input)))
    }

    pub(super) fn push(&mut self, terms: Terms) -> Vec<String> {
        self.push_content(Content::text("news"), terms)
    }

    pub(super) fn push_content(&mut self, content: Content, terms: Terms) -> Vec<String> {
        self.push_archived(content, terms, true)
    }

    pub(super) fn push_archived(&mut self, content: Content, terms: Terms, archive: bool) -> Vec<String> {
        let (account, visitor, ext) = (self.account.clone(), self.visitor.clone(), self.ext.clone());
        self.act(ConversationAct::Push(Box::new(PushInput { account, visitor, content, ext, terms, archive })))
    }

    pub(super) fn place(&mut self, epoch: u32, turn: u32, place: Place) -> Vec<String> {
        let session = self.session.expect("a session was opened");
        self.place_session(session, epoch, turn, place)
    }

    pub(super) fn place_session(&mut self, session: SessionId, epoch: u32, turn: u32, place: Place) -> Vec<String> {
        let desk = self.account.desk.clone();
        let version = PlacementId { epoch, turn };
        self.act(ConversationAct::Placement(Placement { desk, session, version, place, withdrawn: None }))
    }

    /// A report about the last message that was ordered.
    pub(super) fn report(&mut self, report: Report) -> Vec<String> {
        self.report_of(Leg::Channel, report)
    }

    pub(super) fn report_of(&mut self, leg: Leg, report: Report) -> Vec<String> {
        let message = self.message.expect("a message was ordered");
        let account = Some(reporter(&self.account, leg));
        self.act(ConversationAct::Receipt(Receipt { message, leg, account, report, reported_at: None }))
    }

    pub(super) fn act(&mut self, act: ConversationAct) -> Vec<String> {
        self.inputs += 1;
        let id = InputId::derive(&[b"stage", &self.inputs.to_be_bytes()]);
        self.act_as(id, act)
    }

    /// An input under an id of one's own.
    pub(super) fn act_as(&mut self, id: InputId, act: ConversationAct) -> Vec<String> {
        let (tenant, conversation) = (self.account.tenant.clone(), self.conversation());
        self.step(Input::Act(ConversationInput { tenant, id, conversation, act }))
    }

    /// Time goes on to this many seconds after the beginning.
    pub(super) fn at(&mut self, seconds: i64) -> Vec<String> {
        self.now = seconds * 1_000;
        self.step(Input::Tick)
    }

    fn step(&mut self, input: Input) -> Vec<String> {
        let effects = self.core.step(input, Timestamp::from_millis(self.now));
        for (key, value) in effects.changes {
            match value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
        self.note(&effects.bodies);
        self.bodies.extend(effects.bodies.iter().cloned());
        let mut restored = ConversationCore::new();
        self.kept.iter().for_each(|(key, value)| restored.restore(*key, Some(value.clone())));
        assert_eq!(restored.store, self.core.store, "state restored from its changes");
        show::lines(&effects.bodies)
    }

    fn note(&mut self, bodies: &[Body]) {
        for body in bodies {
            match body {
                Body::Event(event) => match event.fact {
                    Fact::SessionOpened { session, .. } => self.session = Some(session),
                    Fact::MessageOrdered { message, .. } => self.message = Some(message),
                    _ => {}
                },
                Body::Delivery(delivery) => assert_eq!(delivery.tenant, self.account.tenant),
                _ => {}
            }
        }
    }

    /// What is kept of the last message that was ordered.
    pub(super) fn kept_message(&self) -> &OpenMessage {
        let message = self.message.expect("a message was ordered");
        let key = StateKey { conversation: self.conversation(), kind: StateKind::Message(message) };
        match self.kept.get(&key) {
            Some(StateValue::Message(message)) => message,
            other => panic!("no message is kept under {key}: {other:?}"),
        }
    }

    /// How many pieces of state are kept.
    pub(super) fn pieces(&self) -> usize {
        self.kept.len()
    }
}

/// The account that sends this copy of a message, and so reports of it.
pub(super) fn reporter(account: &Account, leg: Leg) -> AccountId {
    match leg {
        Leg::Channel => account.account.clone(),
        Leg::Sms => AccountId::new("texts"),
    }
}

/// A number with these last digits.
pub(super) fn number(tail: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+86135{tail:08}")).expect("E.164")
}
