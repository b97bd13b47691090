//! Random desks and what happens to them: few names and few instants, so that everything meets everything, and each rule
//! of a policy is there or not.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use usher_domain::desk::{AgentRecord, DirectoryEntry, GroupRecord, Presence, PresenceSaid};
use usher_domain::policy::{
    Calendar, Choice, ChoicePolicy, Compare, DeskPolicy, Exception, Exceptions, Interval, Label, Labels, LanePolicy,
    LimitsPolicy, LossPolicy, NoticePolicy, OfferPolicy, OrderPolicy, PresencePolicy, Ring, Selector, TransferPolicy,
};
use usher_domain::supervision::{MovedQueue, SupervisionOrder};
use usher_domain::{
    AgentId, CalendarId, ConversationId, Demand, Dialect, GroupId, SessionId, Target, Timestamp, Want, Wish,
};

/// When each history begins.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_000_000);

const AGENTS: [&str; 4] = ["a", "b", "c", "d"];
const GROUPS: [&str; 2] = ["sales", "service"];
const CHANNELS: [Dialect; 2] = [Dialect::Native, Dialect::Rbm];
const HOURS: &str = "hours";
const SESSIONS: u32 = 14;

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A session wants an agent, or nobody.
    Demand(Demand),
    /// A workspace says how an agent is.
    Presence(PresenceSaid),
    /// The next revision of the directory.
    Directory(Vec<DirectoryEntry>),
    /// One of the agents who are asked answers.
    Answer(Index, bool),
    /// A supervisor overrules the desk.
    Supervise(SupervisionOrder),
    /// Time goes on.
    Pass(Duration),
    /// The worker is started again.
    Restart,
}

/// A desk's whole life.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) events: Vec<Event>,
    /// Whether a tick comes when something is due; else it waits for the next record.
    pub(crate) ticks: bool,
}

/// A history of a desk with any rules.
pub(crate) fn history() -> impl Strategy<Value = History> {
    desk().prop_flat_map(|desk| {
        let event = prop_oneof![
            12 => demand(),
            6 => leave(),
            5 => presence(),
            6 => (any::<Index>(), any::<bool>()).prop_map(|(which, accepts)| Event::Answer(which, accepts)),
            2 => supervision().prop_map(Event::Supervise),
            6 => seconds(&[1, 3, 7, 20]).prop_map(Event::Pass),
            1 => directory(desk.clone()),
            1 => Just(Event::Restart),
        ];
        let events = (directory(desk), proptest::collection::vec(event, 1..140), any::<bool>());
        events.prop_map(|(directory, events, ticks)| {
            let online = |name| Event::Presence(PresenceSaid::new(AgentId::new(name), Presence::Online));
            let events = [directory].into_iter().chain(AGENTS.map(online)).chain(events).collect();
            History { events, ticks }
        })
    })
}

/// How likely each rule is there: many desks have few, so that one rule alone is seen too.
const LIKELY: [f64; 2] = [0.06, 0.5];

/// The rules of a desk, the same in all revisions of its directory.
type Rules = (DeskPolicy, BTreeMap<GroupId, LanePolicy>, Calendar);

fn desk() -> impl Strategy<Value = Rules> {
    // In boxes: what is drawn from so many strategies is deep.
    select(&LIKELY[..]).prop_flat_map(desk_with).boxed()
}

fn desk_with(likely: f64) -> impl Strategy<Value = Rules> {
    let loss = prop_oneof![Just(LossPolicy::Requeue), seconds(&[5, 15]).prop_map(|within| LossPolicy::Hold { within })];
    let presence =
        (option::weighted(likely, seconds(&[10, 30])), loss).prop_map(|(lease, loss)| PresencePolicy { lease, loss });
    let desk = (lane(likely), option::weighted(likely, seconds(&[4, 12])), presence);
    let desk = desk.prop_map(|(lane, designated_within, presence)| DeskPolicy { lane, designated_within, presence });
    let groups = GROUPS.map(|name| lane(likely).prop_map(move |lane| (GroupId::new(name), lane)));
    (desk, groups, calendar()).prop_map(|(desk, groups, calendar)| (desk, groups.into_iter().collect(), calendar))
}

fn lane(likely: f64) -> BoxedStrategy<LanePolicy> {
    let takes = (option::weighted(likely, offer()), choice(likely), order(), option::weighted(likely, rings()));
    let bounds = (limits(likely), option::weighted(likely / 4.0, Just(CalendarId::new(HOURS))), exceptions());
    let rest = (option::weighted(likely, seconds(&[3, 8])), any::<bool>(), option::weighted(likely, seconds(&[10])));
    (takes, bounds, rest)
        .prop_map(|(takes, bounds, (wrap_up, restarts, notices))| {
            let ((offer, choice, order, rings), (limits, calendar, exceptions)) = (takes, bounds);
            let transfer = if restarts { TransferPolicy::Restarts } else { TransferPolicy::Keeps };
            let rings = rings.unwrap_or_default();
            let notices = notices.map(|every| NoticePolicy { every });
            LanePolicy {
                offer,
                choice,
                order,
                rings,
                limits,
                calendar,
                exceptions,
                wrap_up,
                transfer,
                notices,
                ..LanePolicy::default()
            }
        })
        .boxed()
}

