//! The rules of the lanes, one by one.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::{NOW, at, fallback, lanes, message, revoke, to_bot, to_workspace};
use usher_delivery_core::{AttemptEnd, Backoff, Ended, FinishedBeyond, Lanes, Limits, WINDOW};
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{Delivery, Dialect, Receipt, Timestamp};

fn offsets_ready(lanes: &mut Lanes, now: Timestamp) -> Vec<i64> {
    lanes.ready(now).into_iter().map(|attempt| attempt.offset).collect()
}

fn receipts(ended: &Ended) -> Vec<Receipt> {
    let receipt = |act: &ConversationAct| match act {
        ConversationAct::Receipt(receipt) => receipt.clone(),
        other => panic!("not a receipt: {other:?}"),
    };
    ended.receipts.iter().map(|input| receipt(&input.act)).collect()
}

fn reports(ended: &Ended) -> Vec<Report> {
    receipts(ended).into_iter().map(|receipt| receipt.report).collect()
}

fn retry() -> AttemptEnd {
    AttemptEnd::Retry { reason: "the provider answered 500".to_owned(), after: None }
}

/// Brings one order to its end with the same end of each attempt; tells how it ended and how many attempts it took.
fn carry_out(lanes: &mut Lanes, offset: i64, delivery: Delivery, end: &AttemptEnd) -> (Ended, u32) {
    assert!(lanes.take(offset, delivery));
    let mut now = NOW;
    let mut tries = 0;
    loop {
        for attempt in lanes.ready(now) {
            tries = attempt.number;
            lanes.ended(attempt.offset, end.clone(), now);
        }
        if let Some(ended) = lanes.finished().pop() {
            return (ended, tries);
        }
        now = lanes.next_wakeup().expect("it is not over, so something is due");
    }
}

/// An order beyond the first W after the start: nobody before us can have tried it.
fn carry_out_alone(delivery: Delivery, end: &AttemptEnd) -> (Ended, u32) {
    let mut lanes = lanes();
    lanes.committed(WINDOW);
    carry_out(&mut lanes, WINDOW, delivery, end)
}

#[test]
fn next_order_of_a_lane_waits_for_the_one_before() {
    let mut lanes = lanes();
    lanes.take(0, message(1, 0, Dialect::Rbm));
    lanes.take(1, message(1, 1, Dialect::Rbm));
    assert_eq!(offsets_ready(&mut lanes, NOW), [0]);
    lanes.ended(0, retry(), NOW);
    assert_eq!(offsets_ready(&mut lanes, NOW), [], "the first one is in back-off");
    let due = lanes.next_wakeup().unwrap();
    assert_eq!(offsets_ready(&mut lanes, due), [0]);
    lanes.ended(0, AttemptEnd::Done(Vec::new()), due);
    assert_eq!(offsets_ready(&mut lanes, due), [1]);
}

#[test]
fn other_lanes_do_not_wait() {
    let mut lanes = lanes();
    for (offset, delivery) in [
        message(1, 0, Dialect::Rbm),
        message(2, 0, Dialect::Rbm),
        fallback(1, 0),
        to_bot(1, 0),
        to_workspace(1, 0, "li"),
    ]
    .into_iter()
    .enumerate()
    {
        lanes.take(offset as i64, delivery);
    }
    assert_eq!(offsets_ready(&mut lanes, NOW), [0, 1, 2, 3, 4]);
}

#[test]
fn one_agent_leaves_before_the_next_enters() {
    let mut lanes = lanes();
    lanes.take(0, to_workspace(1, 0, "li"));
    lanes.take(1, to_workspace(1, 1, "wang"));
    assert_eq!(offsets_ready(&mut lanes, NOW), [0]);
}

#[test]
fn notices_without_a_conversation_are_ordered_by_their_receiver() {
    let mut lanes = lanes();
    for (offset, agent) in [(0, "li"), (1, "wang"), (2, "li")] {
        lanes.take(offset, Delivery { conversation: None, ..to_workspace(1, offset as u64, agent) });
    }
    assert_eq!(offsets_ready(&mut lanes, NOW), [0, 1]);
}

#[test]
fn nothing_starts_beyond_the_window() {
    let mut lanes = lanes();
    for offset in 0..WINDOW {
        assert!(!lanes.is_full());
        lanes.take(offset, message(offset as u128, 0, Dialect::Rbm));
    }
    assert!(lanes.is_full());
    lanes.take(WINDOW, message(1000, 0, Dialect::Rbm));
    let mut started = Vec::new();
    loop {
        let ready = offsets_ready(&mut lanes, NOW);
        if ready.is_empty() {
            break;
        }
        for offset in ready {
            started.push(offset);
            // All end but the first, which holds the committed offset.
            if offset != 0 {
                lanes.ended(offset, AttemptEnd::Done(Vec::new()), NOW);
            }
        }
        lanes.finished();
        let (base, _) = lanes.position(WINDOW + 1);
        lanes.committed(base);
    }
    assert_eq!(started.len() as i64, WINDOW);
    lanes.ended(0, AttemptEnd::Done(Vec::new()), NOW);
    lanes.finished();
    let (base, _) = lanes.position(WINDOW + 1);
    assert_eq!(base, WINDOW, "a finished order frees the committed offset");
    assert_eq!(offsets_ready(&mut lanes, NOW), [], "only a commit moves the window");
    lanes.committed(base);
    assert!(!lanes.is_full());
    assert_eq!(offsets_ready(&mut lanes, NOW), [WINDOW]);
}

