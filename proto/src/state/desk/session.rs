//! A session of `desks-state`.

use usher_domain::policy::Selector;
use usher_domain::state::desk::{Bound, Exclusion, Offer, Reach, Search, Seat, SessionExtra, SessionState};
use usher_domain::{AgentId, Dialect, GroupId, PlacementId, Timestamp};
use wire::desk_state::session::{self, Seat as WireSeat};
use wire::desk_state::{self, Session};

use crate::error::DecodeError;
use crate::field::{
    byte, choice, list, name, optional, optional_instant, optional_name, required, text, texts, variant,
};
use crate::wire;

impl From<&SessionState> for Session {
    fn from(state: &SessionState) -> Self {
        Self {
            version: Some(PlacementId { epoch: state.epoch, turn: state.turn }.into()),
            target: Some((&state.target).into()),
            fell_to_default: state.fell_to_default,
            vip: state.vip,
            asked_at_ms: state.asked_at.millis(),
            weight: state.weight,
            seat: Some((&state.seat).into()),
            channel: wire::Dialect::from(state.channel).into(),
            exclusions: state.extra.iter().flat_map(|extra| &extra.exclusions).map(Into::into).collect(),
            search: state.search().map(Into::into),
            told: state.told(),
            priority: state.priority.into(),
            bound: state.bound().map(Into::into),
            overflowed: state.extra.as_ref().is_some_and(|extra| extra.overflowed),
            returns_until_ms: state.returns_until().map(Timestamp::millis),
        }
    }
}

impl TryFrom<Session> for SessionState {
    type Error = DecodeError;

    fn try_from(state: Session) -> Result<Self, DecodeError> {
        let PlacementId { epoch, turn } = required("version", state.version)?;
        // States of before channels were told count for no agent's limit of any but our own.
        let channel = match state.channel {
            0 => Dialect::Native,
            channel => choice::<wire::Dialect, _>("channel", channel)?,
        };
        let search = optional("search", state.search)?;
        let mut read = Self {
            epoch,
            turn,
            target: required("target", state.target)?,
            fell_to_default: state.fell_to_default,
            vip: state.vip,
            channel,
            asked_at: Timestamp::from_millis(state.asked_at_ms),
            weight: state.weight,
            priority: byte("priority", state.priority)?,
            seat: variant("seat", state.seat)?,
            extra: None,
        };
        let exclusions = list("exclusions", state.exclusions)?;
        let (told, overflowed) = (state.told, state.overflowed);
        let bound = optional("bound", state.bound)?;
        let returns_until = optional_instant(state.returns_until_ms);
        read.change_extra(|extra| *extra = SessionExtra { exclusions, search, told, bound, overflowed, returns_until });
        Ok(read)
    }
}

impl From<Bound> for session::Bound {
    fn from(bound: Bound) -> Self {
        Self { at_ms: bound.at.millis(), reason: wire::RefusedReason::from(bound.reason).into() }
    }
}

impl TryFrom<session::Bound> for Bound {
    type Error = DecodeError;

    fn try_from(bound: session::Bound) -> Result<Self, DecodeError> {
        let reason = choice::<wire::RefusedReason, _>("reason", bound.reason)?;
        Ok(Self { at: Timestamp::from_millis(bound.at_ms), reason })
    }
}

impl From<&Seat> for WireSeat {
    fn from(seat: &Seat) -> Self {
        match seat {
            Seat::Waiting => Self::Waiting(desk_state::Waiting {}),
            Seat::Offered(offer) => {
                Self::Offered(desk_state::Offered { agents: texts(&offer.agents), until_ms: offer.until.millis() })
            }
            Seat::Assigned(agent) => Self::Assigned(agent.to_string()),
            Seat::Refused(reason) => {
                Self::Refused(desk_state::Refused { reason: wire::RefusedReason::from(*reason).into() })
            }
        }
    }
}

impl TryFrom<WireSeat> for Seat {
    type Error = DecodeError;

    fn try_from(seat: WireSeat) -> Result<Self, DecodeError> {
        Ok(match seat {
            WireSeat::Waiting(desk_state::Waiting {}) => Self::Waiting,
            WireSeat::Offered(offer) => Self::Offered(Box::new(Offer {
                agents: offer
                    .agents
                    .into_iter()
                    .map(|agent| name("offered.agents", agent, AgentId::new))
                    .collect::<Result<_, _>>()?,
                until: Timestamp::from_millis(offer.until_ms),
            })),
            WireSeat::Assigned(agent) => Self::Assigned(name("assigned", agent, AgentId::new)?),
            WireSeat::Refused(refused) => Self::Refused(choice::<wire::RefusedReason, _>("reason", refused.reason)?),
        })
    }
}

