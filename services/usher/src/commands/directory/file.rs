//! The directory file as the lines that are published. What a group inherits is written into it here, so that a desk
//! looks nothing up elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Result, bail};
use usher_domain::desk::{AgentRecord, DirectoryEntry, GroupRecord};
use usher_domain::policy::{Calendar, DeskPolicy, Label, Labels, LanePolicy, LossPolicy, PresencePolicy};
use usher_domain::{AgentId, Dialect, GroupId, Timestamp};

use super::fields::{Field, Settings};
use super::{calendar, check, queue};

/// The highest revision: above it there must be room for the directories that replace this one.
const REVISION_MAX: u64 = i64::MAX as u64;
/// An agent who is asked for a sign of life more often than so is lost with every hiccup of a network.
const LEASE_MIN: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// A directory that has been read and found right.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) tenant: String,
    pub(super) desk: String,
    pub(super) revision: Option<u64>,
    pub(super) policy: DeskPolicy,
    pub(super) calendars: Vec<Calendar>,
    pub(super) groups: Vec<GroupRecord>,
    pub(super) agents: Vec<AgentRecord>,
}

/// Reads a directory file; `now` is where its calendars begin.
pub(super) fn read(file: Field, now: Timestamp) -> Result<Directory> {
    let mut settings = file.settings()?;
    let tenant = settings.needed("tenant")?.name()?;
    let desk = settings.needed("desk")?.name()?;
    let revision = settings.take("revision").map(|field| revision(&field)).transpose()?;
    let calendars = list(&mut settings, "calendars")?.into_iter().map(|field| calendar::read(field, now));
    let calendars = calendars.collect::<Result<Vec<_>>>()?;
    let defaults = lane(&mut settings, "defaults", &LanePolicy::default())?;
    let policy = policy(&mut settings, &defaults)?;
    let groups = list(&mut settings, "groups")?.into_iter().map(|field| group(field, &defaults));
    let groups = groups.collect::<Result<Vec<_>>>()?;
    let agents = settings.needed("agents")?.list()?.into_iter().map(agent).collect::<Result<Vec<_>>>()?;
    settings.end(&[
        "tenant",
        "desk",
        "revision",
        "designated_within",
        "presence",
        "calendars",
        "defaults",
        "default_lane",
        "groups",
        "agents",
    ])?;
    let directory = Directory { tenant, desk, revision, policy, calendars, groups, agents };
    check::names(&directory)?;
    Ok(directory)
}

impl Directory {
    /// Its lines.
    pub(super) fn entries(self) -> Vec<DirectoryEntry> {
        let desk = (self.policy != DeskPolicy::default()).then(|| DirectoryEntry::Desk(Box::new(self.policy)));
        let calendars = self.calendars.into_iter().map(DirectoryEntry::Calendar);
        let groups = self.groups.into_iter().map(|group| DirectoryEntry::Group(Box::new(group)));
        let agents = self.agents.into_iter().map(DirectoryEntry::Agent);
        desk.into_iter().chain(calendars).chain(groups).chain(agents).collect()
    }
}

fn revision(field: &Field) -> Result<u64> {
    match field.integer().map(u64::try_from) {
        Some(Ok(revision)) => Ok(revision),
        _ => {
            field.wrong(&format!("must be a whole number up to {REVISION_MAX}; what is above could hardly be replaced"))
        }
    }
}

fn list(settings: &mut Settings, key: &str) -> Result<Vec<Field>> {
    settings.take(key).map_or(Ok(Vec::new()), Field::list)
}

/// The settings of a queue under a name of their own.
fn lane(settings: &mut Settings, key: &str, base: &LanePolicy) -> Result<LanePolicy> {
    let Some(field) = settings.take(key) else { return Ok(base.clone()) };
    let mut settings = field.settings()?;
    let policy = queue::read(&mut settings, base)?;
    settings.end(&queue::KEYS)?;
    Ok(policy)
}

