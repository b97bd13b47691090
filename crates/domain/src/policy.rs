//! How a desk works where it shall not work as by default: one small struct for each rule, all off unless
//! `directory.yaml` says otherwise. Defaults are the vendors' rules: VIPs first, then who asked earlier, the agent who has
//! been idle longest, assigned without asking.
//!
//! `usher directory apply` resolves the file, so that the desk core gets each group's whole policy and looks nothing up
//! elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ids::{CalendarId, GroupId};
use crate::place::RefusedReason;
use crate::time::Timestamp;

/// What holds for a whole desk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeskPolicy {
    /// The default lane; offers, hours and limits of agents' own lanes too.
    pub lane: LanePolicy,
    /// How long a session waits for the agent whom it named, before it goes to the group named beside, else to the
    /// default lane. `None`: for ever.
    pub designated_within: Option<Duration>,
    /// How agents must keep saying that they are there.
    pub presence: PresencePolicy,
}

/// How one queue works: that of a group, or the default one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LanePolicy {
    /// Agents are asked before a session is theirs; `None`: it is assigned at once.
    pub offer: Option<OfferPolicy>,
    /// Which of the free agents gets a session.
    pub choice: ChoicePolicy,
    /// Which of the waiting sessions is first.
    pub order: OrderPolicy,
    /// How the search widens, step by step; empty: only here.
    pub rings: Vec<Ring>,
    /// How many may wait, and how long.
    pub limits: LimitsPolicy,
    /// When the queue is open, by the name of a calendar of the directory; `None`: always.
    pub calendar: Option<CalendarId>,
    /// What happens to a session that the queue does not take, or not any longer.
    pub exceptions: Exceptions,
    /// After a session the agent's place stays taken this long, for notes.
    pub wrap_up: Option<Duration>,
    /// Where a session stands that an agent hands on to this queue.
    pub transfer: TransferPolicy,
    /// How often visitors hear of their place while it changes; `None`: only when they come to wait.
    pub notices: Option<NoticePolicy>,
    /// What the conversation keeps an eye on while an agent has the session.
    pub care: Care,
}

/// How many agents are asked about one session at once at most: each of them gives up a place for it.
pub const AT_ONCE_MAX: u32 = 20;

/// Agents are asked first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OfferPolicy {
    /// How long an agent may think.
    pub within: Duration,
    /// How many agents are asked at once; the first who accepts has it. At least 1; [`AT_ONCE_MAX`] at most.
    pub at_once: u32,
    /// After how many offers in a row without an answer the agent goes on a break; `None`: never.
    pub misses_max: Option<u32>,
    /// How long who declined, or did not answer, is not asked about the same session again.
    pub back_off: Duration,
}

impl Default for OfferPolicy {
    /// 20 s, one agent, a break after three misses, a minute without asking again.
    fn default() -> Self {
        Self { within: Duration::from_secs(20), at_once: 1, misses_max: Some(3), back_off: Duration::from_secs(60) }
    }
}

/// Which of the free agents gets a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ChoicePolicy {
    /// The order among them.
    pub by: Choice,
    /// The last agent of the conversation comes first: the session waits this long for them alone.
    pub sticky: Option<Duration>,
}

/// The order among free agents. Equals: the longest idle, then by id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Choice {
    /// Who has been idle longest.
    #[default]
    LongestIdle,
    /// Whose load is the smallest share of their capacity.
    LeastLoaded,
    /// Who has the highest level in the group.
    HighestSkill,
}

/// Which of the waiting sessions is first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OrderPolicy {
    /// VIPs first, then who asked earlier.
    #[default]
    VipFirst,
    /// Higher priority first, VIPs first among equals, then who asked earlier.
    Priority,
    /// A VIP, and each level of priority, counts as waiting longer by so much: whoever waits is some day the first.
    Ageing {
        /// For a VIP.
        vip: Duration,
        /// For each level of priority.
        level: Duration,
    },
    /// After `vips` VIPs in a row one other session is served, if one waits.
    Share {
        /// How many; at least 1.
        vips: u32,
    },
}

