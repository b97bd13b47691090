//! Who is there, for how long, and when a visitor counts as gone.

use usher_domain::receipt::Report;
use usher_domain::{Held, MailboxAct};

use super::stage::{Stage, Told, message, release, report};
use crate::mailbox::CLIENTS_MAX;

fn watched(bits: u128) -> Held {
    Held { release: release(120), ..message(bits, 3_600) }
}

#[test]
fn a_client_that_is_not_heard_of_again_is_gone_at_the_end_of_its_lease() {
    let mut stage = Stage::new();
    stage.seen(1, 60);
    assert_eq!(stage.wait(60), []);
    assert_eq!(stage.core.size(), (0, 0), "nothing is kept of it");
    stage.put(message(1, 90));
    assert_eq!(stage.wait(30), [report(1, Report::TtlRevoked)], "put in when nobody was there");
}

#[test]
fn nobody_is_believed_to_be_there_for_more_than_a_minute() {
    let mut stage = Stage::new();
    stage.seen(1, 86_400);
    stage.wait(60);
    assert_eq!(stage.core.size(), (0, 0));
}

#[test]
fn a_client_is_there_as_long_as_it_is_heard_of() {
    let mut stage = Stage::new();
    for _ in 0..10 {
        stage.seen(1, 60);
        stage.wait(50);
    }
    let (_, told) = stage.put(Held { only_if_connected: true, ..message(1, 3_600) });
    assert_eq!(told, []);
}

#[test]
fn one_of_two_clients_that_goes_leaves_the_other_there() {
    let mut stage = Stage::new();
    stage.seen(1, 60);
    stage.seen(2, 60);
    stage.closed(1);
    let (_, told) = stage.put(Held { only_if_connected: true, ..message(1, 30) });
    assert_eq!(told, []);
    stage.closed(2);
    let (_, told) = stage.put(Held { only_if_connected: true, ..message(2, 30) });
    assert_eq!(told.len(), 1, "nobody is there now: {told:?}");
}

