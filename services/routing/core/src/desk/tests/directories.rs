//! Directories: staged, applied at once, rejected when incomplete or old; what they take away.

use usher_domain::desk::DeskAct;
use usher_domain::desk::Presence::{Offline, Online};
use usher_domain::event::Fact;
use usher_domain::event::PresenceReason::Removed;

use super::bench::{Bench, agent, check, group, nobody, record, session, wish};

#[test]
fn complete_directory_takes_effect_all_at_once() {
    let mut bench = Bench::new();
    let answer = bench.publish(7, &["sales"], &[record("li", 1, &["sales"]), record("wang", 1, &[])]);
    assert_eq!(answer.facts(), [&Fact::DirectoryApplied { revision: 7, agents: 2, groups: 1 }]);
    let _ = bench.presence("li", Online);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 li"]);
}

#[test]
fn incomplete_directory_changes_nothing_and_is_dropped() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    let count = bench.stage(2, &[], &[record("wang", 1, &[])]);
    let rejected = Fact::DirectoryRejected { revision: 2, expected: count + 1, staged: count };
    assert_eq!(bench.act(DeskAct::Applied { revision: 2, count: count + 1 }).facts(), [&rejected]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 li"]);
    let answer = bench.publish(2, &["sales"], &[]);
    assert_eq!(answer.facts()[0], &Fact::DirectoryApplied { revision: 2, agents: 0, groups: 1 });
}

#[test]
fn line_that_comes_twice_counts_once() {
    let mut bench = Bench::new();
    let _ = bench.stage(1, &["sales"], &[record("li", 1, &["sales"])]);
    let count = bench.stage(1, &["sales"], &[record("li", 1, &["sales"])]);
    let applied = Fact::DirectoryApplied { revision: 1, agents: 1, groups: 1 };
    assert_eq!(bench.act(DeskAct::Applied { revision: 1, count }).facts(), [&applied]);
}

#[test]
fn old_or_repeated_revision_is_rejected() {
    let mut bench = Bench::new();
    let count = bench.stage(4, &["left over"], &[]);
    let _ = bench.publish(5, &["sales"], &[]);
    for revision in [4, 5] {
        let rejected = Fact::DirectoryRejected { revision, expected: count, staged: 0 };
        assert_eq!(bench.act(DeskAct::Applied { revision, count }).facts(), [&rejected]);
    }
}

#[test]
fn highest_revision_takes_effect_and_drops_what_it_overtook() {
    let mut bench = Bench::new();
    let count = bench.stage(u64::MAX - 1, &["left over"], &[]);
    let answer = bench.publish(u64::MAX, &["sales"], &[]);
    assert_eq!(answer.facts(), [&Fact::DirectoryApplied { revision: u64::MAX, agents: 0, groups: 1 }]);
    for (revision, count) in [(u64::MAX - 1, count), (u64::MAX, 1)] {
        let rejected = Fact::DirectoryRejected { revision, expected: count, staged: 0 };
        assert_eq!(bench.act(DeskAct::Applied { revision, count }).facts(), [&rejected]);
    }
}

#[test]
fn removed_agent_loses_sessions_and_who_named_them_falls_to_the_default_lane() {
    let mut bench = Bench::with(&["sales"], &[record("li", 2, &["sales"]), record("wang", 1, &[])]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 li"]);
    check(&bench.demand(wish(2, 1, "@li", 20)), &["2 1.2 li"]);
    let answer = bench.publish(2, &["sales"], &[record("wang", 1, &[])]);
    assert!(answer.facts().contains(&&Fact::TargetRemoved { session: session(2), group: None }));
    check(&answer, &["1 1.3 #1", "2 1.4 wang"]);
}

#[test]
fn who_waits_for_a_removed_agent_or_group_waits_in_the_default_lane() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"]), record("wang", 1, &[])]);
    check(&bench.demand(wish(1, 1, "", 1)), &["1 1.2 wang"]);
    check(&bench.demand(wish(2, 1, "", 15)), &["2 1.1 #1"]);
    check(&bench.demand(wish(3, 1, "sales", 2)), &["3 1.2 li"]);
    check(&bench.demand(wish(4, 1, "sales", 10)), &["4 1.1 #1"]);
    check(&bench.demand(wish(5, 1, "@li", 12)), &["5 1.1 #1"]);
    let answer = bench.publish(2, &[], &[record("wang", 1, &[])]);
    let warned = [
        &Fact::DirectoryApplied { revision: 2, agents: 1, groups: 0 },
        &Fact::AgentPresence { agent: agent("li"), presence: Offline, reason: Removed },
        &Fact::SessionTakenBack { session: session(3), agent: agent("li"), reason: Removed },
        &Fact::TargetRemoved { session: session(3), group: Some(group("sales")) },
        &Fact::TargetRemoved { session: session(5), group: None },
        &Fact::TargetRemoved { session: session(4), group: Some(group("sales")) },
    ];
    assert_eq!(answer.facts(), warned);
    check(&answer, &["3 1.3 #1"]);
    for (leaves, epoch, next) in
        [(1, 2, "3 1.4 wang"), (3, 2, "4 1.2 wang"), (4, 2, "5 1.2 wang"), (5, 2, "2 1.2 wang")]
    {
        check(&bench.demand(nobody(leaves, epoch)), &[next]);
    }
}

#[test]
fn lowered_capacity_and_lost_groups_tear_nothing_away() {
    let mut bench = Bench::with(&["sales"], &[record("li", 2, &["sales"])]);
    for number in 1..=3 {
        let _ = bench.demand(wish(number, 1, "sales", i64::from(number)));
    }
    check(&bench.publish(2, &["sales"], &[record("li", 1, &["sales"])]), &[]);
    check(&bench.demand(nobody(1, 2)), &[]);
    check(&bench.demand(nobody(2, 2)), &["3 1.2 li"]);
    check(&bench.publish(3, &["sales"], &[record("li", 5, &[])]), &[]);
    check(&bench.demand(wish(4, 1, "sales", 4)), &["4 1.1 #1"]);
    check(&bench.demand(wish(5, 1, "", 5)), &["5 1.2 li"]);
}

#[test]
fn raised_capacity_is_used_in_the_same_step() {
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    let _ = bench.demand(wish(1, 1, "", 1));
    let _ = bench.demand(wish(2, 1, "", 2));
    check(&bench.publish(2, &[], &[record("wang", 2, &[])]), &["2 1.2 wang"]);
}

#[test]
fn agent_who_comes_back_in_a_later_directory_is_offline_first() {
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    let _ = bench.publish(2, &[], &[]);
    let _ = bench.publish(3, &[], &[record("wang", 1, &[])]);
    check(&bench.demand(wish(1, 1, "@wang", 10)), &["1 1.1 #1"]);
    check(&bench.presence("wang", Online), &["1 1.2 wang"]);
}
