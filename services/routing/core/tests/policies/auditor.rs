//! The promises said again, naively, from what is written and said alone: it looks at nothing inside the core, and at
//! every pair of a session and an agent.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use usher_domain::conversation::ConversationAct;
use usher_domain::desk::DeskAct;
use usher_domain::event::{Fact, Rule};
use usher_domain::policy::{OrderPolicy, Ring};
use usher_domain::state::desk::{AgentState, Item, Reach, Seat, SessionState, StateValue};
use usher_domain::{AgentId, Body, Dialect, GroupId, Place, Placement, PlacementId, SessionId, Timestamp, Want};

use super::play::{Book, Step};

/// Follows one desk.
#[derive(Default)]
pub(crate) struct Auditor {
    /// When each session came to wait under its demand: a search counts from there, or from later.
    entered: BTreeMap<SessionId, (u32, Timestamp)>,
    /// The last version that each session was told.
    told: BTreeMap<SessionId, PlacementId>,
    /// How often something was decided, so that a test can tell that something happened.
    pub(crate) seen: Seen,
}

/// What has happened in a history.
#[derive(Default, Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) assigned: usize,
    pub(crate) offered: usize,
    pub(crate) refused: usize,
    pub(crate) searched: usize,
    pub(crate) compared: usize,
    pub(crate) supervised: usize,
}

impl Auditor {
    /// Objects to the first promise that a step breaks.
    pub(crate) fn look(&mut self, step: &Step<'_>) {
        self.enters(step);
        for (session, state) in step.after.sessions() {
            for agent in newly_with(step, session, state) {
                let agent = step.after.agent(agent).expect("only agents of the directory get sessions (I10)");
                has_room(step.after, agent, state);
                // A supervisor goes against every order but that of capacity.
                if !is_forced(step, session) {
                    self.is_eligible(step, session, state, agent);
                    self.was_first(step, session, state, agent);
                }
            }
        }
        if step.is_settled {
            nobody_waits_in_vain(step);
            nothing_is_overdue(step);
        }
        self.is_told(step);
        self.is_explained(step);
    }

    /// Notes who comes to wait under a new demand.
    fn enters(&mut self, step: &Step<'_>) {
        let Some(DeskAct::Demand(demand)) = step.act else { return };
        let known = step.before.session(demand.session).map(|state| state.epoch);
        if matches!(demand.want, Want::Agent(_)) && known.is_none_or(|known| demand.epoch > known) {
            self.entered.insert(demand.session, (demand.epoch, step.now));
        }
    }

    /// I10: the agent takes sessions, and the search has come as far as them.
    fn is_eligible(&self, step: &Step<'_>, session: SessionId, state: &SessionState, agent: &AgentState) {
        let id = &agent.record.id;
        assert!(agent.takes_new(), "{id:?} takes no new sessions, and got {session} (I10)");
        assert!(!state.excludes(id), "{session} shall not go to {id:?} now (I10)");
        let (epoch, entered) = self.entered[&session];
        assert_eq!(epoch, state.epoch, "a session stands under the demand that was obeyed last");
        let widest = widest(step.after, state, entered, step.now);
        assert!(
            reaches(&widest, state, agent, entered, step.now),
            "{session} has not come as far as {id:?} (I10): {entered:?} {state:?} {agent:?}"
        );
    }

    /// I12, I13, I14b: nobody whom this agent could have taken stands before the one they got. Compared are those who wait
    /// before and after the step and whom the agent could take at both times.
    fn was_first(&mut self, step: &Step<'_>, session: SessionId, state: &SessionState, agent: &AgentState) {
        for (other, now) in step.after.sessions().filter(|(other, _)| *other != session) {
            let Some(was) = step.before.session(other).filter(|was| was.epoch == now.epoch) else { continue };
            let (Some(agent_was), id) = (step.before.agent(&agent.record.id), &agent.record.id) else { continue };
            let waits = was.seat == Seat::Waiting && now.seat == Seat::Waiting;
            let could = |state, agent| serves(state, agent) && !SessionState::excludes(state, id);
            let is_lighter = now.weight <= state.weight && has_same_limit(agent, now.channel, state.channel);
            if waits && is_lighter && could(was, agent_was) && could(now, agent) {
                self.seen.compared += 1;
                let before = comes_before(step, agent, (other, was), (session, state));
                assert_ne!(
                    before,
                    Some(true),
                    "{other} stands before {session}, and {id:?} could take it (I12, I13, I14b): {was:?} {state:?}"
                );
            }
        }
    }

