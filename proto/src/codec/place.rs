//! `place.proto`.

use usher_domain::place::RefusedReason;
use usher_domain::{
    AgentCard, AgentId, Demand, DeskId, GroupId, Place, Placement, PlacementId, Target, Timestamp, Want,
};
use wire::demand::{self, Want as WireWant};
use wire::placement::{Place as WirePlace, Refused, Waiting};

use crate::error::DecodeError;
use crate::field::{choice, id, name, optional_name, required, text, unspecified, variant, within};
use crate::wire;

impl From<&Target> for wire::Target {
    fn from(target: &Target) -> Self {
        Self { agent: text(&target.agent), group: text(&target.group) }
    }
}

impl TryFrom<wire::Target> for Target {
    type Error = DecodeError;

    fn try_from(target: wire::Target) -> Result<Self, DecodeError> {
        Ok(Self {
            agent: optional_name("agent", target.agent, AgentId::new)?,
            group: optional_name("group", target.group, GroupId::new)?,
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
            Want::Agent { target, vip, asked_at, weight } => Self::Agent(demand::Agent {
                target: Some(target.into()),
                vip: *vip,
                asked_at_ms: asked_at.millis(),
                weight: *weight,
            }),
            Want::Nobody => Self::Nobody(demand::Nobody {}),
        }
    }
}

impl TryFrom<WireWant> for Want {
    type Error = DecodeError;

    fn try_from(want: WireWant) -> Result<Self, DecodeError> {
        match want {
            WireWant::Agent(agent) => within("agent", agent),
            WireWant::Nobody(_) => Ok(Self::Nobody),
        }
    }
}

impl TryFrom<demand::Agent> for Want {
    type Error = DecodeError;

    fn try_from(agent: demand::Agent) -> Result<Self, DecodeError> {
        Ok(Self::Agent {
            target: required("target", agent.target)?,
            vip: agent.vip,
            asked_at: Timestamp::from_millis(agent.asked_at_ms),
            weight: agent.weight,
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
        let place = match &placement.place {
            Place::Waiting { position } => WirePlace::Waiting(Waiting { position: *position }),
            Place::Assigned(card) => WirePlace::Assigned(card.into()),
            Place::Refused(reason) => WirePlace::Refused(Refused { reason: wire::RefusedReason::from(*reason).into() }),
        };
        Self {
            session: placement.session.to_string(),
            version: Some(placement.version.into()),
            desk: placement.desk.to_string(),
            place: Some(place),
        }
    }
}

impl TryFrom<wire::Placement> for Placement {
    type Error = DecodeError;

    fn try_from(placement: wire::Placement) -> Result<Self, DecodeError> {
        Ok(Self {
            session: id("session", &placement.session)?,
            desk: name("desk", placement.desk, DeskId::new)?,
            version: required("version", placement.version)?,
            place: variant("place", placement.place)?,
        })
    }
}

impl TryFrom<WirePlace> for Place {
    type Error = DecodeError;

    fn try_from(place: WirePlace) -> Result<Self, DecodeError> {
        Ok(match place {
            WirePlace::Waiting(waiting) => Self::Waiting { position: waiting.position },
            WirePlace::Assigned(card) => Self::Assigned(within("assigned", card)?),
            WirePlace::Refused(refused) => {
                Self::Refused(choice::<wire::RefusedReason, _>("refused.reason", refused.reason)?)
            }
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
