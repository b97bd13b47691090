//! Orders of queues: by priority, by ageing, by shares of VIPs; where a session stands that is handed on.

use std::time::Duration;

use usher_domain::desk::{AgentRecord, Presence};
use usher_domain::event::{Fact, Rank};
use usher_domain::policy::{DeskPolicy, LanePolicy, OfferPolicy, OrderPolicy, Ring, TransferPolicy};
use usher_domain::{Demand, Want};

use super::bench::{Answer, Bench, at, check, group, nobody, record, vip, wish};
use crate::desk::{DeskCore, StateKey, StateValue};

const MINUTE: i64 = 60_000;
const VIPS: OrderPolicy = OrderPolicy::Share { vips: 2 };

fn ageing(vip: u64, level: u64) -> OrderPolicy {
    OrderPolicy::Ageing { vip: Duration::from_secs(60 * vip), level: Duration::from_secs(60 * level) }
}

fn lane(order: OrderPolicy) -> LanePolicy {
    LanePolicy { order, ..LanePolicy::default() }
}

fn urgent(priority: u8, demand: Demand) -> Demand {
    let Want::Agent(mut wish) = demand.want else { return demand };
    wish.priority = priority;
    Demand { want: Want::Agent(wish), ..demand }
}

fn li() -> AgentRecord {
    record("li", 1, &["sales"])
}

/// A desk with one agent for sales, who is away.
fn sales(order: OrderPolicy) -> Bench {
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", lane(order))], &[li()]);
    bench.presence("li", Presence::Busy);
    bench
}

/// Those who wait are served one by one.
fn served(bench: &mut Bench) -> Vec<u32> {
    let mut served = Vec::new();
    let mut answer = bench.presence("li", Presence::Online);
    while let Some(number) = assigned(&answer) {
        served.push(number);
        answer = bench.demand(nobody(number, 9));
    }
    served
}

fn assigned(answer: &Answer) -> Option<u32> {
    answer.facts().into_iter().find_map(|fact| match fact {
        Fact::AssignmentDecided { session, .. } => Some(session.conversation.bits() as u32),
        _ => None,
    })
}

fn rank(answer: &Answer) -> Rank {
    let rank =
        |fact: &&Fact| if let Fact::AssignmentDecided { grounds, .. } = fact { Some(grounds.rank) } else { None };
    answer.facts().iter().find_map(rank).expect("an assignment")
}

#[test]
fn higher_priority_is_first_then_vips_then_who_asked_earlier() {
    let mut bench = sales(OrderPolicy::Priority);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(vip(wish(2, 1, "sales", 2)));
    bench.demand(urgent(1, wish(3, 1, "sales", 3)));
    bench.demand(urgent(9, wish(4, 1, "sales", 5)));
    bench.demand(urgent(9, vip(wish(5, 1, "sales", 6))));
    bench.demand(urgent(9, wish(6, 1, "sales", 4)));
    assert_eq!(served(&mut bench), [5, 6, 4, 3, 2, 1]);
}

#[test]
fn priority_counts_only_where_the_order_looks_at_it() {
    let mut bench = sales(OrderPolicy::VipFirst);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(urgent(9, wish(2, 1, "sales", 2)));
    bench.demand(vip(wish(3, 1, "sales", 3)));
    assert_eq!(served(&mut bench), [3, 1, 2]);
}

#[test]
fn places_in_line_are_those_of_the_order() {
    let mut bench = sales(OrderPolicy::Priority);
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.1 #1"]);
    check(&bench.demand(urgent(3, wish(2, 1, "sales", 2))), &["2 1.1 #1"]);
    check(&bench.demand(urgent(2, wish(3, 1, "sales", 3))), &["3 1.1 #2"]);
}

#[test]
fn vip_and_level_count_as_waiting_longer_and_no_more() {
    let mut bench = sales(ageing(10, 5));
    bench.demand(wish(1, 1, "sales", 0));
    bench.demand(vip(wish(2, 1, "sales", 9 * MINUTE)));
    bench.demand(vip(wish(3, 1, "sales", 11 * MINUTE)));
    bench.demand(urgent(2, wish(4, 1, "sales", 8 * MINUTE)));
    bench.demand(urgent(1, vip(wish(5, 1, "sales", 14 * MINUTE))));
    assert_eq!(served(&mut bench), [4, 2, 5, 1, 3], "at -2, -1, -1, 0 and 1 minutes");
}

