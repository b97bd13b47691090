//! What a directory file may say, and what is answered to what it may not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use usher_broker::Sent;
use usher_domain::desk::DirectoryEntry;
use usher_domain::policy::{
    Care, Choice, ChoicePolicy, DeskPolicy, Exception, Exceptions, FirstReply, Inactivity, Label, LanePolicy,
    LimitsPolicy, LossPolicy, NoticePolicy, OfferPolicy, OrderPolicy, PresencePolicy, Ring, TransferPolicy,
};
use usher_domain::{CalendarId, Dialect, GroupId};
use usher_runtime::config::read_yaml;

use super::*;

fn read(yaml: &str) -> Result<Vec<DeskInput>> {
    inputs(read_yaml("directory.yaml", yaml)?)
}

#[test]
fn a_directory_is_staged_and_then_applied_with_its_count() {
    let inputs = read("{tenant: t, desk: d, revision: 7, groups: [售前], agents: [{agent: li, name: Li, capacity: 1, groups: [售前]}]}")
        .expect("a directory");
    assert_eq!(inputs.len(), 3);
    assert!(matches!(inputs[2].act, DeskAct::Applied { revision: 7, count: 2 }));
}

/// Does not acknowledge in time at first; counts what it was given.
#[derive(Clone, Default)]
struct Slow(Arc<AtomicU64>);

impl SenderHandle for Slow {
    async fn send(&self, _record: Outgoing) -> Result<Sent, SendError> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Err(SendError::Unavailable("no answer within a second".to_owned())),
            1 => Err(SendError::Full),
            _ => Ok(Sent { partition: 0, offset: 0 }),
        }
    }
}

#[tokio::test]
async fn a_slow_broker_is_given_time() {
    let slow = Slow::default();
    let inputs = read("{tenant: t, desk: d, groups: [x], agents: []}").expect("a directory");
    publish(&slow, "p", &inputs).await.expect("acknowledged in the end");
    assert_eq!(slow.0.load(Ordering::Relaxed), 4, "two records, of which one took three tries");
}

#[test]
fn the_sample_is_a_directory() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/samples/directory.yaml");
    assert!(super::read(&sample).is_ok_and(|inputs| inputs.len() > 1));
}

/// The lines of a directory with these further settings, two groups and an agent.
fn entries(more: &str) -> Result<Vec<DirectoryEntry>> {
    let yaml = format!(
        "tenant: t\ndesk: d\nrevision: 7\ngroups: [sales, {{group: night}}]\nagents: [{{agent: li, name: Li, capacity: 1}}]\n{more}"
    );
    entries_of(&yaml)
}

fn entries_of(yaml: &str) -> Result<Vec<DirectoryEntry>> {
    let staged = |input: DeskInput| match input.act {
        DeskAct::Staged { entry, .. } => Some(entry),
        _ => None,
    };
    Ok(read(yaml)?.into_iter().filter_map(staged).collect())
}

fn desk_of(entries: &[DirectoryEntry]) -> DeskPolicy {
    let desk = entries.iter().find_map(|entry| match entry {
        DirectoryEntry::Desk(policy) => Some((**policy).clone()),
        _ => None,
    });
    desk.expect("a desk's policy")
}

fn group_of(entries: &[DirectoryEntry], name: &str) -> LanePolicy {
    let group = entries.iter().find_map(|entry| match entry {
        DirectoryEntry::Group(group) if group.id.as_str() == name => Some(group.policy.clone()),
        _ => None,
    });
    group.expect("a group")
}

#[test]
fn a_file_without_settings_publishes_groups_and_agents_that_work_as_by_default() {
    let entries = entries("").expect("a directory");
    assert_eq!(entries.len(), 3);
    assert_eq!(group_of(&entries, "sales"), LanePolicy::default());
}

