//! Queues that are on their way to somewhere else while the desk goes on: a move ends, whatever becomes of where it goes.

use std::time::Duration;

use usher_domain::desk::AgentRecord;
use usher_domain::desk::Presence::{Busy, Online};
use usher_domain::event::Fact;
use usher_domain::policy::{DeskPolicy, LanePolicy};
use usher_domain::supervision::MovedQueue;

use super::bench::{Answer, Bench, record, wish};
use super::supervisors::{moved, obeyed};

fn staff() -> [AgentRecord; 2] {
    [record("li", 1, &["sales"]), record("wang", 1, &[])]
}

/// Thirty sessions in the default queue, of whom one step moves two; li and wang are busy.
fn waiting(desk: DeskPolicy) -> Bench {
    let mut bench = Bench::ruled(desk, &[("sales", LanePolicy::default())], &staff());
    bench.presence("li", Busy);
    bench.presence("wang", Busy);
    for number in 1..=30 {
        bench.demand(wish(number, 1, "", i64::from(number)));
    }
    bench.in_steps_of(2)
}

/// Ticks, so far apart, until nothing is due at once.
fn settled(bench: &mut Bench, apart: i64) -> Vec<Answer> {
    let mut answers = Vec::new();
    while bench.core.next_wakeup().is_some_and(|due| due.millis() <= bench.now) {
        assert!(answers.len() < 100, "work never ends");
        bench.now += apart;
        answers.push(bench.tick());
    }
    answers
}

fn ends(answers: &[Answer]) -> Vec<u32> {
    let end = |fact: &Fact| if let Fact::QueueMoved { sessions, .. } = fact { Some(*sessions) } else { None };
    answers.iter().flat_map(Answer::facts).filter_map(end).collect()
}

/// How many were moved to somewhere else.
fn gone(answers: &[Answer]) -> usize {
    let facts = answers.iter().flat_map(Answer::facts);
    facts.filter(|fact| matches!(fact, Fact::SessionMoved { .. })).count()
}

#[test]
fn a_move_ends_when_its_group_leaves_the_directory_and_all_are_served_where_they_were() {
    let mut bench = waiting(DeskPolicy::default());
    obeyed(&mut bench, moved(MovedQueue::Default, "sales"));
    bench.published(2, DeskPolicy::default(), &[], &staff());
    let answers = settled(&mut bench, 0);
    assert_eq!(ends(&answers).len(), 1, "one word at the end: {answers:?}");
    assert_eq!(bench.presence("wang", Online).places(), ["1 1.2 wang"]);
}

#[test]
fn a_move_ends_when_its_agent_leaves_the_directory() {
    for within in [None, Some(Duration::from_secs(60))] {
        let desk = DeskPolicy { designated_within: within, ..DeskPolicy::default() };
        let mut bench = waiting(desk.clone());
        obeyed(&mut bench, moved(MovedQueue::Default, "@li"));
        bench.published(2, desk, &[("sales", LanePolicy::default())], &staff()[1..]);
        let answers = settled(&mut bench, 0);
        assert_eq!(ends(&answers).len(), 1, "{answers:?}");
        assert_eq!(bench.presence("wang", Online).places(), ["1 1.2 wang"]);
    }
}

#[test]
fn who_comes_back_from_an_agent_who_did_not_take_them_in_time_is_not_moved_again() {
    let mut bench = waiting(DeskPolicy { designated_within: Some(Duration::from_secs(2)), ..DeskPolicy::default() });
    let mut answers = vec![obeyed(&mut bench, moved(MovedQueue::Default, "@li"))];
    answers.extend(settled(&mut bench, 1_000));
    assert_eq!((gone(&answers), ends(&answers)), (30, vec![30]));
}
