//! Random logs of two conversations: visitors, agents, a bot, a desk and providers who say anything at any time, twice,
//! late, or under old names.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::conversation::{
    AgentAct, AgentInput, BotAct, BotInput, ConversationAct, Profile, PushInput, VisitorAct, VisitorInput,
};
use usher_domain::desk::DeskAct;
use usher_domain::event::Fact;
use usher_domain::place::RefusedReason;
use usher_domain::policy::{Care, Exception, FirstReply, Inactivity};
use usher_domain::profile::{ProfileEdit, ProfileField};
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::state::conversation::{StateKey, StateValue};
use usher_domain::{
    Account, AgentId, Body, Class, Content, ConversationId, ConversationInput, Dialect, GroupId, InputId, MessageId,
    Place, Placement, PlacementId, Receipt, SessionId, Target, Terms, Timestamp, VisitorId,
};

use super::stage::{account, agent, ask, group, reporter, tapped, timed, untimed, words};
use crate::conversation::{ConversationCore, Input};
use usher_domain::Effects;

/// One thing that happens; who and what it is about is looked up in the log so far.
#[derive(Clone, Debug)]
pub(super) enum Move {
    Visitor {
        who: usize,
        tags: bool,
        act: VisitorAct,
    },
    Agent {
        session: usize,
        name: &'static str,
        deed: Deed,
    },
    Bot {
        session: usize,
        terms: Terms,
        hands_over: bool,
    },
    Push {
        who: usize,
        terms: Terms,
    },
    Place {
        session: usize,
        turn: u32,
        place: Place,
    },
    /// The desk gives a session to somebody, and nothing is in the way of that.
    Serve {
        session: usize,
        place: Place,
    },
    Report {
        message: usize,
        leg: Leg,
        report: Report,
    },
    Repeat {
        record: usize,
    },
    Wait {
        ms: i64,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Deed {
    Send(Terms),
    Transfer(Target, u32),
    Close(u32),
    Typing,
    /// Of the message that this record was, if it was one.
    Read(usize),
    Recall(usize),
    Profile,
    Hold(u32),
    Consult(&'static str),
    Whisper,
    /// Whatever has nothing beside it.
    Bare(AgentAct),
}

/// The agent who got the session last, else Li.
const WHO_HAS_IT: &str = "";

/// What agents whisper: nobody else says that.
pub(super) const WHISPER: &str = "psst";

/// One record and what it led to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) input: Input,
    pub(super) now: Timestamp,
    pub(super) effects: Effects<StateKey, StateValue>,
}

/// A core and its whole log.
pub(super) struct Log {
    pub(super) core: ConversationCore,
    pub(super) records: Vec<Record>,
    account: Account,
    now: i64,
    sessions: Vec<SessionId>,
    messages: Vec<(ConversationId, MessageId)>,
    epochs: BTreeMap<SessionId, u32>,
    /// Who got a session last, and under which placement.
    assigned: BTreeMap<SessionId, (AgentId, PlacementId)>,
}

pub(super) fn moves() -> impl Strategy<Value = Vec<Move>> {
    proptest::collection::vec(a_move(), 1..60)
}

/// An account on some channel, with or without a bot.
pub(super) fn an_account() -> impl Strategy<Value = Account> {
    (select(Dialect::ALL.to_vec()), select(vec![None, Some("bot")])).prop_map(|(dialect, bot)| account(dialect, bot))
}

fn a_move() -> impl Strategy<Value = Move> {
    let name = || select(vec!["li", "wang", WHO_HAS_IT, WHO_HAS_IT]);
    prop_oneof![
        5 => (0..2usize, any::<bool>(), visitor_act()).prop_map(|(who, tags, act)| Move::Visitor { who, tags, act }),
        4 => (0..9usize, name(), deed()).prop_map(|(session, name, deed)| Move::Agent { session, name, deed }),
        1 => (0..3usize, terms(), any::<bool>())
            .prop_map(|(session, terms, hands_over)| Move::Bot { session, terms, hands_over }),
        2 => (0..2usize, terms()).prop_map(|(who, terms)| Move::Push { who, terms }),
        5 => (0..3usize, 0..6u32, place()).prop_map(|(session, turn, place)| Move::Place { session, turn, place }),
        4 => (0..2usize, served()).prop_map(|(session, place)| Move::Serve { session, place }),
        6 => (0..5usize, leg(), report()).prop_map(|(message, leg, report)| Move::Report { message, leg, report }),
        1 => (0..40usize).prop_map(|record| Move::Repeat { record }),
        3 => wait().prop_map(|ms| Move::Wait { ms }),
    ]
}

fn visitor_act() -> impl Strategy<Value = VisitorAct> {
    let both = VisitorAct::Message { content: Content::text("help"), ask: Some(group("sales")) };
    select(vec![
        VisitorAct::Connect { context: None },
        words("hi"),
        words("hi"),
        both,
        ask("sales"),
        ask("service"),
        VisitorAct::Ask { target: Target::default() },
        VisitorAct::Leave,
        VisitorAct::Typing,
        VisitorAct::Read { messages: vec![] },
        VisitorAct::Survey { session: None, score: "5".into(), detail: "".into() },
        tapped("usher:hand-over/service"),
        VisitorAct::Subscription { opted_out: true },
        VisitorAct::Subscription { opted_out: false },
    ])
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => terms().prop_map(Deed::Send),
        1 => (1..6u32).prop_map(|turn| Deed::Transfer(group("service"), turn)),
        1 => (1..6u32).prop_map(Deed::Close),
        1 => Just(Deed::Typing),
        1 => any::<usize>().prop_map(Deed::Read),
        1 => (0..9usize).prop_map(Deed::Recall),
        1 => Just(Deed::Profile),
        1 => (1..6u32).prop_map(Deed::Hold),
        3 => select(vec!["li", "wang", "zhao"]).prop_map(Deed::Consult),
        3 => Just(Deed::Whisper),
        1 => select(vec![AgentAct::Resume, AgentAct::EndConsult, AgentAct::InviteSurvey]).prop_map(Deed::Bare),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    let classes = select(Class::ALL.to_vec()).prop_map(timed);
    let hasty = Terms { revoke_grace: Duration::ZERO, grace: Duration::ZERO, ..timed(Class::Service) };
    let odd = select(vec![
        untimed(),
        Terms { fallback: None, ..timed(Class::Service) },
        Terms { ttl: Some(Duration::ZERO), ..hasty },
        Terms { ttl: Some(Duration::MAX), ..timed(Class::Service) },
    ]);
    prop_oneof![3 => classes, 1 => odd]
}

fn place() -> impl Strategy<Value = Place> {
    let refused = |then: Exception| Place::Refused { reason: RefusedReason::OffHours, then };
    let cared_for = |name| Place::Assigned { agent: agent(name), care: care() };
    let text = || "Come back.".to_owned();
    select(vec![
        Place::waiting(1),
        Place::Offered { agents: vec![agent("li"), agent("wang")], until: Timestamp::from_millis(9_000_000) },
        Place::assigned(agent("li")),
        cared_for("li"),
        cared_for("wang"),
        cared_for("wang"),
        Place::refused(RefusedReason::QueueFull),
        refused(Exception::Sms { text: text() }),
        refused(Exception::LeaveMessage { text: text() }),
        refused(Exception::Overflow { group: GroupId::new("night") }),
    ])
}

fn served() -> impl Strategy<Value = Place> {
    let cared_for = |name| Place::Assigned { agent: agent(name), care: care() };
    select(vec![Place::assigned(agent("li")), cared_for("li"), cared_for("wang")])
}

/// Short times, so that much of it happens.
fn care() -> Care {
    let seconds = Duration::from_secs;
    let inactivity = Inactivity { reminds_after: Some(seconds(20)), text: String::new(), closes_after: seconds(90) };
    Care { first_reply: Some(FirstReply { within: seconds(15), requeues: true }), inactivity: Some(inactivity) }
}

fn leg() -> impl Strategy<Value = Leg> {
    select(vec![Leg::Channel, Leg::Channel, Leg::Sms])
}

pub(super) fn report() -> impl Strategy<Value = Report> {
    select(vec![
        Report::Sent { provider_id: None },
        Report::Delivered,
        Report::Read,
        Report::NotReachable { reason: String::new() },
        Report::Failed { attempts: Attempts::None, reason: String::new() },
        Report::Failed { attempts: Attempts::Maybe, reason: String::new() },
        Report::Expired { attempts: Attempts::None },
        Report::Expired { attempts: Attempts::Maybe },
        Report::TtlRevoked,
        Report::TtlRevokeFailed,
        Report::RevokeAnswered { revoked: true },
        Report::RevokeAnswered { revoked: false },
    ])
}

/// Mostly within the graces, sometimes beyond everything; now and then back, as after a change of leaders.
fn wait() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..40_000i64, 2 => -5_000..0i64, 1 => 0..8_000_000i64, 1 => 0..200_000_000i64]
}

