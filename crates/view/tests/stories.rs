//! What is told of a session: offers, searches and supervisors in sentences, what it waits for, and how much is kept.

use usher_broker::Record;
use usher_domain::desk::Presence;
use usher_domain::event::{
    CloseReason, Command, Event, Fact, Grounds, PresenceReason, Rank, Refusal, RescindReason, Rule, Subject,
};
use usher_domain::supervision::{Supervised, SupervisionCommand, SupervisionRefusal, Warrant};
use usher_domain::{
    AgentId, Body, Cause, ConversationId, DeskId, Envelope, GroupId, InputId, PlacementId, SessionId, Target, TenantId,
    Timestamp,
};
use usher_view::{Keep, Story, View};

fn session(number: u32) -> SessionId {
    let conversation = ConversationId::from_bits(number.into());
    SessionId { conversation, opened_at: Timestamp::from_millis(5), opened_by: 9 }
}

fn agent(name: &str) -> AgentId {
    AgentId::new(name)
}

fn placement(turn: u32) -> PlacementId {
    PlacementId { epoch: 1, turn }
}

fn sales() -> Target {
    Target { group: Some(GroupId::new("sales")), ..Target::default() }
}

/// A topic of which a view is made, a second a fact.
struct Topic {
    view: View,
    seconds: i64,
}

impl Topic {
    fn new() -> Self {
        Self { view: View::new(Keep::Running), seconds: 0 }
    }

    fn say(&mut self, tenant: &str, subject: Subject, fact: Fact) {
        self.seconds += 1;
        let decided_at = Timestamp::from_millis(self.seconds * 1_000);
        let (topic, offset) = ("t.desks.v1".to_owned(), self.seconds);
        let cause = Cause { topic, partition: 0, offset, index: 0, count: 1, decided_at, worker_epoch: 1 };
        let body = Body::Event(Event { tenant: TenantId::new(tenant), subject, fact });
        let payload = usher_proto::encode(&Envelope { cause: Some(cause), traceparent: None, body });
        self.view.take(&Record { partition: 0, offset, timestamp_ms: 0, key: None, payload: Some(payload) });
    }

    fn desk(&mut self, fact: Fact) {
        self.say("acme", Subject::Desk(DeskId::new("main")), fact);
    }

    fn conversation(&mut self, number: u32, fact: Fact) {
        self.say("acme", Subject::Conversation(session(number).conversation), fact);
    }

    fn enters(&mut self, number: u32, vip: bool) {
        let (session, asked_at) = (session(number), Timestamp::from_millis(i64::from(number)));
        self.conversation(number, Fact::SessionOpened { session, with_bot: false });
        self.desk(Fact::SessionEntered { session, epoch: 1, line: sales(), vip, asked_at, weight: 1 });
    }

    fn comes(&mut self, name: &str, presence: Presence, capacity: u32) {
        self.desk(Fact::AgentPresence { agent: agent(name), presence, reason: PresenceReason::Said });
        self.desk(Fact::AgentServes { agent: agent(name), groups: vec![GroupId::new("sales")], capacity });
    }

    fn asks(&mut self, number: u32, name: &str, turn: u32) {
        let rank = Rank { vip: false, asked_at: Timestamp::default(), priority: 0, in_turn: false };
        let grounds = Grounds {
            candidates: 2,
            waiting: 3,
            rank,
            rule: Rule::LongestIdleOfGroup,
            group: Some(GroupId::new("sales")),
            step: 1,
            revision: 7,
        };
        let (agent, until) = (agent(name), Timestamp::from_millis(60_000));
        self.desk(Fact::OfferMade { session: session(number), agent, placement: placement(turn), until, grounds });
    }

    fn story(&self, number: u32) -> Option<Story> {
        self.view.story(session(number), Some(&TenantId::new("acme")))
    }

    fn told(&self, number: u32) -> String {
        self.story(number).expect("it is kept").to_string()
    }

    /// Why it waits, in one sentence.
    fn because(&self, number: u32) -> String {
        let told = self.story(number).expect("it is kept").json();
        told["waits"]["because"].as_str().unwrap_or_default().to_owned()
    }
}

