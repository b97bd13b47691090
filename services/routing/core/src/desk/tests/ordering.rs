//! Promises of queues with random orders, bounds and hours, on random histories: a naive model keeps lists and looks
//! through all of them. Who is served is the first by the order of the queue (I12, I13), nobody waits while somebody is
//! free (I14), who is refused is so for a reason that holds and nobody waits beyond a bound; and with a share or ageing
//! nobody waits for more than it says (I14b).

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use usher_domain::desk::{DeskAct, DirectoryEntry, GroupRecord, Presence};
use usher_domain::event::Fact;
use usher_domain::place::RefusedReason;
use usher_domain::policy::{Calendar, DeskPolicy, Interval, LanePolicy, LimitsPolicy, OrderPolicy};
use usher_domain::{AgentId, CalendarId, Demand, SessionId, Timestamp, Want, Wish};

use super::bench::{Answer, Bench, agent, at, group, nobody, record, session, target};
use crate::desk::{DeskCore, StateKey, StateValue};

const AGENTS: [(&str, &[&str]); 3] = [("a", &["sales"]), ("b", &["sales", "service"]), ("c", &[])];
const QUEUES: [&str; 3] = ["", "sales", "service"];

/// How the queues of a desk work, and its calendar.
#[derive(Debug, Clone)]
struct Rules {
    lanes: [LanePolicy; 3],
    calendar: Calendar,
}

#[derive(Debug, Clone)]
enum Act {
    /// Somebody comes: to which queue, as a VIP, how urgent, and so many seconds ago they asked.
    Comes {
        queue: usize,
        vip: bool,
        priority: u8,
        ago: i64,
    },
    /// One of those who are there goes.
    Goes(prop::sample::Index),
    /// One of those who are there becomes a VIP.
    Promoted(prop::sample::Index),
    Presence(usize, Presence),
    Rules(Box<Rules>),
    Waits(i64),
}

fn seconds(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_secs)
}

fn order() -> impl Strategy<Value = OrderPolicy> {
    prop_oneof![
        Just(OrderPolicy::VipFirst),
        Just(OrderPolicy::Priority),
        (seconds(0..40), seconds(0..20)).prop_map(|(vip, level)| OrderPolicy::Ageing { vip, level }),
        (1..4_u32).prop_map(|vips| OrderPolicy::Share { vips }),
    ]
}

