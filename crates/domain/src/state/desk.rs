//! State of the desk core: what it must know again after a restart, one key for each agent, group, staged line and
//! session, so that a presence does not rewrite a desk. Loads and queues are not kept: they follow from the sessions.
//!
//! A key is the text `<tenant>/<desk>/<kind>[/<id>]`. The tenant stands in it because two tenants may call their desks
//! alike, and both then live on one partition. `/` and `%` inside an id are written `%2F` and `%25`.

mod session;

use std::fmt;
use std::str::FromStr;

use crate::account::Dialect;
use crate::desk::{AgentRecord, DirectoryEntry, Presence};
use crate::event::PresenceReason;
use crate::ids::{AgentId, CalendarId, DeskId, GroupId, SessionId, TenantId};
use crate::policy::{Calendar, DeskPolicy, LanePolicy};
use crate::time::Timestamp;

pub use session::{Exclusion, Offer, Reach, Search, Seat, SessionExtra, SessionState};

/// The name of one piece of a desk's state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StateKey {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Which desk.
    pub desk: DeskId,
    /// Which piece.
    pub item: Item,
}

/// A piece of a desk's state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Item {
    /// Which directory is in force.
    Directory,
    /// How the desk works, by the directory in force.
    Desk,
    /// A calendar of the directory in force.
    Calendar(CalendarId),
    /// A skill group of the directory in force.
    Group(GroupId),
    /// An agent of the directory in force.
    Agent(AgentId),
    /// A line of a directory that is being published.
    Staged {
        /// Of which revision.
        revision: u64,
        /// Which line.
        line: Line,
    },
    /// A session that wants an agent, or has one.
    Session(SessionId),
}

/// What one line of a directory is about; a line that comes twice counts once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Line {
    /// This agent.
    Agent(AgentId),
    /// This group.
    Group(GroupId),
    /// The desk itself.
    Desk,
    /// This calendar.
    Calendar(CalendarId),
}

impl DirectoryEntry {
    /// What the entry is about.
    pub fn line(&self) -> Line {
        match self {
            Self::Agent(record) => Line::Agent(record.id.clone()),
            Self::Group(group) => Line::Group(group.id.clone()),
            Self::Desk(_) => Line::Desk,
            Self::Calendar(calendar) => Line::Calendar(calendar.id.clone()),
        }
    }
}

/// The whole value of one piece; which variant belongs to which [`Item`], [`Item::holds`] says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateValue {
    /// The directory in force.
    Directory(DirectoryState),
    /// How the desk works.
    Desk(Box<DeskPolicy>),
    /// A calendar.
    Calendar(Calendar),
    /// The group is there, and works so.
    Group(Box<LanePolicy>),
    /// An agent.
    Agent(AgentState),
    /// A line of a directory that is being published.
    Staged(DirectoryEntry),
    /// A session.
    Session(SessionState),
}

impl Item {
    /// Whether `value` is of the kind that this piece has.
    pub fn holds(&self, value: &StateValue) -> bool {
        match (self, value) {
            (Self::Directory, StateValue::Directory(_))
            | (Self::Desk, StateValue::Desk(_))
            | (Self::Group(_), StateValue::Group(_))
            | (Self::Session(_), StateValue::Session(_)) => true,
            (Self::Calendar(id), StateValue::Calendar(calendar)) => *id == calendar.id,
            (Self::Agent(agent), StateValue::Agent(state)) => *agent == state.record.id,
            (Self::Staged { line, .. }, StateValue::Staged(entry)) => *line == entry.line(),
            _ => false,
        }
    }
}

/// Which directory is in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirectoryState {
    /// Its number.
    pub revision: u64,
}

/// An agent as the desk knows them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgentState {
    /// As the directory has them.
    pub record: AgentRecord,
    /// How they are.
    pub presence: Presence,
    /// By what they are so, or by what they drain or do so no more, whichever came later.
    pub reason: PresenceReason,
    /// When they last became online; only the order among agents who never got a session depends on it.
    pub online_since: Timestamp,
    /// When they last got a session.
    pub assigned_at: Option<Timestamp>,
    /// The workspace's own instant of the latest word about them.
    pub said_at: Option<Timestamp>,
    /// When they are offline unless their workspace has said something again.
    pub lease_until: Option<Timestamp>,
    /// They get no new sessions, and are offline when the last one is over; by whose word.
    pub drains: Option<PresenceReason>,
    /// They are offline, and their sessions stay with them until then.
    pub held_until: Option<Timestamp>,
    /// What stays taken of their capacity after sessions; what is free first stands first.
    pub wrap_ups: Vec<WrapUp>,
}

/// A place that stays taken after a session, as much of it as the session took.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct WrapUp {
    /// When it is free again.
    pub until: Timestamp,
    /// How much of the capacity.
    pub weight: u32,
    /// One of the sessions of this channel, of which the agent may have only so many.
    pub channel: Dialect,
}

impl AgentState {
    /// Somebody new in the directory: offline until their workspace says otherwise.
    pub const fn new(record: AgentRecord) -> Self {
        Self {
            record,
            presence: Presence::Offline,
            reason: PresenceReason::Said,
            online_since: Timestamp::from_millis(0),
            assigned_at: None,
            said_at: None,
            lease_until: None,
            drains: None,
            held_until: None,
            wrap_ups: Vec::new(),
        }
    }

    /// Whether they get new sessions, had they room.
    pub fn takes_new(&self) -> bool {
        self.presence == Presence::Online && self.drains.is_none()
    }

    /// When time alone changes something about them.
    pub fn due(&self) -> Option<Timestamp> {
        let free_again = self.wrap_ups.first().map(|wrap_up| wrap_up.until);
        [self.lease_until, self.held_until, free_again].into_iter().flatten().min()
    }
}

