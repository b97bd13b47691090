//! What must cost an order nothing: a transaction that does not stand, a clock that is set back. And what must cost it
//! its certainty: an attempt that may have arrived before the one that was refused.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::{NOW, at, lanes, message};
use usher_delivery_core::{AttemptEnd, Ended, FinishedBeyond, Lanes, WINDOW};
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::{Attempts, Report};
use usher_domain::{Delivery, Dialect};

const HOUR: Duration = Duration::from_secs(3_600);

fn offsets_ready(lanes: &mut Lanes) -> Vec<i64> {
    lanes.ready(NOW).into_iter().map(|attempt| attempt.offset).collect()
}

fn report(ended: &Ended) -> &Report {
    match &ended.receipts[..] {
        [input] => match &input.act {
            ConversationAct::Receipt(receipt) => &receipt.report,
            other => panic!("not a receipt: {other:?}"),
        },
        other => panic!("not one receipt: {other:?}"),
    }
}

fn refused() -> AttemptEnd {
    AttemptEnd::NotReachable { reason: "the provider answered 410".to_owned() }
}

/// Two orders of two lanes, of which the second is done.
fn one_of_two_done() -> Lanes {
    let mut lanes = lanes();
    for n in [0, 1] {
        lanes.take(n, message(n as u128, 0, Dialect::Native));
    }
    assert_eq!(offsets_ready(&mut lanes), [0, 1]);
    lanes.ended(1, AttemptEnd::Done(vec![Report::Delivered]), NOW);
    lanes
}

#[test]
fn what_an_aborted_transaction_had_is_given_out_again_and_nothing_is_attempted_again() {
    let mut lanes = one_of_two_done();
    let given = lanes.finished();
    assert_eq!(lanes.position(2), (0, FinishedBeyond::of(0, [1])));
    lanes.rolled_back();
    assert_eq!(lanes.position(2), (0, FinishedBeyond::default()), "only of what was given out");
    for n in [0, 1] {
        assert!(!lanes.take(n, message(n as u128, 0, Dialect::Native)), "it is here already");
    }
    assert_eq!(offsets_ready(&mut lanes), [0; 0]);
    assert_eq!(lanes.finished(), given);
    lanes.committed(0);
    lanes.rolled_back();
    assert_eq!(lanes.finished(), [], "what is written is not given out again");
}

#[test]
fn what_ended_after_an_abort_comes_behind_what_it_had() {
    let mut lanes = one_of_two_done();
    let mut given = lanes.finished();
    lanes.ended(0, AttemptEnd::Done(vec![Report::Delivered]), NOW);
    lanes.rolled_back();
    let again = lanes.finished();
    given.push(again[1].clone());
    assert_eq!(again, given);
    assert_eq!(lanes.position(0), (2, FinishedBeyond::default()), "also where its records did not come again yet");
}

#[test]
fn full_lanes_whose_records_do_not_come_again_get_free() {
    let mut lanes = lanes();
    for n in 0..WINDOW {
        lanes.take_unreadable(n, "no order".to_owned());
    }
    lanes.finished();
    lanes.rolled_back();
    assert!(lanes.is_full());
    assert_eq!(lanes.finished().len() as i64, WINDOW);
    let (position, _) = lanes.position(0);
    lanes.committed(position);
    assert!(!lanes.is_full());
}

#[test]
fn a_clock_that_is_set_back_keeps_no_back_off_waiting() {
    let mut lanes = lanes();
    lanes.take(0, message(1, 0, Dialect::Native));
    lanes.ready(NOW);
    lanes.ended(0, AttemptEnd::NoConnection, NOW);
    let wait = lanes.next_wakeup().unwrap().since(NOW);
    let back = NOW.minus(HOUR);
    assert_eq!(lanes.ready(back), []);
    assert_eq!(lanes.next_wakeup(), Some(back.plus(wait)));
    assert_eq!(lanes.ready(back.plus(wait)).len(), 1);
}

#[test]
fn an_order_that_comes_while_the_clock_is_behind_starts_at_once() {
    let mut lanes = lanes();
    lanes.ready(NOW);
    lanes.take(0, message(1, 0, Dialect::Native));
    assert_eq!(lanes.ready(NOW.minus(HOUR)).len(), 1);
}

#[test]
fn deadlines_stay_with_the_wall_clock() {
    let mut lanes = lanes();
    lanes.take(0, Delivery { deadline: Some(at(5_000)), ..message(1, 0, Dialect::Native) });
    lanes.ready(NOW.minus(HOUR));
    lanes.ended(0, AttemptEnd::NoConnection, NOW.minus(HOUR));
    assert_eq!(lanes.ready(at(4_001)), [], "an hour later by the clock");
    assert_eq!(lanes.finished()[0].verdict, "expired");
}

