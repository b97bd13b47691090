//! `desk.proto`.

use usher_domain::desk::{AgentRecord, DeskAct, DeskInput, DirectoryEntry, Presence};
use usher_domain::{AgentId, DeskId, GroupId, TenantId};
use wire::desk_input::{Act as WireAct, Applied, PresenceChanged, Staged};
use wire::directory_entry::Entry;

use crate::error::DecodeError;
use crate::field::{choice, id, name, required, texts, unspecified, variant, within};
use crate::wire;

impl From<&DeskInput> for wire::DeskInput {
    fn from(input: &DeskInput) -> Self {
        Self {
            tenant: input.tenant.to_string(),
            desk: input.desk.to_string(),
            id: input.id.to_string(),
            act: Some((&input.act).into()),
        }
    }
}

impl TryFrom<wire::DeskInput> for DeskInput {
    type Error = DecodeError;

    fn try_from(input: wire::DeskInput) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", input.tenant, TenantId::new)?,
            desk: name("desk", input.desk, DeskId::new)?,
            id: id("id", &input.id)?,
            act: variant("act", input.act)?,
        })
    }
}

impl From<&DeskAct> for WireAct {
    fn from(act: &DeskAct) -> Self {
        match act {
            DeskAct::Demand(demand) => Self::Demand(demand.into()),
            DeskAct::Presence { agent, presence } => Self::Presence(PresenceChanged {
                agent: agent.to_string(),
                presence: wire::Presence::from(*presence).into(),
            }),
            DeskAct::Staged { revision, entry } => {
                Self::Staged(Staged { revision: *revision, entry: Some(entry.into()) })
            }
            DeskAct::Applied { revision, count } => Self::Applied(Applied { revision: *revision, count: *count }),
            DeskAct::Answer(answer) => Self::Answer(answer.as_ref().into()),
        }
    }
}

impl TryFrom<WireAct> for DeskAct {
    type Error = DecodeError;

    fn try_from(act: WireAct) -> Result<Self, DecodeError> {
        Ok(match act {
            WireAct::Demand(demand) => Self::Demand(within("demand", demand)?),
            WireAct::Presence(changed) => Self::Presence {
                agent: name("presence.agent", changed.agent, AgentId::new)?,
                presence: choice::<wire::Presence, _>("presence.presence", changed.presence)?,
            },
            WireAct::Staged(staged) => {
                Self::Staged { revision: staged.revision, entry: required("staged.entry", staged.entry)? }
            }
            WireAct::Applied(applied) => Self::Applied { revision: applied.revision, count: applied.count },
            WireAct::Answer(answer) => Self::Answer(Box::new(within("answer", answer)?)),
        })
    }
}

impl From<&DirectoryEntry> for wire::DirectoryEntry {
    fn from(entry: &DirectoryEntry) -> Self {
        let entry = match entry {
            DirectoryEntry::Agent(agent) => Entry::Agent(agent.into()),
            DirectoryEntry::Group(group) => Entry::Group(wire::GroupRecord { id: group.to_string() }),
        };
        Self { entry: Some(entry) }
    }
}

impl TryFrom<wire::DirectoryEntry> for DirectoryEntry {
    type Error = DecodeError;

    fn try_from(entry: wire::DirectoryEntry) -> Result<Self, DecodeError> {
        variant("entry", entry.entry)
    }
}

impl TryFrom<Entry> for DirectoryEntry {
    type Error = DecodeError;

    fn try_from(entry: Entry) -> Result<Self, DecodeError> {
        Ok(match entry {
            Entry::Agent(agent) => Self::Agent(within("agent", agent)?),
            Entry::Group(group) => Self::Group(name("group.id", group.id, GroupId::new)?),
        })
    }
}

impl From<&AgentRecord> for wire::AgentRecord {
    fn from(agent: &AgentRecord) -> Self {
        Self {
            id: agent.id.to_string(),
            name: agent.name.clone(),
            avatar: agent.avatar.clone(),
            capacity: agent.capacity,
            groups: texts(&agent.groups),
        }
    }
}

impl TryFrom<wire::AgentRecord> for AgentRecord {
    type Error = DecodeError;

    fn try_from(agent: wire::AgentRecord) -> Result<Self, DecodeError> {
        let groups = agent.groups.into_iter().map(|group| name("groups", group, GroupId::new));
        Ok(Self {
            id: name("id", agent.id, AgentId::new)?,
            name: agent.name,
            avatar: agent.avatar,
            capacity: agent.capacity,
            groups: groups.collect::<Result<_, _>>()?,
        })
    }
}

impl From<Presence> for wire::Presence {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::Online => Self::Online,
            Presence::Busy => Self::Busy,
            Presence::Away => Self::Away,
            Presence::Break => Self::Break,
            Presence::Offline => Self::Offline,
        }
    }
}

impl TryFrom<wire::Presence> for Presence {
    type Error = DecodeError;

    fn try_from(presence: wire::Presence) -> Result<Self, DecodeError> {
        Ok(match presence {
            wire::Presence::Unspecified => return unspecified(),
            wire::Presence::Online => Self::Online,
            wire::Presence::Busy => Self::Busy,
            wire::Presence::Away => Self::Away,
            wire::Presence::Break => Self::Break,
            wire::Presence::Offline => Self::Offline,
        })
    }
}