    /// R5, and versions that only grow: whoever stands under another version is told that place, once; nobody else.
    fn is_told(&mut self, step: &Step<'_>) {
        let mut placements = BTreeMap::new();
        for placement in step.said.iter().filter_map(placement) {
            assert!(
                placements.insert(placement.session, placement).is_none(),
                "one step tells a session one place (R5)"
            );
        }
        for (session, state) in step.after.sessions() {
            let version = PlacementId { epoch: state.epoch, turn: state.turn };
            let was = step.before.session(session).map(|was| PlacementId { epoch: was.epoch, turn: was.turn });
            assert!(was.is_none_or(|was| was <= version), "{session} goes back from {was:?} to {version} (R1)");
            let Some(told) = placements.remove(&session) else {
                assert_eq!(was, Some(version), "{session} is told of its new version (R5)");
                continue;
            };
            assert_eq!(told.version, version, "{session} is told where it stands (R5)");
            assert!(says(&told.place, &state.seat), "{session} is told {:?} and is {:?}", told.place, state.seat);
            assert!(self.told.insert(session, version).is_none_or(|before| before < version || was.is_none()));
        }
        assert!(placements.is_empty(), "only whom the desk knows is told of a place: {placements:?}");
    }

    /// Whoever gets a session, or is asked, or is refused, finds a fact that says why; and the seat that it names.
    fn is_explained(&mut self, step: &Step<'_>) {
        let facts: Vec<&Fact> = step.said.iter().filter_map(fact).collect();
        for fact in &facts {
            match fact {
                Fact::AssignmentDecided { .. } => self.seen.assigned += 1,
                Fact::OfferMade { .. } => self.seen.offered += 1,
                Fact::SearchWidened { .. } => self.seen.searched += 1,
                Fact::Supervised { .. } => self.seen.supervised += 1,
                _ => {}
            }
        }
        for (session, state) in step.after.sessions() {
            let was = step.before.session(session).filter(|was| was.epoch == state.epoch);
            if was.is_some_and(|was| was.seat == state.seat) {
                continue;
            }
            let version = PlacementId { epoch: state.epoch, turn: state.turn };
            match &state.seat {
                Seat::Waiting => {}
                Seat::Assigned(agent) => {
                    let says = |fact: &&Fact| is_assignment(fact, session, agent, version);
                    assert!(facts.iter().any(says), "nothing says why {session} is {agent:?}'s: {facts:?}");
                }
                Seat::Offered(offer) => {
                    for agent in &offer.agents {
                        let asked_before = was.is_some_and(|was| asks(&was.seat, agent));
                        let says = facts.iter().any(|fact| is_offer(fact, session, agent, version));
                        assert!(asked_before || says, "nothing says why {agent:?} is asked for {session}");
                    }
                }
                Seat::Refused(_) => self.seen.refused += 1,
            }
        }
    }
}

/// Whom a session is with, or who is asked for it, and was not before this step.
fn newly_with<'a>(step: &Step<'_>, session: SessionId, state: &'a SessionState) -> Vec<&'a AgentId> {
    let was = step.before.session(session).filter(|was| was.epoch == state.epoch);
    with(&state.seat).into_iter().filter(|agent| !was.is_some_and(|was| with(&was.seat).contains(agent))).collect()
}

fn with(seat: &Seat) -> Vec<&AgentId> {
    match seat {
        Seat::Assigned(agent) => vec![agent],
        Seat::Offered(offer) => offer.agents.iter().collect(),
        Seat::Waiting | Seat::Refused(_) => Vec::new(),
    }
}

