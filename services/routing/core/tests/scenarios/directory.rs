//! What is published in a scenario: desk, queues, calendars, agents, accounts; one table of settings for each, a line a
//! setting. Settings are separated by commas, their words by spaces.

use std::time::Duration;

use usher_domain::account::Survey;
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, GroupRecord};
use usher_domain::policy::{
    Calendar, Choice, DeskPolicy, Exception, FirstReply, Inactivity, Interval, LanePolicy, LossPolicy, NoticePolicy,
    OfferPolicy, OrderPolicy, Ring, TransferPolicy,
};
use usher_domain::{AgentId, BotId, CalendarId, Dialect, GroupId, Timestamp};

use super::acts::{label_value, span};
use super::stage::{START_MS, Stage};

/// What a setting does with the words behind its name.
type Set<T> = fn(&mut T, &[&str]);

const DESK: &[(&str, Set<DeskPolicy>)] = &[
    ("designated_within", |d, w| d.designated_within = Some(time(w))),
    ("lease", |d, w| d.presence.lease = Some(time(w))),
    ("hold", |d, w| d.presence.loss = LossPolicy::Hold { within: time(w) }),
];

const LANE: &[(&str, Set<LanePolicy>)] = &[
    ("offer", |l, w| offer(l).within = time(w)),
    ("at_once", |l, w| offer(l).at_once = number(w)),
    ("misses_max", |l, w| offer(l).misses_max = (w != ["never"]).then(|| number(w))),
    ("back_off", |l, w| offer(l).back_off = time(w)),
    ("choice", |l, w| l.choice.by = choice(w)),
    ("sticky", |l, w| l.choice.sticky = Some(time(w))),
    ("order", |l, w| l.order = order(w)),
    ("ring", |l, w| l.rings.push(ring(w))),
    ("length_max", |l, w| l.limits.length_max = Some(number(w))),
    ("wait_max", |l, w| l.limits.wait_max = Some(time(w))),
    ("calendar", |l, w| l.calendar = Some(CalendarId::new(w.join(" ")))),
    ("full", |l, w| l.exceptions.full = exception(w)),
    ("too_long", |l, w| l.exceptions.too_long = exception(w)),
    ("off_hours", |l, w| l.exceptions.off_hours = exception(w)),
    ("wrap_up", |l, w| l.wrap_up = Some(time(w))),
    ("transfer", |l, w| l.transfer = if w == ["restarts"] { TransferPolicy::Restarts } else { TransferPolicy::Keeps }),
    ("notices", |l, w| l.notices = Some(NoticePolicy { every: time(w) })),
    ("first_reply", |l, w| {
        l.care.first_reply = Some(FirstReply { within: time(&w[..1]), requeues: w[1..] == ["requeues"] });
    }),
    ("reminds_after", |l, w| {
        let silence = silence(l);
        (silence.reminds_after, silence.text) = (Some(time(&w[..1])), w[1..].join(" "));
    }),
    ("closes_after", |l, w| silence(l).closes_after = time(w)),
];

const AGENT: &[(&str, Set<AgentRecord>)] = &[
    ("capacity", |a, w| a.capacity = number(w)),
    ("groups", |a, w| a.groups = w.iter().copied().map(GroupId::new).collect()),
    ("labels", |a, w| a.labels = pairs(w).map(|(name, value)| (name.to_owned(), label_value(value))).collect()),
    ("levels", |a, w| a.levels = pairs(w).map(|(group, level)| (GroupId::new(group), number(&[level]))).collect()),
    ("limits", |a, w| a.limits = pairs(w).map(|(channel, most)| (dialect(channel), number(&[most]))).collect()),
];

const ACCOUNT: &[(&str, Set<usher_domain::Account>)] = &[
    ("channel", |a, w| a.dialect = dialect(w[0])),
    ("group", |a, w| a.default_group = Some(GroupId::new(w.join(" ")))),
    ("bot", |a, w| a.bot = Some(BotId::new(w.join(" ")))),
    ("survey", |a, _| a.survey = Survey { invites: true, ..Survey::default() }),
    ("weight", |a, w| a.weight = number(w)),
    ("priority", |a, w| a.priority = u8::try_from(number(w)).expect("a priority up to 255")),
];

/// Publishes the directory that these lines describe.
pub(crate) fn publish(stage: &mut Stage, lines: &[String]) {
    let mut desk = DeskPolicy::default();
    let (mut says_desk, mut entries) = (false, Vec::new());
    for line in lines {
        let (what, settings) = line.split_once(':').unwrap_or((line, ""));
        match what.split(' ').collect::<Vec<_>>()[..] {
            ["desk"] => {
                set(&mut desk, DESK, settings);
                says_desk = true;
            }
            ["default"] => {
                set(&mut desk.lane, LANE, settings);
                says_desk = true;
            }
            ["group", name] => {
                let mut policy = LanePolicy::default();
                set(&mut policy, LANE, settings);
                entries.push(DirectoryEntry::Group(Box::new(GroupRecord { id: GroupId::new(name), policy })));
            }
            ["agent", name] => {
                let mut agent = AgentRecord::new(AgentId::new(name));
                set(&mut agent, AGENT, settings);
                entries.push(DirectoryEntry::Agent(agent));
            }
            ["calendar", name] => entries.push(DirectoryEntry::Calendar(calendar(name, settings))),
            _ => panic!("a directory has desk, default, group, agent and calendar, and not `{what}`"),
        }
    }
    if says_desk {
        entries.push(DirectoryEntry::Desk(Box::new(desk)));
    }
    stage.revision += 1;
    let (revision, count) = (stage.revision, entries.len() as u32);
    for entry in entries {
        stage.desk_act(DeskAct::Staged { revision, entry });
    }
    stage.desk_act(DeskAct::Applied { revision, count });
}