/// A step of a search: from when on who else is asked. Steps add up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ring {
    /// How long after the session came to wait.
    pub after: Duration,
    /// Agents of these groups too.
    pub groups: Vec<GroupId>,
    /// Every agent of the desk.
    pub anyone: bool,
}

/// Bounds of a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LimitsPolicy {
    /// How many may wait; `None`: any number.
    pub length_max: Option<u32>,
    /// How long one may wait, counted from coming to wait here; `None`: for ever.
    pub wait_max: Option<Duration>,
}

/// One table of exceptions: why a queue does not take a session, and what then.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exceptions {
    /// As many wait as may.
    pub full: Exception,
    /// It has waited as long as it may.
    pub too_long: Exception,
    /// The queue is closed.
    pub off_hours: Exception,
}

impl Exceptions {
    /// What then, for this reason.
    pub const fn of(&self, reason: RefusedReason) -> &Exception {
        match reason {
            RefusedReason::QueueFull => &self.full,
            RefusedReason::WaitLimit => &self.too_long,
            RefusedReason::OffHours => &self.off_hours,
        }
    }
}

/// What becomes of a session that a queue does not take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Exception {
    /// It is closed.
    Close {
        /// What the visitor is told; empty: that nobody can take it.
        text: String,
    },
    /// The visitor may leave a message: what they write goes to the workspace, for later.
    LeaveMessage {
        /// What they are told.
        text: String,
    },
    /// They get an SMS, and the session is closed.
    Sms {
        /// What it says.
        text: String,
    },
    /// It waits in this group instead, under that group's rules. Not a second time: then it is closed.
    Overflow {
        /// Where.
        group: GroupId,
    },
}

impl Default for Exception {
    fn default() -> Self {
        Self::Close { text: String::new() }
    }
}

/// Where a session stands that is handed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TransferPolicy {
    /// As if it had waited here all the time.
    #[default]
    Keeps,
    /// Behind those who wait already.
    Restarts,
}

/// How often visitors hear of their place: those of the first 100 whose place has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoticePolicy {
    /// At most this often; not below 10 s.
    pub every: Duration,
}

/// What the conversation core keeps an eye on while an agent has a session; told with the placement.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Care {
    /// The agent shall answer within this after they got the session.
    pub first_reply: Option<FirstReply>,
    /// The visitor has been silent.
    pub inactivity: Option<Inactivity>,
}

/// What happens when an agent does not answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstReply {
    /// How long they may take.
    pub within: Duration,
    /// Whether the session then waits again, for somebody else; else it is only told.
    pub requeues: bool,
}

/// A visitor who is silent after the agent has spoken is reminded, then the session is closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inactivity {
    /// When they are reminded, after the agent's last message; `None`: not.
    pub reminds_after: Option<Duration>,
    /// What they are told then; empty: usher's own words.
    pub text: String,
    /// When the session is closed, after the agent's last message.
    pub closes_after: Duration,
}

/// How agents are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PresencePolicy {
    /// Who does not say anything for so long is offline; a workspace may ask for less. `None`: until they say otherwise.
    pub lease: Option<Duration>,
    /// What becomes of the sessions of an agent who went offline.
    pub loss: LossPolicy,
}

/// What becomes of the sessions of an agent who is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LossPolicy {
    /// They wait again at once, at their old place.
    #[default]
    Requeue,
    /// They stay with the agent for so long; then they wait again.
    Hold {
        /// How long.
        within: Duration,
    },
}

/// When a queue is open: UTC intervals, computed from business hours, time zone and holidays by `usher directory apply`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// Its name.
    pub id: CalendarId,
    /// Open times, in order, without overlap.
    pub open: Vec<Interval>,
    /// The intervals are complete up to here; beyond it a queue is open at all times, and an event warns.
    pub until: Timestamp,
}

impl Calendar {
    /// Whether it is open at this instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        at >= self.until || self.interval(at).is_some()
    }

    /// When the open time of this instant is over; `None` when it is not open then, or not known when it closes.
    pub fn closes_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.interval(at).map(|interval| interval.to).filter(|to| *to < self.until)
    }

    fn interval(&self, at: Timestamp) -> Option<&Interval> {
        let behind = self.open.partition_point(|interval| interval.from <= at);
        self.open[..behind].last().filter(|interval| at < interval.to)
    }
}