fn policy(settings: &mut Settings, defaults: &LanePolicy) -> Result<DeskPolicy> {
    let lane = lane(settings, "default_lane", defaults)?;
    let designated_within = settings.take("designated_within").map(|field| field.span(SECOND)).transpose()?;
    let presence = settings.take("presence").map_or_else(|| Ok(PresencePolicy::default()), presence)?;
    Ok(DeskPolicy { lane, designated_within, presence })
}

fn presence(field: Field) -> Result<PresencePolicy> {
    let mut settings = field.settings()?;
    let lease = settings.take("lease").map(|field| field.span(LEASE_MIN)).transpose()?;
    let hold = settings.take("hold").map(|field| field.span(SECOND)).transpose()?;
    settings.end(&["lease", "hold"])?;
    Ok(PresencePolicy { lease, loss: hold.map_or(LossPolicy::Requeue, |within| LossPolicy::Hold { within }) })
}

/// A group by its name alone, or with settings of its own.
fn group(field: Field, defaults: &LanePolicy) -> Result<GroupRecord> {
    if field.is_scalar() {
        return Ok(GroupRecord { id: GroupId::new(field.name()?), policy: defaults.clone() });
    }
    let mut settings = field.settings()?;
    let name = settings.needed("group")?.name()?;
    let mut settings = settings.called(format!("groups.{name}"));
    let policy = queue::read(&mut settings, defaults)?;
    settings.end(&[&["group"], queue::KEYS.as_slice()].concat())?;
    Ok(GroupRecord { id: GroupId::new(name), policy })
}

fn agent(field: Field) -> Result<AgentRecord> {
    let mut settings = field.settings()?;
    let agent = settings.needed("agent")?.name()?;
    let mut settings = settings.called(format!("agents.{agent}"));
    let name = settings.needed("name")?.text()?;
    let avatar = settings.take("avatar").map_or(Ok(String::new()), |field| field.text())?;
    let capacity = settings.needed("capacity")?;
    let Ok(capacity) = capacity.number(1) else {
        return capacity.wrong("must be a whole number of at least 1; to keep somebody from sessions use presence");
    };
    let groups = list(&mut settings, "groups")?.into_iter().map(|group| group.name().map(GroupId::new));
    let groups = groups.collect::<Result<Vec<_>>>()?;
    let labels = settings.take("labels").map_or_else(|| Ok(Labels::new()), labels)?;
    let levels = settings.take("levels").map_or_else(|| Ok(BTreeMap::new()), |field| levels(field, &groups))?;
    let limits = settings.take("limits").map_or_else(|| Ok(BTreeMap::new()), limits)?;
    settings.end(&["agent", "name", "avatar", "capacity", "groups", "labels", "levels", "limits"])?;
    Ok(AgentRecord { id: AgentId::new(agent), name, avatar, capacity, groups, labels, levels, limits })
}

fn labels(field: Field) -> Result<Labels> {
    let label = |(name, field): (String, Field)| {
        let value = match field.integer() {
            Some(number) => Label::Number(number),
            None => Label::Text(field.name()?),
        };
        Ok((name, value))
    };
    field.settings()?.rest().map(label).collect()
}

fn levels(field: Field, groups: &[GroupId]) -> Result<BTreeMap<GroupId, u32>> {
    let level = |(name, field): (String, Field)| {
        let group = GroupId::new(name);
        if !groups.contains(&group) {
            return field.wrong("is no group of this agent; name it under groups");
        }
        Ok((group, field.number(0)?))
    };
    field.settings()?.rest().map(level).collect()
}

fn limits(field: Field) -> Result<BTreeMap<Dialect, u32>> {
    let limit = |(name, field): (String, Field)| match Dialect::ALL.into_iter().find(|dialect| dialect.name() == name) {
        Some(dialect) => Ok((dialect, field.number(0)?)),
        None => field.wrong("is no channel; these are native, huawei, rbm, sms, easemob and aliyun"),
    };
    field.settings()?.rest().map(limit).collect()
}

/// Entries replace one another by name, so a name that stands twice would lose one silently.
pub(super) fn once<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Result<BTreeSet<&'a str>> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            bail!("{kind} `{name}` stands twice");
        }
    }
    Ok(seen)
}
