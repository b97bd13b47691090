//! What came from outside, in the order of the log, and what people did in answer to the desk: how long after.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use usher_broker::{Broker, Partition, ReadFrom, ReaderHandle, Record};
use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct, VisitorAct};
use usher_domain::desk::DeskAct;
use usher_domain::event::{Event, Fact, Subject};
use usher_domain::{
    AgentId, Body, Cause, ConversationInput, DeskId, InputId, PlacementId, SessionId, TenantId, Timestamp,
};
use usher_proto::topics::Topic;

use super::super::Span;
use super::super::recorded::read_all;
use super::figures::{Figures, nth};

/// How long an agent takes to close, and to answer an offer, where nothing of the kind was recorded.
const CLOSES_AFTER: Duration = Duration::from_secs(300);
const ANSWERS_AFTER: Duration = Duration::from_secs(3);

/// Which record of a topic.
type Place = (Partition, i64);

/// What was recorded.
pub(super) struct Recording {
    /// Inputs from outside, in order of time.
    pub(super) inputs: Vec<(Timestamp, Input)>,
    pub(super) served: HashMap<SessionId, Vec<Service>>,
    /// How an agent took an offer of a session; `None`: they did not answer.
    pub(super) answers: HashMap<(SessionId, AgentId), Option<(Duration, bool)>>,
    pub(super) closes_after: Duration,
    pub(super) answers_after: Duration,
    /// The desk in question.
    pub(super) at: (TenantId, DeskId),
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    said: Figures,
}

/// One input from outside.
pub(super) enum Input {
    /// It comes when it came.
    As(Box<Body>),
    /// The visitor leaves, unless they are being served.
    Impatience(Box<ConversationInput>),
}

/// What was done with a session while one agent had it: how long after they had got it.
#[derive(Default)]
pub(super) struct Service {
    at: Timestamp,
    pub(super) acts: Vec<(Duration, Done)>,
}

#[derive(Clone)]
pub(super) enum Done {
    /// The agent did something.
    Agent(Box<(InputId, AgentInput)>),
    /// The visitor left.
    Left(Box<ConversationInput>),
}

/// What the topic `events` tells about when things were decided.
#[derive(Default)]
struct Told {
    assigned: HashMap<SessionId, Vec<Timestamp>>,
    offered: HashMap<(SessionId, AgentId), Timestamp>,
    /// Sessions that were taken from an agent, or left by one, by which input.
    left: HashMap<Place, SessionId>,
    closes: Vec<Duration>,
}

impl Recording {
    pub(super) fn read<B: Broker>(broker: &B, prefix: &str, span: &Span, at: (TenantId, DeskId)) -> Result<Self> {
        let (mut from, mut to) = (None, None);
        let mut all: Vec<(Timestamp, Topic, Place, Body)> = Vec::new();
        for topic in [Topic::Conversations, Topic::Desks] {
            let name = topic.name(prefix);
            let mut reader = broker.reader(&name, ReadFrom::Start)?;
            span.check(&name, &reader.beginnings())?;
            read_all(&mut reader, |record| {
                let time = Timestamp::from_millis(record.timestamp_ms);
                if span.has_ended(&record) {
                    to = Some(to.map_or(time, |to: Timestamp| to.min(time)));
                    return Ok(());
                }
                if span.has_begun(&record) {
                    from = Some(from.map_or(time, |from: Timestamp| from.min(time)));
                } else if span.from_empty {
                    return Ok(());
                }
                all.extend(
                    from_outside(prefix, &record).map(|body| (time, topic, (record.partition, record.offset), body)),
                );
                Ok(())
            })?;
        }
        // In one millisecond the desk hears what came to it before what conversations have to tell it first.
        all.sort_by_key(|(time, topic, place, _)| (*time, *topic != Topic::Desks, *place));
        let mut recording = Self {
            inputs: Vec::new(),
            served: HashMap::new(),
            answers: HashMap::new(),
            closes_after: CLOSES_AFTER,
            answers_after: ANSWERS_AFTER,
            said: Figures::between(span.from.and(from), to),
            from: span.from.and(from),
            to,
            at,
        };
        let told = recording.read_events(broker, prefix)?;
        recording.arrange(all, told);
        Ok(recording)
    }

    /// What was recorded of the desk itself.
    pub(super) fn figures(self) -> Figures {
        self.said
    }