#[test]
fn who_becomes_a_vip_while_waiting_moves_forward_by_as_much() {
    let mut bench = sales(ageing(10, 0));
    bench.demand(wish(1, 1, "sales", 0));
    bench.demand(wish(2, 1, "sales", 9 * MINUTE));
    bench.demand(vip(wish(2, 1, "sales", 9 * MINUTE)));
    assert_eq!(served(&mut bench), [2, 1]);
}

#[test]
fn after_so_many_vips_in_a_row_one_other_is_served() {
    let mut bench = sales(VIPS);
    for number in 1..=7 {
        bench.demand(vip(wish(number, 1, "sales", i64::from(number))));
    }
    for number in 11..=13 {
        bench.demand(wish(number, 1, "sales", i64::from(number)));
    }
    assert_eq!(served(&mut bench), [1, 2, 11, 3, 4, 12, 5, 6, 13, 7]);
}

#[test]
fn vips_that_were_served_while_nobody_else_waited_count_too() {
    let mut bench = sales(VIPS);
    for number in 1..=3 {
        bench.demand(vip(wish(number, 1, "sales", i64::from(number))));
    }
    assert_eq!(served(&mut bench), [1, 2, 3]);
    bench.presence("li", Presence::Busy);
    bench.demand(vip(wish(4, 1, "sales", 4)));
    bench.demand(wish(5, 1, "sales", 5));
    let first = bench.presence("li", Presence::Online);
    assert_eq!(assigned(&first), Some(5));
    assert_eq!(rank(&first), Rank { vip: false, asked_at: at(5), priority: 0, in_turn: true });
}

#[test]
fn without_vips_there_are_no_turns() {
    let mut bench = sales(VIPS);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(wish(2, 1, "sales", 2));
    let first = bench.presence("li", Presence::Online);
    assert_eq!((assigned(&first), rank(&first).in_turn), (Some(1), false));
}

