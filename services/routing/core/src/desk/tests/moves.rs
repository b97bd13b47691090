//! Queues that are on their way to somewhere else while the desk goes on: a move ends, whatever becomes of where it goes.

use std::time::Duration;

use usher_domain::desk::AgentRecord;
use usher_domain::desk::Presence::{Busy, Online};
use usher_domain::event::{Fact, Refusal, RescindReason};
use usher_domain::policy::{DeskPolicy, LanePolicy, OfferPolicy};
use usher_domain::supervision::MovedQueue;

use super::bench::{Answer, Bench, record, wish};
use super::supervisors::{moved, obeyed, of_group};

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

#[test]
fn those_whom_agents_are_asked_about_go_with_their_queue_and_a_late_answer_is_refused() {
    let asks = LanePolicy { offer: Some(OfferPolicy::default()), ..LanePolicy::default() };
    let agents = [record("li", 1, &["sales"]), record("wang", 2, &["night"])];
    let lanes = [("sales", asks), ("night", LanePolicy::default())];
    let mut bench = Bench::ruled(DeskPolicy::default(), &lanes, &agents);
    assert_eq!(bench.demand(wish(1, 1, "sales", 10)).places(), ["1 1.2 asking li"]);
    bench.demand(wish(2, 1, "sales", 20));
    let answer = obeyed(&mut bench, moved(of_group("sales"), "night"));
    assert_eq!(answer.places(), ["1 1.4 wang", "2 1.2 wang"]);
    let rescinded = |fact: &&Fact| matches!(fact, Fact::OfferRescinded { reason: RescindReason::Supervisor, .. });
    assert_eq!(answer.facts().into_iter().filter(rescinded).count(), 1);
    assert_eq!(ends(&[answer]), [2]);
    let late = bench.says("li", 1, "1.2", true);
    assert!(matches!(late.facts()[..], [Fact::CommandRefused { reason: Refusal::OfferGone, .. }]), "{late:?}");
}

#[test]
fn a_queue_where_all_are_asked_about_is_moved_with_all_queues() {
    let asks = LanePolicy { offer: Some(OfferPolicy::default()), ..LanePolicy::default() };
    let lanes = [("sales", asks), ("night", LanePolicy::default())];
    let mut bench = Bench::ruled(DeskPolicy::default(), &lanes, &staff());
    assert_eq!(bench.demand(wish(1, 1, "sales", 10)).places(), ["1 1.2 asking li"]);
    assert_eq!(obeyed(&mut bench, moved(MovedQueue::All, "night")).places(), ["1 1.3 #1"]);
}
