//! The rules for offers. Where a queue asks first, a match takes capacity of each agent who is asked, but the session is
//! theirs only once they have accepted, the first of them; until then it keeps its place by `asked_at`. Whoever declines,
//! or does not answer in time, is not asked again for a while. An answer counts while its offer stands, by the placement
//! that it names (R6); one that comes late is refused to its workspace, so that no agent is left believing that they have
//! a session.
//!
//! All who are asked at once are asked under one turn: it goes on with the first who accepts, or when the last one is
//! asked no more.

use usher_domain::delivery::{DeliveryTarget, Order, WithdrawnReason};
use usher_domain::desk::{OfferAnswer, Presence};
use usher_domain::event::{Command, Fact, PresenceReason, Refusal, RescindReason};
use usher_domain::policy::{AT_ONCE_MAX, OfferPolicy};
use usher_domain::state::desk::{AgentState, Offer, Seat, SessionState};
use usher_domain::{AgentId, Delivery, DeliveryId, InputId, PlacementId, SessionId, Timestamp};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::{Idle, load_of};
use super::matching::Match;

/// Asking.
impl Desk {
    /// How the queue of a session asks, if it does.
    pub(super) fn offer_policy(&self, session: SessionId) -> Option<OfferPolicy> {
        self.lane_policy(&self.home(self.sessions.get(&session)?)).offer
    }

    /// Asks the first of the agents who could take the session.
    pub(super) fn offer(&mut self, found: Match, policy: OfferPolicy, decisions: &mut Decisions) -> bool {
        let Some(state) = self.sessions.get(&found.session).cloned() else { return false };
        let (session, until) = (found.session, decisions.now.plus(policy.within));
        let agents = self.first_free(&found, &state, policy.at_once.min(AT_ONCE_MAX));
        let placement = PlacementId { epoch: state.epoch, turn: state.turn.saturating_add(1) };
        let grounds = self.grounds(&found, &state);
        for agent in agents.iter().cloned() {
            let grounds = grounds.clone();
            decisions.fact(Fact::OfferMade { session, agent, placement, until, grounds });
        }
        let seat = Seat::Offered(Box::new(Offer { agents, until }));
        self.place_session(session, SessionState { turn: placement.turn, seat, ..state }, decisions);
        true
    }

    /// Whom to ask: of the lane that matched, as many as shall be asked at once and can take the session.
    fn first_free(&self, found: &Match, state: &SessionState, at_once: u32) -> Vec<AgentId> {
        let mut agents = vec![found.agent.clone()];
        let Some(queue) = self.lanes.queue(&found.lane) else { return agents };
        let load = load_of(state);
        let mut last: Option<&Idle> = None;
        while agents.len() < at_once as usize
            && let Some((_, next)) = queue.free.next(last, |spare| spare.fits(load))
        {
            if next.agent != found.agent && !state.excludes(&next.agent) {
                agents.push(next.agent.clone());
            }
            last = Some(next);
        }
        agents
    }
}

/// Answers.
impl Desk {
    /// Takes what an agent says to an offer.
    pub(super) fn answer(&mut self, input: InputId, answer: &OfferAnswer, decisions: &mut Decisions) {
        let state = self.sessions.get(&answer.session).cloned();
        // Whoever was lost just now is asked in vain, and will hear of that.
        let is_there = self.agents.known(&answer.agent).is_some_and(AgentState::takes_new);
        let counts = |state: &SessionState| is_there && stands(state, answer, decisions.now);
        match state {
            Some(state) if counts(&state) && answer.accepts => self.accept(answer, state, decisions),
            Some(state) if counts(&state) => self.decline(answer, state, decisions),
            Some(state) if has_accepted(&state, answer) => decisions.fact(Fact::InputRepeated { input }),
            _ => decisions.refuse(input, answer),
        }
    }