#[test]
fn agent_who_is_asked_about_a_vip_counts_as_serving_one() {
    let policy = LanePolicy { offer: Some(OfferPolicy::default()), ..lane(OrderPolicy::Share { vips: 1 }) };
    let agents = [li(), record("wang", 1, &["sales"])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", policy)], &agents);
    bench.presence("li", Presence::Busy);
    bench.presence("wang", Presence::Busy);
    for number in 1..=2 {
        bench.demand(vip(wish(number, 1, "sales", i64::from(number))));
    }
    bench.demand(wish(3, 1, "sales", 3));
    check(&bench.presence("li", Presence::Online), &["1 1.2 asking li"]);
    check(&bench.presence("wang", Presence::Online), &["3 1.2 asking wang"]);
}

#[test]
fn turn_of_one_queue_does_not_pass_over_the_vips_of_another() {
    // Sales has its turn; service knows none. The one agent of both goes to who asked earlier of the two that are first.
    let groups = [("sales", lane(OrderPolicy::Share { vips: 1 })), ("service", lane(OrderPolicy::VipFirst))];
    let agent = [record("li", 1, &["sales", "service"])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &groups, &agent);
    bench.demand(vip(wish(1, 1, "sales", 1)));
    bench.demand(wish(2, 1, "sales", 2));
    bench.demand(vip(wish(3, 1, "sales", 3)));
    bench.demand(vip(wish(4, 1, "service", 4)));
    bench.demand(wish(5, 1, "service", 0));
    assert_eq!(assigned(&bench.demand(nobody(1, 2))), Some(2), "in the place of a VIP");
    assert_eq!(assigned(&bench.demand(nobody(2, 2))), Some(3));
    assert_eq!(assigned(&bench.demand(nobody(3, 2))), Some(4));
    assert_eq!(assigned(&bench.demand(nobody(4, 2))), Some(5));
}

#[test]
fn session_that_searches_in_another_queue_is_served_there_only_when_it_is_first_there() {
    // In service, where it searches, a VIP is before it; in sales, where it comes from, it has the turn.
    let ring = Ring { after: Duration::ZERO, groups: vec![group("service")], anyone: false };
    let share = LanePolicy { rings: vec![ring], ..lane(OrderPolicy::Share { vips: 1 }) };
    let agents = [li(), record("wang", 1, &["service"])];
    let groups = [("sales", share), ("service", lane(OrderPolicy::VipFirst))];
    let mut bench = Bench::ruled(DeskPolicy::default(), &groups, &agents);
    bench.presence("wang", Presence::Busy);
    bench.demand(vip(wish(1, 1, "sales", 1)));
    bench.demand(wish(2, 1, "sales", 2));
    bench.demand(vip(wish(3, 1, "service", 3)));
    check(&bench.presence("wang", Presence::Online), &["3 1.2 wang"]);
    check(&bench.demand(nobody(1, 2)), &["2 1.2 li"]);
}

#[test]
fn another_order_puts_those_who_wait_in_order_anew() {
    let mut bench = sales(OrderPolicy::VipFirst);
    bench.demand(wish(1, 1, "sales", 1));
    bench.demand(vip(wish(2, 1, "sales", 2)));
    bench.demand(urgent(1, wish(3, 1, "sales", 3)));
    bench.apply_ruled(2, DeskPolicy::default(), &[("sales", lane(OrderPolicy::Priority))], &[li()]);
    assert_eq!(served(&mut bench), [3, 2, 1]);
}

#[test]
fn default_lane_and_agents_own_lanes_go_by_the_order_of_the_desk() {
    let desk = DeskPolicy { lane: lane(OrderPolicy::Priority), ..DeskPolicy::default() };
    for to in ["", "@wang"] {
        let mut bench = Bench::ruled(desk.clone(), &[("sales", LanePolicy::default())], &[record("wang", 1, &[])]);
        bench.presence("wang", Presence::Busy);
        bench.demand(vip(wish(1, 1, to, 1)));
        bench.demand(urgent(1, wish(2, 1, to, 2)));
        check(&bench.presence("wang", Presence::Online), &["2 1.2 wang"]);
    }
}

#[test]
fn who_is_handed_on_keeps_its_place_or_stands_behind_those_who_wait() {
    for (transfer, order) in [(TransferPolicy::Keeps, [2, 1]), (TransferPolicy::Restarts, [1, 2])] {
        let policy = LanePolicy { transfer, ..LanePolicy::default() };
        let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", policy)], &[li()]);
        bench.presence("li", Presence::Busy);
        bench.demand(wish(1, 1, "sales", 500));
        let mut handed_on = wish(2, 2, "sales", 100);
        if let Want::Agent(wish) = &mut handed_on.want {
            wish.moved_at = Some(at(900));
        }
        bench.demand(handed_on);
        assert_eq!(served(&mut bench), order, "{transfer:?}");
    }
}

#[test]
fn restored_desk_knows_whose_turn_it_is_whatever_comes_first() {
    let mut bench = Bench::new();
    let mut state = std::collections::BTreeMap::new();
    let mut keep = |answers: Vec<Answer>| {
        let changes = answers.into_iter().flat_map(|answer| answer.0.changes);
        changes.for_each(|(key, value): (StateKey, Option<StateValue>)| drop(state.insert(key, value)));
    };
    keep(bench.published(1, DeskPolicy::default(), &[("sales", lane(VIPS))], &[li()]));
    keep(vec![bench.presence("li", Presence::Online)]);
    for number in 1..=2 {
        keep(vec![bench.demand(vip(wish(number, 1, "sales", i64::from(number))))]);
        keep(vec![bench.demand(nobody(number, 2))]);
    }
    keep(vec![bench.presence("li", Presence::Busy)]);
    keep(vec![bench.demand(vip(wish(3, 1, "sales", 3)))]);
    keep(vec![bench.demand(wish(4, 1, "sales", 4))]);
    let (mut forwards, mut backwards) = (DeskCore::new(), DeskCore::new());
    for (key, value) in state.clone() {
        forwards.restore(key, value);
    }
    for (key, value) in state.into_iter().rev() {
        backwards.restore(key, value);
    }
    assert_eq!((&forwards, &backwards), (&bench.core, &bench.core));
    assert_eq!(assigned(&bench.presence("li", Presence::Online)), Some(4));
}
