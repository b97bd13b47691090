//! How agents are there: words that come late, leases that end, sessions that are held, draining.

use std::time::Duration;

use usher_domain::desk::Presence::{Away, Break, Busy, Offline, Online};
use usher_domain::desk::{Presence, PresenceSaid};
use usher_domain::event::{Fact, PresenceReason, Refusal};
use usher_domain::policy::{DeskPolicy, LanePolicy, LossPolicy, OfferPolicy, PresencePolicy};

use super::bench::{Answer, Bench, agent, at, check, nobody, record, session, wish};

const LEASE: Option<Duration> = Some(Duration::from_secs(30));
const HOLD: LossPolicy = LossPolicy::Hold { within: Duration::from_secs(60) };

/// A desk with this rule for presences; `a` and `b` have room for two sessions and are online since 2,000.
fn desk(lease: Option<Duration>, loss: LossPolicy) -> Bench {
    let policy = DeskPolicy { presence: PresencePolicy { lease, loss }, ..DeskPolicy::default() };
    let mut bench = Bench::new();
    let _ = bench.apply_ruled(1, policy, &[], &["a", "b"].map(|name| record(name, 2, &[])));
    for name in ["a", "b"] {
        bench.now = 1_999;
        let _ = bench.say(said(name, Online, 1));
    }
    bench
}

/// A word of the workspace with its own instant.
fn said(name: &str, presence: Presence, instant: i64) -> PresenceSaid {
    PresenceSaid { at: Some(at(instant)), ..PresenceSaid::new(agent(name), presence) }
}

fn draining(said: PresenceSaid) -> PresenceSaid {
    PresenceSaid { drain: true, ..said }
}

fn changed(name: &str, presence: Presence, reason: PresenceReason) -> Fact {
    Fact::AgentPresence { agent: agent(name), presence, reason }
}

/// The steps of `answers` that told something.
fn told(answers: &[Answer]) -> Vec<String> {
    answers.iter().flat_map(Answer::places).collect()
}

#[test]
fn word_that_comes_late_changes_nothing_and_is_told() {
    let mut bench = desk(None, LossPolicy::Requeue);
    let _ = bench.say(said("a", Busy, 200));
    let late = bench.say(said("a", Online, 199));
    assert_eq!(late.facts(), [&Fact::PresenceIgnored { agent: agent("a"), at: at(199), said_at: at(200) }]);
    assert!(late.0.changes.is_empty());
    assert_eq!(bench.say(said("a", Online, 201)).facts(), [&changed("a", Online, PresenceReason::Said)]);
}

#[test]
fn later_word_of_the_same_is_remembered_where_no_lease_is() {
    let mut bench = desk(None, LossPolicy::Requeue);
    assert!(bench.say(said("a", Online, 300)).facts().is_empty());
    assert!(matches!(bench.say(said("a", Busy, 250)).facts()[..], [Fact::PresenceIgnored { .. }]));
}

#[test]
fn word_without_an_instant_counts_as_it_comes() {
    let mut bench = desk(None, LossPolicy::Requeue);
    let _ = bench.say(said("a", Busy, 200));
    assert_eq!(bench.presence("a", Online).facts(), [&changed("a", Online, PresenceReason::Said)]);
    assert!(matches!(bench.say(said("a", Busy, 199)).facts()[..], [Fact::PresenceIgnored { .. }]));
}

#[test]
fn lease_that_ends_takes_the_agent_offline_and_their_sessions_to_the_front() {
    let mut bench = desk(LEASE, LossPolicy::Requeue);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    check(&bench.demand(wish(2, 1, "", 30)), &["2 1.2 b"]);
    let _ = bench.say(said("b", Online, 1));
    assert_eq!(bench.core.next_wakeup(), Some(at(32_000)));
    assert!(bench.wait_until(31_999).is_empty());
    let lost = bench.wait_until(32_000);
    let [lost] = &lost[..] else { panic!("one step: {lost:?}") };
    assert_eq!(lost.facts()[0], &changed("a", Offline, PresenceReason::LeaseLost));
    let back = Fact::SessionTakenBack { session: session(1), agent: agent("a"), reason: PresenceReason::LeaseLost };
    assert!(lost.facts().contains(&&back), "{lost:?}");
}

#[test]
fn any_record_at_its_end_ends_a_lease() {
    let mut bench = desk(LEASE, LossPolicy::Requeue);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 a"]);
    bench.now = 25_000;
    let _ = bench.say(said("b", Online, 1));
    bench.now = 31_999;
    check(&bench.demand(wish(2, 1, "", 20)), &["1 1.4 b", "2 1.2 b"]);
}

#[test]
fn agent_heard_of_again_comes_back_by_the_same_word() {
    let mut bench = desk(LEASE, LossPolicy::Requeue);
    let _ = bench.wait_until(32_000);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.1 #1"]);
    check(&bench.say(said("a", Online, 1)), &["1 1.2 a"]);
}