fn asks(seat: &Seat, agent: &AgentId) -> bool {
    matches!(seat, Seat::Offered(offer) if offer.agents.contains(agent))
}

/// What is taken of an agent's capacity.
fn load(book: &Book, agent: &AgentState) -> u64 {
    let id = &agent.record.id;
    let sessions = book.sessions().filter(|(_, state)| with(&state.seat).contains(&id));
    let sessions: u64 = sessions.map(|(_, state)| u64::from(state.weight)).sum();
    sessions + agent.wrap_ups.iter().map(|wrap_up| u64::from(wrap_up.weight)).sum::<u64>()
}

/// How many sessions of a channel an agent has.
fn of_channel(book: &Book, agent: &AgentState, channel: Dialect) -> u32 {
    let id = &agent.record.id;
    let sessions = book.sessions().filter(|(_, state)| with(&state.seat).contains(&id) && state.channel == channel);
    let wrapped = agent.wrap_ups.iter().filter(|wrap_up| wrap_up.channel == channel);
    (sessions.count() + wrapped.count()) as u32
}

/// I9: whoever gets a session is not above capacity with it, in all and of its channel.
fn has_room(book: &Book, agent: &AgentState, state: &SessionState) {
    let (load, capacity) = (load(book, agent), u64::from(agent.record.capacity));
    assert!(load <= capacity, "{:?} has {load} of {capacity} (I9)", agent.record.id);
    if let Some(limit) = agent.record.limits.get(&state.channel) {
        let count = of_channel(book, agent, state.channel);
        assert!(count <= *limit, "{:?} has {count} of {limit} sessions of {:?} (I9)", agent.record.id, state.channel);
    }
}

/// I14: nobody waits whom somebody could take.
fn nobody_waits_in_vain(step: &Step<'_>) {
    let book = step.after;
    for (session, state) in book.sessions().filter(|(_, state)| state.seat == Seat::Waiting) {
        for agent in book.agents().filter(|agent| agent.takes_new()) {
            let has_room = load(book, agent) + u64::from(state.weight) <= u64::from(agent.record.capacity);
            let limit = agent.record.limits.get(&state.channel);
            let is_full = limit.is_some_and(|limit| of_channel(book, agent, state.channel) >= *limit);
            let excluded = state.excludes(&agent.record.id);
            let in_vain = has_room && !is_full && !excluded && serves(state, agent);
            assert!(!in_vain, "{session} waits although {:?} could take it (I14)", agent.record.id);
        }
    }
}

/// What has an instant is done at it: offers end, searches go on, waiting ends, leases and notes too.
fn nothing_is_overdue(step: &Step<'_>) {
    for (session, state) in step.after.sessions() {
        assert!(state.due().is_none_or(|due| due > step.now), "{session} should have been looked at: {state:?}");
    }
    for agent in step.after.agents() {
        assert!(agent.due().is_none_or(|due| due > step.now), "{agent:?} should have been looked at");
    }
}

/// Whether an agent is among those for whom a session waits, as it is written.
fn serves(state: &SessionState, agent: &AgentState) -> bool {
    is_reached(&reach(state), agent)
}

/// The lane of a session that simply waits.
fn own(state: &SessionState) -> Reach {
    let mut reach = Reach::default();
    match (&state.target.agent, &state.target.group) {
        _ if state.fell_to_default => reach.default = true,
        (Some(agent), _) => reach.agent = Some(agent.clone()),
        (None, Some(group)) => reach.groups = vec![group.clone()],
        (None, None) => reach.default = true,
    }
    reach
}

fn is_reached(reach: &Reach, agent: &AgentState) -> bool {
    let record = &agent.record;
    let named = reach.agent.as_ref() == Some(&record.id);
    let is_there = reach.anyone
        || (reach.default && record.groups.is_empty())
        || reach.groups.iter().any(|group| record.groups.contains(group));
    named || (is_there && reach.selectors.iter().all(|selector| selector.fits(&record.labels)))
}