fn supervised(command: SupervisionCommand, number: u32) -> Box<Supervised> {
    let warrant = Warrant { by: "mei".to_owned(), why: "a busy day".into() };
    Box::new(Supervised { command, warrant, session: Some(session(number)), agent: None })
}

#[test]
fn offers_searches_and_supervisors_are_told_in_sentences() {
    let mut topic = Topic::new();
    topic.enters(1, false);
    topic.asks(1, "li", 2);
    topic.desk(Fact::OfferDeclined { session: session(1), agent: agent("li"), placement: placement(2) });
    topic.asks(1, "wang", 4);
    topic.desk(Fact::OfferExpired { session: session(1), agent: agent("wang"), placement: placement(4), misses: 2 });
    let groups = vec![GroupId::new("sales"), GroupId::new("night")];
    topic.desk(Fact::SearchWidened { session: session(1), step: 2, groups, anyone: true, selectors: 1 });
    topic.asks(1, "wang", 6);
    let reason = RescindReason::Supervisor;
    let input = InputId::from_bits(3);
    topic.desk(Fact::Supervised { input, what: supervised(SupervisionCommand::Requeue, 1) });
    topic.desk(Fact::OfferRescinded { session: session(1), agent: agent("wang"), placement: placement(6), reason });
    let reason = SupervisionRefusal::NoRoom;
    topic.desk(Fact::SupervisionRefused { input, what: supervised(SupervisionCommand::Assign, 1), reason });
    let told = topic.told(1);
    for said in [
        "li is asked until 1970-01-01T00:01:00.000Z: asked at",
        "first of 3 in its line; 2 free, longest idle of the group (sales), at step 1 of its search; directory 7",
        "li does not take it",
        "wang has not answered: the 2nd in a row",
        "step 2 of its search: waits for group sales, group night, anybody, with 1 wish",
        "supervisor mei (a busy day): requeue",
        "wang need not answer any more: a supervisor decided otherwise",
        "supervisor mei (a busy day): assign: refused, no-room",
    ] {
        assert!(told.contains(said), "{said}\n{told}");
    }
}

#[test]
fn why_somebody_waits_is_told_by_what_the_agents_of_their_line_lack() {
    let mut topic = Topic::new();
    topic.enters(2, false);
    topic.enters(1, true);
    assert_eq!(topic.because(2), "no agent of its line is there");
    topic.comes("li", Presence::Busy, 1);
    assert_eq!(topic.because(2), "no agent of its line takes new sessions");
    topic.comes("li", Presence::Online, 0);
    assert_eq!(topic.because(2), "every agent of its line has as much as they can");
    topic.comes("wang", Presence::Online, 2);
    assert_eq!(topic.because(2), "others come first");
    topic.asks(1, "wang", 2);
    assert_eq!(topic.because(1), "an agent is being asked");
    let told = topic.told(2);
    assert!(told.contains("at place 2: others come first") && told.contains(", a VIP, asked at"), "{told}");
    topic.desk(Fact::AgentPresence {
        agent: agent("wang"),
        presence: Presence::Offline,
        reason: PresenceReason::Removed,
    });
    topic.desk(Fact::SessionEnded { session: session(1) });
    assert!(topic.told(2).contains("at place 1"), "who has gone is before nobody");
    assert!(topic.story(1).expect("it is kept").json()["waits"].is_null());
}

#[test]
fn of_one_session_its_beginning_and_its_latest_facts_are_kept() {
    let mut topic = Topic::new();
    topic.enters(1, false);
    for position in 1..=100 {
        topic.conversation(1, Fact::SessionQueued { session: session(1), position });
    }
    let told = topic.story(1).expect("it is kept").json();
    let story = told["story"].as_array().expect("a list");
    assert_eq!((&told["from_its_beginning"], &told["left_out"]), (&true.into(), &38.into()));
    assert_eq!(story.last().expect("the latest")["fact"]["position"], 100);
}

