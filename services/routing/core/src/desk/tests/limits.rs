//! Bounds of queues: length, waiting time, hours; what becomes of those who are not taken; calendars that end.

use std::time::Duration;

use usher_domain::desk::{DeskAct, DirectoryEntry, GroupRecord, Presence};
use usher_domain::event::Fact;
use usher_domain::place::RefusedReason;
use usher_domain::policy::{
    Calendar, Compare, DeskPolicy, Exception, Exceptions, Interval, Label, LanePolicy, LimitsPolicy, OfferPolicy, Ring,
    Selector,
};
use usher_domain::supervision::{MovedQueue, Supervision, SupervisionOrder, Warrant};
use usher_domain::{CalendarId, Demand, Place, Target, Want};

use super::bench::{Answer, Bench, at, check, group, nobody, record, target, vip, wish};

const SECOND: i64 = 1_000;

fn lane(limits: LimitsPolicy) -> LanePolicy {
    LanePolicy { limits, ..LanePolicy::default() }
}

fn at_most(length: u32) -> LanePolicy {
    lane(LimitsPolicy { length_max: Some(length), ..LimitsPolicy::default() })
}

fn for_at_most(seconds: u64) -> LanePolicy {
    lane(LimitsPolicy { wait_max: Some(Duration::from_secs(seconds)), ..LimitsPolicy::default() })
}

fn then(full: Exception, policy: LanePolicy) -> LanePolicy {
    let (too_long, off_hours) = (full.clone(), full.clone());
    LanePolicy { exceptions: Exceptions { full, too_long, off_hours }, ..policy }
}

fn to(name: &str) -> Exception {
    Exception::Overflow { group: group(name) }
}

/// A desk with one agent for sales, and this rule for the group.
fn sales(policy: LanePolicy) -> Bench {
    Bench::ruled(DeskPolicy::default(), &[("sales", policy), ("night", LanePolicy::default())], &[li()])
}

fn li() -> usher_domain::desk::AgentRecord {
    record("li", 1, &["sales"])
}

fn overflowed(demand: Demand) -> Demand {
    let Want::Agent(mut wish) = demand.want else { return demand };
    wish.overflowed = true;
    Demand { want: Want::Agent(wish), ..demand }
}

/// What becomes of each who is refused.
fn exceptions(answer: &Answer) -> Vec<Exception> {
    let then = |place: &Place| if let Place::Refused { then, .. } = place { Some(then.clone()) } else { None };
    answer.placements().into_iter().filter_map(|told| then(&told.place)).collect()
}

fn refusals(answer: &Answer) -> Vec<(RefusedReason, u32, Exception)> {
    let fact = |fact: &&Fact| match fact {
        Fact::SessionRefused { reason, waiting, then, .. } => Some((*reason, *waiting, then.clone())),
        _ => None,
    };
    answer.facts().iter().filter_map(fact).collect()
}

#[test]
fn nobody_is_refused_because_of_their_own_place() {
    let mut bench = sales(at_most(1));
    bench.presence("li", Presence::Busy);
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.1 #1"]);
    let mut otherwise = wish(1, 2, "sales", 1);
    let Want::Agent(wanted) = &mut otherwise.want else { unreachable!("it wants an agent") };
    wanted.target.selectors = vec![Selector {
        label: "lang".to_owned(),
        compare: Compare::Equal,
        value: Label::Text("en".to_owned()),
        within: None,
    }];
    check(&bench.demand(otherwise), &["1 2.1 #1"]);
    check(&bench.demand(wish(2, 1, "sales", 2)), &["2 1.1 QueueFull"]);
}