impl From<&Exclusion> for session::Exclusion {
    fn from(exclusion: &Exclusion) -> Self {
        Self { agent: exclusion.agent.to_string(), until_ms: exclusion.until.millis() }
    }
}

impl TryFrom<session::Exclusion> for Exclusion {
    type Error = DecodeError;

    fn try_from(exclusion: session::Exclusion) -> Result<Self, DecodeError> {
        Ok(Self {
            agent: name("agent", exclusion.agent, AgentId::new)?,
            until: Timestamp::from_millis(exclusion.until_ms),
        })
    }
}

impl From<&Search> for session::Search {
    fn from(search: &Search) -> Self {
        Self {
            since_ms: search.since.millis(),
            step: search.step,
            next_at_ms: search.next_at.map(Timestamp::millis),
            last_agent: text(&search.last_agent),
            agent: text(&search.reach.agent),
            default: search.reach.default,
            groups: texts(&search.reach.groups),
            anyone: search.reach.anyone,
            selectors: search.reach.selectors.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<session::Search> for Search {
    type Error = DecodeError;

    fn try_from(search: session::Search) -> Result<Self, DecodeError> {
        Ok(Self {
            since: Timestamp::from_millis(search.since_ms),
            step: search.step,
            next_at: optional_instant(search.next_at_ms),
            last_agent: optional_name("last_agent", search.last_agent, AgentId::new)?,
            reach: Reach {
                agent: optional_name("agent", search.agent, AgentId::new)?,
                default: search.default,
                groups: search
                    .groups
                    .into_iter()
                    .map(|group| name("groups", group, GroupId::new))
                    .collect::<Result<_, _>>()?,
                anyone: search.anyone,
                selectors: list::<_, Selector>("selectors", search.selectors)?.into(),
            },
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::arbitrary::place::{refused_reason, target};
    use crate::arbitrary::policy::selectors;

    fn agent_id() -> impl Strategy<Value = AgentId> {
        "[a-z售前 /%]{1,8}".prop_map(AgentId::new)
    }

    fn group_id() -> impl Strategy<Value = GroupId> {
        "[a-z售前 /%]{1,8}".prop_map(GroupId::new)
    }

    fn instant() -> impl Strategy<Value = Timestamp> {
        any::<i64>().prop_map(Timestamp::from_millis)
    }

    fn seat() -> impl Strategy<Value = Seat> {
        let offer = (vec(agent_id(), 1..3), instant()).prop_map(|(agents, until)| Offer { agents, until });
        prop_oneof![
            Just(Seat::Waiting),
            offer.prop_map(|offer| Seat::Offered(Box::new(offer))),
            agent_id().prop_map(Seat::Assigned),
            refused_reason().prop_map(Seat::Refused),
        ]
    }

    fn reach() -> impl Strategy<Value = Reach> {
        let names = (of(agent_id()), vec(group_id(), 0..3));
        (names, any::<(bool, bool)>(), selectors()).prop_map(|((agent, groups), (default, anyone), selectors)| Reach {
            agent,
            default,
            groups,
            anyone,
            selectors: selectors.into(),
        })
    }

    fn search() -> impl Strategy<Value = Search> {
        (instant(), any::<u32>(), of(instant()), of(agent_id()), reach())
            .prop_map(|(since, step, next_at, last_agent, reach)| Search { since, step, next_at, last_agent, reach })
    }

    fn extra() -> impl Strategy<Value = SessionExtra> {
        let exclusion = (agent_id(), instant()).prop_map(|(agent, until)| Exclusion { agent, until });
        let bound = (instant(), refused_reason()).prop_map(|(at, reason)| Bound { at, reason });
        (vec(exclusion, 0..3), of(search()), of(any::<u32>()), of(bound), any::<bool>(), of(instant())).prop_map(
            |(exclusions, search, told, bound, overflowed, returns_until)| SessionExtra {
                exclusions,
                search,
                told,
                bound,
                overflowed,
                returns_until,
            },
        )
    }

    pub(in crate::state::desk) fn session() -> impl Strategy<Value = SessionState> {
        let numbers = any::<(u32, u32, bool, bool, i64, u32, u8)>();
        (numbers, target(), select(Dialect::ALL.to_vec()), seat(), extra()).prop_map(
            |((epoch, turn, fell_to_default, vip, asked_at, weight, priority), target, channel, seat, read)| {
                let asked_at = Timestamp::from_millis(asked_at);
                let mut session = SessionState {
                    epoch,
                    turn,
                    target,
                    fell_to_default,
                    vip,
                    channel,
                    asked_at,
                    weight,
                    priority,
                    seat,
                    extra: None,
                };
                session.change_extra(|extra| *extra = read);
                session
            },
        )
    }
}
