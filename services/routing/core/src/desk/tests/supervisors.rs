//! The rules for supervisors.

use std::time::Duration;

use usher_domain::desk::{DeskAct, Presence};
use usher_domain::event::{Fact, PresenceReason, Refusal, RescindReason, Rule};
use usher_domain::policy::{DeskPolicy, LanePolicy, OfferPolicy, Ring};
use usher_domain::supervision::{MovedQueue, Supervised, Supervision, SupervisionOrder, SupervisionRefusal, Warrant};
use usher_domain::{DeskInput, GroupId, InputId, PlacementId};

use super::bench::{Answer, Bench, agent, group, nobody, record, session, target, vip, weighing, wish};
use crate::desk::{ITEMS_PER_STEP, Input};

/// A command of its own: no other has its id.
pub(super) fn says(bench: &mut Bench, order: SupervisionOrder) -> Answer {
    let id = InputId::derive(&[b"command", &bench.now.to_be_bytes()]);
    says_as(bench, id, order)
}

fn says_as(bench: &mut Bench, id: InputId, order: SupervisionOrder) -> Answer {
    let warrant = Warrant { by: "mei".to_owned(), why: "a busy day".into() };
    let act = DeskAct::Supervision(Box::new(Supervision { warrant, order }));
    let Input::Act(input) = Bench::input(act) else { unreachable!("an act is one") };
    bench.step(Input::Act(DeskInput { id, ..input }))
}

fn assign(number: u32, to: &str) -> SupervisionOrder {
    SupervisionOrder::Assign { session: session(number), agent: agent(to), placement: None }
}

fn requeue(number: u32) -> SupervisionOrder {
    SupervisionOrder::Requeue { session: session(number), placement: None }
}

fn drain(name: &str, drains: bool) -> SupervisionOrder {
    SupervisionOrder::Drain { agent: agent(name), drains }
}

pub(super) fn moved(from: MovedQueue, to: &str) -> SupervisionOrder {
    SupervisionOrder::Move { from, to: target(to) }
}

pub(super) fn of_group(name: &str) -> MovedQueue {
    MovedQueue::Group(group(name))
}

/// Why a command was refused; that it was obeyed is `None`.
fn refusal(answer: &Answer) -> Option<SupervisionRefusal> {
    let told = answer.facts().into_iter().find_map(|fact| match fact {
        Fact::Supervised { what, .. } => Some((what, None)),
        Fact::SupervisionRefused { what, reason, .. } => Some((what, Some(*reason))),
        _ => None,
    });
    let (what, reason): (&Supervised, _) =
        told.map(|(what, reason)| (&**what, reason)).expect("every command is answered");
    assert_eq!((what.warrant.by.as_str(), what.warrant.why.as_str()), ("mei", "a busy day"));
    reason
}

fn refused(bench: &mut Bench, order: SupervisionOrder, reason: SupervisionRefusal) {
    let before = bench.core.clone();
    let answer = says(bench, order.clone());
    assert_eq!(refusal(&answer), Some(reason), "{order:?}");
    assert_eq!((answer.0.bodies.len(), answer.0.changes.len()), (1, 0), "nothing but its fact");
    assert_eq!(bench.core, before);
}

pub(super) fn obeyed(bench: &mut Bench, order: SupervisionOrder) -> Answer {
    let answer = says(bench, order);
    assert_eq!(refusal(&answer), None);
    answer
}

fn offering() -> LanePolicy {
    LanePolicy { offer: Some(OfferPolicy { at_once: 2, ..OfferPolicy::default() }), ..LanePolicy::default() }
}

#[test]
fn a_session_is_given_past_the_queue_and_beyond_the_group() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"]), record("wang", 1, &[])]);
    bench.demand(wish(1, 1, "sales", 10));
    bench.demand(vip(wish(2, 1, "sales", 20)));
    bench.demand(wish(3, 1, "sales", 30));
    let answer = obeyed(&mut bench, assign(3, "wang"));
    assert_eq!(answer.places(), ["3 1.2 wang"]);
    let decided =
        |fact: &&Fact| matches!(fact, Fact::AssignmentDecided { grounds, .. } if grounds.rule == Rule::Supervisor);
    assert_eq!(answer.facts().into_iter().filter(decided).count(), 1);
}

