//! Matching (R8): who is first, who gets them, and the reason that is given.

use usher_domain::desk::Presence::{Away, Offline, Online};
use usher_domain::event::{Fact, Grounds, Rank, Rule};
use usher_domain::{PlacementId, Timestamp};

use super::bench::{Bench, agent, check, group, nobody, record, session, vip, weighing, wish};

#[test]
fn vip_is_first_although_last_to_come() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 li"]);
    check(&bench.demand(wish(2, 1, "sales", 20)), &["2 1.1 #1"]);
    check(&bench.demand(wish(3, 1, "sales", 30)), &["3 1.1 #2"]);
    check(&bench.demand(vip(wish(4, 1, "sales", 40))), &["4 1.1 #1"]);
    check(&bench.demand(nobody(1, 2)), &["4 1.2 li"]);
    check(&bench.demand(nobody(4, 2)), &["2 1.2 li"]);
    check(&bench.demand(nobody(2, 2)), &["3 1.2 li"]);
}

#[test]
fn same_instant_is_ordered_by_session() {
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    let _ = bench.presence("wang", Away);
    for number in [3, 1, 2] {
        let _ = bench.demand(wish(number, 1, "", 10));
    }
    check(&bench.presence("wang", Online), &["1 1.2 wang"]);
}

#[test]
fn first_over_all_lanes_is_served_when_one_agent_serves_several() {
    let mut bench = Bench::with(&["sales", "service"], &[record("li", 1, &["sales", "service"])]);
    let _ = bench.presence("li", Away);
    let _ = bench.demand(wish(1, 1, "sales", 20));
    let _ = bench.demand(wish(2, 1, "service", 10));
    let _ = bench.demand(wish(3, 1, "@li", 30));
    check(&bench.presence("li", Online), &["2 1.2 li"]);
    let _ = bench.demand(vip(wish(3, 1, "@li", 30)));
    check(&bench.demand(nobody(2, 2)), &["3 1.2 li"]);
}

#[test]
fn longest_idle_agent_is_chosen() {
    let agents = [record("a", 1, &[]), record("b", 1, &[]), record("c", 1, &[])];
    let mut bench = Bench::with(&[], &agents);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 a"]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.2 b"]);
    let _ = bench.demand(nobody(2, 2));
    let _ = bench.demand(nobody(1, 2));
    check(&bench.demand(wish(3, 1, "", 30)), &["3 1.2 c"]);
    check(&bench.demand(wish(4, 1, "", 40)), &["4 1.2 a"]);
}

#[test]
fn never_assigned_agents_are_ordered_by_coming_online() {
    let mut bench = Bench::new();
    bench.publish(1, &[], &[record("a", 1, &[]), record("b", 1, &[])]);
    let _ = bench.presence("b", Online);
    let _ = bench.presence("a", Online);
    let _ = bench.presence("b", Online);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 b"]);
}

#[test]
fn only_agents_in_no_group_serve_the_default_lane() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.1 #1"]);
}

#[test]
fn named_agent_is_eligible_whatever_their_groups_and_others_are_not() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"]), record("wang", 2, &[])]);
    check(&bench.demand(wish(1, 1, "@li", 10)), &["1 1.2 li"]);
    check(&bench.demand(wish(2, 1, "@li", 20)), &["2 1.1 #1"]);
    check(&bench.demand(nobody(1, 2)), &["2 1.2 li"]);
}

#[test]
fn capacity_is_never_exceeded() {
    let mut bench = Bench::with(&[], &[record("wang", 3, &[])]);
    check(&bench.demand(weighing(2, wish(1, 1, "", 10))), &["1 1.2 wang"]);
    check(&bench.demand(weighing(2, wish(2, 1, "", 20))), &["2 1.1 #1"]);
    check(&bench.demand(nobody(1, 2)), &["2 1.2 wang"]);
}

#[test]
fn heavy_head_that_nobody_can_take_does_not_block_a_light_one() {
    let mut bench = Bench::with(&[], &[record("small", 1, &[]), record("big", 3, &[])]);
    check(&bench.demand(weighing(2, wish(1, 1, "", 10))), &["1 1.2 big"]);
    check(&bench.demand(weighing(3, wish(2, 1, "", 20))), &["2 1.1 #1"]);
    check(&bench.demand(wish(3, 1, "", 30)), &["3 1.2 small"]);
    check(&bench.demand(nobody(1, 2)), &["2 1.2 big"]);
}

#[test]
fn decision_says_why() {
    let agents = [record("a", 1, &["sales"]), record("b", 2, &["sales"]), record("c", 1, &[])];
    let mut bench = Bench::with(&["sales"], &agents);
    let cases = [
        (1, "sales", "a", 2, Rule::LongestIdleOfGroup),
        (2, "", "c", 1, Rule::LongestIdleOfDefault),
        (3, "@b", "b", 1, Rule::Designated),
    ];
    for (number, to, chosen, candidates, rule) in cases {
        let decided = Fact::AssignmentDecided {
            session: session(number),
            agent: agent(chosen),
            placement: PlacementId { epoch: 1, turn: 2 },
            grounds: Grounds {
                candidates,
                waiting: 1,
                rank: Rank { vip: false, asked_at: Timestamp::from_millis(10), priority: 0, in_turn: false },
                rule,
                group: (to == "sales").then(|| group(to)),
                step: 0,
                revision: 1,
            },
        };
        assert_eq!(bench.demand(wish(number, 1, to, 10)).facts(), [&decided]);
    }
}

#[test]
fn both_agents_offline_then_one_comes_and_takes_vip_first_then_by_asking() {
    let mut bench = Bench::with(&[], &[record("a", 3, &[]), record("b", 1, &[])]);
    let _ = bench.presence("a", Offline);
    let _ = bench.presence("b", Offline);
    for number in 1..=4 {
        let _ = bench.demand(wish(number, 1, "", i64::from(number)));
    }
    let _ = bench.demand(vip(wish(5, 1, "", 5)));
    check(&bench.presence("a", Online), &["1 1.2 a", "2 1.2 a", "5 1.2 a"]);
}