#[test]
fn a_session_whose_end_was_read_before_its_beginning_runs_until_it_is_closed() {
    let mut topic = Topic::new();
    let (one, asked_at) = (session(1), Timestamp::default());
    topic.desk(Fact::SessionEntered { session: one, epoch: 1, line: sales(), vip: false, asked_at, weight: 1 });
    topic.desk(Fact::SessionEnded { session: one });
    topic.conversation(1, Fact::SessionOpened { session: one, with_bot: false });
    let over = |topic: &mut Topic, number: u32| {
        topic.conversation(number, Fact::SessionOpened { session: session(number), with_bot: false });
        topic.conversation(number, Fact::SessionClosed { session: session(number), reason: CloseReason::Visitor });
    };
    (2..=2_100).for_each(|number| over(&mut topic, number));
    assert!(topic.story(1).is_some(), "it runs");
    topic.conversation(1, Fact::SessionClosed { session: one, reason: CloseReason::Visitor });
    (2_101..=4_200).for_each(|number| over(&mut topic, number));
    assert!(topic.story(1).is_none(), "it is over");
}

#[test]
fn stories_take_so_many_bytes_and_desks_are_counted_whole() {
    let mut topic = Topic { view: View::within(Keep::Running, 20_000), seconds: 0 };
    topic.conversation(7_000, Fact::SessionOpened { session: session(7_000), with_bot: false });
    topic.conversation(7_000, Fact::SessionClosed { session: session(7_000), reason: CloseReason::Visitor });
    (1..=1_000).for_each(|number| topic.enters(number, false));
    let kept = (1..=1_000).filter(|number| topic.story(*number).is_some()).count();
    assert!(topic.story(7_000).is_none(), "who is over goes first");
    assert!((10..100).contains(&kept) && topic.story(1).is_some(), "who came first has a story: {kept}");
    assert!(topic.story(1_000).is_none(), "who came last has none");
    for turn in 1..=100 {
        topic.asks(1, "li", turn);
    }
    let story = topic.story(1).expect("it is kept").json();
    assert!(story["left_out"].as_u64().expect("a number") > 90, "{story}");
    let (tenant, desk) = (TenantId::new("acme"), DeskId::new("main"));
    let counts = topic.view.counts(&tenant, &desk, Timestamp::default(), 1, 0).expect("a desk");
    assert_eq!(counts.all.waiting, 1_000, "whatever is told of them");
    for number in 1..=1_000 {
        topic.conversation(number, Fact::SessionClosed { session: session(number), reason: CloseReason::Visitor });
    }
    topic.enters(5_000, false);
    assert!(topic.story(5_000).is_some(), "there is room again");
}

#[test]
fn sessions_that_are_over_are_forgotten_in_the_end_and_those_of_others_never_told() {
    let mut topic = Topic::new();
    topic.enters(1, false);
    let input = InputId::from_bits(3);
    topic.conversation(1, Fact::CommandRefused { input, command: Command::Close, reason: Refusal::Moved });
    assert!(topic.told(1).contains("close refused: moved"));
    topic.conversation(1, Fact::SessionClosed { session: session(1), reason: CloseReason::Supervisor });
    assert!(topic.told(1).contains("is over: a supervisor closed it"));
    assert!(topic.view.story(session(1), Some(&TenantId::new("other"))).is_none());
    let stranger = Subject::Desk(DeskId::new("strangers"));
    topic.say("other", stranger, Fact::SessionPromoted { session: session(1) });
    assert_eq!(
        topic.story(1).expect("it is kept").json()["story"].as_array().map(Vec::len),
        Some(3),
        "nothing is added"
    );
    for number in 2..=2_100 {
        topic.conversation(number, Fact::SessionOpened { session: session(number), with_bot: false });
        topic.conversation(number, Fact::SessionClosed { session: session(number), reason: CloseReason::Visitor });
    }
    assert!(topic.story(1).is_none() && topic.story(2_100).is_some());
    topic.conversation(1, Fact::SurveyAnswered { session: Some(session(1)), score: Some(5) });
    assert!(topic.story(1).is_none(), "what is said afterwards begins no story that would never end");
}