#[test]
fn who_has_a_session_loses_it_to_the_one_it_is_given_to() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"]), record("wang", 1, &[])]);
    bench.demand(wish(1, 1, "sales", 10));
    bench.demand(wish(2, 1, "sales", 20));
    let answer = obeyed(&mut bench, assign(1, "wang"));
    assert_eq!(answer.places(), ["1 1.3 wang", "2 1.2 li"], "li is free for the next at once");
    let taken = Fact::SessionTakenBack { session: session(1), agent: agent("li"), reason: PresenceReason::Supervisor };
    assert!(answer.facts().contains(&&taken));
}

#[test]
fn busy_agents_can_be_given_sessions_and_nobody_above_capacity() {
    let agents = [record("li", 2, &["sales"]), record("wang", 1, &["sales"]), record("gone", 1, &["sales"])];
    let mut bench = Bench::with(&["sales"], &agents);
    for name in ["li", "wang"] {
        bench.presence(name, Presence::Busy);
    }
    bench.presence("gone", Presence::Offline);
    bench.demand(weighing(2, wish(1, 1, "sales", 10)));
    bench.demand(wish(2, 1, "sales", 20));
    refused(&mut bench, assign(1, "wang"), SupervisionRefusal::NoRoom);
    refused(&mut bench, assign(1, "gone"), SupervisionRefusal::Offline);
    refused(&mut bench, assign(1, "nobody"), SupervisionRefusal::UnknownAgent);
    refused(&mut bench, assign(9, "li"), SupervisionRefusal::UnknownSession);
    assert_eq!(obeyed(&mut bench, assign(1, "li")).places(), ["1 1.2 li"]);
    refused(&mut bench, assign(1, "li"), SupervisionRefusal::Already);
    refused(&mut bench, assign(2, "li"), SupervisionRefusal::NoRoom);
}

#[test]
fn a_command_that_names_an_old_placement_is_refused() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"]), record("wang", 1, &[])]);
    bench.demand(wish(1, 1, "sales", 10));
    let placement = |turn| Some(PlacementId { epoch: 1, turn });
    let give =
        |turn| SupervisionOrder::Assign { session: session(1), agent: agent("wang"), placement: placement(turn) };
    let take = |turn| SupervisionOrder::Requeue { session: session(1), placement: placement(turn) };
    refused(&mut bench, give(1), SupervisionRefusal::Moved);
    refused(&mut bench, take(1), SupervisionRefusal::Moved);
    obeyed(&mut bench, give(2));
    refused(&mut bench, give(2), SupervisionRefusal::Moved);
}

#[test]
fn a_session_taken_from_its_agent_waits_at_its_old_place_and_not_for_them() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    bench.demand(wish(1, 1, "sales", 10));
    bench.demand(wish(2, 1, "sales", 20));
    let answer = obeyed(&mut bench, requeue(1));
    assert_eq!(answer.places(), ["1 1.3 #1", "2 1.2 li"], "first in line, and li gets the next");
    refused(&mut bench, requeue(1), SupervisionRefusal::Already);
    bench.demand(nobody(2, 2));
    assert!(bench.tick().places().is_empty(), "li does not get it back at once");
    let later = bench.wait_until(bench.now + 70_000);
    let places: Vec<String> = later.iter().flat_map(Answer::places).collect();
    assert_eq!(places, ["1 1.4 li"], "after a minute li is as good as anybody");
}

