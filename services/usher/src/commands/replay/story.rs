//! A story under virtual time: a desk with one agent, two visitors of whom one is a VIP, an answer with a deadline that
//! passes, a transfer, a close. Played by the real workers of routing on a broker in memory.

use std::time::Duration;

use usher_broker::memory::{MemoryBroker, MemoryWorker, VirtualClock};
use usher_broker::{Broker, Outgoing, ReadFrom, ReaderHandle, SenderHandle};
use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, Presence, PresenceSaid};
use usher_domain::event::Fact;
use usher_domain::message::{Fallback, Unknown};
use usher_domain::{
    Account, AccountId, AgentId, Body, Class, Content, ConversationId, ConversationInput, DeskId, DeskInput, Dialect,
    Envelope, GroupId, InputId, PlacementId, SessionId, Target, TenantId, Terms, Timestamp, VisitorId,
};
use usher_proto::topics::Topic;
use usher_routing::{ConversationPartition, DeskPartition, Kind};
use usher_runtime::topics::TopicNames;
use usher_runtime::worker::{Cadence, Turn, Worker};

use crate::topics;

pub(crate) const PREFIX: &str = "t";

pub(crate) struct Story {
    pub(crate) broker: MemoryBroker,
    /// An instant at which much has happened and much is still to come.
    pub(crate) middle: Timestamp,
    clock: VirtualClock,
    conversations: Worker<MemoryWorker, ConversationPartition, fn(i32) -> ConversationPartition>,
    desks: Worker<MemoryWorker, DeskPartition, fn(i32) -> DeskPartition>,
    inputs: u32,
}

fn worker<C>(broker: &MemoryBroker, kind: Kind, new: fn(i32) -> C) -> Worker<MemoryWorker, C, fn(i32) -> C>
where
    C: usher_runtime::worker::PartitionCore,
{
    let spec = kind.spec(PREFIX, "story", 0);
    let handle = broker.worker(&spec).expect("a worker");
    Worker::new(handle, spec, PREFIX, Cadence::immediate(), new)
}

fn account() -> Account {
    Account {
        default_group: Some(GroupId::new("sales")),
        ..Account::new(TenantId::new("acme"), AccountId::new("web"), Dialect::Native, DeskId::new("main"))
    }
}

impl Story {
    /// The desk is open; A is with Li, B and the VIP wait.
    pub(crate) fn begun() -> Self {
        let (broker, clock) = MemoryBroker::under_virtual_time(1_700_000_000_000);
        topics::apply(&broker, PREFIX).expect("the topics are made");
        let conversations = worker(&broker, Kind::Conversation, (|_| Default::default()) as _);
        let desks = worker(&broker, Kind::Desk, (|_| Default::default()) as _);
        let middle = Timestamp::default();
        let mut story = Self { broker, middle, clock, conversations, desks, inputs: 0 };
        story.open_desk();
        for (name, tags) in [("a", &[][..]), ("b", &[]), ("vip", &["gold"])] {
            story.visitor(name, tags, VisitorAct::Ask { target: group("sales") });
            story.pass(Duration::from_secs(1));
        }
        story.middle = Timestamp::from_millis(story.clock.now_ms());
        story
    }

    /// The whole story.
    pub(crate) fn played() -> Self {
        let mut story = Self::begun();
        story.end();
        story
    }

    /// An answer whose deadline passes, two closes, a transfer: at the end nobody waits.
    pub(crate) fn end(&mut self) {
        self.say("a", "hello");
        self.agent("a", AgentAct::Send { content: Content::text("hello to you"), terms: terms() });
        self.pass(Duration::from_secs(200));
        self.close("a");
        let placement = self.placement("vip");
        self.agent("vip", AgentAct::Transfer { target: group("nobody"), placement });
        self.pass(Duration::from_secs(1));
        self.close("b");
        self.visitor("vip", &[], VisitorAct::Leave);
        self.pass(Duration::from_secs(1));
    }

    /// An input behind which no worker runs.
    pub(crate) fn ask_of_nobody(&mut self) {
        let act = VisitorAct::Ask { target: group("sales") };
        self.send(visitor_body("late", &[], act, self.inputs));
    }

    /// Both workers end without a word and come back.
    pub(crate) fn restart(&mut self) {
        self.conversations = worker(&self.broker, Kind::Conversation, (|_| Default::default()) as _);
        self.desks = worker(&self.broker, Kind::Desk, (|_| Default::default()) as _);
        self.settle();
    }

    /// A record that nobody can read.
    pub(crate) fn garbage(&mut self) {
        self.write(Outgoing {
            topic: Topic::Conversations.name(PREFIX),
            partition: Some(3),
            payload: Some(vec![0xff; 20]),
            ..Outgoing::default()
        });
        self.settle();
    }

    pub(crate) fn dead_letters(&self) -> usize {
        self.all(Topic::DeadLetters).len()
    }

    /// The sessions of a visitor, as they were opened.
    pub(crate) fn sessions(&self, name: &str) -> Vec<SessionId> {
        let of = conversation(name);
        let opened = |body| match body {
            Body::Event(event) => match event.fact {
                Fact::SessionOpened { session, .. } if session.conversation == of => Some(session),
                _ => None,
            },
            _ => None,
        };
        self.all(Topic::Events).into_iter().filter_map(opened).collect()
    }

