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
use crate::event::{Average, PresenceReason};
use crate::ids::{AgentId, CalendarId, DeskId, GroupId, InputId, SessionId, TenantId};
use crate::place::Target;
use crate::policy::{Calendar, DeskPolicy, LanePolicy};
use crate::supervision::MovedQueue;
use crate::time::Timestamp;

pub use session::{Bound, Exclusion, Offer, Reach, Search, Seat, SessionExtra, SessionState};

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
    /// A queue that is being moved.
    Moving(MovedQueue),
    /// The latest commands of supervisors that were obeyed.
    Obeyed,
    /// What visitors thought of an agent, or of a group.
    Rated(RatedBy),
    /// What is known of the queue of a group, or of the default one (`None`), where one of its rules needs that.
    Lane(Option<GroupId>),
}

/// Whose sessions were rated.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RatedBy {
    /// This agent's.
    Agent(AgentId),
    /// This group's.
    Group(GroupId),
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
    /// A queue that is being moved.
    Moving(MovingState),
    /// The latest commands of supervisors that were obeyed.
    Obeyed(ObeyedState),
    /// All answers to surveys that count.
    Rated(Average),
    /// What is known of a queue.
    Lane(LaneState),
}

impl Item {
    /// Whether `value` is of the kind that this piece has.
    pub fn holds(&self, value: &StateValue) -> bool {
        match (self, value) {
            (Self::Directory, StateValue::Directory(_))
            | (Self::Desk, StateValue::Desk(_))
            | (Self::Group(_), StateValue::Group(_))
            | (Self::Session(_), StateValue::Session(_))
            | (Self::Moving(_), StateValue::Moving(_))
            | (Self::Obeyed, StateValue::Obeyed(_))
            | (Self::Rated(_), StateValue::Rated(_))
            | (Self::Lane(_), StateValue::Lane(_)) => true,
            (Self::Calendar(id), StateValue::Calendar(calendar)) => *id == calendar.id,
            (Self::Agent(agent), StateValue::Agent(state)) => *agent == state.record.id,
            (Self::Staged { line, .. }, StateValue::Staged(entry)) => *line == entry.line(),
            _ => false,
        }
    }
}

/// A queue that is being moved: as many sessions as one step may move go at once, the others in the steps behind it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MovingState {
    /// The input that asked for it.
    pub input: InputId,
    /// Where to.
    pub to: Target,
    /// How many have gone.
    pub sessions: u32,
    /// The last of those who stand in the line and are not moved, because they have only widened their search to it.
    pub passed: Option<SessionId>,
}

/// The latest commands of supervisors that were obeyed: one that comes again is not obeyed again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObeyedState {
    /// Their inputs, the latest last.
    pub inputs: Vec<InputId>,
}

/// What is known of a queue beside who waits in it. Kept only while one of its rules needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LaneState {
    /// How many VIPs were served in a row, where they have a share.
    pub vips_in_row: u32,
    /// The mean time between two assignments while somebody waited, where visitors are told how long it will be.
    pub pace: Pace,
    /// When those who wait hear of their places next.
    pub notice_at: Option<Timestamp>,
}

impl LaneState {
    /// When time alone changes something about it.
    pub const fn due(&self) -> Option<Timestamp> {
        self.notice_at
    }
}

/// How fast a queue moves: a mean in which the latest times count most, in whole numbers, so that it is the same everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pace {
    /// The last assignment, if somebody has waited since.
    pub last_at: Option<Timestamp>,
    /// The mean so far, in thousandths of a millisecond.
    pub mean_micros: u64,
    /// How many times it is made of; no more are counted than the mean needs to be told.
    pub samples: u32,
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
    /// How many offers in a row they have not answered.
    pub misses: u32,
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
            misses: 0,
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
            Item::Moving(MovedQueue::All) => f.write_str("moving/all"),
            Item::Moving(MovedQueue::Default) => f.write_str("moving/default"),
            Item::Moving(MovedQueue::Agent(agent)) => write!(f, "moving/agent/{}", Escaped(agent.as_str())),
            Item::Moving(MovedQueue::Group(group)) => write!(f, "moving/group/{}", Escaped(group.as_str())),
            Item::Obeyed => f.write_str("obeyed"),
            Item::Rated(RatedBy::Agent(agent)) => write!(f, "rated/agent/{}", Escaped(agent.as_str())),
            Item::Rated(RatedBy::Group(group)) => write!(f, "rated/group/{}", Escaped(group.as_str())),
            Item::Lane(None) => f.write_str("lane/default"),
            Item::Lane(Some(group)) => write!(f, "lane/group/{}", Escaped(group.as_str())),
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
        ["moving", "all"] => Ok(Item::Moving(MovedQueue::All)),
        ["moving", "default"] => Ok(Item::Moving(MovedQueue::Default)),
        ["moving", "agent", id] => Ok(Item::Moving(MovedQueue::Agent(AgentId::new(unescaped(id)?)))),
        ["moving", "group", id] => Ok(Item::Moving(MovedQueue::Group(GroupId::new(unescaped(id)?)))),
        ["obeyed"] => Ok(Item::Obeyed),
        ["rated", "agent", id] => Ok(Item::Rated(RatedBy::Agent(AgentId::new(unescaped(id)?)))),
        ["rated", "group", id] => Ok(Item::Rated(RatedBy::Group(GroupId::new(unescaped(id)?)))),
        ["lane", "default"] => Ok(Item::Lane(None)),
        ["lane", "group", id] => Ok(Item::Lane(Some(GroupId::new(unescaped(id)?)))),
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
            Item::Moving(MovedQueue::All),
            Item::Moving(MovedQueue::Default),
            Item::Moving(MovedQueue::Group(GroupId::new("all"))),
            Item::Moving(MovedQueue::Agent(AgentId::new("a/b"))),
            Item::Obeyed,
            Item::Rated(RatedBy::Agent(AgentId::new("a/b"))),
            Item::Rated(RatedBy::Group(GroupId::new("all"))),
            Item::Lane(None),
            Item::Lane(Some(GroupId::new("default"))),
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
