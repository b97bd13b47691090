//! The promises, said again by linear search, from what is said outside of the cores: who works at the desk, which
//! demands it has read, what it has written. Capacity (I9), eligibility (I10), one agent a session (I11), VIPs first
//! (I12), order of asking (I13), nobody waits in vain (I14), one placement a step (R5), no version twice, agreement in
//! the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::time::Duration;

use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{Delivery, DeliveryTarget, Order};
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, Presence, PresenceSaid};
use usher_domain::event::{Event, Fact, PresenceReason, Rule};
use usher_domain::policy::OfferPolicy;
use usher_domain::state::conversation::{Asked, Phase, Session};
use usher_domain::state::desk::{Item, Seat, SessionState, StateValue};
use usher_domain::supervision::SupervisionOrder;
use usher_domain::{
    AgentId, Body, ConversationInput, Demand, GroupId, Party, PlacementId, SessionId, Target, Timestamp, Want, Wish,
};

use super::offered::Offers;
use super::world::{World, number, seats};

/// An agent of the directory: name, capacity, groups.
pub(crate) type Line<'a> = (&'a str, u32, &'a [&'a str]);

/// What somebody knows who sees all records, and no core from inside.
#[derive(Clone, Default)]
pub(crate) struct Onlooker {
    staff: BTreeMap<AgentId, Colleague>,
    wishes: BTreeMap<SessionId, Wanted>,
    /// Who has which session, as the events tell it.
    active: BTreeMap<SessionId, AgentId>,
    /// Sessions that the desk knew and knows no more.
    forgotten: BTreeSet<SessionId>,
    /// What it knows of offers.
    pub(super) offers: Offers,
    /// What a supervisor wants, of which the desk has just read.
    order: Option<SupervisionOrder>,
    /// Whether each record is read once and in order: then a forgotten session never comes back.
    pub(super) in_order: bool,
}

#[derive(Clone)]
struct Colleague {
    capacity: u32,
    groups: Vec<GroupId>,
    presence: Presence,
}

/// The sessions of a desk.
type Seats<'a> = BTreeMap<SessionId, &'a SessionState>;

/// How long a session does not go back to the agent from whom a supervisor took it.
const TAKEN_FOR: Duration = Duration::from_secs(60);

/// A demand as its session wrote it.
#[derive(Clone, PartialEq)]
struct Wanted {
    epoch: u32,
    target: Target,
    vip: bool,
    asked_at: Timestamp,
    /// To whom it does not go, until when.
    avoid: Option<(AgentId, Timestamp)>,
}

/// How long a session does not go to who has handed it on.
const AVOIDED_FOR: Duration = Duration::from_secs(60);

