//! `supervision.proto`.

use usher_domain::supervision::{
    MovedQueue, Supervised, Supervision, SupervisionCommand, SupervisionOrder, SupervisionRefusal, SupervisorClose,
    Warrant,
};
use usher_domain::{AgentId, DeskId, GroupId};
use wire::supervision::{self, Order as WireOrder};

use crate::error::DecodeError;
use crate::field::{
    choice, id, name, optional, optional_id, optional_name, required, text, unspecified, variant, within,
};
use crate::wire;

impl From<&Warrant> for wire::Warrant {
    fn from(warrant: &Warrant) -> Self {
        Self { by: warrant.by.clone(), why: warrant.why.as_str().to_owned() }
    }
}

impl TryFrom<wire::Warrant> for Warrant {
    type Error = DecodeError;

    /// Any text is one; the signature is that of all messages.
    fn try_from(warrant: wire::Warrant) -> Result<Self, DecodeError> {
        Ok(Self { by: warrant.by, why: warrant.why.into() })
    }
}

impl From<&Supervision> for wire::Supervision {
    fn from(said: &Supervision) -> Self {
        Self { warrant: Some((&said.warrant).into()), order: Some((&said.order).into()) }
    }
}

impl TryFrom<wire::Supervision> for Supervision {
    type Error = DecodeError;

    fn try_from(said: wire::Supervision) -> Result<Self, DecodeError> {
        Ok(Self { warrant: required("warrant", said.warrant)?, order: variant("order", said.order)? })
    }
}

impl From<&SupervisionOrder> for WireOrder {
    fn from(order: &SupervisionOrder) -> Self {
        match order {
            SupervisionOrder::Assign { session, agent, placement } => Self::Assign(supervision::Assign {
                session: session.to_string(),
                agent: agent.to_string(),
                placement: placement.map(Into::into),
            }),
            SupervisionOrder::Requeue { session, placement } => Self::Requeue(supervision::Requeue {
                session: session.to_string(),
                placement: placement.map(Into::into),
            }),
            SupervisionOrder::Drain { agent, drains } => {
                Self::Drain(supervision::Drain { agent: agent.to_string(), drains: *drains })
            }
            SupervisionOrder::Move { from, to } => {
                Self::Move(supervision::Move { from: queue(from), to: Some(to.into()) })
            }
        }
    }
}

fn queue(from: &MovedQueue) -> Option<wire::MovedQueue> {
    match from {
        MovedQueue::All => None,
        MovedQueue::Agent(agent) => Some(wire::MovedQueue { agent: Some(agent.to_string()), group: None }),
        MovedQueue::Group(group) => Some(wire::MovedQueue { agent: None, group: Some(group.to_string()) }),
        MovedQueue::Default => Some(wire::MovedQueue::default()),
    }
}

impl TryFrom<WireOrder> for SupervisionOrder {
    type Error = DecodeError;

    fn try_from(order: WireOrder) -> Result<Self, DecodeError> {
        match order {
            WireOrder::Assign(order) => within("assign", order),
            WireOrder::Requeue(order) => within("requeue", order),
            WireOrder::Drain(order) => within("drain", order),
            WireOrder::Move(order) => within("move", order),
        }
    }
}

impl TryFrom<supervision::Assign> for SupervisionOrder {
    type Error = DecodeError;

    fn try_from(order: supervision::Assign) -> Result<Self, DecodeError> {
        Ok(Self::Assign {
            session: id("session", &order.session)?,
            agent: name("agent", order.agent, AgentId::new)?,
            placement: optional("placement", order.placement)?,
        })
    }
}

impl TryFrom<supervision::Requeue> for SupervisionOrder {
    type Error = DecodeError;

    fn try_from(order: supervision::Requeue) -> Result<Self, DecodeError> {
        Ok(Self::Requeue {
            session: id("session", &order.session)?,
            placement: optional("placement", order.placement)?,
        })
    }
}

impl TryFrom<supervision::Drain> for SupervisionOrder {
    type Error = DecodeError;

    fn try_from(order: supervision::Drain) -> Result<Self, DecodeError> {
        Ok(Self::Drain { agent: name("agent", order.agent, AgentId::new)?, drains: order.drains })
    }
}

impl TryFrom<supervision::Move> for SupervisionOrder {
    type Error = DecodeError;