/// As far as a search can have come by now: each step that its time allows.
fn widest(book: &Book, state: &SessionState, entered: Timestamp, now: Timestamp) -> Reach {
    let (desk, mut reach) = (book.desk(), own(state));
    let named = state.target.agent.is_some() && !state.fell_to_default;
    let base = if named {
        let Some(from) = desk.designated_within.map(|within| entered.plus(within)).filter(|from| *from <= now) else {
            return reach;
        };
        match &state.target.group {
            Some(group) => reach.groups.push(group.clone()),
            None => reach.default = true,
        }
        from
    } else {
        entered
    };
    let group = if state.fell_to_default { None } else { state.target.group.as_ref() };
    let rings = group.map_or(desk.lane, |group| book.group(group).cloned().unwrap_or_default()).rings;
    for Ring { groups, anyone, .. } in rings.into_iter().filter(|ring| base.plus(ring.after) <= now) {
        reach.groups.extend(groups);
        reach.anyone |= anyone;
    }
    reach
}

/// Whether a search that has come so far reaches the agent, with what is still wanted of them by now.
fn reaches(reach: &Reach, state: &SessionState, agent: &AgentState, entered: Timestamp, now: Timestamp) -> bool {
    let holds = |within: Duration| entered.plus(within) > now;
    let insisted = state.target.selectors.iter().filter(|selector| selector.within.is_none_or(holds));
    // Whoever had the conversation last is chosen by what the directory said when it came to wait.
    let last = state.search().and_then(|search| search.last_agent.as_ref());
    let named = reach.agent.as_ref() == Some(&agent.record.id) || last == Some(&agent.record.id);
    named || (is_reached(reach, agent) && insisted.into_iter().all(|selector| selector.fits(&agent.record.labels)))
}

/// Whether one channel more is no other question to an agent than another channel more.
fn has_same_limit(agent: &AgentState, one: Dialect, other: Dialect) -> bool {
    one == other || !agent.record.limits.contains_key(&one)
}

/// Whether a session is served before another by this agent; `None` where the rules of the queues in which they stand for
/// the agent are not the same for both, so that the one by which the session was found may go first.
fn comes_before(step: &Step<'_>, agent: &AgentState, one: Waits<'_>, other: Waits<'_>) -> Option<bool> {
    let mut queues = queues(one.1, agent);
    queues.extend(queues_of(other.1, agent));
    let mut orders: Vec<_> = queues.iter().map(|queue| order(step.before, queue)).collect();
    orders.dedup();
    let [order] = orders[..] else { return None };
    // A turn is taken from the VIPs of a queue, not of an agent's own line or of everybody's; it is counted once a decision.
    let waits = reach(one.1);
    let in_one_line = waits == reach(other.1) && waits.agent.is_none() && !waits.anyone;
    if matches!(order, OrderPolicy::Share { .. }) && (queues.len() > 1 || count_new(step) > 1 || !in_one_line) {
        return None;
    }
    let turn = queues.first().is_some_and(|queue| is_turn_of_others(step.before, queue, order));
    Some(rank(order, turn, one) < rank(order, turn, other))
}

/// Where a session waits, as it is written.
fn reach(state: &SessionState) -> Reach {
    state.search().map_or_else(|| own(state), |search| search.reach.clone())
}

/// A session as it waits.
type Waits<'a> = (SessionId, &'a SessionState);

/// What stands first in a queue of this order; `turn`: so many VIPs were served that it is the turn of the others.
fn rank(order: OrderPolicy, turn: bool, (session, state): Waits<'_>) -> impl Ord {
    let SessionState { vip, priority, asked_at, .. } = *state;
    let (level, behind, at) = match order {
        OrderPolicy::VipFirst => (0, !vip, asked_at),
        OrderPolicy::Share { .. } => (0, vip == turn, asked_at),
        OrderPolicy::Priority => (-i32::from(priority), !vip, asked_at),
        OrderPolicy::Ageing { vip: ahead, level } => {
            let ahead = if vip { ahead } else { Duration::ZERO };
            (0, false, asked_at.minus(ahead + level * u32::from(priority)))
        }
    };
    (level, behind, at, session)
}