/// A text that is no key of a desk's state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a desk's state key has the form <tenant>/<desk>/<kind>[/<id>], with `/` and `%` inside an id as %2F and %25")]
pub struct MalformedStateKey;

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", Escaped(self.tenant.as_str()), Escaped(self.desk.as_str()))?;
        match &self.item {
            Item::Directory => f.write_str("directory"),
            Item::Desk => f.write_str("desk"),
            Item::Calendar(calendar) => write!(f, "calendar/{}", Escaped(calendar.as_str())),
            Item::Group(group) => write!(f, "group/{}", Escaped(group.as_str())),
            Item::Agent(agent) => write!(f, "agent/{}", Escaped(agent.as_str())),
            Item::Staged { revision, line: Line::Agent(agent) } => {
                write!(f, "staged/{revision}/agent/{}", Escaped(agent.as_str()))
            }
            Item::Staged { revision, line: Line::Group(group) } => {
                write!(f, "staged/{revision}/group/{}", Escaped(group.as_str()))
            }
            Item::Staged { revision, line: Line::Desk } => write!(f, "staged/{revision}/desk"),
            Item::Staged { revision, line: Line::Calendar(calendar) } => {
                write!(f, "staged/{revision}/calendar/{}", Escaped(calendar.as_str()))
            }
            Item::Session(session) => write!(f, "session/{session}"),
        }
    }
}

impl FromStr for StateKey {
    type Err = MalformedStateKey;

    fn from_str(text: &str) -> Result<Self, MalformedStateKey> {
        let parts: Vec<&str> = text.split('/').collect();
        let [tenant, desk, item @ ..] = parts.as_slice() else { return Err(MalformedStateKey) };
        Ok(Self {
            tenant: TenantId::new(unescaped(tenant)?),
            desk: DeskId::new(unescaped(desk)?),
            item: read_item(item)?,
        })
    }
}

fn read_item(parts: &[&str]) -> Result<Item, MalformedStateKey> {
    match parts {
        ["directory"] => Ok(Item::Directory),
        ["session", session] => session.parse().map(Item::Session).map_err(|_| MalformedStateKey),
        ["staged", revision, line @ ..] => {
            Ok(Item::Staged { revision: revision.parse().map_err(|_| MalformedStateKey)?, line: read_line(line)? })
        }
        line => Ok(match read_line(line)? {
            Line::Agent(agent) => Item::Agent(agent),
            Line::Group(group) => Item::Group(group),
            Line::Desk => Item::Desk,
            Line::Calendar(calendar) => Item::Calendar(calendar),
        }),
    }
}

fn read_line(parts: &[&str]) -> Result<Line, MalformedStateKey> {
    match parts {
        ["agent", id] => Ok(Line::Agent(AgentId::new(unescaped(id)?))),
        ["group", id] => Ok(Line::Group(GroupId::new(unescaped(id)?))),
        ["desk"] => Ok(Line::Desk),
        ["calendar", id] => Ok(Line::Calendar(CalendarId::new(unescaped(id)?))),
        _ => Err(MalformedStateKey),
    }
}

/// An id inside a key: its own `/` must not end it.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(['%', '/']) {
            match (part.strip_suffix('%'), part.strip_suffix('/')) {
                (Some(before), _) => write!(f, "{before}%25")?,
                (_, Some(before)) => write!(f, "{before}%2F")?,
                _ => f.write_str(part)?,
            }
        }
        Ok(())
    }
}

pub(super) fn unescaped(text: &str) -> Result<String, MalformedStateKey> {
    let mut parts = text.split('%');
    let mut plain = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let (sign, rest) = match part.get(..2) {
            Some("25") => ('%', &part[2..]),
            Some("2F") => ('/', &part[2..]),
            _ => return Err(MalformedStateKey),
        };
        plain.push(sign);
        plain.push_str(rest);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tenant: &str, item: Item) -> StateKey {
        StateKey { tenant: TenantId::new(tenant), desk: DeskId::new("d"), item }
    }

    #[test]
    fn keys_survive_their_text_whatever_the_ids_hold() {
        let agent = AgentId::new("a%/b/%2F");
        let session = SessionId {
            conversation: crate::ids::ConversationId::from_bits(5),
            opened_at: Timestamp::from_millis(-1),
            opened_by: 9,
        };
        for item in [
            Item::Directory,
            Item::Group(GroupId::new("售前")),
            Item::Agent(agent.clone()),
            Item::Staged { revision: u64::MAX, line: Line::Agent(agent) },
            Item::Staged { revision: 0, line: Line::Group(GroupId::new("")) },
            Item::Staged { revision: 3, line: Line::Desk },
            Item::Staged { revision: 3, line: Line::Calendar(CalendarId::new("a/b")) },
            Item::Desk,
            Item::Calendar(CalendarId::new("desk")),
            Item::Session(session),
        ] {
            let key = key("t/1", item);
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn an_id_with_a_slash_is_never_taken_for_two_ids() {
        let one = StateKey { tenant: TenantId::new("a/b"), desk: DeskId::new("c"), item: Item::Directory };
        let two = StateKey { tenant: TenantId::new("a"), desk: DeskId::new("b/c"), item: Item::Directory };
        assert_ne!(one.to_string(), two.to_string());
    }

    #[test]
    fn texts_of_another_form_are_refused() {
        for wrong in
            ["", "t", "t/d", "t/d/nothing", "t/d/agent", "t/d/agent/a/b", "t/d/agent/%zz", "t/d/staged/x/agent/a"]
        {
            assert_eq!(wrong.parse::<StateKey>(), Err(MalformedStateKey), "{wrong}");
        }
    }
}
