//! What visitors hear of their place in line while it changes.

use std::time::Duration;

use usher_domain::Place;
use usher_domain::desk::Presence;
use usher_domain::policy::{Compare, DeskPolicy, Label, LanePolicy, NoticePolicy, Selector};
use usher_domain::supervision::MovedQueue;
use usher_domain::{Demand, Want};

use super::bench::{Answer, Bench, check, nobody, record, wish};
use super::supervisors::{moved, obeyed};
use crate::desk::{DeskCore, POSITION_EXACT_UP_TO};

const EVERY_MS: i64 = 10_000;

fn telling() -> LanePolicy {
    LanePolicy {
        notices: Some(NoticePolicy { every: Duration::from_millis(EVERY_MS as u64) }),
        ..LanePolicy::default()
    }
}

/// Li serves group `sales`, which tells places; so many sessions wait there beside the one that Li has.
fn waiting(count: u32) -> Bench {
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", telling())], &[record("li", 1, &["sales"])]);
    for number in 0..=count {
        bench.demand(wish(number, 1, "sales", i64::from(number)));
    }
    bench
}

fn told(answers: &[Answer]) -> Vec<String> {
    answers.iter().flat_map(Answer::places).collect()
}

fn waits(answers: &[Answer]) -> Vec<Option<Duration>> {
    let wait = |place: &Place| match place {
        Place::Waiting { wait, .. } => Some(*wait),
        _ => None,
    };
    answers.iter().flat_map(Answer::placements).filter_map(|told| wait(&told.place)).collect()
}

#[test]
fn those_whose_place_has_changed_hear_of_it_together() {
    let mut bench = waiting(3);
    check(&bench.demand(nobody(0, 2)), &["1 1.2 li"]);
    assert_eq!(told(&bench.wait_until(EVERY_MS * 2)), ["2 1.2 #1", "3 1.2 #2"]);
}

#[test]
fn who_stands_where_they_stood_hears_nothing() {
    let mut bench = waiting(3);
    bench.demand(nobody(2, 2));
    assert_eq!(told(&bench.wait_until(EVERY_MS * 3)), ["3 1.2 #2"]);
}

#[test]
fn nobody_hears_more_often_than_the_queue_says() {
    let mut bench = waiting(4);
    bench.wait_until(EVERY_MS * 2);
    let begun = bench.now;
    for number in 1..=3 {
        bench.demand(nobody(number, 2));
        let due = bench.core.next_wakeup().expect("somebody waits").millis();
        assert!(due - begun <= EVERY_MS && due > bench.now);
    }
    assert_eq!(told(&bench.wait_until(begun + EVERY_MS)), ["4 1.2 #1"], "one notice for three changes");
}

#[test]
fn a_hundred_are_told_however_many_wait_and_an_assignment_tells_nobody_else() {
    let mut bench = waiting(150);
    let taken = bench.demand(nobody(0, 2));
    check(&taken, &["1 1.2 li"]);
    let answers = bench.wait_until(EVERY_MS * 2);
    let told = told(&answers);
    assert_eq!(told.len(), POSITION_EXACT_UP_TO as usize);
    assert!(told.contains(&"101 1.2 #100".to_owned()), "who has come among the first hundred hears it: {told:?}");
}

#[test]
fn nothing_is_due_where_nobody_waits_or_nobody_is_told() {
    let mut told = waiting(0);
    assert_eq!(told.core.next_wakeup(), None);
    told.demand(wish(7, 1, "sales", 7));
    assert!(told.core.next_wakeup().is_some());
    told.demand(nobody(7, 2));
    told.wait_until(EVERY_MS * 5);
    assert_eq!(told.core.next_wakeup(), None, "the last look found nobody");

    let mut silent = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    for number in 0..5 {
        silent.demand(wish(number, 1, "sales", i64::from(number)));
    }
    assert_eq!(silent.core.next_wakeup(), None);
}

#[test]
fn directory_that_tells_nobody_any_more_ends_it() {
    let mut bench = waiting(3);
    bench.apply_ruled(2, DeskPolicy::default(), &[("sales", LanePolicy::default())], &[record("li", 1, &["sales"])]);
    bench.demand(nobody(0, 2));
    assert_eq!(told(&bench.wait_until(EVERY_MS * 3)), [""; 0]);
    assert_eq!(bench.core.next_wakeup(), None);
}