/// The queues in which a session stands for an agent: groups, or `None` for the default one, by whose rules those go too
/// who wait for one agent or for everybody.
fn queues(state: &SessionState, agent: &AgentState) -> BTreeSet<Option<GroupId>> {
    queues_of(state, agent).collect()
}

fn queues_of(state: &SessionState, agent: &AgentState) -> impl Iterator<Item = Option<GroupId>> {
    let (record, reach) = (&agent.record, reach(state));
    let by_default =
        reach.anyone || reach.agent.as_ref() == Some(&record.id) || (reach.default && record.groups.is_empty());
    let groups: Vec<_> = reach.groups.into_iter().filter(|group| record.groups.contains(group)).map(Some).collect();
    by_default.then_some(None).into_iter().chain(groups)
}

fn order(book: &Book, queue: &Option<GroupId>) -> OrderPolicy {
    queue.as_ref().map_or_else(
        || book.desk().lane.order,
        |group| book.group(group).map_or_else(Default::default, |lane| lane.order),
    )
}

/// I14b: after so many VIPs in a row the others come first.
fn is_turn_of_others(book: &Book, queue: &Option<GroupId>, order: OrderPolicy) -> bool {
    let in_row = book.kept.iter().find_map(|(key, value)| match (&key.item, value) {
        (Item::Lane(of), StateValue::Lane(state)) if of == queue => Some(state.vips_in_row),
        _ => None,
    });
    matches!(order, OrderPolicy::Share { vips } if in_row.unwrap_or(0) >= vips)
}

/// How many sessions have found somebody in this step.
fn count_new(step: &Step<'_>) -> usize {
    step.after.sessions().filter(|(session, state)| !newly_with(step, *session, state).is_empty()).count()
}

/// Whether a supervisor, and no rule, has given the session away.
fn is_forced(step: &Step<'_>, of: SessionId) -> bool {
    let says = |fact: &Fact| matches!(fact, Fact::AssignmentDecided { session, grounds, .. } if *session == of && grounds.rule == Rule::Supervisor);
    step.said.iter().filter_map(fact).any(says)
}

fn is_assignment(fact: &Fact, of: SessionId, to: &AgentId, version: PlacementId) -> bool {
    match fact {
        Fact::AssignmentDecided { session, agent, placement, .. } => (*session, agent, *placement) == (of, to, version),
        // Theirs under the next turn.
        Fact::OfferAccepted { session, agent, placement } => {
            let next = PlacementId { turn: placement.turn + 1, ..*placement };
            (*session, agent, next) == (of, to, version)
        }
        _ => false,
    }
}

fn is_offer(fact: &Fact, of: SessionId, to: &AgentId, version: PlacementId) -> bool {
    matches!(fact, Fact::OfferMade { session, agent, placement, .. } if (*session, agent, *placement) == (of, to, version))
}

fn says(place: &Place, seat: &Seat) -> bool {
    match (place, seat) {
        (Place::Waiting { .. }, Seat::Waiting) => true,
        (Place::Offered { agents, until }, Seat::Offered(offer)) => {
            *until == offer.until && agents.iter().map(|card| &card.id).eq(&offer.agents)
        }
        (Place::Assigned { agent, .. }, Seat::Assigned(with)) => agent.id == *with,
        (Place::Refused { reason, .. }, Seat::Refused(why)) => reason == why,
        _ => false,
    }
}

fn placement(body: &Body) -> Option<&Placement> {
    match body {
        Body::Conversation(input) => match &input.act {
            ConversationAct::Placement(placement) => Some(placement),
            _ => None,
        },
        _ => None,
    }
}

fn fact(body: &Body) -> Option<&Fact> {
    if let Body::Event(event) = body { Some(&event.fact) } else { None }
}