#[test]
fn who_is_asked_about_a_session_is_free_for_it_when_it_asks_anew() {
    let mut bench = sales(LanePolicy { offer: Some(OfferPolicy::default()), ..at_most(1) });
    bench.presence("li", Presence::Busy);
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.1 #1"]);
    check(&bench.presence("li", Presence::Online), &["1 1.2 asking li"]);
    check(&bench.demand(wish(2, 1, "night", 2)), &["2 1.1 #1"]);
    let order = SupervisionOrder::Move { from: MovedQueue::Group(group("night")), to: target("sales") };
    let warrant = Warrant { by: "mei".to_owned(), why: String::new().into() };
    bench.act(DeskAct::Supervision(Box::new(Supervision { warrant, order })));
    check(&bench.demand(wish(1, 2, "sales", 1)), &["1 2.2 asking li"]);
}

#[test]
fn full_queue_takes_nobody_who_would_have_to_wait() {
    let mut bench = sales(then(to("night"), at_most(1)));
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.2 li"]);
    check(&bench.demand(wish(2, 1, "sales", 2)), &["2 1.1 #1"]);
    let refused = bench.demand(vip(wish(3, 1, "sales", 3)));
    check(&refused, &["3 1.1 QueueFull"]);
    assert_eq!(refusals(&refused), [(RefusedReason::QueueFull, 1, to("night"))]);
    assert_eq!(exceptions(&refused), [to("night")]);
    check(&bench.demand(wish(3, 2, "night", 3)), &["3 2.1 #1"]);
    check(&bench.demand(wish(4, 1, "", 4)), &["4 1.1 #1"]);
}

#[test]
fn place_that_somebody_leaves_can_be_taken_again() {
    let mut bench = sales(at_most(1));
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(wish(2, 1, "sales", 2));
    bench.demand(nobody(2, 2));
    check(&bench.demand(wish(3, 1, "sales", 3)), &["3 1.1 #1"]);
}

#[test]
fn where_nobody_may_wait_only_those_are_taken_whom_somebody_can_serve_at_once() {
    let mut bench = sales(at_most(0));
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.2 li"]);
    check(&bench.demand(wish(2, 1, "sales", 2)), &["2 1.1 QueueFull"]);
    check(&bench.demand(nobody(1, 2)), &[]);
    check(&bench.demand(wish(3, 1, "sales", 3)), &["3 1.2 li"]);
}

#[test]
fn who_could_be_served_but_is_not_wanted_is_no_reason_to_take_somebody() {
    let mut bench = sales(at_most(0));
    let mut picky = wish(1, 1, "sales", 1);
    if let Want::Agent(wish) = &mut picky.want {
        let (label, value) = ("lang".to_owned(), Label::Text("zh".to_owned()));
        wish.target.selectors = vec![Selector { label, compare: Compare::Equal, value, within: None }];
    }
    check(&bench.demand(picky), &["1 1.1 QueueFull"]);
    let mut declined = wish(2, 1, "sales", 2);
    if let Want::Agent(wish) = &mut declined.want {
        wish.avoid = Some(li().id);
    }
    check(&bench.demand(declined), &["2 1.1 QueueFull"]);
}

#[test]
fn those_who_only_search_in_a_queue_do_not_fill_it() {
    let wide = LanePolicy {
        rings: vec![Ring { after: Duration::ZERO, groups: vec![group("sales")], anyone: false }],
        ..LanePolicy::default()
    };
    let groups = [("sales", at_most(1)), ("night", wide)];
    let mut bench = Bench::ruled(DeskPolicy::default(), &groups, &[li()]);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(wish(2, 1, "night", 2));
    check(&bench.demand(wish(3, 1, "sales", 3)), &["3 1.1 #2"]);
    check(&bench.demand(wish(4, 1, "sales", 4)), &["4 1.1 QueueFull"]);
}

#[test]
fn those_whom_somebody_is_asked_about_still_fill_their_queue() {
    let policy = LanePolicy { offer: Some(OfferPolicy::default()), ..at_most(1) };
    let mut bench = sales(policy);
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.2 asking li"]);
    check(&bench.demand(wish(2, 1, "sales", 2)), &["2 1.1 QueueFull"]);
}