#[test]
fn every_setting_of_a_queue_is_read() {
    let yaml = "
tenant: t
desk: d
calendars:
  - {calendar: office, timezone: Asia/Shanghai, hours: {mon-fri: '09:00-18:00'}}
groups:
  - night
  - group: sales
    offer: {within: 30s, at_once: 2, misses_max: 5, back_off: 2m}
    choice: least-loaded
    sticky: 45s
    order: {share: {vips: 3}}
    rings: [{after: 20s, groups: [night]}, {after: 1m, anyone: true}]
    length_max: 50
    wait_max: 10m
    calendar: office
    exceptions:
      full: {overflow: night}
      too_long: {sms: 'We call back.'}
      off_hours: {leave_message: 'We read it tomorrow.'}
    wrap_up: 15s
    transfer: restarts
    notices_every: 10s
    first_reply: {within: 1m, requeues: true}
    inactivity: {reminds_after: 3m, text: 'Still there?', closes_after: 5m}
agents: []
";
    let s = Duration::from_secs;
    let night = GroupId::new("night");
    let wanted = LanePolicy {
        offer: Some(OfferPolicy { within: s(30), at_once: 2, misses_max: Some(5), back_off: s(120) }),
        choice: ChoicePolicy { by: Choice::LeastLoaded, sticky: Some(s(45)) },
        order: OrderPolicy::Share { vips: 3 },
        rings: vec![
            Ring { after: s(20), groups: vec![night.clone()], anyone: false },
            Ring { after: s(60), groups: vec![], anyone: true },
        ],
        limits: LimitsPolicy { length_max: Some(50), wait_max: Some(s(600)) },
        calendar: Some(CalendarId::new("office")),
        exceptions: Exceptions {
            full: Exception::Overflow { group: night },
            too_long: Exception::Sms { text: "We call back.".to_owned() },
            off_hours: Exception::LeaveMessage { text: "We read it tomorrow.".to_owned() },
        },
        wrap_up: Some(s(15)),
        transfer: TransferPolicy::Restarts,
        notices: Some(NoticePolicy { every: s(10) }),
        care: Care {
            first_reply: Some(FirstReply { within: s(60), requeues: true }),
            inactivity: Some(Inactivity {
                reminds_after: Some(s(180)),
                text: "Still there?".to_owned(),
                closes_after: s(300),
            }),
        },
    };
    assert_eq!(group_of(&entries_of(yaml).expect("a directory"), "sales"), wanted);
}

#[test]
fn groups_and_the_default_lane_inherit_and_may_take_back() {
    let yaml = "
tenant: t
desk: d
designated_within: 2m
presence: {lease: 45s, hold: 1m}
defaults: {offer: {}, wait_max: 5m, order: priority, wrap_up: 30s}
default_lane: {wait_max: none}
groups: [sales, {group: night, offer: none, order: vip-first}]
agents: []
";
    let entries = entries_of(yaml).expect("a directory");
    let (sales, night, desk) = (group_of(&entries, "sales"), group_of(&entries, "night"), desk_of(&entries));
    assert_eq!((sales.offer, sales.order), (Some(OfferPolicy::default()), OrderPolicy::Priority));
    assert_eq!((night.offer, night.order), (None, OrderPolicy::VipFirst));
    assert_eq!(night.wrap_up, Some(Duration::from_secs(30)), "what it does not mention it inherits");
    assert_eq!((desk.lane.limits.wait_max, desk.lane.offer), (None, Some(OfferPolicy::default())));
    assert_eq!(desk.designated_within, Some(Duration::from_secs(120)));
    let hold = LossPolicy::Hold { within: Duration::from_secs(60) };
    assert_eq!(desk.presence, PresencePolicy { lease: Some(Duration::from_secs(45)), loss: hold });
}

#[test]
fn agents_have_labels_levels_and_limits() {
    let yaml = "
tenant: t
desk: d
groups: [sales]
agents:
  - {agent: li, name: Li, capacity: 3, groups: [sales], labels: {lang: zh, Level: 2}, levels: {sales: 4}, limits: {sms: 1}}
";
    let entries = entries_of(yaml).expect("a directory");
    let Some(DirectoryEntry::Agent(li)) = entries.last() else { panic!("an agent") };
    let labels = [("lang", Label::Text("zh".to_owned())), ("Level", Label::Number(2))];
    assert_eq!(li.labels, labels.map(|(name, label)| (name.to_owned(), label)).into());
    assert_eq!(li.levels, [(GroupId::new("sales"), 4)].into());
    assert_eq!(li.limits, [(Dialect::Sms, 1)].into());
}

