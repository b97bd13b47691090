//! The promises of offers, said again from outside: nobody has a session that they were not asked for and have not
//! accepted under the placement that they were told; whoever is asked is told so, and whoever is asked no more hears that
//! before anybody has the session; whoever has declined or missed an offer is not asked again for a while.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::delivery::{Delivery, Order};
use usher_domain::desk::{DeskAct, OfferAnswer};
use usher_domain::event::{Event, Fact};
use usher_domain::policy::OfferPolicy;
use usher_domain::state::conversation::Phase;
use usher_domain::state::desk::{Seat, SessionState};
use usher_domain::{AgentId, Body, PlacementId, SessionId, Timestamp};

use super::world::{World, seats};

/// What an onlooker knows of offers.
#[derive(Clone, Default)]
pub(super) struct Offers {
    /// Who was told that they are asked, and not that they are asked no more.
    open: BTreeMap<(SessionId, AgentId), PlacementId>,
    /// To whom a session does not go, until when.
    kept_from: BTreeMap<(SessionId, AgentId), Timestamp>,
    /// How many offers in a row somebody has not answered.
    misses: BTreeMap<AgentId, u32>,
    /// The answer that the desk has just read, as its agent gave it.
    answer: Option<OfferAnswer>,
    /// Whose presence the desk has just read.
    said: Option<AgentId>,
}

impl Offers {
    /// The desk reads this, or only the time when there is nothing.
    pub(super) fn read(&mut self, act: Option<&DeskAct>) {
        (self.answer, self.said) = match act {
            Some(DeskAct::Answer(answer)) => (Some(answer.as_ref().clone()), None),
            Some(DeskAct::Presence(said)) => (None, Some(said.agent.clone())),
            _ => (None, None),
        };
    }

    /// The session asks for somebody else, or for nobody.
    pub(super) fn starts_anew(&mut self, session: SessionId) {
        self.kept_from.retain(|(kept, _), _| *kept != session);
    }

    /// Whoever has left the directory is forgotten.
    pub(super) fn keep(&mut self, is_there: impl Fn(&AgentId) -> bool) {
        self.misses.retain(|agent, _| is_there(agent));
    }

    /// A supervisor has taken the session from this agent.
    pub(super) fn taken(&mut self, session: SessionId, agent: AgentId, until: Timestamp) {
        self.kept_from.insert((session, agent), until);
    }

    /// Who was kept from a session may have it again.
    pub(super) fn lapse(&mut self, now: Timestamp) {
        self.kept_from.retain(|_, until| *until > now);
    }

    /// Whether the session goes to somebody else for now.
    pub(super) fn keeps_from(&self, agent: &AgentId, session: SessionId) -> bool {
        self.kept_from.contains_key(&(session, agent.clone()))
    }

    /// What a workspace is told.
    pub(super) fn told(&mut self, delivery: &Delivery) {
        let Some(session) = delivery.session else { return };
        match &delivery.order {
            Order::Offered(offer) => {
                self.open.insert((session, offer.agent.clone()), offer.placement);
            }
            Order::OfferWithdrawn { agent, placement, .. } => {
                let open = self.open.remove(&(session, agent.clone()));
                assert_eq!(open, Some(*placement), "{agent} loses an offer that they were not told");
            }
            Order::Assigned { agent, .. } => {
                self.open.remove(&(session, agent.id.clone()));
                let other = self.open.keys().find(|(open, _)| *open == session);
                assert_eq!(other, None, "somebody has the session, and an offer of it still stands");
            }
            _ => {}
        }
    }

    /// What the desk has decided at this instant; answers whom it has sent on a break.
    pub(super) fn decided(&mut self, answers: &[Body], policy: OfferPolicy, now: Timestamp) -> Vec<AgentId> {
        let (mut paused, mut on_break) = (Vec::new(), BTreeSet::new());
        for body in answers {
            let Body::Event(Event { fact, .. }) = body else { continue };
            match fact {
                Fact::OfferDeclined { session, agent, .. } => {
                    self.kept_from.insert((*session, agent.clone()), now.plus(policy.back_off));
                    self.misses.remove(agent);
                }
                Fact::OfferAccepted { agent, .. } => drop(self.misses.remove(agent)),
                // What was due was before the demand that comes with it.
                Fact::SessionEntered { session, .. } => self.starts_anew(*session),
                Fact::OfferExpired { session, agent, misses, .. } => {
                    self.kept_from.insert((*session, agent.clone()), now.plus(policy.back_off));
                    let missed = self.misses.entry(agent.clone()).or_default();
                    *missed += u32::from(!on_break.contains(agent));
                    assert_eq!(*misses, *missed, "{agent} has missed another number of offers");
                    if Some(*missed) == policy.misses_max {
                        self.misses.remove(agent);
                        on_break.insert(agent.clone());
                        // What they say of themselves comes after what was due before.
                        paused.extend((self.said.as_ref() != Some(agent)).then(|| agent.clone()));
                    }
                }
                _ => {}
            }
        }
        self.kept_from.retain(|_, until| *until > now);
        paused
    }

    /// Nobody has got a session but who has just accepted it, under the placement by which they were asked.
    pub(super) fn only_who_accepted(
        &self,
        before: &BTreeMap<SessionId, &SessionState>,
        after: &BTreeMap<SessionId, &SessionState>,
    ) {
        for (session, seat) in after {
            let Seat::Assigned(agent) = &seat.seat else { continue };
            let was = before.get(session);
            if was.is_some_and(|was| was.seat == seat.seat) {
                continue;
            }
            let asked =
                was.is_some_and(|was| matches!(&was.seat, Seat::Offered(offer) if offer.agents.contains(agent)));
            assert!(asked, "{agent} gets {session} and was not asked");
            let named = was.map(|was| PlacementId { epoch: was.epoch, turn: was.turn });
            let accepted = self.answer.as_ref().filter(|answer| answer.accepts);
            let by = accepted.map(|answer| (answer.session, &answer.agent, Some(answer.placement)));
            assert_eq!(by, Some((*session, agent, named)), "{agent} gets {session} by an answer to another offer");
        }
    }
}

impl World {
    /// When nothing is under way, whoever is asked knows it, and nobody believes to be asked who is not.
    pub(super) fn agrees_on_offers(&self) {
        let offers = &self.onlooker.offers;
        let at_desk: BTreeMap<_, _> = seats(&self.kept_by_desk).collect();
        let asked = |session: &SessionId, placement: PlacementId| {
            let seat = at_desk.get(session).filter(|seat| matches!(seat.seat, Seat::Offered(_)));
            seat.is_some_and(|seat| (seat.epoch, seat.turn) == (placement.epoch, placement.turn))
        };
        for ((session, agent), placement) in &offers.open {
            // One of several who has declined hears of the end with the others.
            assert!(asked(session, *placement), "{agent} is asked for {session} no more, and does not know");
        }
        for (session, seat) in &at_desk {
            let Seat::Offered(offer) = &seat.seat else { continue };
            let placement = PlacementId { epoch: seat.epoch, turn: seat.turn };
            for agent in &offer.agents {
                let known = offers.open.get(&(*session, agent.clone()));
                assert_eq!(known, Some(&placement), "{agent} is asked for {session}, and does not know");
            }
        }
        let phases = self.sessions().map(|session| (session.id, matches!(session.phase, Phase::Offered { .. })));
        let disagrees = |(session, is_offered): &(SessionId, bool)| {
            at_desk.get(session).is_some_and(|seat| matches!(seat.seat, Seat::Offered(_)) != *is_offered)
        };
        assert_eq!(phases.into_iter().find(disagrees), None, "the cores disagree on an offer");
    }
}