    fn try_from(order: supervision::Move) -> Result<Self, DecodeError> {
        let from = match order.from {
            None => MovedQueue::All,
            Some(wire::MovedQueue { agent, group }) => {
                let agent = optional_name("from.agent", agent, AgentId::new)?.map(MovedQueue::Agent);
                let group = optional_name("from.group", group, GroupId::new)?.map(MovedQueue::Group);
                agent.or(group).unwrap_or(MovedQueue::Default)
            }
        };
        Ok(Self::Move { from, to: required("to", order.to)? })
    }
}

impl From<&SupervisorClose> for wire::SupervisorClose {
    fn from(close: &SupervisorClose) -> Self {
        Self {
            warrant: Some((&close.warrant).into()),
            session: close.session.to_string(),
            desk: close.desk.to_string(),
        }
    }
}

impl TryFrom<wire::SupervisorClose> for SupervisorClose {
    type Error = DecodeError;

    fn try_from(close: wire::SupervisorClose) -> Result<Self, DecodeError> {
        Ok(Self {
            warrant: required("warrant", close.warrant)?,
            desk: name("desk", close.desk, DeskId::new)?,
            session: id("session", &close.session)?,
        })
    }
}

impl From<&Supervised> for wire::Supervised {
    fn from(what: &Supervised) -> Self {
        Self {
            command: wire::SupervisionCommand::from(what.command).into(),
            warrant: Some((&what.warrant).into()),
            session: text(&what.session),
            agent: text(&what.agent),
        }
    }
}

impl TryFrom<wire::Supervised> for Supervised {
    type Error = DecodeError;

    fn try_from(what: wire::Supervised) -> Result<Self, DecodeError> {
        Ok(Self {
            command: choice::<wire::SupervisionCommand, _>("command", what.command)?,
            warrant: required("warrant", what.warrant)?,
            session: optional_id("session", what.session)?,
            agent: optional_name("agent", what.agent, AgentId::new)?,
        })
    }
}

impl From<SupervisionCommand> for wire::SupervisionCommand {
    fn from(command: SupervisionCommand) -> Self {
        match command {
            SupervisionCommand::Assign => Self::Assign,
            SupervisionCommand::Requeue => Self::Requeue,
            SupervisionCommand::Close => Self::Close,
            SupervisionCommand::Drain => Self::Drain,
            SupervisionCommand::Undrain => Self::Undrain,
            SupervisionCommand::Move => Self::Move,
        }
    }
}

impl TryFrom<wire::SupervisionCommand> for SupervisionCommand {
    type Error = DecodeError;

    fn try_from(command: wire::SupervisionCommand) -> Result<Self, DecodeError> {
        Ok(match command {
            wire::SupervisionCommand::Unspecified => return unspecified(),
            wire::SupervisionCommand::Assign => Self::Assign,
            wire::SupervisionCommand::Requeue => Self::Requeue,
            wire::SupervisionCommand::Close => Self::Close,
            wire::SupervisionCommand::Drain => Self::Drain,
            wire::SupervisionCommand::Undrain => Self::Undrain,
            wire::SupervisionCommand::Move => Self::Move,
        })
    }
}

impl From<SupervisionRefusal> for wire::SupervisionRefusal {
    fn from(reason: SupervisionRefusal) -> Self {
        match reason {
            SupervisionRefusal::UnknownSession => Self::UnknownSession,
            SupervisionRefusal::UnknownAgent => Self::UnknownAgent,
            SupervisionRefusal::UnknownGroup => Self::UnknownGroup,
            SupervisionRefusal::Offline => Self::Offline,
            SupervisionRefusal::NoRoom => Self::NoRoom,
            SupervisionRefusal::Moved => Self::Moved,
            SupervisionRefusal::Already => Self::Already,
        }
    }
}

impl TryFrom<wire::SupervisionRefusal> for SupervisionRefusal {
    type Error = DecodeError;

    fn try_from(reason: wire::SupervisionRefusal) -> Result<Self, DecodeError> {
        Ok(match reason {
            wire::SupervisionRefusal::Unspecified => return unspecified(),
            wire::SupervisionRefusal::UnknownSession => Self::UnknownSession,
            wire::SupervisionRefusal::UnknownAgent => Self::UnknownAgent,
            wire::SupervisionRefusal::UnknownGroup => Self::UnknownGroup,
            wire::SupervisionRefusal::Offline => Self::Offline,
            wire::SupervisionRefusal::NoRoom => Self::NoRoom,
            wire::SupervisionRefusal::Moved => Self::Moved,
            wire::SupervisionRefusal::Already => Self::Already,
        })
    }
}