fn lane() -> impl Strategy<Value = LanePolicy> {
    let limits = (prop::option::weighted(0.3, 0..4_u32), prop::option::weighted(0.3, seconds(1..40)));
    (order(), limits, prop::bool::weighted(0.3)).prop_map(|(order, (length_max, wait_max), has_hours)| LanePolicy {
        order,
        limits: LimitsPolicy { length_max, wait_max },
        calendar: has_hours.then(|| CalendarId::new("office")),
        ..LanePolicy::default()
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let spans = prop::collection::vec((1..30_i64, 1..30_i64), 0..6);
    ([lane(), lane(), lane()], spans).prop_map(|(lanes, spans)| {
        let mut open = Vec::new();
        let mut end = 0;
        for (closed, span) in spans {
            open.push(Interval { from: at((end + closed) * 1_000), to: at((end + closed + span) * 1_000) });
            end += closed + span;
        }
        let calendar = Calendar { id: CalendarId::new("office"), open, until: at((end + 20) * 1_000) };
        Rules { lanes, calendar }
    })
}

fn comes() -> impl Strategy<Value = Act> {
    (0..3_usize, any::<bool>(), 0..3_u8, 0..20_i64).prop_map(|(queue, vip, priority, ago)| Act::Comes {
        queue,
        vip,
        priority,
        ago,
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let presence = prop_oneof![2 => Just(Presence::Online), 1 => prop::sample::select(&Presence::ALL[..])];
    let act = prop_oneof![
        10 => comes(),
        6 => any::<prop::sample::Index>().prop_map(Act::Goes),
        1 => any::<prop::sample::Index>().prop_map(Act::Promoted),
        3 => (0..AGENTS.len(), presence).prop_map(|(who, how)| Act::Presence(who, how)),
        1 => rules().prop_map(|rules| Act::Rules(Box::new(rules))),
        4 => (1..15_i64).prop_map(Act::Waits),
    ];
    prop::collection::vec(act, 1..80)
}

/// One session as the model knows it.
#[derive(Debug, Clone)]
struct Known {
    queue: usize,
    wish: Wish,
    epoch: u32,
    /// When it came to wait.
    since: Timestamp,
    /// The queue's bounds as they were then.
    wait_max: Option<Timestamp>,
    closes: Option<Timestamp>,
    with: Option<AgentId>,
    refused: bool,
    /// Of those who are no VIPs its place when it came, and how many its queue has served since.
    place: u32,
    served: u32,
}

struct Witness {
    rules: Rules,
    calendar: Option<Calendar>,
    sessions: BTreeMap<SessionId, Known>,
    online: BTreeMap<AgentId, Presence>,
    /// How many VIPs each queue has served in a row.
    in_row: [u32; 3],
}

impl Witness {
    fn waiting(&self, queue: usize) -> impl Iterator<Item = (&SessionId, &Known)> {
        let waits = move |known: &Known| known.queue == queue && known.with.is_none() && !known.refused;
        self.sessions.iter().filter(move |(_, known)| waits(known))
    }

    /// Those whom each agent has a place for: one session each.
    fn is_free(&self, queue: usize) -> bool {
        AGENTS.iter().any(|(name, groups)| {
            let has = self.sessions.values().any(|known| known.with.as_ref() == Some(&agent(name)));
            !has && self.online.get(&agent(name)) == Some(&Presence::Online) && serves(groups, queue)
        })
    }

    /// What is least for who is to be served first.
    fn key(&self, known: &Known) -> (u8, bool, i64) {
        let Wish { vip, asked_at, priority, .. } = known.wish;
        match self.rules.lanes[known.queue].order {
            OrderPolicy::VipFirst | OrderPolicy::Share { .. } => (0, !vip, asked_at.millis()),
            OrderPolicy::Priority => (255 - priority, !vip, asked_at.millis()),
            OrderPolicy::Ageing { vip: ahead, level } => {
                let ahead = if vip { ahead.as_millis() as i64 } else { 0 };
                (0, true, asked_at.millis() - ahead - level.as_millis() as i64 * i64::from(priority))
            }
        }
    }

    fn first(&self, queue: usize) -> Option<SessionId> {
        let is_turn =
            matches!(self.rules.lanes[queue].order, OrderPolicy::Share { vips } if self.in_row[queue] >= vips);
        let least = |plain_only: bool| {
            let those = self.waiting(queue).filter(|(_, known)| !plain_only || !known.wish.vip);
            those.min_by_key(|(id, known)| (self.key(known), **id)).map(|(id, _)| *id)
        };
        is_turn.then(|| least(true)).flatten().or_else(|| least(false))
    }

    fn is_open(&self, queue: usize, now: Timestamp) -> bool {
        let calendar = self.calendar.as_ref().filter(|_| self.rules.lanes[queue].calendar.is_some());
        let covers = |span: &Interval| span.from <= now && now < span.to;
        calendar.is_none_or(|calendar| calendar.until <= now || calendar.open.iter().any(covers))
    }

    fn bounds(&self, queue: usize, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let policy = &self.rules.lanes[queue];
        let calendar = self.calendar.as_ref().filter(|_| policy.calendar.is_some());
        let span = calendar.and_then(|calendar| calendar.open.iter().find(|span| span.from <= now && now < span.to));
        let closes = if self.is_open(queue, now) { span.map(|span| span.to) } else { Some(now) };
        (policy.limits.wait_max.map(|max| now.plus(max)), closes)
    }

    /// What a demand must be answered with.
    fn comes(&mut self, id: SessionId, queue: usize, wish: Wish, epoch: u32, now: Timestamp, answer: &Answer) {
        self.sessions.remove(&id);
        let full = self.rules.lanes[queue]
            .limits
            .length_max
            .is_some_and(|max| self.waiting(queue).count() as u32 >= max && !self.is_free(queue));
        let expected = match (self.is_open(queue, now), full) {
            (false, _) => Some(RefusedReason::OffHours),
            (true, true) => Some(RefusedReason::QueueFull),
            (true, false) => None,
        };
        let refused = answer.facts().into_iter().find_map(|fact| match fact {
            Fact::SessionRefused { session, reason, .. } if *session == id => Some(*reason),
            _ => None,
        });
        assert_eq!(refused, expected, "session {id} comes to {queue}");
        let place = 1 + self.waiting(queue).filter(|(_, known)| !known.wish.vip).count() as u32;
        let (wait_max, closes) = self.bounds(queue, now);
        let refused = refused.is_some();
        let (since, with, served) = (now, None, 0);
        let known = Known { queue, wish, epoch, since, wait_max, closes, with, refused, place, served };
        self.sessions.insert(id, known);
    }

    /// Looks at what was decided, in its order.
    fn take(&mut self, answer: &Answer, now: Timestamp, new: Option<SessionId>) {
        for fact in answer.facts() {
            match fact {
                Fact::AssignmentDecided { session, agent, .. } => self.assigned(*session, agent),
                Fact::SessionRefused { session, reason, .. } if new != Some(*session) => {
                    self.expired(*session, *reason, now);
                }
                Fact::SessionTakenBack { session, .. } => {
                    let (wait_max, closes) = self.bounds(self.sessions[session].queue, now);
                    let known = self.sessions.get_mut(session).expect("known");
                    (known.with, known.since, known.wait_max, known.closes) = (None, now, wait_max, closes);
                }
                Fact::CalendarEnded { .. } => self.calendar = None,
                _ => {}
            }
        }
    }

    fn assigned(&mut self, id: SessionId, agent: &AgentId) {
        let queue = self.sessions[&id].queue;
        assert_eq!(self.first(queue), Some(id), "the first of queue {queue}");
        let vip = self.sessions[&id].wish.vip;
        if let OrderPolicy::Share { vips } = self.rules.lanes[queue].order {
            self.in_row[queue] = if vip { (self.in_row[queue] + 1).min(vips) } else { 0 };
        }
        let known = self.sessions.get_mut(&id).expect("known");
        known.with = Some(agent.clone());
        for known in self.sessions.values_mut().filter(|known| known.queue == queue) {
            known.served += 1;
        }
    }

    fn expired(&mut self, id: SessionId, reason: RefusedReason, now: Timestamp) {
        let known = &self.sessions[&id];
        assert!(known.with.is_none(), "who has an agent keeps them");
        let holds = match reason {
            RefusedReason::WaitLimit => known.wait_max.is_some_and(|until| until <= now),
            RefusedReason::OffHours => {
                !self.is_open(known.queue, now) && known.closes.is_some_and(|until| until <= now)
            }
            RefusedReason::QueueFull => false,
        };
        assert!(holds, "{reason:?} of {known:?} at {now}");
        self.sessions.get_mut(&id).expect("known").refused = true;
    }

    /// What must hold whenever everything is settled.
    fn settled(&mut self, now: Timestamp) {
        for queue in 0..3 {
            assert!(!self.is_free(queue) || self.waiting(queue).next().is_none(), "somebody free, somebody waiting");
            let (wait_max, closes) = self.bounds(queue, now);
            let is_open = self.is_open(queue, now);
            for known in self.sessions.values_mut().filter(|known| known.queue == queue && known.with.is_none()) {
                if !known.refused && is_open && known.closes.is_some_and(|until| until <= now) {
                    // The hours have been made longer: it goes on, and is counted anew.
                    (known.wait_max, known.closes) = (wait_max, closes);
                }
                let over = [known.wait_max, known.closes].into_iter().flatten().any(|until| until <= now);
                assert!(known.refused || !over, "{known:?} waits too long at {now}");
            }
        }
    }
}

fn serves(groups: &[&str], queue: usize) -> bool {
    if queue == 0 { groups.is_empty() } else { groups.contains(&QUEUES[queue]) }
}

/// A desk that is watched.
struct Watched {
    bench: Bench,
    witness: Witness,
    revision: u64,
    next: u32,
    state: BTreeMap<StateKey, Option<StateValue>>,
}

impl Watched {
    fn new(rules: Rules) -> Self {
        let calendar = Some(rules.calendar.clone());
        let (sessions, online) = (BTreeMap::new(), BTreeMap::new());
        let witness = Witness { rules: rules.clone(), calendar, sessions, online, in_row: [0; 3] };
        let mut watched = Self { bench: Bench::new(), witness, revision: 0, next: 0, state: BTreeMap::new() };
        watched.put(rules);
        for who in 0..AGENTS.len() {
            watched.act(Act::Presence(who, Presence::Online));
        }
        watched
    }

    fn step(&mut self, act: DeskAct) -> Answer {
        let answer = self.bench.act(act);
        self.state.extend(answer.0.changes.iter().cloned());
        answer
    }

    fn now(&self) -> Timestamp {
        at(self.bench.now)
    }

    /// Lets time pass: what falls due falls due.
    fn wait_until(&mut self, ms: i64) {
        while let Some(due) = self.bench.core.next_wakeup().filter(|due| due.millis() <= ms) {
            self.bench.now = self.bench.now.max(due.millis() - 1);
            let answer = self.bench.tick();
            self.state.extend(answer.0.changes.iter().cloned());
            let now = self.now();
            self.witness.take(&answer, now, None);
            self.witness.settled(now);
        }
        self.bench.now = self.bench.now.max(ms);
    }

    fn put(&mut self, rules: Rules) {
        self.revision += 1;
        let revision = self.revision;
        let Rules { lanes: [default, sales, service], calendar } = rules.clone();
        let groups =
            [("sales", sales), ("service", service)].map(|(name, policy)| GroupRecord { id: group(name), policy });
        let agents = AGENTS.iter().map(|(name, groups)| DirectoryEntry::Agent(record(name, 1, groups)));
        let entries: Vec<_> = [
            DirectoryEntry::Desk(Box::new(DeskPolicy { lane: default, ..DeskPolicy::default() })),
            DirectoryEntry::Calendar(calendar.clone()),
        ]
        .into_iter()
        .chain(groups.map(|record| DirectoryEntry::Group(Box::new(record))))
        .chain(agents)
        .collect();
        let count = entries.len() as u32;
        for entry in entries {
            self.step(DeskAct::Staged { revision, entry });
        }
        for queue in 0..3 {
            if !matches!(rules.lanes[queue].order, OrderPolicy::Share { .. }) {
                self.witness.in_row[queue] = 0;
            }
        }
        (self.witness.rules, self.witness.calendar) = (rules, Some(calendar));
        let answer = self.step(DeskAct::Applied { revision, count });
        let now = self.now();
        self.witness.take(&answer, now, None);
        self.witness.settled(now);
    }

    fn act(&mut self, act: Act) {
        // What is due comes before what happens next.
        self.wait_until(self.bench.now + 1);
        match act {
            Act::Comes { queue, vip, priority, ago } => {
                self.next += 1;
                let asked_at = at(self.bench.now - ago * 1_000);
                let wish = Wish { target: target(QUEUES[queue]), vip, priority, asked_at, ..Wish::default() };
                self.demand(session(self.next), queue, wish, 1);
            }
            Act::Goes(which) => {
                let Some(id) = self.one(which) else { return };
                let known = self.witness.sessions.remove(&id).expect("known");
                let demand = Demand { session: id, epoch: known.epoch + 1, want: Want::Nobody };
                self.plain(DeskAct::Demand(demand));
            }
            Act::Promoted(which) => {
                let Some(id) = self.one(which).filter(|id| !self.witness.sessions[id].refused) else { return };
                let known = self.witness.sessions.get_mut(&id).expect("known");
                known.wish.vip = true;
                let want = Want::Agent(Box::new(known.wish.clone()));
                let demand = Demand { session: id, epoch: known.epoch, want };
                self.plain(DeskAct::Demand(demand));
            }
            Act::Presence(who, presence) => {
                let name = AGENTS[who].0;
                self.witness.online.insert(agent(name), presence);
                self.plain(DeskAct::Presence(usher_domain::desk::PresenceSaid::new(agent(name), presence)));
            }
            Act::Rules(rules) => self.put(*rules),
            Act::Waits(seconds) => self.wait_until(self.bench.now + seconds * 1_000),
        }
    }

    fn one(&self, which: prop::sample::Index) -> Option<SessionId> {
        let ids: Vec<SessionId> = self.witness.sessions.keys().copied().collect();
        (!ids.is_empty()).then(|| ids[which.index(ids.len())])
    }

    fn plain(&mut self, act: DeskAct) {
        let answer = self.step(act);
        let now = self.now();
        self.witness.take(&answer, now, None);
        self.witness.settled(now);
    }

    fn demand(&mut self, id: SessionId, queue: usize, wish: Wish, epoch: u32) {
        let demand = Demand { session: id, epoch, want: Want::Agent(Box::new(wish.clone())) };
        let answer = self.step(DeskAct::Demand(demand));
        let now = self.now();
        self.witness.comes(id, queue, wish, epoch, now, &answer);
        self.witness.take(&answer, now, Some(id));
        self.witness.settled(now);
    }

    fn restored(&self) -> DeskCore {
        let mut core = DeskCore::new();
        for (key, value) in self.state.iter().rev() {
            core.restore(key.clone(), value.clone());
        }
        core
    }
}

/// The same rules everywhere: an order, nothing else.
fn only(order: OrderPolicy) -> Rules {
    let lane = LanePolicy { order, ..LanePolicy::default() };
    let calendar = Calendar { id: CalendarId::new("office"), open: Vec::new(), until: at(i64::MAX) };
    Rules { lanes: [lane.clone(), lane.clone(), lane], calendar }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn queues_keep_their_order_and_their_bounds_whatever_happens(rules in rules(), acts in acts()) {
        let mut watched = Watched::new(rules);
        for act in acts {
            watched.act(act);
        }
        prop_assert_eq!(watched.restored(), watched.bench.core);
    }

    /// I14b with a share: of those who are no VIPs the n-th in line is served within n × (vips + 1).
    #[test]
    fn with_a_share_nobody_waits_longer_than_for_their_place_times_the_vips_and_one(
        vips in 1..4_u32, comers in prop::collection::vec((any::<bool>(), prop::bool::weighted(0.6)), 1..120)
    ) {
        let mut watched = Watched::new(only(OrderPolicy::Share { vips }));
        for (vip, serves) in comers {
            watched.act(Act::Comes { queue: 1, vip, priority: 0, ago: 0 });
            if serves {
                serve_one(&mut watched);
            }
            for known in watched.witness.sessions.values().filter(|known| known.with.is_none() && !known.wish.vip) {
                prop_assert!(known.served < known.place * (vips + 1), "{known:?}");
            }
        }
    }

    /// I14b with ageing: nobody is overtaken by who asked later by more than the difference of what they count as.
    #[test]
    fn with_ageing_nobody_is_overtaken_by_who_comes_later_than_the_difference(
        ahead in (seconds(0..60), seconds(0..30)),
        comers in prop::collection::vec((any::<bool>(), 0..3_u8, 0..20_i64, prop::bool::weighted(0.6)), 1..120),
    ) {
        let (vip_ahead, level) = ahead;
        let mut watched = Watched::new(only(OrderPolicy::Ageing { vip: vip_ahead, level }));
        let shift = |wish: &Wish| {
            let vip = if wish.vip { vip_ahead } else { Duration::ZERO };
            (vip + level * u32::from(wish.priority)).as_millis() as i64
        };
        for (vip, priority, waits, serves) in comers {
            watched.act(Act::Waits(waits));
            watched.act(Act::Comes { queue: 1, vip, priority, ago: 0 });
            let waiting: Vec<Wish> = watched.witness.waiting(1).map(|(_, known)| known.wish.clone()).collect();
            let Some(served) = serves.then(|| serve_one(&mut watched)).flatten() else { continue };
            for wish in waiting {
                let later = served.asked_at.millis() - wish.asked_at.millis();
                prop_assert!(later <= shift(&served) - shift(&wish), "{served:?} before {wish:?}");
            }
        }
    }
}

/// An agent of sales ends their session, and with it gets the next; says who that is.
fn serve_one(watched: &mut Watched) -> Option<Wish> {
    let has = |known: &Known| known.queue == 1 && known.with.is_some();
    let ended = watched.witness.sessions.iter().find(|(_, known)| has(known)).map(|(id, _)| *id)?;
    let before: Vec<SessionId> = watched.witness.waiting(1).map(|(id, _)| *id).collect();
    let known = watched.witness.sessions.remove(&ended)?;
    let number = u32::try_from(ended.conversation.bits()).ok()?;
    watched.plain(DeskAct::Demand(nobody(number, known.epoch + 1)));
    let next =
        before.into_iter().find(|id| watched.witness.sessions.get(id).is_some_and(|known| known.with.is_some()))?;
    Some(watched.witness.sessions[&next].wish.clone())
}

/// Without a share or ageing there is no bound: a flood of VIPs keeps the others waiting for as long as it lasts.
#[test]
fn vips_first_keeps_the_others_waiting_as_long_as_vips_come() {
    let mut watched = Watched::new(only(OrderPolicy::VipFirst));
    for _ in 0..2 {
        watched.act(Act::Comes { queue: 1, vip: true, priority: 0, ago: 0 });
    }
    watched.act(Act::Comes { queue: 1, vip: false, priority: 0, ago: 0 });
    let plain = session(3);
    for served in 0..200 {
        watched.act(Act::Comes { queue: 1, vip: true, priority: 0, ago: 0 });
        serve_one(&mut watched);
        assert_eq!(watched.witness.sessions[&plain].served, served + 1);
        assert!(watched.witness.sessions[&plain].with.is_none());
    }
}