/// Wants an agent who speaks this.
fn speaking(language: &str, demand: Demand) -> Demand {
    let Want::Agent(mut wish) = demand.want else { return demand };
    let (label, value) = ("lang".to_owned(), Label::Text(language.to_owned()));
    wish.target.selectors = vec![Selector { label, compare: Compare::Equal, value, within: None }];
    Demand { want: Want::Agent(wish), ..demand }
}

#[test]
fn those_who_want_something_of_their_agent_hear_of_their_place_too() {
    let mut bench = waiting(0);
    for number in 1..=3 {
        bench.demand(speaking("zh", wish(number, 1, "sales", i64::from(number))));
    }
    bench.demand(nobody(1, 2));
    assert_eq!(told(&bench.wait_until(EVERY_MS * 2)), ["2 1.2 #1", "3 1.2 #2"]);
}

#[test]
fn a_hundred_are_told_over_all_lines_of_a_queue_and_the_first_of_each_are_among_them() {
    let mut bench = waiting(90);
    for number in 100..=190 {
        bench.demand(speaking("zh", wish(number, 1, "sales", i64::from(number))));
    }
    bench.demand(nobody(0, 2));
    bench.demand(nobody(100, 2));
    let told = told(&bench.wait_until(EVERY_MS * 2));
    assert_eq!(told.len(), POSITION_EXACT_UP_TO as usize);
    let hears = |line: &str| told.contains(&line.to_owned());
    assert!(hears("2 1.2 #1") && hears("101 1.2 #1") && hears("51 1.2 #50") && hears("150 1.2 #50"), "{told:?}");
}

#[test]
fn directory_that_begins_to_tell_is_heard_by_those_who_wait_already() {
    let staff = [record("li", 1, &["sales"])];
    let mut bench = Bench::with(&["sales"], &staff);
    for number in 0..=2 {
        bench.demand(wish(number, 1, "sales", i64::from(number)));
    }
    bench.demand(speaking("zh", wish(3, 1, "sales", 3)));
    bench.apply_ruled(2, DeskPolicy::default(), &[("sales", telling())], &staff);
    let until = bench.now + EVERY_MS;
    assert_eq!(told(&bench.wait_until(until)), ["1 1.2 #1", "2 1.2 #2", "3 1.2 #1"]);
}

#[test]
fn those_who_are_moved_to_a_queue_that_tells_hear_of_their_place_there() {
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", telling())], &[record("li", 1, &["sales"])]);
    bench.presence("li", Presence::Busy);
    for number in 1..=2 {
        bench.demand(wish(number, 1, "", i64::from(number)));
    }
    obeyed(&mut bench, moved(MovedQueue::Default, "sales"));
    let until = bench.now + EVERY_MS;
    assert_eq!(told(&bench.wait_until(until)), ["1 1.2 #1", "2 1.2 #2"]);
}

#[test]
fn how_long_it_will_be_is_told_once_some_were_served_while_others_waited() {
    let mut bench = waiting(6);
    for number in 0..4 {
        bench.wait_until(i64::from(number + 1) * 60_000);
        bench.demand(nobody(number, 2));
    }
    let answers = bench.wait_until(5 * 60_000);
    let waits = waits(&answers);
    assert_eq!(waits.len(), 2);
    let minutes: Vec<_> = waits.iter().flatten().map(|wait| (wait.as_secs() + 30) / 60).collect();
    assert_eq!(minutes, [1, 2], "{waits:?}");
}

#[test]
fn a_restored_desk_tells_the_same() {
    let mut bench = Bench::new();
    let staff = [record("li", 1, &["sales"])];
    let mut answers = bench.published(1, DeskPolicy::default(), &[("sales", telling())], &staff);
    answers.push(bench.presence("li", Presence::Online));
    answers.extend((0..120).map(|number| bench.demand(wish(number, 1, "sales", i64::from(number)))));
    answers.push(bench.demand(nobody(0, 2)));
    answers.extend(bench.wait_until(EVERY_MS * 2));
    answers.push(bench.demand(nobody(1, 2)));
    let mut restored = DeskCore::new();
    for (key, value) in answers.into_iter().flat_map(|answer| answer.0.changes) {
        restored.restore(key, value);
    }
    assert!(restored == bench.core, "restored from what was written");
    assert_eq!(told(&bench.wait_until(EVERY_MS * 3)).len(), 100);
}