#[test]
fn who_has_waited_as_long_as_may_be_is_refused_under_the_next_turn() {
    let text = Exception::Sms { text: "later".to_owned() };
    let mut bench = sales(then(text.clone(), for_at_most(60)));
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(wish(2, 1, "sales", 2));
    let began = bench.now;
    assert!(bench.wait_until(began + 60 * SECOND - 1).is_empty());
    let answers = bench.wait_until(began + 60 * SECOND);
    check(&answers[0], &["2 1.2 WaitLimit"]);
    assert_eq!(refusals(&answers[0]), [(RefusedReason::WaitLimit, 0, text)]);
    assert_eq!(bench.core.next_wakeup(), None, "who has an agent does not wait");
}

#[test]
fn waiting_is_counted_anew_from_coming_back_to_the_queue() {
    let mut bench = sales(for_at_most(60));
    bench.demand(wish(1, 1, "sales", 1));
    assert!(bench.wait_until(bench.now + 600 * SECOND).is_empty());
    let began = bench.now;
    check(&bench.presence("li", Presence::Offline), &["1 1.3 #1"]);
    assert!(bench.wait_until(began + 60 * SECOND).is_empty());
    check(&bench.wait_until(began + 61 * SECOND)[0], &["1 1.4 WaitLimit"]);
}

#[test]
fn time_in_which_somebody_is_asked_counts_but_ends_nothing() {
    let offer = OfferPolicy { within: Duration::from_secs(90), ..OfferPolicy::default() };
    let mut bench = sales(LanePolicy { offer: Some(offer), ..for_at_most(60) });
    bench.demand(wish(1, 1, "sales", 1));
    let began = bench.now;
    assert!(bench.wait_until(began + 89 * SECOND).is_empty());
    check(&bench.wait_until(began + 90 * SECOND)[0], &["1 1.4 WaitLimit"]);
}

#[test]
fn who_was_sent_here_by_another_queue_is_not_sent_on() {
    let mut bench = sales(then(to("night"), at_most(0)));
    bench.demand(wish(1, 1, "sales", 1));
    let refused = bench.demand(overflowed(wish(2, 1, "sales", 2)));
    assert_eq!(exceptions(&refused), [Exception::default()]);
    assert_eq!(refusals(&refused), [(RefusedReason::QueueFull, 0, Exception::default())]);
}

#[test]
fn refused_session_gets_nobody_until_it_asks_again() {
    let mut bench = sales(at_most(0));
    bench.presence("li", Presence::Busy);
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.1 QueueFull"]);
    check(&bench.presence("li", Presence::Online), &[]);
    assert!(bench.demand(wish(1, 1, "sales", 1)).is_nothing(), "the same demand again");
    check(&bench.demand(wish(1, 2, "sales", 1)), &["1 2.2 li"]);
}

#[test]
fn rules_of_a_queue_hold_for_who_asks_for_one_of_its_agents_as_the_default_lane_says() {
    let desk = DeskPolicy { lane: at_most(0), ..DeskPolicy::default() };
    let mut bench = Bench::ruled(desk, &[("sales", LanePolicy::default())], &[li()]);
    bench.demand(wish(1, 1, "@li", 1));
    check(&bench.demand(wish(2, 1, "@li", 2)), &["2 1.1 QueueFull"]);
    check(&bench.demand(wish(3, 1, "sales", 3)), &["3 1.1 #1"]);
}

fn office(spans: &[(i64, i64)], until: i64) -> Calendar {
    let open = spans.iter().map(|(from, to)| Interval { from: at(from * SECOND), to: at(to * SECOND) }).collect();
    Calendar { id: CalendarId::new("office"), open, until: at(until * SECOND) }
}

/// A desk whose group sales goes by this calendar.
fn with_hours(revision: u64, bench: &mut Bench, calendar: Calendar, policy: LanePolicy) {
    let policy = LanePolicy { calendar: Some(calendar.id.clone()), ..policy };
    let entries = [
        DirectoryEntry::Calendar(calendar),
        DirectoryEntry::Group(Box::new(GroupRecord { id: group("sales"), policy })),
        DirectoryEntry::Agent(li()),
    ];
    for entry in entries {
        bench.act(DeskAct::Staged { revision, entry });
    }
    bench.act(DeskAct::Applied { revision, count: 3 });
}

