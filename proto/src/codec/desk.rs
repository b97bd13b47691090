//! `desk.proto`.

use usher_domain::desk::{
    AgentRecord, DeskAct, DeskInput, DirectoryEntry, GroupRecord, Presence, PresenceSaid, Rating,
};
use usher_domain::{AgentId, DeskId, Dialect, GroupId, TenantId, Timestamp};
use wire::agent_record::{Label, Level, Limit};
use wire::desk_input::{Act as WireAct, Applied, PresenceChanged, Staged};
use wire::directory_entry::Entry;

use super::policy::unless_default;
use crate::error::DecodeError;
use crate::field::{
    choice, id, name, optional, optional_instant, optional_name, optional_span, optional_span_ms, required, score,
    text, texts, unspecified, variant, within,
};
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
            DeskAct::Presence(said) => Self::Presence(said.into()),
            DeskAct::Supervision(said) => Self::Supervision(said.as_ref().into()),
            DeskAct::Staged { revision, entry } => {
                Self::Staged(Staged { revision: *revision, entry: Some(entry.into()) })
            }
            DeskAct::Applied { revision, count } => Self::Applied(Applied { revision: *revision, count: *count }),
            DeskAct::Answer(answer) => Self::Answer(answer.as_ref().into()),
            DeskAct::Rated(rating) => Self::Rated(rating.into()),
        }
    }
}

impl TryFrom<WireAct> for DeskAct {
    type Error = DecodeError;

    fn try_from(act: WireAct) -> Result<Self, DecodeError> {
        Ok(match act {
            WireAct::Demand(demand) => Self::Demand(within("demand", demand)?),
            WireAct::Presence(changed) => Self::Presence(within("presence", changed)?),
            WireAct::Supervision(said) => Self::Supervision(Box::new(within("supervision", said)?)),
            WireAct::Staged(staged) => {
                Self::Staged { revision: staged.revision, entry: required("staged.entry", staged.entry)? }
            }
            WireAct::Applied(applied) => Self::Applied { revision: applied.revision, count: applied.count },
            WireAct::Answer(answer) => Self::Answer(Box::new(within("answer", answer)?)),
            WireAct::Rated(rating) => Self::Rated(within("rated", rating)?),
        })
    }
}

impl From<&Rating> for wire::desk_input::Rated {
    fn from(rating: &Rating) -> Self {
        Self {
            session: rating.session.to_string(),
            agent: rating.agent.to_string(),
            group: text(&rating.group),
            score: rating.score.into(),
        }
    }
}

impl TryFrom<wire::desk_input::Rated> for Rating {
    type Error = DecodeError;

    fn try_from(rated: wire::desk_input::Rated) -> Result<Self, DecodeError> {
        Ok(Self {
            session: id("session", &rated.session)?,
            agent: name("agent", rated.agent, AgentId::new)?,
            group: optional_name("group", rated.group, GroupId::new)?,
            score: score(rated.score)?,
        })
    }
}

impl From<&PresenceSaid> for PresenceChanged {
    fn from(said: &PresenceSaid) -> Self {
        Self {
            agent: said.agent.to_string(),
            presence: wire::Presence::from(said.presence).into(),
            at_ms: said.at.map(Timestamp::millis),
            lease_ms: optional_span_ms(said.lease),
            drain: said.drain,
        }
    }
}

impl TryFrom<PresenceChanged> for PresenceSaid {
    type Error = DecodeError;

    fn try_from(changed: PresenceChanged) -> Result<Self, DecodeError> {
        Ok(Self {
            agent: name("agent", changed.agent, AgentId::new)?,
            presence: choice::<wire::Presence, _>("presence", changed.presence)?,
            at: optional_instant(changed.at_ms),
            lease: optional_span(changed.lease_ms),
            drain: changed.drain,
        })
    }
}

impl From<&DirectoryEntry> for wire::DirectoryEntry {
    fn from(entry: &DirectoryEntry) -> Self {
        let entry = match entry {
            DirectoryEntry::Agent(agent) => Entry::Agent(agent.into()),
            DirectoryEntry::Group(group) => Entry::Group((&**group).into()),
            DirectoryEntry::Desk(policy) => Entry::Desk((&**policy).into()),
            DirectoryEntry::Calendar(calendar) => Entry::Calendar(calendar.into()),
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
            Entry::Group(group) => Self::Group(Box::new(within("group", group)?)),
            Entry::Desk(policy) => Self::Desk(Box::new(within("desk", policy)?)),
            Entry::Calendar(calendar) => Self::Calendar(within("calendar", calendar)?),
        })
    }
}

impl From<&GroupRecord> for wire::GroupRecord {
    fn from(group: &GroupRecord) -> Self {
        Self { id: group.id.to_string(), policy: unless_default(&group.policy) }
    }
}

impl TryFrom<wire::GroupRecord> for GroupRecord {
    type Error = DecodeError;

    fn try_from(group: wire::GroupRecord) -> Result<Self, DecodeError> {
        let policy = optional("policy", group.policy)?.unwrap_or_default();
        Ok(Self { id: name("id", group.id, GroupId::new)?, policy })
    }
}

impl From<&AgentRecord> for wire::AgentRecord {
    fn from(agent: &AgentRecord) -> Self {
        let label = |(name, value)| Label { name: String::clone(name), value: Some(wire::LabelValue::from(value)) };
        let level = |(group, level): (&GroupId, &u32)| Level { group: group.to_string(), level: *level };
        let limit = |(channel, sessions): (&Dialect, &u32)| Limit {
            channel: wire::Dialect::from(*channel).into(),
            sessions: *sessions,
        };
        Self {
            id: agent.id.to_string(),
            name: agent.name.clone(),
            avatar: agent.avatar.clone(),
            capacity: agent.capacity,
            groups: texts(&agent.groups),
            labels: agent.labels.iter().map(label).collect(),
            levels: agent.levels.iter().map(level).collect(),
            limits: agent.limits.iter().map(limit).collect(),
        }
    }
}

impl TryFrom<wire::AgentRecord> for AgentRecord {
    type Error = DecodeError;

    fn try_from(agent: wire::AgentRecord) -> Result<Self, DecodeError> {
        let groups = agent.groups.into_iter().map(|group| name("groups", group, GroupId::new));
        let label =
            |label: Label| Ok((name("labels.name", label.name, String::from)?, required("labels.value", label.value)?));
        let level = |level: Level| Ok((name("levels.group", level.group, GroupId::new)?, level.level));
        let limit = |limit: Limit| Ok((choice::<wire::Dialect, _>("limits.channel", limit.channel)?, limit.sessions));
        Ok(Self {
            id: name("id", agent.id, AgentId::new)?,
            name: agent.name,
            avatar: agent.avatar,
            capacity: agent.capacity,
            groups: groups.collect::<Result<_, _>>()?,
            labels: agent.labels.into_iter().map(label).collect::<Result<_, DecodeError>>()?,
            levels: agent.levels.into_iter().map(level).collect::<Result<_, DecodeError>>()?,
            limits: agent.limits.into_iter().map(limit).collect::<Result<_, DecodeError>>()?,
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