    fn accept(&mut self, answer: &OfferAnswer, state: SessionState, decisions: &mut Decisions) {
        let OfferAnswer { session, agent, placement, .. } = answer;
        decisions.fact(Fact::OfferAccepted { session: *session, agent: agent.clone(), placement: *placement });
        self.tell_rescinded(*session, &state, Some(agent), RescindReason::Taken, decisions);
        self.assign_session(*session, agent, state.turn.saturating_add(1), decisions);
        self.count_misses(agent, 0, decisions);
    }

    fn decline(&mut self, answer: &OfferAnswer, mut state: SessionState, decisions: &mut Decisions) {
        let OfferAnswer { session, agent, placement, .. } = answer;
        decisions.fact(Fact::OfferDeclined { session: *session, agent: agent.clone(), placement: *placement });
        let policy = self.offer_policy(*session).unwrap_or_default();
        state.exclude(agent.clone(), decisions.now.plus(policy.back_off));
        self.count_misses(agent, 0, decisions);
        self.ask_no_more(*session, state, agent, WithdrawnReason::Declined, decisions);
    }
}

/// Ends without an answer.
impl Desk {
    /// Nobody has answered in time: each has missed it.
    pub(super) fn offer_over(&mut self, session: SessionId, mut state: SessionState, decisions: &mut Decisions) {
        let Seat::Offered(offer) = std::mem::replace(&mut state.seat, Seat::Waiting) else { return };
        let placement = PlacementId { epoch: state.epoch, turn: state.turn };
        let policy = self.offer_policy(session).unwrap_or_default();
        for agent in &offer.agents {
            let misses = self.misses(agent);
            decisions.fact(Fact::OfferExpired { session, agent: agent.clone(), placement, misses });
            state.exclude(agent.clone(), decisions.now.plus(policy.back_off));
        }
        self.wait_again(session, state, WithdrawnReason::Expired, decisions);
        for agent in &offer.agents {
            self.missed(agent, policy, decisions);
        }
    }

    /// How many offers in a row an agent has not answered, with the one that ends now. Whoever is on a break by now, for one
    /// that ended at the same instant, need not have answered another.
    fn misses(&self, agent: &AgentId) -> u32 {
        let count = |known: &AgentState| known.misses.saturating_add(u32::from(known.presence == Presence::Online));
        self.agents.known(agent).map_or(0, count)
    }

    /// Counts a miss; after too many in a row the agent goes on a break.
    fn missed(&mut self, agent: &AgentId, policy: OfferPolicy, decisions: &mut Decisions) {
        let misses = self.misses(agent);
        let is_online = self.agents.known(agent).is_some_and(|known| known.presence == Presence::Online);
        if is_online && policy.misses_max.is_some_and(|max| misses >= max) {
            self.count_misses(agent, 0, decisions);
            self.set_presence(agent, Presence::Break, PresenceReason::MissedOffers, decisions);
        } else {
            self.count_misses(agent, misses, decisions);
        }
    }

    fn count_misses(&mut self, agent: &AgentId, misses: u32, decisions: &mut Decisions) {
        let known = self.agents.known(agent).filter(|known| known.misses != misses).cloned();
        if let Some(state) = known {
            self.keep_agent(agent, Some(AgentState { misses, ..state }), decisions);
        }
    }

    /// Takes back one offer to somebody who could not get a session now; `false` when there is none.
    pub(super) fn rescind_one(&mut self, decisions: &mut Decisions) -> bool {
        let asked = self.agents.first_asked_in_vain().map(|(agent, session)| (agent.clone(), session));
        let Some((agent, session)) = asked else { return false };
        let Some(state) = self.sessions.get(&session).cloned() else { return false };
        let placement = PlacementId { epoch: state.epoch, turn: state.turn };
        let reason = match self.agents.known(&agent).map(|known| known.presence) {
            None => RescindReason::Removed,
            Some(Presence::Offline) => RescindReason::Offline,
            Some(_) => RescindReason::NotOnline,
        };
        decisions.fact(Fact::OfferRescinded { session, agent: agent.clone(), placement, reason });
        self.ask_no_more(session, state, &agent, WithdrawnReason::Rescinded, decisions);
        true
    }