fn open_from(spans: &[(i64, i64)], until: i64) -> Bench {
    let mut bench = Bench::new();
    with_hours(1, &mut bench, office(spans, until), LanePolicy::default());
    bench.presence("li", Presence::Online);
    bench
}

#[test]
fn closed_queue_takes_nobody_although_somebody_is_free() {
    let mut bench = open_from(&[(100, 200)], 1_000);
    let refused = bench.demand(wish(1, 1, "sales", 1));
    check(&refused, &["1 1.1 OffHours"]);
    bench.wait_until(100 * SECOND);
    check(&bench.demand(wish(1, 2, "sales", 1)), &["1 2.2 li"]);
}

#[test]
fn at_closing_time_those_who_wait_are_refused_and_who_has_an_agent_keeps_them() {
    let mut bench = open_from(&[(0, 200)], 1_000);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(wish(2, 1, "sales", 2));
    bench.demand(wish(3, 1, "sales", 3));
    let answers = bench.wait_until(200 * SECOND);
    assert_eq!(answers.len(), 1);
    check(&answers[0], &["2 1.2 OffHours", "3 1.2 OffHours"]);
    check(&bench.presence("li", Presence::Offline), &["1 1.4 OffHours"]);
}

#[test]
fn hours_that_were_made_longer_hold_for_those_who_wait_already() {
    let mut bench = open_from(&[(0, 200)], 1_000);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(wish(2, 1, "sales", 2));
    with_hours(2, &mut bench, office(&[(0, 300)], 1_000), LanePolicy::default());
    for answer in bench.wait_until(299 * SECOND) {
        check(&answer, &[]);
    }
    check(&bench.wait_until(300 * SECOND)[0], &["2 1.2 OffHours"]);
}

#[test]
fn calendar_that_is_over_leaves_its_queues_open_and_says_so_once() {
    let mut bench = open_from(&[(0, 200)], 500);
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.2 li"]);
    bench.wait_until(300 * SECOND);
    check(&bench.demand(wish(2, 1, "sales", 2)), &["2 1.1 OffHours"]);
    let answers = bench.wait_until(10_000 * SECOND);
    let ended = Fact::CalendarEnded { calendar: CalendarId::new("office"), until: at(500 * SECOND) };
    assert_eq!(answers.iter().flat_map(Answer::facts).collect::<Vec<_>>(), [&ended]);
    check(&bench.demand(wish(2, 2, "sales", 2)), &["2 2.1 #1"]);
    assert_eq!(bench.core.next_wakeup(), None);
}

#[test]
fn open_time_that_reaches_the_end_of_the_calendar_does_not_close() {
    let mut bench = open_from(&[(0, 500)], 500);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(wish(2, 1, "sales", 2));
    for answer in bench.wait_until(10_000 * SECOND) {
        check(&answer, &[]);
    }
}

#[test]
fn who_goes_on_to_a_group_from_the_agent_they_named_goes_by_the_bounds_there() {
    let desk = DeskPolicy { designated_within: Some(Duration::from_secs(30)), ..DeskPolicy::default() };
    let mut bench = Bench::ruled(desk, &[("sales", for_at_most(60))], &[li()]);
    bench.presence("li", Presence::Busy);
    let mut asked = wish(1, 1, "@li", 1);
    if let Want::Agent(wish) = &mut asked.want {
        wish.target = Target { group: Some(group("sales")), ..wish.target.clone() };
    }
    let began = bench.now + 1;
    check(&bench.demand(asked), &["1 1.1 #1"]);
    for answer in bench.wait_until(began + 89 * SECOND) {
        check(&answer, &[]);
    }
    check(&bench.wait_until(began + 90 * SECOND)[0], &["1 1.2 WaitLimit"]);
}
