//! The rule for demands (R2): a higher epoch is obeyed wherever the session is, an equal one can only make it a VIP or
//! end it, a lower one is dropped. Who asks for somebody whom the directory does not have waits in the default lane.

use std::time::Duration;

use usher_domain::event::{Fact, RescindReason};
use usher_domain::policy::TransferPolicy;
use usher_domain::state::desk::{Seat, SessionState};
use usher_domain::{Demand, SessionId, Target, Timestamp, Want, Wish};

use super::books::Desk;
use super::decisions::Decisions;
use super::lane::Lane;

/// How long a session is for the agent alone who had set it aside, where the desk says nothing else.
const AWAITED_FOR: Duration = Duration::from_secs(60);
/// How long a session does not go to who handed it on. Not for ever: they may be the only one there.
const AVOIDED_FOR: Duration = Duration::from_secs(60);

impl Desk {
    /// Obeys, joins or drops a demand.
    pub(super) fn demand(&mut self, demand: Demand, decisions: &mut Decisions) {
        let Demand { session, epoch, want } = demand;
        let known = self.sessions.get(&session).map(|state| state.epoch);
        if known.is_some_and(|known| epoch < known) {
            return;
        }
        if known.is_some_and(|known| epoch > known || !matches!(want, Want::Agent(_))) {
            self.rescind_all(session, RescindReason::Overtaken, decisions);
        }
        match want {
            Want::Nobody | Want::SetAside if known.is_some() => {
                if want == Want::Nobody {
                    self.wrap_up(session, decisions);
                }
                self.forget_session(session, decisions);
                decisions.fact(Fact::SessionEnded { session });
            }
            Want::Nobody | Want::SetAside => {}
            Want::Agent(wish) if known == Some(epoch) => self.promote(session, wish.vip, decisions),
            Want::Agent(wish) => {
                self.wrap_up(session, decisions);
                self.take_in(session, epoch, *wish, decisions);
            }
        }
    }

    /// Starts anew: whatever place the session had is forgotten, and with it the agent is free.
    fn take_in(&mut self, session: SessionId, epoch: u32, mut wish: Wish, decisions: &mut Decisions) {
        let returns_until = wish.returns.then(|| self.awaited_until(&mut wish.target, decisions.now));
        let fell_to_default = !self.has_target(&Lane::named_by(&wish.target));
        if fell_to_default {
            decisions.fact(Fact::TargetUnknown { session, target: wish.target.clone() });
        }
        let mut state = SessionState {
            epoch,
            turn: 1,
            target: wish.target,
            fell_to_default,
            vip: wish.vip,
            channel: wish.channel,
            asked_at: wish.asked_at,
            weight: wish.weight,
            priority: wish.priority,
            seat: Seat::Waiting,
            extra: None,
        };
        let restarts = self.lane_policy(&self.home(&state)).transfer == TransferPolicy::Restarts;
        if let Some(moved_at) = wish.moved_at.filter(|_| restarts && !wish.overflowed) {
            state.asked_at = moved_at;
        }
        decisions.fact(entered(session, &state));
        if let Some(agent) = wish.avoid {
            state.exclude(agent, decisions.now.plus(AVOIDED_FOR));
        }
        if returns_until.is_some() {
            state.change_extra(|extra| extra.returns_until = returns_until);
        }
        self.give_up_place(session);
        if let Some(search) = self.search(&state, wish.last_agent.as_ref(), decisions.now) {
            state.change_extra(|extra| extra.search = Some(search));
        }
        if wish.overflowed {
            state.change_extra(|extra| extra.overflowed = true);
        }
        self.admit(session, state, decisions);
    }

    /// Until when a session that comes back is for the agent alone who had set it aside; others have it at once when that
    /// agent is not there. Who left the directory is not asked for any more.
    fn awaited_until(&self, target: &mut Target, now: Timestamp) -> Timestamp {
        if target.agent.as_ref().is_some_and(|agent| self.agents.known(agent).is_none()) {
            target.agent = None;
        }
        let awaited = target.agent.as_ref().is_some_and(|agent| self.will_be_back(agent));
        let within = self.policies.desk.designated_within.unwrap_or(AWAITED_FOR);
        if awaited { now.plus(within) } else { now }
    }

    /// `vip |= …`, nothing else.
    fn promote(&mut self, session: SessionId, vip: bool, decisions: &mut Decisions) {
        let plain = self.sessions.get(&session).filter(|state| vip && !state.vip).cloned();
        if let Some(state) = plain {
            self.keep_session(session, SessionState { vip: true, ..state }, decisions);
            decisions.fact(Fact::SessionPromoted { session });
        }
    }
}

fn entered(session: SessionId, state: &SessionState) -> Fact {
    let SessionState { epoch, vip, asked_at, weight, .. } = *state;
    Fact::SessionEntered { session, epoch, line: state.line(), vip, asked_at, weight }
}