fn offer() -> impl Strategy<Value = OfferPolicy> {
    let policy = (seconds(&[2, 10]), 1..4_u32, option::of(1..3_u32), seconds(&[1, 15]));
    policy.prop_map(|(within, at_once, misses_max, back_off)| OfferPolicy { within, at_once, misses_max, back_off })
}

fn choice(likely: f64) -> impl Strategy<Value = ChoicePolicy> {
    let by = select(&[Choice::LongestIdle, Choice::LeastLoaded, Choice::HighestSkill][..]);
    (by, option::weighted(likely, seconds(&[5]))).prop_map(|(by, sticky)| ChoicePolicy { by, sticky })
}

fn order() -> impl Strategy<Value = OrderPolicy> {
    prop_oneof![
        3 => Just(OrderPolicy::VipFirst),
        1 => Just(OrderPolicy::Priority),
        1 => (seconds(&[2, 9]), seconds(&[1, 4])).prop_map(|(vip, level)| OrderPolicy::Ageing { vip, level }),
        2 => (1..3_u32).prop_map(|vips| OrderPolicy::Share { vips }),
    ]
}

fn rings() -> impl Strategy<Value = Vec<Ring>> {
    proptest::collection::vec(ring(), 1..3)
}

fn ring() -> impl Strategy<Value = Ring> {
    let whom = (subsequence(&GROUPS[..], 0..=GROUPS.len()), any::<bool>());
    (seconds(&[3, 9, 25]), whom).prop_map(|(after, (groups, anyone))| Ring {
        after,
        groups: groups.into_iter().map(GroupId::new).collect(),
        anyone,
    })
}

fn limits(likely: f64) -> impl Strategy<Value = LimitsPolicy> {
    let limits = (option::weighted(likely / 4.0, 1..4_u32), option::weighted(likely / 4.0, seconds(&[6, 20])));
    limits.prop_map(|(length_max, wait_max)| LimitsPolicy { length_max, wait_max })
}

fn exceptions() -> impl Strategy<Value = Exceptions> {
    let one = || {
        prop_oneof![
            Just(Exception::default()),
            Just(Exception::Sms { text: "Later".to_owned() }),
            select(&GROUPS[..]).prop_map(|name| Exception::Overflow { group: GroupId::new(name) }),
        ]
    };
    (one(), one(), one()).prop_map(|(full, too_long, off_hours)| Exceptions { full, too_long, off_hours })
}

/// Open and closed in turn; known for two minutes.
fn calendar() -> impl Strategy<Value = Calendar> {
    (5..60_u64).prop_map(|turn| {
        let at = |seconds: u64| START.plus(Duration::from_secs(seconds));
        let opens = (0..3).map(|number| 2 * number * turn);
        let open = opens.map(|from| Interval { from: at(from), to: at(from + turn) }).collect();
        Calendar { id: CalendarId::new(HOURS), open, until: at(120) }
    })
}

fn seconds(choices: &'static [u64]) -> impl Strategy<Value = Duration> {
    select(choices).prop_map(Duration::from_secs)
}

fn directory((desk, groups, calendar): Rules) -> impl Strategy<Value = Event> {
    let there = subsequence(groups.into_iter().collect::<Vec<_>>(), 0..=GROUPS.len());
    let who = subsequence(&AGENTS[..], 1..=AGENTS.len());
    (there, who, proptest::collection::vec(agent(), AGENTS.len())).prop_map(move |(groups, who, records)| {
        let agents =
            who.into_iter().zip(records).map(|(name, record)| AgentRecord { id: AgentId::new(name), ..record });
        let groups = groups.into_iter().map(|(id, policy)| DirectoryEntry::Group(Box::new(GroupRecord { id, policy })));
        let rules = [DirectoryEntry::Desk(Box::new(desk.clone())), DirectoryEntry::Calendar(calendar.clone())];
        Event::Directory(rules.into_iter().chain(groups).chain(agents.map(DirectoryEntry::Agent)).collect())
    })
}

fn agent() -> impl Strategy<Value = AgentRecord> {
    let groups = || subsequence(&GROUPS[..], 0..=GROUPS.len());
    let of_groups = |names: Vec<&'static str>| names.into_iter().map(GroupId::new);
    let limits = option::weighted(0.2, (select(&CHANNELS[..]), 0..3_u32));
    (0..4_u32, groups(), groups(), labels(), limits).prop_map(move |(capacity, groups, skilled, labels, limits)| {
        AgentRecord {
            capacity,
            groups: of_groups(groups).collect(),
            levels: of_groups(skilled).zip(1..).collect(),
            labels,
            limits: limits.into_iter().collect(),
            ..AgentRecord::new(AgentId::new(""))
        }
    })
}

