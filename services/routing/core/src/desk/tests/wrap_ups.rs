//! What stays taken after a session.

use std::time::Duration;

use usher_domain::desk::Presence::{Offline, Online};
use usher_domain::event::Fact;
use usher_domain::policy::{DeskPolicy, LanePolicy};
use usher_domain::{Demand, Want};

use super::bench::{Answer, Bench, agent, at, check, nobody, record, session, weighing, wish};

/// A desk where a session is followed by 20 s of notes; `a` has a capacity of 2.
fn desk() -> Bench {
    let lane = LanePolicy { wrap_up: Some(Duration::from_secs(20)), ..LanePolicy::default() };
    let policy = DeskPolicy { lane, ..DeskPolicy::default() };
    Bench::ruled(policy, &[], &[record("a", 2, &[])])
}

fn told(answers: &[Answer]) -> Vec<String> {
    answers.iter().flat_map(Answer::places).collect()
}

#[test]
fn place_stays_taken_for_a_while_after_a_session() {
    let mut bench = desk();
    check(&bench.demand(weighing(2, wish(1, 1, "", 10))), &["1 1.2 a"]);
    bench.now = 9_999;
    let ended = bench.demand(nobody(1, 2));
    assert_eq!(ended.facts(), [&Fact::AgentWrapsUp { agent: agent("a"), session: session(1), until: at(30_000) }]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.1 #1"]);
    assert!(told(&bench.wait_until(29_999)).is_empty());
    assert_eq!(told(&bench.wait_until(30_000)), ["2 1.2 a"]);
    assert_eq!(bench.core.next_wakeup(), None);
}

#[test]
fn only_the_place_of_the_session_is_taken() {
    let mut bench = desk();
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 a"]);
    let _ = bench.demand(nobody(1, 2));
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.2 a"]);
    check(&bench.demand(wish(3, 1, "", 30)), &["3 1.1 #1"]);
}

#[test]
fn session_that_is_handed_on_is_wrapped_up_too() {
    let mut bench = desk();
    check(&bench.demand(weighing(2, wish(1, 1, "", 10))), &["1 1.2 a"]);
    let handed_on = bench.demand(weighing(2, wish(1, 2, "", 10)));
    check(&handed_on, &["1 2.1 #1"]);
    assert!(matches!(handed_on.facts()[..], [Fact::AgentWrapsUp { .. }]));
}

#[test]
fn session_that_is_taken_away_or_waits_leaves_nothing_to_wrap_up() {
    let mut bench = desk();
    check(&bench.demand(weighing(2, wish(1, 1, "", 10))), &["1 1.2 a"]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.1 #1"]);
    assert!(bench.demand(nobody(2, 2)).facts().is_empty());
    check(&bench.presence("a", Offline), &["1 1.3 #1"]);
    assert_eq!(bench.core.next_wakeup(), None);
    check(&bench.presence("a", Online), &["1 1.4 a"]);
}

#[test]
fn who_goes_and_comes_back_has_their_notes_still_to_write() {
    let mut bench = desk();
    check(&bench.demand(weighing(2, wish(1, 1, "", 10))), &["1 1.2 a"]);
    let _ = bench.demand(nobody(1, 2));
    let _ = bench.presence("a", Offline);
    let _ = bench.presence("a", Online);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.1 #1"]);
}

#[test]
fn session_without_weight_takes_no_place_for_notes() {
    let mut bench = desk();
    check(&bench.demand(weighing(0, wish(1, 1, "", 10))), &["1 1.2 a"]);
    assert!(bench.demand(nobody(1, 2)).facts().is_empty());
}

#[test]
fn session_that_is_set_aside_frees_its_place_at_once() {
    let mut bench = desk();
    check(&bench.demand(weighing(2, wish(1, 1, "", 10))), &["1 1.2 a"]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.1 #1"]);
    let aside = bench.demand(Demand { session: session(1), epoch: 2, want: Want::SetAside });
    check(&aside, &["2 1.2 a"]);
    assert!(!aside.facts().iter().any(|fact| matches!(fact, Fact::AgentWrapsUp { .. })), "{aside:?}");
}