    /// Says that nobody who is asked need answer any more; whoever calls gives the session its next place.
    pub(super) fn rescind_all(&mut self, session: SessionId, reason: RescindReason, decisions: &mut Decisions) {
        let offered = self.sessions.get(&session).filter(|state| matches!(state.seat, Seat::Offered(_)));
        if let Some(state) = offered {
            self.tell_rescinded(session, state, None, reason, decisions);
            decisions.withdrew(session, WithdrawnReason::Rescinded);
        }
    }

    fn tell_rescinded(
        &self,
        session: SessionId,
        state: &SessionState,
        but: Option<&AgentId>,
        reason: RescindReason,
        decisions: &mut Decisions,
    ) {
        let Seat::Offered(offer) = &state.seat else { return };
        let placement = PlacementId { epoch: state.epoch, turn: state.turn };
        for agent in offer.agents.iter().filter(|agent| but != Some(agent)).cloned() {
            decisions.fact(Fact::OfferRescinded { session, agent, placement, reason });
        }
    }

    /// One agent is asked no more; with the last of them the session waits again.
    fn ask_no_more(
        &mut self,
        session: SessionId,
        mut state: SessionState,
        agent: &AgentId,
        reason: WithdrawnReason,
        decisions: &mut Decisions,
    ) {
        let Seat::Offered(offer) = &mut state.seat else { return };
        offer.agents.retain(|asked| asked != agent);
        if offer.agents.is_empty() {
            self.wait_again(session, state, reason, decisions);
        } else {
            self.keep_session(session, state, decisions);
        }
    }

    /// The session waits again, at its old place, under a new turn.
    fn wait_again(
        &mut self,
        session: SessionId,
        state: SessionState,
        reason: WithdrawnReason,
        decisions: &mut Decisions,
    ) {
        let state = SessionState { turn: state.turn.saturating_add(1), seat: Seat::Waiting, ..state };
        let state = self.with_target(session, state, decisions);
        self.place_session(session, state, decisions);
        decisions.withdrew(session, reason);
    }
}

/// Whether an answer is one to an offer that stands.
fn stands(state: &SessionState, answer: &OfferAnswer, now: Timestamp) -> bool {
    let current = PlacementId { epoch: state.epoch, turn: state.turn };
    let Seat::Offered(offer) = &state.seat else { return false };
    current == answer.placement && offer.agents.contains(&answer.agent) && now < offer.until
}

/// Whether the session is this agent's by this very answer: what was accepted under a turn is theirs under the next.
fn has_accepted(state: &SessionState, answer: &OfferAnswer) -> bool {
    let PlacementId { epoch, turn } = answer.placement;
    let is_next = (state.epoch, state.turn) == (epoch, turn.saturating_add(1));
    answer.accepts && is_next && matches!(&state.seat, Seat::Assigned(agent) if *agent == answer.agent)
}

impl Decisions {
    /// Tells everybody, and the workspace, that an answer was not obeyed.
    fn refuse(&mut self, input: InputId, answer: &OfferAnswer) {
        let reason = Refusal::OfferGone;
        let command = if answer.accepts { Command::Accept } else { Command::Decline };
        self.fact(Fact::CommandRefused { input, command, reason });
        let agent = Some(answer.agent.clone());
        self.deliver(Delivery {
            id: DeliveryId::derive(&[b"answer refused", &input.bits().to_be_bytes()]),
            tenant: answer.account.tenant.clone(),
            account: answer.account.account.clone(),
            conversation: Some(answer.session.conversation),
            session: Some(answer.session),
            target: DeliveryTarget::Workspace { desk: answer.account.desk.clone(), agent },
            order: Order::Refused { command, reason, input },
            deadline: None,
        });
    }
}