#[test]
fn an_unreadable_record_is_a_dead_letter_inside_the_window_only() {
    let mut lanes = lanes();
    lanes.take(0, message(1, 0, Dialect::Rbm));
    for offset in [1, WINDOW] {
        lanes.take_unreadable(offset, "not an order".to_owned());
    }
    lanes.ready(NOW);
    let ended = lanes.finished();
    assert_eq!(ended.iter().map(|ended| ended.offset).collect::<Vec<_>>(), [1]);
    assert_eq!((ended[0].verdict, ended[0].dead_letter.as_deref()), ("unreadable", Some("not an order")));
    lanes.ended(0, AttemptEnd::Done(Vec::new()), NOW);
    lanes.finished();
    lanes.committed(lanes.position(WINDOW + 1).0);
    lanes.ready(NOW);
    assert_eq!(lanes.finished()[0].offset, WINDOW);
    assert_eq!(lanes.position(WINDOW + 1), (WINDOW + 1, FinishedBeyond::default()));
}

#[test]
fn attempts_under_way_are_bounded() {
    let limits = Limits { in_flight_max: 3, ..Limits::default() };
    let mut lanes = Lanes::resume(0, &FinishedBeyond::default(), limits);
    for offset in 0..10 {
        lanes.take(offset, message(offset as u128, 0, Dialect::Rbm));
    }
    assert_eq!(offsets_ready(&mut lanes, NOW), [0, 1, 2]);
    lanes.ended(1, AttemptEnd::Done(Vec::new()), NOW);
    assert_eq!(offsets_ready(&mut lanes, NOW), [3]);
}

#[test]
fn finished_offsets_are_skipped_after_a_restart() {
    let mut first = lanes();
    for offset in [3, 5, 9] {
        first.take(offset, message(offset as u128, 0, Dialect::Rbm));
    }
    first.ready(NOW);
    first.ended(5, AttemptEnd::Done(Vec::new()), NOW);
    assert_eq!(first.position(10).1, FinishedBeyond::default(), "not yet fetched, so not yet written");
    first.finished();
    let (base, finished) = first.position(10);
    assert_eq!(base, 3);
    let mut second = Lanes::resume(base, &finished.to_string().parse().unwrap(), Limits::default());
    assert!(second.take(3, message(3, 0, Dialect::Rbm)));
    assert_eq!(second.position(4).1, finished, "what is not read again yet stays noted");
    assert!(!second.take(5, message(5, 0, Dialect::Rbm)));
    assert!(second.take(9, message(9, 0, Dialect::Rbm)));
    assert_eq!(offsets_ready(&mut second, NOW), [3, 9]);
}

#[test]
fn no_attempt_starts_in_the_last_second_before_the_deadline() {
    let order = |offset| Delivery { deadline: Some(at(5_000)), ..message(offset, 0, Dialect::Rbm) };
    let mut lanes = lanes();
    lanes.take(0, order(0));
    assert_eq!(offsets_ready(&mut lanes, at(4_000)), [0], "the last instant");
    lanes.take(1, order(1));
    assert_eq!(lanes.next_wakeup(), Some(at(4_000)));
    assert_eq!(offsets_ready(&mut lanes, at(4_001)), []);
    let ended = lanes.finished();
    assert_eq!(ended.len(), 1, "the attempt under way may still succeed");
    assert_eq!((ended[0].offset, ended[0].verdict), (1, "expired"));
}

#[test]
fn an_order_behind_a_stuck_one_expires_in_time() {
    let mut lanes = lanes();
    lanes.take(0, message(1, 0, Dialect::Rbm));
    lanes.take(1, Delivery { deadline: Some(at(5_000)), ..message(1, 1, Dialect::Rbm) });
    assert_eq!(offsets_ready(&mut lanes, NOW), [0]);
    assert_eq!(lanes.next_wakeup(), Some(at(4_001)));
    assert_eq!(offsets_ready(&mut lanes, at(4_001)), []);
    let ended = lanes.finished();
    assert_eq!(reports(&ended[0]), [Report::Expired { attempts: Attempts::Maybe }], "a former start may have sent it");
    assert_eq!(ended[0].dead_letter, None);
}