#[test]
fn a_client_too_many_is_still_known_to_be_there() {
    let mut stage = Stage::new();
    let clients = 1..=CLIENTS_MAX as u128 + 3;
    clients.clone().for_each(|client| drop(stage.seen(client, 60)));
    clients.for_each(|client| drop(stage.closed(client)));
    let (_, told) = stage.put(Held { only_if_connected: true, ..message(1, 30) });
    assert_eq!(told, [], "those beyond the bound are told apart no more, and count until their lease ends");
    stage.wait(60);
    let (_, told) = stage.put(Held { only_if_connected: true, ..message(2, 3_600) });
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_visitor_whom_nobody_polls_for_leaves_once() {
    let mut stage = Stage::new();
    stage.put(watched(1));
    assert_eq!(stage.wait(119), []);
    assert_eq!(stage.wait(1), [Told::Leave]);
    assert_eq!(stage.wait(600), []);
}

#[test]
fn a_poll_puts_the_leave_off() {
    let mut stage = Stage::new();
    stage.put(watched(1));
    for _ in 0..5 {
        assert_eq!(stage.wait(100), []);
        stage.seen(1, 10);
    }
    assert_eq!(stage.wait(119), []);
    assert_eq!(stage.wait(1), [Told::Leave]);
}

#[test]
fn nobody_leaves_while_a_client_is_there() {
    let mut stage = Stage::new();
    stage.put(Held { release: release(5), ..message(1, 3_600) });
    stage.seen(1, 60);
    assert_eq!(stage.wait(59), []);
    stage.seen(1, 60);
    assert_eq!(stage.wait(59), []);
    assert_eq!(stage.wait(1), [Told::Leave]);
}

#[test]
fn a_collected_mailbox_is_watched_until_the_session_is_over() {
    let mut stage = Stage::new();
    let (seq, _) = stage.put(watched(1));
    stage.seen(1, 10);
    stage.acked(seq);
    let (seq, _) = stage.put(Held { ends_watch: true, message: None, ..watched(2) });
    stage.acked(seq);
    assert_eq!(stage.wait(3_600), []);
    assert_eq!(stage.core.size(), (0, 0));
}

#[test]
fn typing_neither_begins_nor_ends_a_watch() {
    let mut stage = Stage::new();
    stage.put(watched(1));
    stage.put(Held { message: None, only_if_connected: true, ..message(2, 10) });
    assert_eq!(stage.wait(120), [Told::Leave]);
}

#[test]
fn a_poll_acknowledges_what_the_one_before_was_told_and_no_more() {
    let mut stage = Stage::new();
    let (first, _) = stage.put(message(1, 3_600));
    assert_eq!(stage.polled(10), [], "it is told now");
    assert_eq!(stage.waiting(), [first]);
    let (second, _) = stage.put(message(2, 3_600));
    assert_eq!(stage.polled(10), [report(1, Report::Delivered)]);
    assert_eq!(stage.waiting(), [second], "put in after the first poll, told with the second");
    stage.wait(30);
    assert_eq!(stage.polled(10), [report(2, Report::Delivered)], "also when nobody came for a while");
    assert_eq!(stage.polled(10), []);
}

#[test]
fn a_poll_acknowledges_all_that_the_one_before_was_told_also_what_is_over_since() {
    let mut stage = Stage::new();
    (1..=2).for_each(|bits| drop(stage.put(message(bits, 30))));
    stage.polled(60);
    let (later, _) = stage.put(message(3, 3_600));
    assert_eq!(stage.wait(30).len(), 2, "both have ended");
    assert_eq!(stage.polled(60), [1, 2].map(|bits| report(bits, Report::Delivered)));
    assert_eq!(stage.waiting(), [later]);
}

#[test]
fn two_polls_at_once_are_both_acknowledged_by_the_next_one() {
    let mut stage = Stage::new();
    let (first, _) = stage.put(message(1, 3_600));
    stage.polled_in_vain(10);
    let (second, _) = stage.put(message(2, 3_600));
    stage.polled_in_vain(10);
    stage.record("v", MailboxAct::Told { up_to: second, sent: vec![second] });
    stage.record("v", MailboxAct::Told { up_to: first, sent: vec![first] });
    assert_eq!(stage.polled(10), [1, 2].map(|bits| report(bits, Report::Delivered)));
}

#[test]
fn a_poll_of_an_older_record_was_told_all_that_waited_up_to_its_last() {
    let mut stage = Stage::new();
    stage.put(message(1, 3_600));
    let (second, _) = stage.put(message(2, 3_600));
    stage.polled_in_vain(10);
    stage.record("v", MailboxAct::Told { up_to: second, sent: Vec::new() });
    assert_eq!(stage.polled(10), [1, 2].map(|bits| report(bits, Report::Delivered)));
}

#[test]
fn a_poll_that_could_not_be_answered_costs_nothing() {
    let mut stage = Stage::new();
    let (seq, _) = stage.put(message(1, 3_600));
    assert_eq!(stage.polled_in_vain(10), []);
    assert_eq!(stage.polled_in_vain(10), [], "nobody has been told it");
    assert_eq!(stage.waiting(), [seq]);
    assert_eq!(stage.polled(10), []);
    assert_eq!(stage.polled(10), [report(1, Report::Delivered)]);
}

#[test]
fn a_session_that_nobody_polls_for_any_more_is_released_once() {
    let mut stage = Stage::new();
    stage.put(watched(1));
    for _ in 0..20 {
        stage.polled(10);
        assert_eq!(stage.wait(100), [], "a poll within the span goes on with it");
        stage.put(watched(2));
    }
    stage.polled(10);
    let told = stage.wait(131);
    assert!(matches!(told[..], [Told::Leave]), "{told:?}");
    assert_eq!(stage.wait(600), []);
}