#[test]
fn what_is_wrong_with_names_is_told() {
    for (agents, said) in [
        ("{agent: li, name: Li, capacity: 0}", "agents.li.capacity: must be a whole number of at least 1; to keep"),
        ("{agent: li, name: Li, capacity: 1, groups: [x]}", "agents.li.groups: there is no group `x`"),
        ("{agent: li, name: Li, capacity: 1}, {agent: li, name: Li, capacity: 1}", "agent `li` stands twice"),
        ("{agent: li, nmae: Li, capacity: 1}", "agents.li.name: is missing"),
        (
            "{agent: li, name: Li, nmae: Li, capacity: 1}",
            "agents.li.nmae: there is no such setting; known here are agent",
        ),
        ("{agent: li, name: 7, capacity: 1}", "agents.li.name: is no text; write it in quotes"),
        ("{agent: li, name: Li, capacity: 1, levels: {x: 1}}", "agents.li.levels.x: is no group of this agent"),
        (
            "{agent: li, name: Li, capacity: 1, limits: {fax: 1}}",
            "agents.li.limits.fax: is no channel; these are native",
        ),
    ] {
        refused(&format!("{{tenant: t, desk: d, agents: [{agents}]}}"), said);
    }
    for (yaml, said) in [
        ("{tenant: t, desk: d, groups: [x, x], agents: []}", "group `x` stands twice"),
        ("{tenant: '', desk: d, agents: []}", "tenant: a name is missing"),
        ("{tenant: t, agents: []}", "desk: is missing"),
        ("{tenant: t, desk: d}", "agents: is missing"),
        ("{tenant: t, desk: d, agents: [], agnets: []}", "agnets: there is no such setting; known here are tenant"),
        ("{tenant: t, desk: d, revision: 9223372036854775808, agents: []}", "revision: must be a whole number up to"),
    ] {
        refused(yaml, said);
    }
}

fn refused(yaml: &str, said: &str) {
    let error = format!("{:#}", read(yaml).expect_err(yaml));
    assert!(error.contains(said), "{yaml}: {error}");
}

#[test]
fn what_is_wrong_with_a_queue_is_told_with_its_path_and_the_fix() {
    for (setting, said) in [
        ("ofer: {}", "ofer: there is no such setting; known here are group, offer"),
        ("offer: {within: 20}", "offer.within: is no span of time; write for example 500ms, 20s"),
        ("offer: {within: 10ms}", "offer.within: must be at least 1s"),
        ("offer: {at_once: 0}", "offer.at_once: must be a whole number of at least 1"),
        ("offer: {at_once: 21}", "offer.at_once: must be at most 20"),
        ("offer: yes", "offer: is no list of settings"),
        ("choice: random", "choice: must be longest-idle, least-loaded or highest-skill"),
        ("order: fifo", "order: must be vip-first, priority, ageing"),
        ("order: {share: {vips: 0}}", "order.share.vips: must be a whole number of at least 1"),
        ("order: {ageing: {vips: 3m}}", "order.ageing.vips: there is no such setting; known here are vip, level"),
        ("rings: [{after: 10s}]", "rings[0]: asks nobody; name groups"),
        ("rings: [{after: 10s, anyone: true}, {after: 5s, anyone: true}]", "rings[1]: must be later than the ring"),
        ("rings: [{after: 10s, groups: [x]}]", "rings: there is no group `x`; name it under groups"),
        ("length_max: -1", "length_max: must be a whole number of at least 0"),
        ("wait_max: 0s", "wait_max: must be at least 1s"),
        ("calendar: x", "calendar: there is no calendar `x`; describe it under calendars"),
        ("exceptions: {full: {overflow: x}}", "exceptions.full: there is no group `x`; name it under groups"),
        ("exceptions: {full: hang-up}", "exceptions.full: must be close, or one of close: TEXT"),
        ("exceptions: {ful: close}", "exceptions.ful: there is no such setting; known here are full, too_long"),
        ("exceptions: {full: {overflow: sales}}", "sales → sales is a circle"),
        ("transfer: stays", "transfer: must be keeps or restarts"),
        ("notices_every: 5s", "notices_every: must be at least 10s"),
        ("first_reply: {requeues: true}", "first_reply.within: is missing"),
        ("first_reply: {within: 1m, requeues: yes please}", "first_reply.requeues: must be true or false"),
        ("inactivity: {closes_after: 3h}", "inactivity.closes_after: must be at most 2h"),
        ("inactivity: {reminds_after: 5m, closes_after: 5m}", "inactivity: reminds_after must be earlier"),
    ] {
        refused(&format!("{{tenant: t, desk: d, groups: [{{group: sales, {setting}}}], agents: []}}"), said);
        refused(&format!("{{tenant: t, desk: d, groups: [{{group: sales, {setting}}}], agents: []}}"), "groups.sales.");
    }
    refused("{tenant: t, desk: d, presence: {lease: 5s}, agents: []}", "presence.lease: must be at least 10s");
    refused(
        "{tenant: t, desk: d, default_lane: {calendar: x}, agents: []}",
        "default_lane.calendar: there is no calendar",
    );
}

#[test]
fn a_circle_of_overflows_is_found_however_long_it_is() {
    let yaml = "
tenant: t
desk: d
groups:
  - {group: a, exceptions: {full: {overflow: b}}}
  - {group: b, exceptions: {too_long: {overflow: c}}}
  - {group: c, exceptions: {off_hours: {overflow: a}}}
agents: []
";
    refused(yaml, "groups.a.exceptions: a → b → c → a is a circle");
}