impl Onlooker {
    /// A directory is in force.
    pub(super) fn employ(&mut self, agents: &[Line<'_>]) {
        let before = std::mem::take(&mut self.staff);
        for (name, capacity, groups) in agents {
            let id = AgentId::new(*name);
            let presence = before.get(&id).map_or(Presence::Offline, |known| known.presence);
            let groups = groups.iter().map(|group| GroupId::new(*group)).collect();
            self.staff.insert(id, Colleague { capacity: *capacity, groups, presence });
        }
        let staff = &self.staff;
        self.offers.keep(|agent| staff.contains_key(agent));
    }

    /// The desk reads this at this instant.
    pub(super) fn read(&mut self, act: &DeskAct, now: Timestamp) {
        self.offers.read(Some(act));
        self.order = if let DeskAct::Supervision(said) = act { Some(said.order.clone()) } else { None };
        match act {
            DeskAct::Presence(PresenceSaid { agent, presence, .. }) => {
                if let Some(known) = self.staff.get_mut(agent) {
                    known.presence = *presence;
                }
            }
            DeskAct::Demand(demand) => self.wish(demand, now),
            DeskAct::Staged { .. }
            | DeskAct::Applied { .. }
            | DeskAct::Answer(_)
            | DeskAct::Supervision(_)
            | DeskAct::Rated(_) => {}
        }
    }

    fn wish(&mut self, Demand { session, epoch, want }: &Demand, now: Timestamp) {
        let known = self.wishes.get_mut(session);
        match (want, known) {
            (_, Some(known)) if *epoch < known.epoch => {}
            (Want::Nobody | Want::SetAside, _) => {
                self.wishes.remove(session);
                self.offers.starts_anew(*session);
            }
            (Want::Agent(wish), Some(known)) if *epoch == known.epoch => known.vip |= wish.vip,
            (Want::Agent(wish), _) => {
                let Wish { target, vip, asked_at, avoid, .. } = &**wish;
                let (target, avoid) = (target.clone(), avoid.clone().map(|agent| (agent, now.plus(AVOIDED_FOR))));
                let wish = Wanted { epoch: *epoch, target, vip: *vip, asked_at: *asked_at, avoid };
                self.wishes.insert(*session, wish);
                self.offers.starts_anew(*session);
            }
        }
    }

    /// Whoever has handed a session on may have it again from this instant on.
    fn lapses(&mut self, now: Timestamp) {
        for wish in self.wishes.values_mut() {
            wish.avoid.take_if(|(_, until)| *until <= now);
        }
    }

    /// What the desk has decided: whom it has sent on a break takes nothing new.
    fn decided(&mut self, answers: &[Body], policy: OfferPolicy, now: Timestamp) {
        for agent in self.offers.decided(answers, policy, now) {
            let known = self.staff.get_mut(&agent).filter(|known| known.presence == Presence::Online);
            known.into_iter().for_each(|known| known.presence = Presence::Break);
        }
    }

    /// Whoever was lost without a word is not there.
    fn loses(&mut self, answers: &[Body]) {
        for body in answers {
            let Body::Event(Event { fact: Fact::AgentPresence { agent, presence, reason }, .. }) = body else {
                continue;
            };
            if *reason == PresenceReason::LeaseLost
                && let Some(known) = self.staff.get_mut(agent)
            {
                known.presence = *presence;
            }
        }
    }

    /// What a supervisor wanted and the desk says to have done is done.
    fn overruled(&mut self, before: &Seats<'_>, after: &Seats<'_>, answers: &[Body], now: Timestamp) {
        let obeys = |body: &Body| matches!(body, Body::Event(Event { fact: Fact::Supervised { .. }, .. }));
        let order = self.order.take().filter(|_| answers.iter().any(obeys));
        match order {
            Some(SupervisionOrder::Assign { session, agent, .. }) => {
                let seat = after.get(&session).map(|seat| &seat.seat);
                assert_eq!(seat, Some(&Seat::Assigned(agent)), "{session} is not whose a supervisor said");
            }
            Some(SupervisionOrder::Requeue { session, .. }) => {
                let Some(Seat::Assigned(agent)) = before.get(&session).map(|seat| &seat.seat) else { return };
                let seat = after.get(&session).map(|seat| &seat.seat);
                assert_ne!(seat, Some(&Seat::Assigned(agent.clone())), "{agent} keeps what a supervisor took away");
                self.offers.taken(session, agent.clone(), now.plus(TAKEN_FOR));
            }
            _ => {}
        }
    }

    pub(super) fn begins(&mut self, session: SessionId, agent: AgentId) {
        let before = self.active.insert(session, agent.clone());
        assert!(before.is_none_or(|before| before == agent), "two agents have {session}");
    }

    pub(super) fn leaves(&mut self, session: SessionId, agent: &AgentId) {
        let before = self.active.remove(&session);
        assert_eq!(before.as_ref(), Some(agent), "{session} leaves who does not have it");
    }

    /// Only the agent who has the session says anything to the visitor.
    pub(super) fn may_speak(&self, said: &Delivery) {
        let (Order::Message { message, .. }, DeliveryTarget::Channel { .. }) = (&said.order, &said.target) else {
            return;
        };
        let Party::Agent(card) = &message.from else { return };
        let has = said.session.and_then(|session| self.active.get(&session));
        assert_eq!(has, Some(&card.id), "somebody else speaks");
    }

    /// The place in line: VIPs first, then who asked first.
    fn rank(&self, session: SessionId) -> (bool, Timestamp, SessionId) {
        let wish = self.wishes.get(&session).expect("the desk knows a session of which it has read nothing");
        (!wish.vip, wish.asked_at, session)
    }

    /// Whether the agent may take the session, had they room.
    fn serves(&self, agent: &AgentId, session: SessionId, seat: &SessionState) -> bool {
        let Some(known) = self.staff.get(agent).filter(|known| known.presence == Presence::Online) else {
            return false;
        };
        let wish = self.wishes.get(&session);
        let is_avoided = wish.and_then(|wish| wish.avoid.as_ref()).is_some_and(|(avoided, _)| avoided == agent);
        if is_avoided || self.offers.keeps_from(agent, session) {
            return false;
        }
        match wish.map(|wish| &wish.target).filter(|_| !seat.fell_to_default) {
            Some(Target { agent: Some(named), .. }) => named == agent,
            Some(Target { group: Some(group), .. }) => known.groups.contains(group),
            _ => known.groups.is_empty(),
        }
    }

    fn has_room(&self, agent: &AgentId, seats: &BTreeMap<SessionId, &SessionState>) -> bool {
        self.staff.get(agent).is_some_and(|known| load(agent, seats) < known.capacity)
    }

    /// What the future depends on; behind a faulty link the cores do not know all of it.
    pub(super) fn write(&self, out: &mut impl Write, all: bool, name: impl Fn(&SessionId) -> String) -> fmt::Result {
        if self.in_order {
            self.forgotten.iter().try_for_each(|session| write!(out, "-{}", name(session)))?;
        }
        if all {
            for (session, wish) in &self.wishes {
                write!(out, "~{} {} {} {:?}", name(session), wish.epoch, wish.vip, wish.target)?;
            }
            self.staff.iter().try_for_each(|(agent, known)| write!(out, "~{agent} {:?}", known.presence))?;
        }
        Ok(())
    }
}

fn load(agent: &AgentId, seats: &BTreeMap<SessionId, &SessionState>) -> u32 {
    let is_with = |seat: &&&SessionState| match &seat.seat {
        Seat::Assigned(other) => other == agent,
        Seat::Offered(offer) => offer.agents.contains(agent),
        Seat::Waiting | Seat::Refused(_) => false,
    };
    seats.values().filter(is_with).map(|seat| seat.weight).sum()
}

/// A command that came before acts no more.
pub(super) fn acts_once(input: &ConversationInput, came_before: bool, answers: &[Body]) {
    let acts = |body: &Body| matches!(body, Body::Delivery(_) | Body::Desk(_));
    assert!(!came_before || !answers.iter().any(acts), "a command acts twice: {:?}", input.act);
}

impl World {
    /// What must hold after each step of the desk; `before` is what it had written until then.
    pub(super) fn desk_kept_its_promises(&mut self, before: &BTreeMap<Item, StateValue>, answers: &[Body]) {
        let before: BTreeMap<_, _> = seats(before).collect();
        let kept = self.kept_by_desk.clone();
        let after: BTreeMap<_, _> = seats(&kept).collect();
        let now = self.desk_now();
        let onlooker = std::rc::Rc::make_mut(&mut self.onlooker);
        onlooker.loses(answers);
        onlooker.lapses(now);
        onlooker.offers.lapse(now);
        onlooker.overruled(&before, &after, answers, now);
        if let Some(policy) = self.offers {
            let onlooker = std::rc::Rc::make_mut(&mut self.onlooker);
            onlooker.decided(answers, policy, now);
            onlooker.offers.only_who_accepted(&before, &after);
        }
        self.decided_well(&after, answers);
        self.nobody_waits_in_vain(&after);
        self.nobody_comes_to_wait_where_nobody_may(&before, &after);
        tells_each_version_once(&before, answers);
        self.forgets_only_what_is_over(&before, &after);
    }