#[test]
fn offers_end_when_a_supervisor_decides() {
    let agents = [record("li", 1, &["sales"]), record("wang", 1, &["sales"]), record("he", 1, &[])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", offering())], &agents);
    assert_eq!(bench.demand(wish(1, 1, "sales", 10)).places(), ["1 1.2 asking li, wang"]);
    let answer = obeyed(&mut bench, assign(1, "wang"));
    assert_eq!(answer.places(), ["1 1.3 wang"], "their own offer does not stand in their way");
    let ends = |fact: &&Fact| matches!(fact, Fact::OfferRescinded { reason: RescindReason::Supervisor, .. });
    assert_eq!(answer.facts().into_iter().filter(ends).count(), 2);
    assert_eq!(bench.demand(wish(2, 1, "sales", 20)).places(), ["2 1.2 asking li"]);
    let answer = obeyed(&mut bench, requeue(2));
    assert_eq!(answer.places(), ["2 1.3 #1"], "nobody else is there to be asked");
    let late = bench.says("li", 2, "1.2", true);
    assert!(matches!(late.facts()[..], [Fact::CommandRefused { reason: Refusal::OfferGone, .. }]), "{late:?}");
}

#[test]
fn an_agent_is_drained_and_undrained() {
    let mut bench = Bench::with(&["sales"], &[record("li", 2, &["sales"])]);
    bench.demand(wish(1, 1, "sales", 10));
    refused(&mut bench, drain("nobody", true), SupervisionRefusal::UnknownAgent);
    refused(&mut bench, drain("li", false), SupervisionRefusal::Already);
    obeyed(&mut bench, drain("li", true));
    refused(&mut bench, drain("li", true), SupervisionRefusal::Already);
    assert_eq!(bench.demand(wish(2, 1, "sales", 20)).places(), ["2 1.1 #1"], "nothing new for who drains");
    refused(&mut bench, assign(2, "li"), SupervisionRefusal::Offline);
    assert_eq!(obeyed(&mut bench, drain("li", false)).places(), ["2 1.2 li"]);
    obeyed(&mut bench, drain("li", true));
    bench.demand(nobody(1, 2));
    let over = bench.demand(nobody(2, 2));
    let gone = |fact: &&Fact| matches!(fact, Fact::AgentPresence { presence: Presence::Offline, .. });
    assert_eq!(over.facts().into_iter().filter(gone).count(), 1, "offline with the last session");
    refused(&mut bench, drain("li", true), SupervisionRefusal::Offline);
}

#[test]
fn a_moved_queue_waits_elsewhere_in_its_old_order() {
    let mut bench = Bench::with(&["a", "b"], &[record("li", 1, &["b"])]);
    bench.presence("li", Presence::Busy);
    bench.demand(wish(1, 1, "a", 30));
    bench.demand(vip(wish(2, 1, "a", 40)));
    bench.demand(wish(3, 1, "b", 20));
    bench.demand(wish(4, 1, "", 10));
    let id = InputId::derive(&[b"a command"]);
    let answer = says_as(&mut bench, id, moved(of_group("a"), "b"));
    assert!(answer.placements().is_empty(), "no new version: nothing was decided about an agent");
    let ends = Fact::QueueMoved { input: id, to: target("b"), sessions: 2 };
    assert!(answer.facts().contains(&&ends), "{answer:?}");
    let mut order = Vec::new();
    for _ in 0..3 {
        let place = bench.presence("li", Presence::Online).places();
        let number = place[0].split(' ').next().and_then(|number| number.parse().ok()).expect("a session");
        order.push(number);
        bench.presence("li", Presence::Busy);
        bench.demand(nobody(number, 2));
    }
    assert_eq!(order, [2, 3, 1], "the VIP, then who asked earlier; the default queue stays where it is");
}

#[test]
fn all_queues_are_moved_at_once_but_the_one_they_go_to() {
    let mut bench = Bench::with(&["a", "b"], &[record("li", 0, &["a"]), record("wang", 0, &[])]);
    for (number, to) in [(1, "a"), (2, "b"), (3, ""), (4, "@li")] {
        bench.demand(weighing(1, wish(number, 1, to, 10)));
    }
    let answer = obeyed(&mut bench, moved(MovedQueue::All, "b"));
    let gone = answer.facts().into_iter().filter(|fact| matches!(fact, Fact::SessionMoved { .. })).count();
    assert_eq!(gone, 3);
    let again = obeyed(&mut bench, moved(MovedQueue::All, "b"));
    assert!(!again.facts().iter().any(|fact| matches!(fact, Fact::SessionMoved { .. })), "all are there already");
}

#[test]
fn a_queue_goes_only_where_there_is_one() {
    let mut bench = Bench::with(&["a"], &[record("li", 1, &["a"])]);
    refused(&mut bench, moved(of_group("a"), "nobody"), SupervisionRefusal::UnknownGroup);
    refused(&mut bench, moved(of_group("a"), "@nobody"), SupervisionRefusal::UnknownAgent);
    refused(&mut bench, moved(of_group("nobody"), "a"), SupervisionRefusal::UnknownGroup);
    refused(&mut bench, moved(of_group("a"), "a"), SupervisionRefusal::Already);
}

#[test]
fn who_only_widened_their_search_stays() {
    let ring = Ring { after: Duration::from_secs(5), groups: vec![GroupId::new("b")], anyone: false };
    let wide = LanePolicy { rings: vec![ring], ..LanePolicy::default() };
    let lanes = [("a", wide), ("b", LanePolicy::default()), ("c", LanePolicy::default())];
    let mut bench = Bench::ruled(DeskPolicy::default(), &lanes, &[record("li", 0, &["c"])]);
    bench.demand(wish(1, 1, "a", 10));
    bench.demand(wish(2, 1, "b", 20));
    bench.wait_until(10_000);
    let answer = obeyed(&mut bench, moved(of_group("b"), "c"));
    let gone: Vec<_> = answer.facts().into_iter().filter(|fact| matches!(fact, Fact::SessionMoved { .. })).collect();
    assert_eq!(gone, [&Fact::SessionMoved { session: session(2), line: target("c") }]);
}

#[test]
fn a_long_queue_goes_in_steps_and_over_a_restart_and_nobody_is_served_before_it_has_gone() {
    let mut bench = Bench::with(&["a", "b"], &[record("li", 1, &["b"])]);
    let many = ITEMS_PER_STEP as u32 * 2 + 50;
    for number in 1..=many {
        bench.demand(wish(number, 1, "a", i64::from(number)));
    }
    let first = obeyed(&mut bench, moved(of_group("a"), "b"));
    let gone =
        |answer: &Answer| answer.facts().into_iter().filter(|fact| matches!(fact, Fact::SessionMoved { .. })).count();
    assert_eq!(gone(&first), ITEMS_PER_STEP);
    assert!(first.placements().is_empty() && bench.core.next_wakeup().is_some(), "it goes on at once");
    assert_eq!(gone(&bench.tick()), ITEMS_PER_STEP);
    let last = bench.tick();
    assert_eq!((gone(&last), last.places()), (50, vec!["1 1.2 li".to_owned()]));
    let told = last.facts().into_iter().find_map(|fact| match fact {
        Fact::QueueMoved { sessions, .. } => Some(*sessions),
        _ => None,
    });
    assert_eq!(told, Some(many), "one word at the end");
}

#[test]
fn commands_of_one_desk_do_not_reach_another() {
    let mut bench = Bench::with(&["a"], &[record("li", 1, &["a"])]);
    bench.demand(wish(1, 1, "a", 10));
    let order = requeue(1);
    let warrant = Warrant { by: "mei".to_owned(), why: "a busy day".into() };
    let act = DeskAct::Supervision(Box::new(Supervision { warrant, order }));
    let crate::desk::Input::Act(input) = Bench::input(act) else { unreachable!("an act") };
    let elsewhere = usher_domain::DeskInput { desk: usher_domain::DeskId::new("other"), ..input };
    let answer = bench.step(crate::desk::Input::Act(elsewhere));
    assert_eq!(refusal(&answer), Some(SupervisionRefusal::UnknownSession));
}

#[test]
fn a_command_that_comes_again_is_not_obeyed_again() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    bench.presence("li", Presence::Busy);
    bench.demand(wish(1, 1, "", 10));
    let id = InputId::derive(&[b"a command"]);
    let answer = says_as(&mut bench, id, moved(MovedQueue::Default, "sales"));
    assert_eq!(refusal(&answer), None);
    bench.demand(wish(2, 1, "", 20));
    let again = says_as(&mut bench, id, moved(MovedQueue::Default, "sales"));
    assert_eq!((again.0.bodies.len(), again.0.changes.len()), (0, 0), "who came since stays: {again:?}");
    for number in 0..32_u32 {
        let id = InputId::derive(&[b"other", &number.to_be_bytes()]);
        assert_eq!(refusal(&says_as(&mut bench, id, moved(MovedQueue::All, "sales"))), None);
    }
    let late = says_as(&mut bench, id, moved(MovedQueue::Default, "sales"));
    assert_eq!(refusal(&late), None, "so many are kept and no more");
}