/// Changes the account of all visitors, or of one.
pub(crate) fn account(stage: &mut Stage, visitor: Option<&str>, settings: &str) {
    let mut account = stage.account(visitor.unwrap_or_default());
    set(&mut account, ACCOUNT, settings);
    stage.accounts.insert(visitor.unwrap_or_default().to_owned(), account);
}

fn set<T>(what: &mut T, table: &[(&str, Set<T>)], settings: &str) {
    for setting in settings.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
        let words: Vec<_> = setting.split(' ').collect();
        let found = table.iter().find(|(name, _)| *name == words[0]);
        let known = || table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let (_, set) = found.unwrap_or_else(|| panic!("no setting `{}` here; there are: {}", words[0], known()));
        set(what, &words[1..]);
    }
}

fn time(words: &[&str]) -> Duration {
    span(&words.join(" ")).unwrap_or_else(|| panic!("{words:?} is no length of time like 20s"))
}

fn number(words: &[&str]) -> u32 {
    words.join(" ").parse().unwrap_or_else(|_| panic!("{words:?} is no number"))
}

fn pairs<'a>(words: &[&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    words.iter().map(|word| word.split_once('=').unwrap_or_else(|| panic!("`{word}` has no =")))
}

fn dialect(name: &str) -> Dialect {
    let found = Dialect::ALL.into_iter().find(|dialect| dialect.name() == name);
    found.unwrap_or_else(|| panic!("no channel is called {name}"))
}

fn offer(lane: &mut LanePolicy) -> &mut OfferPolicy {
    lane.offer.get_or_insert_default()
}

fn silence(lane: &mut LanePolicy) -> &mut Inactivity {
    let unless_said = || Inactivity { reminds_after: None, text: String::new(), closes_after: Duration::MAX };
    lane.care.inactivity.get_or_insert_with(unless_said)
}

fn choice(words: &[&str]) -> Choice {
    match words {
        ["longest_idle"] => Choice::LongestIdle,
        ["least_loaded"] => Choice::LeastLoaded,
        ["highest_skill"] => Choice::HighestSkill,
        _ => panic!("nobody is chosen by {words:?}"),
    }
}

fn order(words: &[&str]) -> OrderPolicy {
    match words {
        ["vip_first"] => OrderPolicy::VipFirst,
        ["priority"] => OrderPolicy::Priority,
        ["ageing", "vip", vip, "level", level] => OrderPolicy::Ageing { vip: time(&[vip]), level: time(&[level]) },
        ["share", vips] => OrderPolicy::Share { vips: number(&[vips]) },
        _ => panic!("nobody stands in the order {words:?}"),
    }
}

/// `after 30s groups a b`, `after 60s anyone`.
fn ring(words: &[&str]) -> Ring {
    let ["after", after, whom @ ..] = words else { panic!("{words:?} is no ring like `after 30s groups a b`") };
    let groups = whom.iter().filter(|word| !["groups", "anyone"].contains(word)).copied().map(GroupId::new).collect();
    Ring { after: time(&[after]), groups, anyone: whom.contains(&"anyone") }
}

/// `close`, `sms` or `leave_message` with what is said then, or `overflow` with a group.
fn exception(words: &[&str]) -> Exception {
    let text = words[1..].join(" ");
    match words[0] {
        "close" => Exception::Close { text },
        "leave_message" => Exception::LeaveMessage { text },
        "sms" => Exception::Sms { text },
        "overflow" => Exception::Overflow { group: GroupId::new(text) },
        other => panic!("`{other}` is no exception"),
    }
}

/// `open 0s-60s 2m-5m, until 1h`, from the scenario's start.
fn calendar(name: &str, settings: &str) -> Calendar {
    let at = |text: &str| Timestamp::from_millis(START_MS).plus(time(&[text]));
    let mut calendar = Calendar { id: CalendarId::new(name), open: Vec::new(), until: at("8760h") };
    for setting in settings.split(',') {
        match setting.trim().split(' ').collect::<Vec<_>>()[..] {
            ["open", ref spans @ ..] => {
                let spans = spans.iter().map(|span| span.split_once('-').expect("a span like 0s-60s"));
                calendar.open = spans.map(|(from, to)| Interval { from: at(from), to: at(to) }).collect();
            }
            ["until", until] => calendar.until = at(until),
            _ => panic!("a calendar has `open 0s-60s …` and `until 1h`, and not `{setting}`"),
        }
    }
    calendar
}