    fn decided_well(&self, after: &BTreeMap<SessionId, &SessionState>, answers: &[Body]) {
        let mut last = None;
        for (session, agent, rule) in answers.iter().filter_map(decision) {
            let (seat, rank) = (after[session], self.onlooker.rank(*session));
            let serves = rule == Rule::Supervisor || self.onlooker.serves(agent, *session, seat);
            assert!(serves, "{agent} gets a session that is not for them");
            let capacity = self.onlooker.staff[agent].capacity;
            assert!(load(agent, after) <= capacity, "{agent} gets more than the capacity");
            if rule == Rule::Supervisor {
                continue;
            }
            assert!(last.replace(rank) <= Some(rank), "in one step somebody was passed over");
            for (other, seat) in after.iter().filter(|(_, seat)| seat.seat == Seat::Waiting) {
                let passed = self.onlooker.serves(agent, *other, seat) && self.onlooker.rank(*other) < rank;
                assert!(!passed, "{agent} gets {session}, and {other} comes first");
            }
        }
    }

    fn nobody_waits_in_vain(&self, after: &BTreeMap<SessionId, &SessionState>) {
        for (session, seat) in after.iter().filter(|(_, seat)| seat.seat == Seat::Waiting) {
            let takes =
                |agent: &&AgentId| self.onlooker.serves(agent, *session, seat) && self.onlooker.has_room(agent, after);
            let idle = self.onlooker.staff.keys().find(takes);
            assert_eq!(idle, None, "{session} waits although somebody is free");
        }
    }