/// A half-open span of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant behind it.
    pub to: Timestamp,
}

/// What an agent is, for selectors: name to value.
pub type Labels = BTreeMap<String, Label>;

/// The value of a label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Label {
    /// A word.
    Text(String),
    /// A number.
    Number(i64),
}

/// What a session wants its agent to be: `lang = zh`, `level >= 2`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Selector {
    /// The label's name.
    pub label: String,
    /// How it must compare.
    pub compare: Compare,
    /// With what.
    pub value: Label,
    /// How long it is insisted upon, from coming to wait; `None`: for ever.
    pub within: Option<Duration>,
}

/// How a label compares with a selector's value. A label of the other kind, or none, does not fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Compare {
    /// It is the same.
    Equal,
    /// It is another, or there is none.
    NotEqual,
    /// It is not less.
    AtLeast,
    /// It is not more.
    AtMost,
}

impl Selector {
    /// Whether an agent with these labels is wanted.
    pub fn fits(&self, labels: &Labels) -> bool {
        let Some(found) = labels.get(&self.label) else { return self.compare == Compare::NotEqual };
        match (self.compare, found, &self.value) {
            (Compare::Equal, found, wanted) => found == wanted,
            (Compare::NotEqual, found, wanted) => found != wanted,
            (Compare::AtLeast, Label::Number(found), Label::Number(wanted)) => found >= wanted,
            (Compare::AtMost, Label::Number(found), Label::Number(wanted)) => found <= wanted,
            (Compare::AtLeast | Compare::AtMost, _, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(open: &[(i64, i64)], until: i64) -> Calendar {
        let at = Timestamp::from_millis;
        let open = open.iter().map(|(from, to)| Interval { from: at(*from), to: at(*to) }).collect();
        Calendar { id: CalendarId::new("office"), open, until: at(until) }
    }

    #[test]
    fn calendar_is_open_from_the_first_instant_of_a_span_to_the_one_before_its_end() {
        let calendar = calendar(&[(10, 20), (30, 40)], 100);
        for (at, closes) in
            [(9, None), (10, Some(20)), (19, Some(20)), (20, None), (30, Some(40)), (40, None), (99, None)]
        {
            let at = Timestamp::from_millis(at);
            assert_eq!(calendar.is_open(at), closes.is_some(), "{at}");
            assert_eq!(calendar.closes_after(at), closes.map(Timestamp::from_millis), "{at}");
        }
    }

    #[test]
    fn calendar_that_is_over_is_open_and_does_not_close() {
        let calendar = calendar(&[(10, 20), (90, 100)], 100);
        for at in [95, 100, 1_000] {
            let at = Timestamp::from_millis(at);
            assert!(calendar.is_open(at) && calendar.closes_after(at).is_none(), "{at}");
        }
    }

    #[test]
    fn label_of_another_kind_or_none_fits_only_what_shall_be_another() {
        let labels: Labels =
            [("lang".to_owned(), Label::Text("zh".to_owned())), ("level".to_owned(), Label::Number(2))].into();
        let number = Label::Number;
        let text = |text: &str| Label::Text(text.to_owned());
        for (label, compare, value, fits) in [
            ("lang", Compare::Equal, text("zh"), true),
            ("lang", Compare::Equal, text("de"), false),
            ("lang", Compare::NotEqual, text("de"), true),
            ("none", Compare::Equal, text("zh"), false),
            ("none", Compare::NotEqual, text("zh"), true),
            ("level", Compare::AtLeast, number(2), true),
            ("level", Compare::AtLeast, number(3), false),
            ("level", Compare::AtMost, number(2), true),
            ("level", Compare::AtMost, text("2"), false),
            ("lang", Compare::AtLeast, number(0), false),
            ("lang", Compare::NotEqual, number(0), true),
        ] {
            let selector = Selector { label: label.to_owned(), compare, value, within: None };
            assert_eq!(selector.fits(&labels), fits, "{selector:?}");
        }
    }
}