#[test]
fn signs_of_life_are_written_only_past_half_of_the_lease() {
    let mut bench = desk(LEASE, LossPolicy::Requeue);
    let _ = bench.presence("b", Offline);
    let written = |bench: &mut Bench, second: i64, instant: i64| {
        bench.now = 1_000 * second - 1;
        let answer = bench.say(said("a", Online, instant));
        assert!(answer.0.bodies.is_empty(), "{answer:?}");
        answer.0.changes.len()
    };
    // The first one is past half, the second one 15 s later, and so on.
    let same: usize = (17..1_517).map(|second| written(&mut bench, second, 1)).sum();
    assert_eq!(same, 100, "the same word each second");
    let newer: usize = (1_517..3_017).map(|second| written(&mut bench, second, second)).sum();
    assert_eq!(newer, 100, "also when each tells a newer instant");
}

#[test]
fn whoever_says_so_each_lease_or_sooner_is_never_lost() {
    for every in [1, 4_999, 5_000, 5_001, 9_999] {
        let mut bench = desk(Some(Duration::from_secs(10)), LossPolicy::Requeue);
        let mut now = 2_000;
        while now < 100_000 {
            now += every;
            let lost = bench.wait_until(now - 1);
            assert!(
                lost.iter().all(|answer| !answer.facts().contains(&&changed("a", Offline, PresenceReason::LeaseLost))),
                "each {every} ms, at {now}"
            );
            let _ = bench.say(said("a", Online, 1));
        }
    }
}

#[test]
fn shorter_of_desk_and_word_is_the_lease() {
    for (desks, words, until) in [
        (None, None, None),
        (LEASE, None, Some(32_000)),
        (None, Some(5_000), Some(7_000)),
        (LEASE, Some(5_000), Some(7_000)),
        (LEASE, Some(90_000), Some(32_000)),
    ] {
        let mut bench = desk(desks, LossPolicy::Requeue);
        bench.presence("b", Offline);
        bench.now = 1_999;
        let lease = words.map(Duration::from_millis);
        let _ = bench.say(PresenceSaid { lease, ..said("a", Online, 1) });
        assert_eq!(bench.core.next_wakeup(), until.map(at), "{desks:?} {words:?}");
    }
}

#[test]
fn lease_that_is_asked_to_be_shorter_is_shorter_at_once() {
    let mut bench = desk(None, LossPolicy::Requeue);
    let lease = |ms| PresenceSaid { lease: Some(Duration::from_millis(ms)), ..said("a", Online, 1) };
    let _ = bench.say(lease(60_000));
    bench.now = 2_999;
    let _ = bench.say(lease(5_000));
    assert_eq!(bench.core.next_wakeup(), Some(at(8_000)));
}

#[test]
fn directory_that_brings_a_lease_gives_one_to_those_who_have_none() {
    let mut bench = Bench::with(&[], &[record("a", 2, &[])]);
    assert_eq!(bench.core.next_wakeup(), None);
    let policy =
        DeskPolicy { presence: PresencePolicy { lease: LEASE, ..PresencePolicy::default() }, ..DeskPolicy::default() };
    let _ = bench.apply_ruled(2, policy, &[], &[record("a", 2, &[])]);
    assert_eq!(bench.core.next_wakeup(), Some(at(bench.now + 30_000)));
}

#[test]
fn held_sessions_are_kept_for_who_comes_back_in_time() {
    for lost_by in [PresenceReason::Said, PresenceReason::LeaseLost] {
        let mut bench = desk(LEASE, HOLD);
        check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
        if lost_by == PresenceReason::Said {
            bench.now = 31_999;
            check(&bench.say(said("a", Offline, 2)), &[]);
        }
        let lost = bench.wait_until(32_001);
        assert!(told(&lost).is_empty(), "{lost_by:?}: {lost:?}");
        bench.now = 91_998;
        let back = bench.say(said("a", Online, 3));
        check(&back, &[]);
        assert_eq!(bench.core.next_wakeup(), Some(at(121_999)), "nothing but the new lease");
        check(&bench.demand(wish(2, 1, "@a", 20)), &["2 1.2 a"]);
        check(&bench.demand(wish(3, 1, "@a", 30)), &["3 1.1 #1"]);
    }
}

#[test]
fn held_sessions_wait_again_at_the_deadline() {
    let mut bench = desk(LEASE, HOLD);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    let lost = bench.wait_until(32_000);
    let held = Fact::SessionsHeld { agent: agent("a"), sessions: 1, until: at(92_000) };
    assert!(lost.iter().any(|answer| answer.facts().contains(&&held)), "{lost:?}");
    assert!(told(&bench.wait_until(91_999)).is_empty());
    let late = bench.wait_until(92_000);
    assert_eq!(told(&late), ["1 1.3 #1"]);
    let back = Fact::SessionTakenBack { session: session(1), agent: agent("a"), reason: PresenceReason::LeaseLost };
    assert!(late[0].facts().contains(&&back), "{late:?}");
}

