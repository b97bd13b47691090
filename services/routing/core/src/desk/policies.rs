//! How the queues of a desk work, by the directory in force: the desk's own policy, each group's, and the calendars that
//! they name. Rules ask here; what a rule decides by them it writes down, so that another directory does not move what
//! was decided before.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::policy::{Calendar, Choice, DeskPolicy, LanePolicy};
use usher_domain::{CalendarId, GroupId};

use super::books::Desk;
use super::lane::Lane;
use super::table::Table;
use super::timers::Who;

/// All policies of a desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Policies {
    /// The desk's own. It is kept durably where it is not the default.
    pub(super) desk: DeskPolicy,
    /// The groups of the directory. One without a policy of its own works as by default, not as the desk's default lane:
    /// whatever a group inherits is written into it before it comes here.
    pub(super) groups: Table<GroupId, Box<LanePolicy>>,
    /// The calendars that queues name.
    pub(super) calendars: BTreeMap<CalendarId, Calendar>,
    /// The queues that tell visitors how they get on in line: those of groups, and the default one.
    pub(super) telling: BTreeSet<Option<GroupId>>,
}

impl Policies {
    /// Whether nothing durable is known.
    pub(super) fn is_empty(&self) -> bool {
        self.desk == DeskPolicy::default() && self.groups.is_empty() && self.calendars.is_empty()
    }

    /// Notes whether a queue tells visitors how they get on in line.
    pub(super) fn tell(&mut self, queue: Option<GroupId>, tells: bool) {
        if tells {
            self.telling.insert(queue);
        } else {
            self.telling.remove(&queue);
        }
    }

    /// Whether no queue tells visitors how they get on in line.
    pub(super) fn tells_nobody(&self) -> bool {
        self.telling.is_empty()
    }

    /// How the queue of a lane works: that of a group by the group's policy, all others by the desk's.
    pub(super) fn of(&self, lane: &Lane) -> &LanePolicy {
        let group = if let Lane::Group(group) = lane.base() { self.groups.get(group) } else { None };
        group.map_or(&self.desk.lane, |policy| policy)
    }
}

impl Desk {
    /// How the queue of a lane works.
    pub(super) fn lane_policy(&self, lane: &Lane) -> &LanePolicy {
        self.policies.of(lane)
    }

    /// Replaces the desk's own policy.
    pub(super) fn put_policy(&mut self, policy: DeskPolicy) {
        self.policies.tell(None, policy.lane.notices.is_some());
        let (choice, order) = (policy.lane.choice.by, policy.lane.order);
        self.put_reach(&Lane::Default, Some(&policy.lane));
        self.policies.desk = policy;
        self.put_choice(&Lane::Default, choice);
        self.put_choice(&Lane::Anyone, choice);
        self.put_order(&Lane::Default, order);
        self.judge_turn(&None);
    }

    /// How far the search of a lane's sessions goes.
    pub(super) fn put_reach(&mut self, lane: &Lane, policy: Option<&LanePolicy>) {
        let reaches = policy.is_some_and(|policy| policy.rings.iter().any(|ring| ring.anyone));
        let opens = reaches && !self.lanes.is_open(&Lane::Anyone);
        self.lanes.reach_anyone(lane, reaches);
        if opens {
            let free = self.free_in(&Lane::Anyone);
            self.lanes.open(&Lane::Anyone, free);
        }
    }

    /// By what a lane, and those that pick of it, choose among the free.
    pub(super) fn put_choice(&mut self, lane: &Lane, choice: Choice) {
        if !self.lanes.choose_by(lane, choice) {
            return;
        }
        let picked = self.lanes.picked_of(lane).cloned();
        let lanes = [lane.clone()].into_iter().chain(picked).filter(|lane| self.lanes.is_open(lane));
        for lane in lanes.collect::<Vec<_>>() {
            let free = self.free_in(&lane);
            self.lanes.reorder(&lane, free);
        }
    }

    /// Replaces, or with `None` ends, a calendar.
    pub(super) fn put_calendar(&mut self, id: &CalendarId, calendar: Option<Calendar>) {
        let until = |calendar: &Calendar| calendar.until;
        let before = self.policies.calendars.get(id).map(until);
        self.timers.change(before, calendar.as_ref().map(until), || Who::Calendar(id.clone()));
        match calendar {
            Some(calendar) => self.policies.calendars.insert(id.clone(), calendar),
            None => self.policies.calendars.remove(id),
        };
    }
}