    fn open_desk(&mut self) {
        let agent = AgentRecord {
            name: "Li".to_owned(),
            groups: vec![GroupId::new("sales")],
            ..AgentRecord::new(AgentId::new("li"))
        };
        let entries = [DirectoryEntry::group(GroupId::new("sales")), DirectoryEntry::Agent(agent)];
        for entry in entries {
            self.desk(DeskAct::Staged { revision: 5, entry });
        }
        self.desk(DeskAct::Applied { revision: 5, count: 2 });
        self.desk(DeskAct::Presence(PresenceSaid::new(AgentId::new("li"), Presence::Online)));
    }

    fn desk(&mut self, act: DeskAct) {
        self.inputs += 1;
        let id = InputId::derive(&[&self.inputs.to_be_bytes()]);
        self.send(Body::Desk(DeskInput { tenant: account().tenant, desk: account().desk, id, act }));
        self.settle();
    }

    pub(crate) fn visitor(&mut self, name: &str, tags: &[&str], act: VisitorAct) {
        self.inputs += 1;
        self.send(visitor_body(name, tags, act, self.inputs));
        self.settle();
    }

    fn say(&mut self, name: &str, text: &str) {
        self.visitor(name, &[], VisitorAct::Message { content: Content::text(text), ask: None });
    }

    pub(crate) fn agent(&mut self, visitor: &str, act: AgentAct) {
        self.inputs += 1;
        let session = *self.sessions(visitor).last().expect("a session was opened");
        let input = AgentInput { account: account(), session, agent: AgentId::new("li"), act };
        let id = InputId::derive(&[&self.inputs.to_be_bytes()]);
        let act = ConversationAct::Agent(Box::new(input));
        let (tenant, conversation) = (account().tenant, session.conversation);
        self.send(Body::Conversation(ConversationInput { tenant, id, conversation, act }));
        self.settle();
    }

    pub(crate) fn close(&mut self, visitor: &str) {
        let placement = self.placement(visitor);
        self.agent(visitor, AgentAct::Close { placement });
        self.pass(Duration::from_secs(1));
    }

    /// The last placement with an agent.
    pub(crate) fn placement(&self, visitor: &str) -> PlacementId {
        let of = conversation(visitor);
        let assigned = |body| match body {
            Body::Event(event) => match event.fact {
                Fact::SessionAssigned { session, placement, .. } if session.conversation == of => Some(placement),
                _ => None,
            },
            _ => None,
        };
        self.all(Topic::Events).into_iter().filter_map(assigned).last().expect("it was assigned")
    }

    /// Time goes on, and what then is due happens.
    pub(crate) fn pass(&mut self, span: Duration) {
        self.clock.advance(span);
        self.settle();
    }

    /// Until neither worker has anything to do. A rebalance is no work, and it may take several turns.
    fn settle(&mut self) {
        let mut idle = 0;
        while idle < 6 {
            let now = Timestamp::from_millis(self.clock.now_ms());
            let turns = [self.conversations.turn(now), self.desks.turn(now)];
            let has_worked = turns.into_iter().any(|turn| turn.expect("a turn") != Turn::Idle);
            idle = if has_worked { 0 } else { idle + 1 };
        }
    }

    /// How many records stand on the topics of envelopes.
    pub(crate) fn records(&self) -> usize {
        [Topic::Conversations, Topic::Desks, Topic::Events, Topic::Deliveries]
            .map(|topic| self.all(topic).len())
            .iter()
            .sum()
    }

    fn all(&self, topic: Topic) -> Vec<Body> {
        let mut reader = self.broker.reader(&topic.name(PREFIX), ReadFrom::Start).expect("a reader");
        let mut bodies = Vec::new();
        while !reader.is_caught_up() {
            let records = reader.poll(100, Duration::ZERO).expect("records");
            let decode = |record: usher_broker::Record| usher_proto::decode(&record.payload.expect("a payload"));
            bodies.extend(records.into_iter().map(|record| decode(record).expect("an envelope").body));
        }
        bodies
    }

    fn send(&self, body: Body) {
        self.write(TopicNames::new(PREFIX).outgoing(&Envelope { cause: None, traceparent: None, body }));
    }

    fn write(&self, record: Outgoing) {
        let sender = self.broker.sender().expect("a sender");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(sender.send(record)).expect("the record is written");
    }
}

pub(crate) fn conversation(name: &str) -> ConversationId {
    ConversationId::of(&account().tenant, &account().account, &VisitorId::new(name))
}

pub(crate) fn group(name: &str) -> Target {
    Target { agent: None, group: Some(GroupId::new(name)), ..Target::default() }
}

fn visitor_body(name: &str, tags: &[&str], act: VisitorAct, number: u32) -> Body {
    let profile = Profile { tags: tags.iter().map(|tag| (*tag).into()).collect(), ..Profile::default() };
    let visitor = VisitorId::new(name);
    let input = VisitorInput { account: account(), visitor, profile, ext: None, ack: None, named: None, act };
    let id = InputId::derive(&[name.as_bytes(), &number.to_be_bytes()]);
    let act = ConversationAct::Visitor(Box::new(input));
    Body::Conversation(ConversationInput { tenant: account().tenant, id, conversation: conversation(name), act })
}

fn terms() -> Terms {
    Terms {
        class: Class::Service,
        ttl: Some(Duration::from_secs(60)),
        fallback: Some(Fallback { account: AccountId::new("texts"), to: None, ttl: Duration::from_secs(600) }),
        unknown: Unknown::Sms,
        grace: Duration::from_secs(10),
        revoke_grace: Duration::from_secs(30),
    }
}
