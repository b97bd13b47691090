//! What one step has decided for one desk, as it is gathered by the rules: facts in the order of deciding, sessions to
//! be told their place, pieces of state to be written. At the end each session is told once, the last (R5).

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::WithdrawnReason;
use usher_domain::event::{Event, Fact, Subject};
use usher_domain::policy::{Calendar, DeskPolicy, LanePolicy};
use usher_domain::state::desk::{AgentState, Item, Seat, SessionState, StateKey, StateValue};
use usher_domain::{
    AgentId, Body, CalendarId, ConversationInput, Delivery, DeskId, GroupId, InputId, Place, Placement, PlacementId,
    SessionId, TenantId, Timestamp,
};

use super::books::Desk;
use usher_domain::Effects;

/// Gathers what follows from one step for one desk.
pub(super) struct Decisions {
    /// The instant of the step.
    pub(super) now: Timestamp,
    facts: Vec<Fact>,
    orders: Vec<Delivery>,
    moved: BTreeSet<SessionId>,
    withdrawn: BTreeMap<SessionId, WithdrawnReason>,
    written: BTreeSet<Item>,
}

impl Decisions {
    pub(super) fn at(now: Timestamp) -> Self {
        Self {
            now,
            facts: Vec::new(),
            orders: Vec::new(),
            moved: BTreeSet::new(),
            withdrawn: BTreeMap::new(),
            written: BTreeSet::new(),
        }
    }

    /// Notes a fact for everybody.
    pub(super) fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Orders something to the outside; only what no conversation could order.
    pub(super) fn deliver(&mut self, order: Delivery) {
        self.orders.push(order);
    }

    /// The offer of a session stands no longer; its agents are told why with its next place.
    pub(super) fn withdrew(&mut self, session: SessionId, reason: WithdrawnReason) {
        self.withdrawn.insert(session, reason);
    }

    /// The piece of state has a new value, to be read from the desk at the end.
    pub(super) fn wrote(&mut self, item: Item) {
        self.written.insert(item);
    }

    /// Whose state is written at the end, and whether they are told their place.
    pub(super) fn kept(&self) -> Vec<(SessionId, bool)> {
        let session = |item: &Item| if let Item::Session(session) = item { Some(*session) } else { None };
        self.written.iter().filter_map(session).map(|session| (session, self.moved.contains(&session))).collect()
    }

    /// Writes all down. Placements come after the facts that led to them, in the order of sessions.
    pub(super) fn conclude(
        self,
        tenant: &TenantId,
        desk_id: &DeskId,
        desk: &Desk,
        effects: &mut Effects<StateKey, StateValue>,
    ) {
        let event = |fact| Event { tenant: tenant.clone(), subject: Subject::Desk(desk_id.clone()), fact };
        effects.bodies.extend(self.facts.into_iter().map(|fact| Body::Event(event(fact))));
        effects.bodies.extend(self.orders.into_iter().map(|order| Body::Delivery(Box::new(order))));
        for session in self.moved {
            let withdrawn = self.withdrawn.get(&session).copied();
            let placement = desk.placement(desk_id, session).map(|placement| Placement { withdrawn, ..placement });
            let told = placement.map(|placement| told(tenant, placement, self.now));
            effects.bodies.extend(told);
        }
        for item in self.written {
            let value = desk.value(&item);
            effects.changes.push((StateKey { tenant: tenant.clone(), desk: desk_id.clone(), item }, value));
        }
    }
}

/// The record that tells the conversation core where a session is. Its id holds the instant, because a desk that has
/// forgotten a session may give the same version out again, and that one must be answered too (R4).
fn told(tenant: &TenantId, placement: Placement, now: Timestamp) -> Body {
    let session = placement.session.to_string();
    let version = placement.version.to_string();
    let at = now.to_string();
    let id = InputId::derive(&[b"placement", session.as_bytes(), version.as_bytes(), at.as_bytes()]);
    let conversation = placement.session.conversation;
    let act = ConversationAct::Placement(placement);
    Body::Conversation(ConversationInput { tenant: tenant.clone(), id, conversation, act })
}

impl Desk {
    /// Where a session is now; `None` when it is not known (any more).
    fn placement(&self, desk: &DeskId, session: SessionId) -> Option<Placement> {
        let state = self.sessions.get(&session)?;
        let version = PlacementId { epoch: state.epoch, turn: state.turn };
        let policy = || self.lane_policy(&self.home(state));
        let place = match &state.seat {
            Seat::Waiting => {
                let position = self.lanes.position(session, state);
                Place::Waiting { position, wait: self.wait(state, position) }
            }
            Seat::Offered(offer) => Place::Offered {
                agents: offer.agents.iter().map(|agent| self.agents.card(agent)).collect(),
                until: offer.until,
            },
            Seat::Assigned(agent) => Place::Assigned { agent: self.agents.card(agent), care: policy().care.clone() },
            Seat::Refused(reason) => Place::Refused { reason: *reason, then: self.exception(state, *reason) },
        };
        Some(Placement { desk: desk.clone(), session, version, place, withdrawn: None })
    }
}

/// Changes that are written down.
impl Desk {
    /// Keeps a session's new state without telling its place: only the order in line changes.
    pub(super) fn keep_session(&mut self, id: SessionId, state: SessionState, decisions: &mut Decisions) {
        self.put_session(id, Some(state));
        decisions.wrote(Item::Session(id));
    }

    /// Keeps a session's new place and tells it.
    pub(super) fn place_session(&mut self, id: SessionId, state: SessionState, decisions: &mut Decisions) {
        self.keep_session(id, state, decisions);
        decisions.moved.insert(id);
    }

    /// Gives a session to an agent, and tells it.
    pub(super) fn assign_session(&mut self, id: SessionId, agent: &AgentId, turn: u32, decisions: &mut Decisions) {
        self.put_assigned(id, agent, turn, decisions.now);
        if !self.policies.tells_nobody() {
            self.pace_on(id, decisions);
        }
        decisions.wrote(Item::Session(id));
        decisions.wrote(Item::Agent(agent.clone()));
        decisions.moved.insert(id);
    }

    /// Forgets a session.
    pub(super) fn forget_session(&mut self, id: SessionId, decisions: &mut Decisions) {
        self.put_session(id, None);
        decisions.wrote(Item::Session(id));
    }

    /// Keeps, or with `None` forgets, an agent.
    pub(super) fn keep_agent(&mut self, agent: &AgentId, state: Option<AgentState>, decisions: &mut Decisions) {
        self.put_agent(agent, state);
        decisions.wrote(Item::Agent(agent.clone()));
    }

    /// Keeps, or with `None` forgets, a group.
    pub(super) fn keep_group(&mut self, group: &GroupId, policy: Option<Box<LanePolicy>>, decisions: &mut Decisions) {
        self.put_group(group, policy);
        decisions.wrote(Item::Group(group.clone()));
    }

    /// Keeps the desk's own policy.
    pub(super) fn keep_policy(&mut self, policy: DeskPolicy, decisions: &mut Decisions) {
        self.put_policy(policy);
        decisions.wrote(Item::Desk);
    }

    /// Keeps, or with `None` forgets, a calendar.
    pub(super) fn keep_calendar(&mut self, id: &CalendarId, calendar: Option<Calendar>, decisions: &mut Decisions) {
        self.put_calendar(id, calendar);
        decisions.wrote(Item::Calendar(id.clone()));
    }
}