#[test]
fn a_refusal_after_an_attempt_that_may_have_arrived_is_no_proof() {
    let told = |last: AttemptEnd, offset: i64, first: Option<AttemptEnd>| {
        let mut lanes = lanes();
        lanes.committed(offset);
        lanes.take(offset, message(1, 0, Dialect::Native));
        let ends = first.into_iter().chain([last]);
        for (end, later) in ends.zip([0, 5_000]) {
            assert_eq!(lanes.ready(at(later)).len(), 1);
            lanes.ended(offset, end, at(later));
        }
        report(&lanes.finished()[0]).clone()
    };
    let clean = Report::NotReachable { reason: "the provider answered 410".to_owned() };
    let unsure = Report::Failed { attempts: Attempts::Maybe, reason: "the provider answered 410".to_owned() };
    let untried = AttemptEnd::NotTried { reason: "no token".to_owned(), after: None };
    assert_eq!(told(refused(), WINDOW, None), clean);
    assert_eq!(told(refused(), WINDOW, Some(AttemptEnd::NoConnection)), clean);
    assert_eq!(told(refused(), WINDOW, Some(untried)), clean);
    assert_eq!(told(refused(), WINDOW, Some(AttemptEnd::NoAnswer)), unsure);
    assert_eq!(told(refused(), 0, None), unsure, "a former start may have sent it");
    for end in [refused(), AttemptEnd::Rejected { reason: "the provider answered 410".to_owned() }] {
        let begun = AttemptEnd::Begun(Box::new(end));
        assert_eq!(told(begun, WINDOW, None), unsure, "a part of it was taken");
    }
    let knows_it = AttemptEnd::NeverReached { reason: "the provider answered 410".to_owned() };
    assert_eq!(told(knows_it.clone(), WINDOW, Some(AttemptEnd::NoAnswer)), clean, "it knows a message by its id");
    assert_eq!(told(knows_it, 0, None), clean);
}

#[test]
fn waiting_for_its_turn_costs_an_order_no_try() {
    let busy = || AttemptEnd::Busy { reason: "the window is full".to_owned(), after: None };
    let ends: [fn(AttemptEnd) -> AttemptEnd; 2] = [|end| end, |end| AttemptEnd::Begun(Box::new(end))];
    for end in ends {
        let mut lanes = lanes();
        let mut order = message(1, 0, Dialect::Native);
        order.deadline = Some(at(600_000));
        lanes.take(0, order);
        let mut now = NOW;
        let mut turns = 0;
        while lanes.finished().is_empty() {
            for attempt in lanes.ready(now) {
                turns += 1;
                lanes.ended(attempt.offset, end(busy()), now);
            }
            now = lanes.next_wakeup().unwrap_or(now);
        }
        assert!(now > at(599_000), "it waited until its deadline");
        assert!((100..400).contains(&turns), "neither in a hurry nor asleep: {turns}");
    }
}

#[test]
fn tries_that_failed_are_counted_also_when_the_order_waited_between_them() {
    let mut lanes = lanes();
    lanes.take(0, message(1, 0, Dialect::Native));
    let mut now = NOW;
    let mut failed = 0;
    let mut turn = 0;
    loop {
        assert_eq!(lanes.ready(now).len(), 1);
        turn += 1;
        let is_busy = turn % 3 != 0;
        failed += usize::from(!is_busy);
        let busy = AttemptEnd::Busy { reason: "the window is full".to_owned(), after: None };
        lanes.ended(0, if is_busy { busy } else { AttemptEnd::NoConnection }, now);
        let Some(due) = lanes.next_wakeup() else { break };
        now = due;
    }
    assert_eq!(failed, 5);
}

#[test]
fn an_order_without_a_deadline_does_not_wait_for_its_turn_for_ever() {
    let mut lanes = lanes();
    lanes.take(0, message(1, 0, Dialect::Native));
    let mut now = NOW;
    let mut ended = Vec::new();
    while ended.is_empty() {
        for attempt in lanes.ready(now) {
            let busy = AttemptEnd::Busy { reason: "the window is full".to_owned(), after: None };
            lanes.ended(attempt.offset, busy, now);
        }
        ended = lanes.finished();
        now = lanes.next_wakeup().unwrap_or(now);
    }
    assert_eq!(ended[0].verdict, "used_up");
    assert!((at(900_000)..at(910_000)).contains(&now), "a quarter of an hour");
}