fn labels() -> impl Strategy<Value = Labels> {
    (option::of(language()), option::of(0..4_i64)).prop_map(|(language, level)| {
        let language = language.map(|language| ("lang".to_owned(), Label::Text(language.to_owned())));
        language.into_iter().chain(level.map(|level| ("level".to_owned(), Label::Number(level)))).collect()
    })
}

fn language() -> impl Strategy<Value = &'static str> {
    select(&["zh", "en"][..])
}

fn selector() -> impl Strategy<Value = Selector> {
    let compare = select(&[Compare::Equal, Compare::NotEqual, Compare::AtLeast, Compare::AtMost][..]);
    let wanted = prop_oneof![
        language().prop_map(|language| ("lang", Label::Text(language.to_owned()))),
        (0..4_i64).prop_map(|level| ("level", Label::Number(level))),
    ];
    (wanted, compare, option::of(seconds(&[2, 8]))).prop_map(|((label, value), compare, within)| Selector {
        label: label.to_owned(),
        compare,
        value,
        within,
    })
}

fn target() -> impl Strategy<Value = Target> {
    let agent = option::weighted(0.1, select(&["a", "b", "nobody"][..]));
    let group = option::weighted(0.5, select(&["sales", "sales", "service", "unknown"][..]));
    let selectors = prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(selector(), 1..3)];
    (agent, group, selectors).prop_map(|(agent, group, selectors)| Target {
        agent: agent.map(AgentId::new),
        group: group.map(GroupId::new),
        selectors,
    })
}

fn wish() -> impl Strategy<Value = Wish> {
    let someone = || option::weighted(0.3, select(&AGENTS[..]).prop_map(AgentId::new));
    let asked = (0..6_u64).prop_map(|seconds| START.plus(Duration::from_secs(seconds)));
    let moved = option::weighted(0.2, (6..20_u64).prop_map(|seconds| START.plus(Duration::from_secs(seconds))));
    let one = (target(), any::<bool>(), asked, prop_oneof![3 => Just(1), 1 => 0..4_u32], select(&CHANNELS[..]));
    (one, 0..3_u8, someone(), someone(), moved, any::<bool>()).prop_map(
        |((target, vip, asked_at, weight, channel), priority, last_agent, avoid, moved_at, overflowed)| Wish {
            target,
            vip,
            asked_at,
            weight,
            channel,
            priority,
            last_agent,
            avoid,
            moved_at,
            overflowed,
            returns: false,
        },
    )
}

fn session() -> impl Strategy<Value = SessionId> {
    (0..SESSIONS).prop_map(|number| SessionId {
        conversation: ConversationId::from_bits(number.into()),
        opened_at: START,
        opened_by: 1,
    })
}

fn demand() -> impl Strategy<Value = Event> {
    (session(), 1..6_u32, wish())
        .prop_map(|(session, epoch, wish)| Event::Demand(Demand { session, epoch, want: Want::Agent(Box::new(wish)) }))
}

fn leave() -> impl Strategy<Value = Event> {
    (session(), 1..6_u32).prop_map(|(session, epoch)| Event::Demand(Demand { session, epoch, want: Want::Nobody }))
}

fn supervision() -> impl Strategy<Value = SupervisionOrder> {
    let queue = prop_oneof![
        Just(MovedQueue::All),
        Just(MovedQueue::Default),
        select(&AGENTS[..]).prop_map(|name| MovedQueue::Agent(AgentId::new(name))),
        select(&GROUPS[..]).prop_map(|name| MovedQueue::Group(GroupId::new(name))),
    ];
    let to = target().prop_map(|target| Target { selectors: Vec::new(), ..target });
    let agent = || select(&AGENTS[..]).prop_map(AgentId::new);
    prop_oneof![
        (session(), agent()).prop_map(|(session, agent)| SupervisionOrder::Assign { session, agent, placement: None }),
        session().prop_map(|session| SupervisionOrder::Requeue { session, placement: None }),
        (agent(), any::<bool>()).prop_map(|(agent, drains)| SupervisionOrder::Drain { agent, drains }),
        (queue, to).prop_map(|(from, to)| SupervisionOrder::Move { from, to }),
    ]
}

fn presence() -> impl Strategy<Value = Event> {
    let how = prop_oneof![3 => Just(Presence::Online), 1 => select(&Presence::ALL[..])];
    let at = option::weighted(0.3, (0..60_i64).prop_map(Timestamp::from_millis));
    let said = (select(&AGENTS[..]), how, at, option::weighted(0.3, seconds(&[2, 20])), any::<Index>());
    said.prop_map(|(name, presence, at, lease, drain)| {
        let agent = AgentId::new(name);
        Event::Presence(PresenceSaid { agent, presence, at, lease, drain: drain.index(6) == 0 })
    })
}