#[test]
fn expired_before_any_attempt_says_none_beyond_the_first_window() {
    let delivery = Delivery { deadline: Some(at(500)), ..message(1, 0, Dialect::Rbm) };
    let (ended, tries) = carry_out_alone(delivery, &AttemptEnd::NoAnswer);
    assert_eq!((reports(&ended), tries), (vec![Report::Expired { attempts: Attempts::None }], 0));
}

#[test]
fn tries_end_after_five_with_a_dead_letter_and_a_failed_receipt() {
    let (ended, tries) = carry_out_alone(message(1, 0, Dialect::Rbm), &retry());
    assert_eq!(tries, 5);
    let reason = "5 tries used up: the provider answered 500".to_owned();
    assert_eq!(ended.dead_letter, Some(reason.clone()));
    assert_eq!(reports(&ended), [Report::Failed { attempts: Attempts::Maybe, reason }]);
}

#[test]
fn none_is_claimed_only_without_any_connection_and_beyond_the_first_window() {
    let attempts_told = |ended: &Ended| match &reports(ended)[..] {
        [Report::Failed { attempts, .. }] => *attempts,
        other => panic!("not one failure: {other:?}"),
    };
    let order = || message(1, 0, Dialect::Rbm);
    assert_eq!(attempts_told(&carry_out_alone(order(), &AttemptEnd::NoConnection).0), Attempts::None);
    assert_eq!(attempts_told(&carry_out_alone(order(), &AttemptEnd::NoAnswer).0), Attempts::Maybe);
    let (in_first_window, _) = carry_out(&mut lanes(), WINDOW - 1, order(), &AttemptEnd::NoConnection);
    assert_eq!(attempts_told(&in_first_window), Attempts::Maybe, "a former start may have sent it");
}

#[test]
fn one_lost_answer_among_refused_connections_is_a_maybe() {
    let mut lanes = lanes();
    lanes.committed(WINDOW);
    lanes.take(WINDOW, message(1, 0, Dialect::Rbm));
    let mut now = NOW;
    for number in 1..=5 {
        assert_eq!(lanes.ready(now)[0].number, number);
        let end = if number == 2 { AttemptEnd::NoAnswer } else { AttemptEnd::NoConnection };
        lanes.ended(WINDOW, end, now);
        now = lanes.next_wakeup().unwrap_or(now);
    }
    let ended = lanes.finished();
    assert!(matches!(reports(&ended[0])[..], [Report::Failed { attempts: Attempts::Maybe, .. }]));
}

#[test]
fn retry_after_is_respected_and_never_shortens_the_back_off() {
    for (after, at_least) in
        [(Duration::from_secs(20), Duration::from_secs(20)), (Duration::ZERO, Duration::from_millis(160))]
    {
        let mut lanes = lanes();
        lanes.take(0, message(1, 0, Dialect::Rbm));
        lanes.ready(NOW);
        lanes.ended(0, AttemptEnd::Retry { reason: "busy".to_owned(), after: Some(after) }, NOW);
        assert!(lanes.next_wakeup().unwrap() >= NOW.plus(at_least));
    }
}

#[test]
fn an_endless_retry_after_ends_the_order() {
    let end =
        AttemptEnd::Retry { reason: "the provider answered 429".to_owned(), after: Some(Duration::from_secs(3600)) };
    let (ended, tries) = carry_out(&mut lanes(), 0, to_bot(1, 0), &end);
    assert_eq!((ended.verdict, tries), ("used_up", 1));
    assert!(ended.dead_letter.unwrap().contains("asks to wait 3600 s"));
}

#[test]
fn what_the_provider_said_becomes_receipts_as_it_is() {
    let said = vec![Report::Sent { provider_id: Some("7".to_owned()) }, Report::Delivered];
    let (ended, _) = carry_out(&mut lanes(), 0, message(1, 0, Dialect::Native), &AttemptEnd::Done(said.clone()));
    assert_eq!((reports(&ended), ended.dead_letter), (said, None));
    let (ended, _) = carry_out(&mut lanes(), 0, message(1, 0, Dialect::Native), &AttemptEnd::Done(Vec::new()));
    assert_eq!(reports(&ended), []);
}

#[test]
fn the_leg_is_sms_only_for_the_fallback() {
    for (delivery, leg) in [
        (message(1, 0, Dialect::Sms), Leg::Channel),
        (message(1, 0, Dialect::Rbm), Leg::Channel),
        (fallback(1, 0), Leg::Sms),
    ] {
        let end = AttemptEnd::Done(vec![Report::Sent { provider_id: None }]);
        let (ended, _) = carry_out(&mut lanes(), 0, delivery, &end);
        let told = receipts(&ended);
        assert_eq!((told.len(), told[0].leg), (1, leg));
    }
}

