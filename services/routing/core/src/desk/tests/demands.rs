//! Demands: rows of the desk's table that begin with `Demand`, and the order in line.

use usher_domain::Target;
use usher_domain::event::Fact;

use super::bench::{Bench, check, nobody, record, session, target, vip, weighing, wish};

#[test]
fn unknown_session_is_taken_in_and_announced_with_its_place_in_line() {
    let mut bench = Bench::with(&["sales"], &[]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.1 #1"]);
    check(&bench.demand(wish(2, 5, "sales", 20)), &["2 5.1 #2"]);
}

#[test]
fn positions_are_counted_within_the_lane() {
    let mut bench = Bench::with(&["sales", "service"], &[]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.1 #1"]);
    check(&bench.demand(wish(2, 1, "service", 20)), &["2 1.1 #1"]);
    check(&bench.demand(wish(3, 1, "", 30)), &["3 1.1 #1"]);
    check(&bench.demand(wish(4, 1, "sales", 5)), &["4 1.1 #1"]);
    check(&bench.demand(weighing(7, wish(5, 1, "sales", 7))), &["5 1.1 #2"]);
}

#[test]
fn session_that_finds_an_agent_at_once_is_told_only_the_last_place() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 li"]);
}

#[test]
fn unknown_target_waits_in_the_default_lane_with_a_warning() {
    let mut bench = Bench::with(&["sales"], &[record("wang", 1, &[])]);
    for (number, to) in [(1, "nobody-knows"), (2, "@stranger")] {
        let answer = bench.demand(wish(number, 1, to, 10));
        let warning = Fact::TargetUnknown { session: session(number), target: target(to) };
        assert_eq!(answer.facts().first(), Some(&&warning), "{to}");
    }
    check(&bench.demand(nobody(1, 2)), &["2 1.2 wang"]);
}

#[test]
fn named_agent_wins_over_the_group_beside() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"]), record("wang", 1, &[])]);
    let mut demand = wish(1, 1, "@wang", 10);
    if let usher_domain::Want::Agent(wish) = &mut demand.want {
        let Target { group, .. } = &mut wish.target;
        *group = Some(super::bench::group("sales"));
    }
    check(&bench.demand(demand), &["1 1.2 wang"]);
}

#[test]
fn nobody_for_an_unknown_session_is_nothing() {
    let mut bench = Bench::with(&[], &[]);
    assert!(bench.demand(nobody(1, 3)).is_nothing());
}

#[test]
fn lower_epoch_is_dropped_in_every_place() {
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    check(&bench.demand(wish(1, 5, "", 10)), &["1 5.2 wang"]);
    check(&bench.demand(wish(2, 5, "", 20)), &["2 5.1 #1"]);
    for number in [1, 2] {
        assert!(bench.demand(wish(number, 4, "@wang", 10)).is_nothing());
        assert!(bench.demand(nobody(number, 4)).is_nothing());
    }
}

#[test]
fn equal_epoch_changes_nothing_but_the_vip_mark() {
    let mut bench = Bench::with(&["sales"], &[record("wang", 1, &[])]);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 wang"]);
    assert!(bench.demand(wish(1, 1, "sales", 99)).is_nothing(), "another target under the same epoch");
    let promoted = bench.demand(vip(wish(1, 1, "", 10)));
    assert!(promoted.placements().is_empty(), "the placement stays");
    assert_eq!(promoted.0.changes.len(), 1, "the mark is kept");
    assert!(bench.demand(wish(1, 1, "", 10)).is_nothing(), "a mark is never taken away");
}

#[test]
fn promoted_session_goes_to_the_front() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    for number in 1..=3 {
        let _ = bench.demand(wish(number, 1, "sales", i64::from(number)));
    }
    assert!(bench.demand(vip(wish(3, 1, "sales", 3))).places().is_empty());
    check(&bench.demand(nobody(1, 2)), &["3 1.2 li"]);
}

#[test]
fn higher_epoch_frees_the_agent_and_starts_anew() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"]), record("wang", 1, &[])]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 li"]);
    check(&bench.demand(wish(2, 1, "sales", 20)), &["2 1.1 #1"]);
    check(&bench.demand(wish(1, 2, "@wang", 10)), &["1 2.2 wang", "2 1.2 li"]);
}

#[test]
fn higher_epoch_takes_back_what_was_said_under_the_lower() {
    let mut bench = Bench::with(&["sales", "service"], &[]);
    let _ = bench.demand(vip(wish(1, 1, "sales", 10)));
    let _ = bench.demand(wish(2, 1, "service", 5));
    check(&bench.demand(wish(1, 3, "service", 10)), &["1 3.1 #2"]);
}

#[test]
fn nobody_ends_waiting_and_frees_an_agent() {
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 wang"]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.1 #1"]);
    check(&bench.demand(wish(3, 1, "", 30)), &["3 1.1 #2"]);
    let ended = bench.demand(nobody(2, 1));
    check(&ended, &[]);
    assert!(ended.0.changes.iter().all(|(_, value)| value.is_none()), "the state is tombstoned");
    check(&bench.demand(nobody(1, 2)), &["3 1.2 wang"]);
}

#[test]
fn desk_of_another_tenant_with_the_same_name_is_another_desk() {
    use crate::desk::Input;
    let mut bench = Bench::with(&[], &[record("wang", 1, &[])]);
    let Input::Act(mut input) = Bench::input(usher_domain::desk::DeskAct::Demand(wish(1, 1, "", 10))) else {
        panic!("an act was asked for")
    };
    input.tenant = usher_domain::TenantId::new("other");
    check(&bench.step(Input::Act(input)), &["1 1.1 #1"]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.2 wang"]);
}
