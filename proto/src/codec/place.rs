//! `place.proto`.

use usher_domain::delivery::WithdrawnReason;
use usher_domain::place::RefusedReason;
use usher_domain::{
    AgentCard, AgentId, Demand, DeskId, Dialect, GroupId, Place, Placement, PlacementId, Target, Timestamp, Want, Wish,
};
use wire::demand::{self, Want as WireWant};
use wire::placement::{Offered, Place as WirePlace, Refused, Waiting};

use super::policy::unless_default;
use crate::error::DecodeError;
use crate::field::{
    byte, choice, id, list, name, optional, optional_instant, optional_name, optional_span, optional_span_ms, required,
    text, unspecified, variant, within,
};
use crate::wire;

impl From<&Target> for wire::Target {
    fn from(target: &Target) -> Self {
        Self {
            agent: text(&target.agent),
            group: text(&target.group),
            selectors: target.selectors.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::Target> for Target {
    type Error = DecodeError;

    fn try_from(target: wire::Target) -> Result<Self, DecodeError> {
        Ok(Self {
            agent: optional_name("agent", target.agent, AgentId::new)?,
            group: optional_name("group", target.group, GroupId::new)?,
            selectors: list("selectors", target.selectors)?,
        })
    }
}

impl From<&Demand> for wire::Demand {
    fn from(demand: &Demand) -> Self {
        Self { session: demand.session.to_string(), epoch: demand.epoch, want: Some((&demand.want).into()) }
    }
}

impl TryFrom<wire::Demand> for Demand {
    type Error = DecodeError;

    fn try_from(demand: wire::Demand) -> Result<Self, DecodeError> {
        Ok(Self { session: id("session", &demand.session)?, epoch: demand.epoch, want: variant("want", demand.want)? })
    }
}

impl From<&Want> for WireWant {
    fn from(want: &Want) -> Self {
        match want {
            Want::Agent(wish) => Self::Agent((&**wish).into()),
            Want::Nobody => Self::Nobody(demand::Nobody { set_aside: false }),
            Want::SetAside => Self::Nobody(demand::Nobody { set_aside: true }),
        }
    }
}

impl TryFrom<WireWant> for Want {
    type Error = DecodeError;

    fn try_from(want: WireWant) -> Result<Self, DecodeError> {
        match want {
            WireWant::Agent(agent) => Ok(Self::Agent(Box::new(within("agent", agent)?))),
            WireWant::Nobody(demand::Nobody { set_aside: false }) => Ok(Self::Nobody),
            WireWant::Nobody(demand::Nobody { set_aside: true }) => Ok(Self::SetAside),
        }
    }
}

impl From<&Wish> for demand::Agent {
    fn from(wish: &Wish) -> Self {
        Self {
            target: Some((&wish.target).into()),
            vip: wish.vip,
            asked_at_ms: wish.asked_at.millis(),
            weight: wish.weight,
            channel: wire::Dialect::from(wish.channel).into(),
            priority: wish.priority.into(),
            last_agent: text(&wish.last_agent),
            avoid: text(&wish.avoid),
            moved_at_ms: wish.moved_at.map(Timestamp::millis),
            overflowed: wish.overflowed,
            returns: wish.returns,
        }
    }
}

impl TryFrom<demand::Agent> for Wish {
    type Error = DecodeError;

    fn try_from(agent: demand::Agent) -> Result<Self, DecodeError> {
        // Demands of before channels were told count for no agent's limit of any but our own.
        let channel = match agent.channel {
            0 => Dialect::Native,
            channel => choice::<wire::Dialect, _>("channel", channel)?,
        };
        Ok(Self {
            target: required("target", agent.target)?,
            vip: agent.vip,
            asked_at: Timestamp::from_millis(agent.asked_at_ms),
            weight: agent.weight,
            channel,
            priority: byte("priority", agent.priority)?,
            last_agent: optional_name("last_agent", agent.last_agent, AgentId::new)?,
            avoid: optional_name("avoid", agent.avoid, AgentId::new)?,
            moved_at: optional_instant(agent.moved_at_ms),
            overflowed: agent.overflowed,
            returns: agent.returns,
        })
    }
}

impl From<&AgentCard> for wire::AgentCard {
    fn from(card: &AgentCard) -> Self {
        Self { id: card.id.to_string(), name: card.name.clone(), avatar: card.avatar.clone() }
    }
}

impl TryFrom<wire::AgentCard> for AgentCard {
    type Error = DecodeError;

    fn try_from(card: wire::AgentCard) -> Result<Self, DecodeError> {
        Ok(Self { id: name("id", card.id, AgentId::new)?, name: card.name, avatar: card.avatar })
    }
}

impl From<&Placement> for wire::Placement {
    fn from(placement: &Placement) -> Self {
        let mut care = None;
        let place = match &placement.place {
            Place::Waiting { position, wait } => {
                WirePlace::Waiting(Waiting { position: *position, wait_ms: optional_span_ms(*wait) })
            }
            Place::Offered { agents, until } => WirePlace::Offered(Offered {
                agents: agents.iter().map(Into::into).collect(),
                until_ms: until.millis(),
            }),
            Place::Assigned { agent, care: told } => {
                care = unless_default(told);
                WirePlace::Assigned(agent.into())
            }
            Place::Refused { reason, then } => WirePlace::Refused(Refused {
                reason: wire::RefusedReason::from(*reason).into(),
                then: unless_default(then),
            }),
        };
        Self {
            session: placement.session.to_string(),
            version: Some(placement.version.into()),
            desk: placement.desk.to_string(),
            place: Some(place),
            care,
            withdrawn: placement.withdrawn.map_or(0, |reason| wire::WithdrawnReason::from(reason).into()),
        }
    }
}

/// Not set where nothing was withdrawn.
fn withdrawn(number: i32) -> Result<Option<WithdrawnReason>, DecodeError> {
    match number {
        0 => Ok(None),
        number => choice::<wire::WithdrawnReason, _>("withdrawn", number).map(Some),
    }
}

impl TryFrom<wire::Placement> for Placement {
    type Error = DecodeError;

    fn try_from(placement: wire::Placement) -> Result<Self, DecodeError> {
        let mut place = variant("place", placement.place)?;
        if let Place::Assigned { care, .. } = &mut place {
            *care = optional("care", placement.care)?.unwrap_or_default();
        }
        Ok(Self {
            session: id("session", &placement.session)?,
            desk: name("desk", placement.desk, DeskId::new)?,
            version: required("version", placement.version)?,
            place,
            withdrawn: withdrawn(placement.withdrawn)?,
        })
    }
}

impl TryFrom<WirePlace> for Place {
    type Error = DecodeError;

    fn try_from(place: WirePlace) -> Result<Self, DecodeError> {
        Ok(match place {
            WirePlace::Waiting(waiting) => {
                Self::Waiting { position: waiting.position, wait: optional_span(waiting.wait_ms) }
            }
            WirePlace::Offered(offered) => Self::Offered {
                agents: list("offered.agents", offered.agents)?,
                until: Timestamp::from_millis(offered.until_ms),
            },
            WirePlace::Assigned(card) => Self::assigned(within("assigned", card)?),
            WirePlace::Refused(refused) => Self::Refused {
                reason: choice::<wire::RefusedReason, _>("refused.reason", refused.reason)?,
                then: optional("refused.then", refused.then)?.unwrap_or_default(),
            },
        })
    }
}

impl From<PlacementId> for wire::PlacementId {
    fn from(version: PlacementId) -> Self {
        Self { epoch: version.epoch, turn: version.turn }
    }
}

impl TryFrom<wire::PlacementId> for PlacementId {
    type Error = DecodeError;

    /// Any two numbers are a version; the signature is that of all messages.
    fn try_from(version: wire::PlacementId) -> Result<Self, DecodeError> {
        Ok(Self { epoch: version.epoch, turn: version.turn })
    }
}

impl From<RefusedReason> for wire::RefusedReason {
    fn from(reason: RefusedReason) -> Self {
        match reason {
            RefusedReason::QueueFull => Self::QueueFull,
            RefusedReason::OffHours => Self::OffHours,
            RefusedReason::WaitLimit => Self::WaitLimit,
        }
    }
}

impl TryFrom<wire::RefusedReason> for RefusedReason {
    type Error = DecodeError;

    fn try_from(reason: wire::RefusedReason) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::RefusedReason::Unspecified => return unspecified(),
            wire::RefusedReason::QueueFull => Self::QueueFull,
            wire::RefusedReason::OffHours => Self::OffHours,
            wire::RefusedReason::WaitLimit => Self::WaitLimit,
        })
    }
}
