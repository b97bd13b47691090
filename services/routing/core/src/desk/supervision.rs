//! The rules for supervisors: they may give a session to somebody, let it wait again, let an agent end, and move a queue,
//! against the order of the desk but never above an agent's capacity. Every command is answered by a fact, with who wanted
//! it and why; what can not be carried out changes nothing.
//!
//! A session that is given or taken keeps its place by `asked_at`, and is told under a new turn, like every placement.

use std::time::Duration;

use usher_domain::desk::Presence;
use usher_domain::event::{Fact, Grounds, PresenceReason, Rank, RescindReason, Rule};
use usher_domain::state::desk::{AgentState, Item, Seat, SessionState};
use usher_domain::supervision::{Supervised, Supervision, SupervisionOrder, SupervisionRefusal};
use usher_domain::{AgentId, InputId, PlacementId, SessionId};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::{Lane, load_of};

/// How long a session does not go back to the agent from whom a supervisor took it.
pub(super) const TAKEN_FOR: Duration = Duration::from_secs(60);

/// So many commands are known again when they come a second time.
const OBEYED_MAX: usize = 32;

/// What becomes of a command.
type Obeyed = Result<(), SupervisionRefusal>;

impl Desk {
    /// Obeys a supervisor, or says why not. A command that was obeyed and comes again has been answered already; one that
    /// was refused has changed nothing, and may be tried anew.
    pub(super) fn supervise(&mut self, input: InputId, said: Supervision, decisions: &mut Decisions) {
        if self.obeyed.contains(&input) {
            return;
        }
        let Supervision { warrant, order } = said;
        let (session, agent) = named(&order);
        let what = Box::new(Supervised { command: order.command(), warrant, session, agent });
        match self.may(&order) {
            Ok(()) => {
                decisions.fact(Fact::Supervised { input, what });
                self.note_obeyed(input, decisions);
                self.obey(input, order, decisions);
            }
            Err(reason) => decisions.fact(Fact::SupervisionRefused { input, what, reason }),
        }
    }

    fn note_obeyed(&mut self, input: InputId, decisions: &mut Decisions) {
        if self.obeyed.len() >= OBEYED_MAX {
            self.obeyed.remove(0);
        }
        self.obeyed.push(input);
        decisions.wrote(Item::Obeyed);
    }

    fn may(&self, order: &SupervisionOrder) -> Obeyed {
        match order {
            SupervisionOrder::Assign { session, agent, placement } => self.may_assign(*session, agent, *placement),
            SupervisionOrder::Requeue { session, placement } => {
                let state = self.meant(*session, *placement)?;
                if state.seat == Seat::Waiting { Err(SupervisionRefusal::Already) } else { Ok(()) }
            }
            SupervisionOrder::Drain { agent, drains } => self.may_drain(agent, *drains),
            SupervisionOrder::Move { from, to } => self.may_move(from, to),
        }
    }

    fn obey(&mut self, input: InputId, order: SupervisionOrder, decisions: &mut Decisions) {
        match order {
            SupervisionOrder::Assign { session, agent, .. } => self.force(session, agent, decisions),
            SupervisionOrder::Requeue { session, .. } => self.take_from_all(session, decisions),
            SupervisionOrder::Drain { agent, drains } => {
                self.set_draining(&agent, drains, PresenceReason::Supervisor, decisions);
            }
            SupervisionOrder::Move { from, to } => self.begin_move(input, from, &to, decisions),
        }
    }

    /// The session that is meant. One that the queue has refused is as good as gone: its conversation is about to say what
    /// becomes of it.
    fn meant(&self, session: SessionId, named: Option<PlacementId>) -> Result<&SessionState, SupervisionRefusal> {
        let state = self.sessions.get(&session).filter(|state| !matches!(state.seat, Seat::Refused(_)));
        let state = state.ok_or(SupervisionRefusal::UnknownSession)?;
        let current = PlacementId { epoch: state.epoch, turn: state.turn };
        if named.is_some_and(|named| named != current) { Err(SupervisionRefusal::Moved) } else { Ok(state) }
    }

