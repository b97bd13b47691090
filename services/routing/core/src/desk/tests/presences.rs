//! Presence: who gets sessions, who keeps them, who loses them.

use usher_domain::desk::Presence::{Away, Break, Busy, Offline, Online};
use usher_domain::event::{Fact, PresenceReason};

use super::bench::{Bench, agent, check, nobody, record, vip, wish};

#[test]
fn nobody_but_the_online_gets_sessions_and_nothing_is_torn_away_before_offline() {
    for presence in [Busy, Away, Break] {
        let mut bench = Bench::with(&[], &[record("wang", 2, &[])]);
        check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 wang"]);
        check(&bench.presence("wang", presence), &[]);
        check(&bench.demand(wish(2, 1, "", 20)), &["2 1.1 #1"]);
        check(&bench.presence("wang", Online), &["2 1.2 wang"]);
    }
}

#[test]
fn offline_agent_loses_sessions_which_keep_their_place_in_line() {
    let mut bench = Bench::with(&[], &[record("wang", 2, &[])]);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 wang"]);
    check(&bench.demand(wish(2, 3, "", 20)), &["2 3.2 wang"]);
    check(&bench.demand(wish(3, 1, "", 15)), &["3 1.1 #1"]);
    check(&bench.presence("wang", Offline), &["1 1.3 #1", "2 3.3 #3"]);
    check(&bench.presence("wang", Online), &["1 1.4 wang", "3 1.2 wang"]);
}

#[test]
fn session_of_an_offline_agent_goes_to_another_in_the_same_step() {
    let mut bench = Bench::with(&[], &[record("a", 1, &[]), record("b", 1, &[])]);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 a"]);
    check(&bench.presence("a", Offline), &["1 1.4 b"]);
}

#[test]
fn named_agent_offline_is_waited_for() {
    let mut bench = Bench::with(&[], &[record("a", 1, &[]), record("b", 1, &[])]);
    check(&bench.demand(wish(1, 1, "@a", 10)), &["1 1.2 a"]);
    check(&bench.presence("a", Offline), &["1 1.3 #1"]);
    check(&bench.presence("a", Online), &["1 1.4 a"]);
}

#[test]
fn changed_presence_is_told_once() {
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    let told = Fact::AgentPresence { agent: agent("wang"), presence: Busy, reason: PresenceReason::Said };
    assert_eq!(bench.presence("wang", Busy).facts(), [&told]);
    assert!(bench.presence("wang", Busy).is_nothing());
}

#[test]
fn presence_of_an_agent_whom_the_directory_does_not_have_is_told_as_unknown() {
    let mut bench = Bench::with(&[], &[]);
    let answer = bench.presence("stranger", Online);
    assert_eq!(answer.facts(), [&Fact::AgentUnknown { agent: agent("stranger") }]);
    assert!(answer.0.changes.is_empty());
}

#[test]
fn vip_mark_given_while_assigned_counts_when_the_agent_is_lost() {
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.2 wang"]);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.1 #1"]);
    let _ = bench.demand(vip(wish(2, 1, "", 20)));
    check(&bench.presence("wang", Offline), &["2 1.3 #1"]);
    let _ = bench.demand(nobody(1, 2));
    check(&bench.presence("wang", Online), &["2 1.4 wang"]);
}