impl Log {
    pub(super) fn new(account: Account) -> Self {
        let (core, records, sessions, messages) = (ConversationCore::new(), vec![], vec![], vec![]);
        Self {
            core,
            records,
            account,
            now: 1_000_000,
            sessions,
            messages,
            epochs: BTreeMap::new(),
            assigned: BTreeMap::new(),
        }
    }

    /// The log of these moves.
    pub(super) fn of(account: Account, moves: &[Move]) -> Self {
        let mut log = Self::new(account);
        moves.iter().for_each(|a_move| log.apply(a_move));
        log
    }

    /// Everything sent out, in order.
    pub(super) fn bodies(&self) -> impl Iterator<Item = &Body> {
        self.records.iter().flat_map(|record| &record.effects.bodies)
    }

    /// Every public fact, in order.
    pub(super) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.bodies().filter_map(|body| if let Body::Event(event) = body { Some(&event.fact) } else { None })
    }

    pub(super) fn tick_after(&mut self, span: Duration) {
        self.now = Timestamp::from_millis(self.now).plus(span).millis();
        self.step(Input::Tick);
    }

    pub(super) fn apply(&mut self, a_move: &Move) {
        let input = match a_move {
            Move::Wait { ms } => {
                self.now += ms;
                Some(Input::Tick)
            }
            Move::Repeat { record } => self.records.get(*record).map(|record| record.input.clone()),
            other => self.act(other).map(|(conversation, act)| self.input(conversation, act)),
        };
        if let Some(input) = input {
            self.step(input);
        }
    }

    fn act(&self, a_move: &Move) -> Option<(ConversationId, ConversationAct)> {
        let account = self.account.clone();
        Some(match a_move.clone() {
            Move::Visitor { who, tags, act } => {
                let profile = Profile { tags: if tags { vec!["vip1".into()] } else { vec![] }, ..Profile::default() };
                let input = VisitorInput {
                    account,
                    visitor: visitor(who),
                    profile,
                    ext: None,
                    ack: Some("key".into()),
                    named: Some("m".into()),
                    act,
                };
                (self.conversation(who), ConversationAct::Visitor(Box::new(input)))
            }
            Move::Agent { session, name, deed } => {
                let session = recent(&self.sessions, session / 3)?;
                let act = self.agent_act(session, deed);
                let who = self.assigned.get(&session).map_or(AgentId::new("li"), |(agent, _)| agent.clone());
                let agent = if name == WHO_HAS_IT { who } else { AgentId::new(name) };
                let input = AgentInput { account, session, agent, act };
                (session.conversation, ConversationAct::Agent(Box::new(input)))
            }
            Move::Bot { session, terms, hands_over } => {
                let session = recent(&self.sessions, session)?;
                let act = match hands_over {
                    true => BotAct::HandOver { target: Target::default() },
                    false => BotAct::Say { content: Content::text("beep"), terms },
                };
                let input = BotInput { account, session, act };
                (session.conversation, ConversationAct::Bot(Box::new(input)))
            }
            Move::Push { who, terms } => {
                let (visitor, content) = (visitor(who), Content::text("news"));
                let input = PushInput { account, visitor, content, ext: None, terms, archive: true };
                (self.conversation(who), ConversationAct::Push(Box::new(input)))
            }
            Move::Place { session, turn, place } => {
                let session = recent(&self.sessions, session)?;
                let placement = Placement {
                    desk: account.desk,
                    session,
                    version: self.version(session, turn),
                    place,
                    withdrawn: None,
                };
                (session.conversation, ConversationAct::Placement(placement))
            }
            Move::Serve { session, place } => {
                let session = recent(&self.sessions, session)?;
                let turn = 10 + u32::try_from(self.records.len()).unwrap_or_default();
                let version = self.version(session, turn);
                (
                    session.conversation,
                    ConversationAct::Placement(Placement {
                        desk: account.desk,
                        session,
                        version,
                        place,
                        withdrawn: None,
                    }),
                )
            }
            Move::Report { message, leg, report } => {
                let (conversation, message) = recent(&self.messages, message)?;
                let account = Some(reporter(&account, leg));
                let receipt = Receipt { message, leg, account, report, reported_at: None };
                (conversation, ConversationAct::Receipt(receipt))
            }
            Move::Repeat { .. } | Move::Wait { .. } => return None,
        })
    }

    fn agent_act(&self, session: SessionId, deed: Deed) -> AgentAct {
        match deed {
            Deed::Send(terms) => AgentAct::Send { content: Content::text("hello"), terms },
            Deed::Transfer(target, turn) => AgentAct::Transfer { target, placement: self.named(session, turn) },
            Deed::Close(turn) => AgentAct::Close { placement: self.named(session, turn) },
            Deed::Typing => AgentAct::Typing,
            Deed::Hold(turn) => AgentAct::Hold { placement: self.named(session, turn) },
            Deed::Consult(name) => AgentAct::Consult { agent: AgentId::new(name) },
            Deed::Whisper => AgentAct::Whisper { text: WHISPER.into() },
            Deed::Bare(act) => act,
            Deed::Read(record) => {
                let record = record % self.records.len().max(1);
                AgentAct::Read { messages: vec![InputId::derive(&[&record.to_be_bytes()]).into()] }
            }
            Deed::Recall(message) => match recent(&self.messages, message) {
                Some((_, message)) => AgentAct::Recall { message },
                None => AgentAct::Typing,
            },
            Deed::Profile => AgentAct::Profile { edits: vec![ProfileEdit { field: ProfileField::Phone, value: None }] },
        }
    }

    /// What a workspace names: every other time what it was told last.
    fn named(&self, session: SessionId, turn: u32) -> PlacementId {
        let told = self.assigned.get(&session).filter(|_| turn.is_multiple_of(2));
        told.map_or_else(|| self.version(session, turn), |(_, placement)| *placement)
    }

    fn version(&self, session: SessionId, turn: u32) -> PlacementId {
        PlacementId { epoch: self.epochs.get(&session).copied().unwrap_or_default(), turn }
    }

    fn conversation(&self, who: usize) -> ConversationId {
        ConversationId::of(&self.account.tenant, &self.account.account, &visitor(who))
    }

    fn input(&self, conversation: ConversationId, act: ConversationAct) -> Input {
        let id = InputId::derive(&[&self.records.len().to_be_bytes()]);
        Input::Act(ConversationInput { tenant: self.account.tenant.clone(), id, conversation, act })
    }

    fn step(&mut self, input: Input) {
        let now = Timestamp::from_millis(self.now);
        let effects = self.core.step(input.clone(), now);
        for body in &effects.bodies {
            self.note(body);
        }
        self.records.push(Record { input, now, effects });
    }

    fn note(&mut self, body: &Body) {
        match body {
            Body::Event(event) => match (&event.fact, &event.subject) {
                (Fact::SessionOpened { session, .. }, _) => self.sessions.push(*session),
                (Fact::SessionAssigned { session, agent, placement }, _) => {
                    self.assigned.insert(*session, (agent.clone(), *placement));
                }
                (Fact::MessageOrdered { message, .. }, usher_domain::event::Subject::Conversation(conversation)) => {
                    self.messages.push((*conversation, *message));
                }
                _ => {}
            },
            Body::Desk(input) => {
                if let DeskAct::Demand(demand) = &input.act {
                    self.epochs.insert(demand.session, demand.epoch);
                }
            }
            _ => {}
        }
    }
}

fn visitor(who: usize) -> VisitorId {
    VisitorId::new(["+8613512345678", "wx-1"][who])
}

/// The `back`-th last one.
fn recent<T: Copy>(things: &[T], back: usize) -> Option<T> {
    things.iter().rev().nth(back).copied()
}

/// A core made from the changes that these records wrote.
pub(super) fn restored(records: &[Record]) -> ConversationCore {
    let mut core = ConversationCore::new();
    for (key, value) in records.iter().flat_map(|record| &record.effects.changes) {
        core.restore(*key, value.clone());
    }
    core
}