    fn may_assign(&self, session: SessionId, agent: &AgentId, named: Option<PlacementId>) -> Obeyed {
        let state = self.meant(session, named)?;
        let known = self.agents.known(agent).ok_or(SupervisionRefusal::UnknownAgent)?;
        let is_asked = matches!(&state.seat, Seat::Offered(offer) if offer.agents.contains(agent));
        match &state.seat {
            Seat::Assigned(has) if has == agent => Err(SupervisionRefusal::Already),
            _ if known.presence == Presence::Offline || known.drains.is_some() => Err(SupervisionRefusal::Offline),
            // What they are asked for takes its capacity already.
            _ if is_asked || self.agents.has_room(agent, load_of(state)) => Ok(()),
            _ => Err(SupervisionRefusal::NoRoom),
        }
    }

    fn may_drain(&self, agent: &AgentId, drains: bool) -> Obeyed {
        let known: &AgentState = self.agents.known(agent).ok_or(SupervisionRefusal::UnknownAgent)?;
        match known.presence {
            Presence::Offline => Err(SupervisionRefusal::Offline),
            _ if known.drains.is_some() == drains => Err(SupervisionRefusal::Already),
            _ => Ok(()),
        }
    }

    fn force(&mut self, session: SessionId, agent: AgentId, decisions: &mut Decisions) {
        self.tell_taken(session, decisions);
        let Some(state) = self.sessions.get(&session) else { return };
        let placement = PlacementId { epoch: state.epoch, turn: state.turn.saturating_add(1) };
        let grounds = Grounds {
            candidates: 1,
            waiting: 0,
            rank: Rank { vip: state.vip, asked_at: state.asked_at, priority: state.priority, in_turn: false },
            rule: Rule::Supervisor,
            group: if let Lane::Group(group) = self.home(state) { Some(group) } else { None },
            step: state.search().map_or(0, |search| search.step),
            revision: self.revision,
        };
        self.assign_session(session, &agent, placement.turn, decisions);
        decisions.fact(Fact::AssignmentDecided { session, agent, placement, grounds });
    }

    fn take_from_all(&mut self, session: SessionId, decisions: &mut Decisions) {
        self.tell_taken(session, decisions);
        let Some(mut state) = self.sessions.get(&session).cloned() else { return };
        let until = decisions.now.plus(TAKEN_FOR);
        match std::mem::replace(&mut state.seat, Seat::Waiting) {
            Seat::Assigned(agent) => state.exclude(agent, until),
            Seat::Offered(offer) => offer.agents.into_iter().for_each(|agent| state.exclude(agent, until)),
            Seat::Waiting | Seat::Refused(_) => {}
        }
        state.turn = state.turn.saturating_add(1);
        let state = self.with_target(session, state, decisions);
        self.place_session(session, state, decisions);
    }

    /// Says whose the session is no longer.
    fn tell_taken(&mut self, session: SessionId, decisions: &mut Decisions) {
        match self.sessions.get(&session).map(|state| &state.seat) {
            Some(Seat::Assigned(agent)) => {
                let (agent, reason) = (agent.clone(), PresenceReason::Supervisor);
                decisions.fact(Fact::SessionTakenBack { session, agent, reason });
            }
            Some(Seat::Offered(_)) => self.rescind_all(session, RescindReason::Supervisor, decisions),
            _ => {}
        }
    }
}

fn named(order: &SupervisionOrder) -> (Option<SessionId>, Option<AgentId>) {
    match order {
        SupervisionOrder::Assign { session, agent, .. } => (Some(*session), Some(agent.clone())),
        SupervisionOrder::Requeue { session, .. } => (Some(*session), None),
        SupervisionOrder::Drain { agent, .. } => (None, Some(agent.clone())),
        SupervisionOrder::Move { .. } => (None, None),
    }
}