#[test]
fn a_message_refused_for_good_is_not_retried_and_no_dead_letter() {
    let reason = "the provider answered 404".to_owned();
    let end = AttemptEnd::NotReachable { reason: reason.clone() };
    let (ended, tries) = carry_out_alone(message(1, 0, Dialect::Rbm), &end);
    assert_eq!((tries, ended.dead_letter.clone()), (1, None));
    assert_eq!(reports(&ended), [Report::NotReachable { reason }]);
}

#[test]
fn a_rejected_message_is_a_dead_letter_and_not_reachable_only_when_nothing_was_sent_before() {
    let end = AttemptEnd::Rejected { reason: "the provider answered 401".to_owned() };
    let (ended, tries) = carry_out_alone(message(1, 0, Dialect::Rbm), &end);
    assert_eq!((tries, ended.dead_letter.as_deref()), (1, Some("the provider answered 401")));
    assert!(matches!(reports(&ended)[..], [Report::NotReachable { .. }]));
    let (ended, _) = carry_out(&mut lanes(), 0, message(1, 0, Dialect::Rbm), &end);
    assert!(matches!(reports(&ended)[..], [Report::Failed { attempts: Attempts::Maybe, .. }]));
}

#[test]
fn every_revoke_is_answered() {
    let rows = [
        (AttemptEnd::Done(Vec::new()), true, false),
        (AttemptEnd::Done(vec![Report::RevokeAnswered { revoked: false }]), false, false),
        (AttemptEnd::NotReachable { reason: "the provider answered 404".to_owned() }, false, false),
        (AttemptEnd::Rejected { reason: "the provider answered 401".to_owned() }, false, true),
        (AttemptEnd::NoConnection, false, true),
        (retry(), false, true),
    ];
    for (end, revoked, is_dead) in rows {
        let (ended, _) = carry_out(&mut lanes(), 0, revoke(1, 0), &end);
        assert_eq!(reports(&ended), [Report::RevokeAnswered { revoked }], "{end:?}");
        assert_eq!(ended.dead_letter.is_some(), is_dead, "{end:?}");
    }
}

#[test]
fn failures_that_no_conversation_hears_of_are_dead_letters() {
    let not_reachable = AttemptEnd::NotReachable { reason: "the provider answered 410".to_owned() };
    for (delivery, end) in [
        (to_workspace(1, 0, "li"), not_reachable.clone()),
        (to_bot(1, 0), not_reachable.clone()),
        (to_bot(1, 0), AttemptEnd::NoConnection),
        (Delivery { order: usher_domain::delivery::Order::Typing, ..message(1, 0, Dialect::Rbm) }, not_reachable),
        (Delivery { deadline: Some(NOW), ..to_bot(1, 0) }, AttemptEnd::NoAnswer),
    ] {
        let (ended, _) = carry_out(&mut lanes(), 0, delivery, &end);
        assert_eq!(ended.receipts, []);
        assert!(ended.dead_letter.is_some(), "{end:?}");
    }
}

#[test]
fn receipts_of_a_repeated_order_have_the_same_ids() {
    let end = AttemptEnd::Done(vec![Report::Sent { provider_id: None }, Report::Delivered]);
    let run = |offset| carry_out(&mut lanes(), offset, message(1, 0, Dialect::Native), &end).0.receipts;
    assert_eq!(run(0), run(7));
    let ids = run(0);
    assert_ne!(ids[0].id, ids[1].id, "two reports of one order are two inputs");
}

#[test]
fn ends_of_unknown_attempts_change_nothing() {
    let mut lanes = lanes();
    lanes.take(0, message(1, 0, Dialect::Rbm));
    lanes.ended(0, AttemptEnd::Done(Vec::new()), NOW);
    lanes.ended(77, AttemptEnd::NoAnswer, NOW);
    assert_eq!(lanes.finished(), []);
    assert_eq!(offsets_ready(&mut lanes, NOW), [0]);
}

#[test]
fn waits_grow_up_to_the_longest() {
    let backoff = Backoff { tries_max: 10, ..Backoff::default() };
    let nominal: Vec<u64> = (1..=6).map(|failed| backoff.nominal(failed).as_millis() as u64).collect();
    assert_eq!(nominal, [200, 800, 3_200, 12_800, 30_000, 30_000]);
}

#[test]
fn foreign_commit_metadata_is_refused() {
    for text in ["x", "00", &"g".repeat(64), &"0".repeat(65)] {
        assert!(text.parse::<FinishedBeyond>().is_err(), "{text}");
    }
    assert_eq!("".parse(), Ok(FinishedBeyond::default()));
}

#[test]
fn the_bitmap_reads_from_left_to_right() {
    let text = FinishedBeyond::of(100, [101, 104, 355, 356, 99]).to_string();
    assert_eq!(text, format!("48{}1", "0".repeat(61)));
}
