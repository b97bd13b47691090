//! A step is bounded, and what remains goes on by itself.

use usher_domain::desk::Presence::{Offline, Online};
use usher_domain::event::Fact;

use super::bench::{Answer, Bench, check, record, vip, wish};
use crate::desk::ITEMS_PER_STEP;

/// Ticks until nothing is due; each step must keep the bound.
fn settle(bench: &mut Bench, first: Answer) -> Vec<Answer> {
    let mut answers = vec![first];
    while bench.core.next_wakeup().is_some() {
        assert!(answers.len() < 1_000, "work never ends");
        answers.push(bench.tick());
    }
    for answer in &answers {
        let sessions = answer.0.changes.iter().filter(|(key, _)| key.to_string().contains("/session/")).count();
        assert!(sessions <= ITEMS_PER_STEP, "{sessions} sessions in one step");
    }
    answers
}

#[test]
fn five_thousand_sessions_of_a_removed_group_are_requeued_within_bounded_steps() {
    let mut bench = Bench::with(&["sales"], &[record("wang", 1, &[])]);
    for number in 1..=5_000 {
        let _ = bench.demand(wish(number, 1, "sales", i64::from(number)));
    }
    assert_eq!(bench.core.next_wakeup(), None);
    let applied = bench.publish(2, &[], &[record("wang", 1, &[])]);
    let answers = settle(&mut bench, applied);
    let removed =
        |answer: &Answer| answer.facts().into_iter().filter(|fact| matches!(fact, Fact::TargetRemoved { .. })).count();
    assert_eq!(answers.iter().map(removed).sum::<usize>(), 5_000);
    assert_eq!(answers.len(), 6, "five steps of a thousand, and one for the match");
    check(&answers[5], &["1 1.2 wang"]);
    assert!(bench.tick().is_nothing());
}

#[test]
fn sessions_of_an_offline_agent_are_taken_back_before_anybody_is_served() {
    let mut bench = Bench::with(&[], &[record("big", 2_500, &[])]);
    for number in 1..=2_500 {
        let _ = bench.demand(wish(number, 1, "", i64::from(number)));
    }
    let _ = bench.demand(vip(wish(2_500, 1, "", 2_500)));
    let _ = bench.publish(2, &[], &[record("big", 2_500, &[]), record("wang", 1, &[])]);
    let lost = bench.presence("big", Offline);
    let taken_back = lost.places().len();
    let online = bench.presence("wang", Online);
    assert!(!online.places().iter().any(|line| line.ends_with("wang")), "one who is not yet taken back may be first");
    let answers = settle(&mut bench, online);
    assert_eq!(taken_back + answers.iter().map(|answer| answer.places().len()).sum::<usize>(), 2_500);
    let served: Vec<_> = answers.iter().flat_map(Answer::places).filter(|line| line.ends_with("wang")).collect();
    assert_eq!(served, ["2500 1.4 wang"], "the VIP, although the last to be taken back");
}

#[test]
fn any_record_carries_on_what_remains_at_another_desk() {
    let mut bench = Bench::with(&["sales"], &[]);
    for number in 1..=1_500 {
        let _ = bench.demand(wish(number, 1, "sales", i64::from(number)));
    }
    let _ = bench.publish(2, &[], &[]);
    assert!(bench.core.next_wakeup().is_some_and(|due| due.millis() <= bench.now));
    let input = usher_domain::DeskInput {
        tenant: usher_domain::TenantId::new("t"),
        desk: usher_domain::DeskId::new("another"),
        id: usher_domain::InputId::derive(&[b"x"]),
        act: usher_domain::desk::DeskAct::Demand(wish(9_999, 1, "", 1)),
    };
    check(&bench.step(crate::desk::Input::Act(input)), &["9999 1.1 #1"]);
    assert_eq!(bench.core.next_wakeup(), None);
}

#[test]
fn work_that_remains_is_known_to_a_restored_core() {
    let mut bench = Bench::with(&["sales"], &[]);
    let mut written: Vec<_> = Vec::new();
    for number in 1..=1_500 {
        written.extend(bench.demand(wish(number, 1, "sales", i64::from(number))).0.changes);
    }
    written.extend(bench.publish(2, &[], &[]).0.changes);
    let mut restored = crate::desk::DeskCore::new();
    for (key, value) in written {
        restored.restore(key, value);
    }
    assert_eq!(restored.next_wakeup(), bench.core.next_wakeup());
    let mut other = Bench { core: restored, now: bench.now };
    assert_eq!(other.tick().0, bench.tick().0);
    assert_eq!(other.core.next_wakeup(), None);
}