    /// A queue without room for anybody takes nobody who would wait. Whose agent is gone waits all the same, and so does who
    /// is handed on when the place that becomes free by it goes to somebody who waits already.
    fn nobody_comes_to_wait_where_nobody_may(&self, before: &Seats<'_>, after: &Seats<'_>) {
        let is_new = |session: &SessionId, seat: &SessionState| {
            before.get(session).is_none_or(|was| matches!(was.seat, Seat::Refused(_)) && was.epoch < seat.epoch)
        };
        let comes = after.iter().find(|(session, seat)| seat.seat == Seat::Waiting && is_new(session, seat));
        let waits = comes.map(|(session, _)| session).filter(|_| self.length_max == Some(0));
        assert_eq!(waits, None, "somebody comes to wait where nobody may");
    }

    /// A running session is never forgotten, so its versions only rise; and a forgotten one stays so, unless a record
    /// of it comes late.
    fn forgets_only_what_is_over(
        &mut self,
        before: &BTreeMap<SessionId, &SessionState>,
        after: &BTreeMap<SessionId, &SessionState>,
    ) {
        for session in before.keys().filter(|session| !after.contains_key(session)) {
            let running = self.session(number(session.conversation)).filter(|running| running.id == *session);
            let Some(running) = running else {
                std::rc::Rc::make_mut(&mut self.onlooker).forgotten.insert(*session);
                continue;
            };
            // One that is set aside wants nobody until it wants somebody under a later version.
            let set_aside = version_of(running).is_some_and(|version| version.epoch > before[session].epoch);
            assert!(set_aside, "the desk forgets a session that is running");
        }
        let comes_back = |session: &&SessionId| self.onlooker.forgotten.contains(session);
        let back = after.keys().find(comes_back).filter(|_| self.onlooker.in_order);
        assert_eq!(back, None, "the desk forgot it, and gives its versions out again");
    }