#[test]
fn held_session_may_end_and_offline_agent_gets_no_other() {
    let mut bench = desk(None, HOLD);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    check(&bench.say(said("a", Offline, 2)), &[]);
    check(&bench.demand(wish(2, 1, "@a", 20)), &["2 1.1 #1"]);
    check(&bench.demand(nobody(1, 2)), &[]);
    let _ = bench.wait_until(100_000);
    assert_eq!(bench.core.next_wakeup(), None);
}

#[test]
fn nobody_holds_sessions_for_who_left_the_directory() {
    let mut bench = desk(None, HOLD);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 a"]);
    let removed = bench.publish(2, &[], &[record("b", 2, &[])]);
    check(&removed, &["1 1.4 b"]);
    let facts = removed.facts();
    assert!(facts.contains(&&changed("a", Offline, PresenceReason::Removed)), "{facts:?}");
    let back = Fact::SessionTakenBack { session: session(1), agent: agent("a"), reason: PresenceReason::Removed };
    assert!(facts.contains(&&back), "{facts:?}");
}

#[test]
fn draining_agent_gets_nothing_new_and_is_offline_after_the_last_session() {
    let mut bench = desk(None, LossPolicy::Requeue);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    let drains = bench.say(draining(said("a", Online, 2)));
    assert_eq!(
        drains.facts(),
        [&Fact::AgentDraining { agent: agent("a"), drains: true, reason: PresenceReason::Said }]
    );
    check(&bench.demand(wish(2, 1, "@a", 20)), &["2 1.1 #1"]);
    let last = bench.demand(nobody(1, 2));
    assert_eq!(last.facts(), [&changed("a", Offline, PresenceReason::Drained)]);
    check(&last, &[]);
    assert!(bench.say(draining(said("a", Online, 2))).is_nothing(), "the sign of life of somebody who has left");
    check(&bench.say(said("a", Online, 3)), &["2 1.2 a"]);
}

#[test]
fn draining_keeps_the_presence_also_when_it_is_said_with_offline() {
    let mut bench = desk(None, LossPolicy::Requeue);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    let _ = bench.say(said("a", Busy, 2));
    let drains = bench.say(draining(said("a", Offline, 3)));
    assert_eq!(
        drains.facts(),
        [&Fact::AgentDraining { agent: agent("a"), drains: true, reason: PresenceReason::Said }]
    );
    check(&drains, &[]);
    assert_eq!(bench.demand(nobody(1, 2)).facts(), [&changed("a", Offline, PresenceReason::Drained)]);
}

#[test]
fn whoever_drains_without_a_session_is_offline_at_once() {
    for word in [Online, Busy, Away, Break, Offline] {
        let mut bench = desk(None, LossPolicy::Requeue);
        let drained = bench.say(draining(said("a", word, 2)));
        assert_eq!(drained.facts().last(), Some(&&changed("a", Offline, PresenceReason::Drained)), "{word:?}");
        assert!(bench.say(draining(said("a", word, 2))).is_nothing(), "{word:?}");
        assert!(bench.presence("a", Offline).is_nothing());
    }
}

#[test]
fn draining_ends_by_a_word_without_it() {
    let mut bench = desk(None, LossPolicy::Requeue);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    let _ = bench.say(draining(said("a", Online, 2)));
    check(&bench.demand(wish(2, 1, "@a", 20)), &["2 1.1 #1"]);
    let again = bench.say(said("a", Online, 3));
    check(&again, &["2 1.2 a"]);
    assert_eq!(
        again.facts()[0],
        &Fact::AgentDraining { agent: agent("a"), drains: false, reason: PresenceReason::Said }
    );
}

#[test]
fn lease_lost_while_draining_ends_the_draining() {
    let mut bench = desk(LEASE, HOLD);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    let _ = bench.say(draining(said("a", Online, 2)));
    let _ = bench.wait_until(40_000);
    let back = bench.say(draining(said("a", Online, 2)));
    assert_eq!(back.facts().len(), 2, "online, and draining again: {back:?}");
    assert_eq!(bench.demand(nobody(1, 2)).facts(), [&changed("a", Offline, PresenceReason::Drained)]);
}

#[test]
fn whoever_is_lost_while_they_are_asked_accepts_in_vain() {
    let presence = PresencePolicy { lease: LEASE, loss: HOLD };
    let lane = LanePolicy { offer: Some(OfferPolicy::default()), ..LanePolicy::default() };
    let mut bench = Bench::new();
    let _ = bench.apply_ruled(1, DeskPolicy { lane, presence, ..DeskPolicy::default() }, &[], &[record("a", 1, &[])]);
    bench.now = 1_999;
    let _ = bench.say(said("a", Online, 1));
    bench.now = 20_000;
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 asking a"]);
    bench.now = 31_999;
    let late = bench.says("a", 1, "1.2", true);
    check(&late, &["1 1.3 #1"]);
    let refused = |fact: &&Fact| matches!(fact, Fact::CommandRefused { reason: Refusal::OfferGone, .. });
    assert!(late.facts().into_iter().any(|fact| refused(&fact)), "{late:?}");
}