    fn read_events<B: Broker>(&mut self, broker: &B, prefix: &str) -> Result<Told> {
        let mut told = Told::default();
        let mut reader = broker.reader(&Topic::Events.name(prefix), ReadFrom::Start)?;
        read_all(&mut reader, |record| {
            let envelope = usher_proto::decode(record.payload.as_deref().unwrap_or_default()).ok();
            if let Some((Body::Event(event), Some(cause))) = envelope.map(|envelope| (envelope.body, envelope.cause))
                && self.to.is_none_or(|to| cause.decided_at < to)
            {
                self.note(&event, &cause, &mut told);
            }
            Ok(())
        })?;
        Ok(told)
    }

    fn note(&mut self, event: &Event, cause: &Cause, told: &mut Told) {
        let at = cause.decided_at;
        let is_of_desk =
            matches!(&event.subject, Subject::Desk(desk) if *desk == self.at.1) && event.tenant == self.at.0;
        if is_of_desk {
            self.said.take(&event.fact, at);
        }
        match &event.fact {
            Fact::SessionAssigned { session, .. } => told.assigned.entry(*session).or_default().push(at),
            Fact::SessionLeft { session, .. } => {
                told.left.insert((cause.partition, cause.offset), *session);
                let since = told.assigned.get(session).and_then(|instants| instants.last());
                told.closes.extend(since.map(|since| at.since(*since)));
            }
            Fact::OfferMade { session, agent, .. } => {
                told.offered.insert((*session, agent.clone()), at);
            }
            Fact::OfferExpired { session, agent, .. } => {
                self.answers.insert((*session, agent.clone()), None);
            }
            _ => {}
        }
    }

    /// Parts what comes when it came from what comes after an agent has got a session.
    fn arrange(&mut self, all: Vec<(Timestamp, Topic, Place, Body)>, told: Told) {
        for (session, instants) in &told.assigned {
            let services = instants.iter().map(|at| Service { at: *at, acts: Vec::new() });
            self.served.insert(*session, services.collect());
        }
        for (time, _, place, body) in all {
            match body {
                Body::Conversation(input) => self.of_conversation(time, place, input, &told.left),
                Body::Desk(input) => match &input.act {
                    DeskAct::Answer(answer) => {
                        let key = (answer.session, answer.agent.clone());
                        if let Some(asked) = told.offered.get(&key) {
                            self.answers.entry(key).or_insert(Some((time.since(*asked), answer.accepts)));
                        }
                    }
                    _ => self.inputs.push((time, Input::As(Box::new(Body::Desk(input))))),
                },
                _ => {}
            }
        }
        self.closes_after = nth(told.closes, 1, 2).unwrap_or(CLOSES_AFTER);
        let answered = self.answers.values().flatten().map(|(after, _)| *after).collect();
        self.answers_after = nth(answered, 1, 2).unwrap_or(ANSWERS_AFTER);
    }

    fn of_conversation(
        &mut self,
        time: Timestamp,
        place: Place,
        input: ConversationInput,
        left: &HashMap<Place, SessionId>,
    ) {
        let kept = match &input.act {
            ConversationAct::Agent(said) => {
                let done = Done::Agent(Box::new((input.id, (**said).clone())));
                self.after_assignment(said.session, time, done)
            }
            ConversationAct::Visitor(said) if said.act == VisitorAct::Leave => match left.get(&place) {
                Some(session) => self.after_assignment(*session, time, Done::Left(Box::new(input.clone()))),
                None => {
                    self.inputs.push((time, Input::Impatience(Box::new(input))));
                    return;
                }
            },
            _ => false,
        };
        if !kept {
            self.inputs.push((time, Input::As(Box::new(Body::Conversation(input)))));
        }
    }

    /// Keeps what was done after the latest assignment before it; `false` when there was none.
    fn after_assignment(&mut self, session: SessionId, time: Timestamp, done: Done) -> bool {
        let services = self.served.get_mut(&session).into_iter().flatten();
        let Some(service) = services.filter(|service| service.at <= time).last() else { return false };
        service.acts.push((time.since(service.at), done));
        true
    }
}

/// A record that routing did not write itself; ticks are the play's own.
fn from_outside(prefix: &str, record: &Record) -> Option<Body> {
    let envelope = usher_proto::decode(record.payload.as_deref()?).ok()?;
    let own = [Topic::Conversations, Topic::Desks].map(|topic| topic.name(prefix));
    let is_own = envelope.cause.is_some_and(|cause| own.contains(&cause.topic));
    Some(envelope.body).filter(|body| !is_own && *body != Body::Tick)
}

/// The act under the placement that is current.
pub(super) fn under(act: &AgentAct, current: PlacementId) -> AgentAct {
    let mut act = act.clone();
    match &mut act {
        AgentAct::Transfer { placement, .. } | AgentAct::Close { placement } | AgentAct::Hold { placement } => {
            *placement = current;
        }
        _ => {}
    }
    act
}