    /// When nothing is under way, both cores say the same of every session: none is lost, none is a ghost.
    pub(crate) fn agrees(&self) {
        let mut known: BTreeMap<_, _> = seats(&self.kept_by_desk).collect();
        for session in self.sessions() {
            let Some((version, agent, asked)) = wanted(session) else { continue };
            let seat = known.remove(&session.id).unwrap_or_else(|| panic!("{} is lost: {}", session.id, self.view()));
            let told = match &seat.seat {
                Seat::Assigned(agent) => Some(agent),
                Seat::Waiting | Seat::Offered(_) | Seat::Refused(_) => None,
            };
            let said = PlacementId { epoch: seat.epoch, turn: seat.turn };
            assert_eq!((said, told), (version, agent), "the cores disagree: {}", self.view());
            let at_desk = (seat.vip, &seat.target, seat.asked_at);
            let here = (session.vip, &asked.target, asked.asked_at);
            assert!(at_desk == here || self.link.lies(), "the cores disagree: {}", self.view());
        }
        assert!(known.is_empty(), "ghosts: {}", self.view());
        self.agrees_on_offers();
        let has = self.sessions().filter_map(|session| Some((session.id, wanted(session)?.1?.clone())));
        assert_eq!(has.collect::<BTreeMap<_, _>>(), self.onlooker.active, "events tell another story");
    }

    /// Who has the session at the desk; `None` when it waits or is not known.
    pub(crate) fn agent_at_desk(&self, who: u32) -> Option<&str> {
        let session = self.opened.get(&who)?.last()?;
        seats(&self.kept_by_desk).find(|(id, _)| id == session).and_then(|(_, state)| match &state.seat {
            Seat::Assigned(agent) => Some(agent.as_str()),
            Seat::Waiting | Seat::Offered(_) | Seat::Refused(_) => None,
        })
    }
}

fn decision(body: &Body) -> Option<(&SessionId, &AgentId, Rule)> {
    let Body::Event(Event { fact, .. }) = body else { return None };
    match fact {
        Fact::AssignmentDecided { session, agent, grounds, .. } | Fact::OfferMade { session, agent, grounds, .. } => {
            Some((session, agent, grounds.rule))
        }
        _ => None,
    }
}

/// One step tells a session at most one place, under a version higher than all before it.
fn tells_each_version_once(before: &BTreeMap<SessionId, &SessionState>, answers: &[Body]) {
    let mut told = BTreeSet::new();
    for body in answers {
        let Body::Conversation(ConversationInput { act: ConversationAct::Placement(said), .. }) = body else {
            continue;
        };
        assert!(told.insert(said.session), "{} is told two places in one step", said.session);
        let last = before.get(&said.session).map(|seat| PlacementId { epoch: seat.epoch, turn: seat.turn });
        assert!(last < Some(said.version), "{} comes again or later than {last:?}", said.version);
    }
}

/// The lines of a directory.
pub(super) fn entries(groups: &[&str], agents: &[Line<'_>]) -> Vec<DirectoryEntry> {
    let groups = groups.iter().map(|name| DirectoryEntry::group(GroupId::new(*name)));
    let agents = agents.iter().map(|(name, capacity, groups)| {
        let groups = groups.iter().map(|group| GroupId::new(*group)).collect();
        let (id, name) = (AgentId::new(*name), (*name).to_owned());
        DirectoryEntry::Agent(AgentRecord { name, capacity: *capacity, groups, ..AgentRecord::new(id) })
    });
    groups.chain(agents).collect()
}

/// The version of what a session wanted last.
fn version_of(session: &Session) -> Option<PlacementId> {
    match &session.phase {
        Phase::OnHold { asked, .. } | Phase::LeaveMessage(asked) => Some(asked.version),
        _ => wanted(session).map(|(version, ..)| version),
    }
}

/// What a session wants of its desk, as far as it knows of it.
pub(super) fn wanted(session: &Session) -> Option<(PlacementId, Option<&AgentId>, &Asked)> {
    match &session.phase {
        Phase::Bot(_) | Phase::OnHold { .. } | Phase::LeaveMessage(_) => None,
        Phase::Waiting(asked) | Phase::Offered { asked, .. } => Some((asked.version, None, asked)),
        Phase::Active { asked, agent, .. } => Some((asked.version, Some(&agent.id), asked)),
    }
}
