//! What becomes of what is put in.

use usher_domain::mailbox::HELD_WITHOUT_DEADLINE;
use usher_domain::receipt::Report;
use usher_domain::{Held, MailboxAct};

use super::stage::{START, Stage, Told, message, report, secs};
use crate::mailbox::LATE;

const DELIVERED: Report = Report::Delivered;

#[test]
fn an_acknowledgement_delivers_everything_up_to_it_in_order() {
    let mut stage = Stage::new();
    let seqs: Vec<i64> = (1..=3).map(|bits| stage.put(message(bits, 60)).0).collect();
    assert_eq!(stage.waiting(), seqs);
    stage.seen(1, 60);
    assert_eq!(stage.acked(seqs[1]), [report(1, DELIVERED), report(2, DELIVERED)]);
    assert_eq!(stage.waiting(), [seqs[2]]);
    assert_eq!(stage.acked(seqs[1]), [], "said again");
    assert_eq!(stage.wait(59), []);
}

#[test]
fn a_message_that_nobody_came_for_is_revoked_at_its_end() {
    let mut stage = Stage::new();
    stage.put(message(1, 60));
    assert_eq!(stage.wait(59), []);
    assert_eq!(stage.core.next_wakeup(), Some(START.plus(secs(60))));
    assert_eq!(stage.wait(1), [report(1, Report::TtlRevoked)]);
    assert_eq!((stage.waiting(), stage.core.next_wakeup(), stage.core.size()), (vec![], None, (0, 0)));
}

#[test]
fn a_message_that_may_have_been_shown_is_not_said_to_be_revoked() {
    for is_there_before in [true, false] {
        let mut stage = Stage::new();
        if is_there_before {
            stage.seen(1, 60);
        }
        let (seq, _) = stage.put(message(1, 30));
        if !is_there_before {
            stage.seen(1, 5);
        }
        assert_eq!(stage.wait(30), [report(1, Report::TtlRevokeFailed)]);
        assert_eq!(stage.waiting(), [], "nobody is shown it any more");
        assert_eq!(stage.acked(seq), [report(1, DELIVERED)], "the acknowledgement was on its way");
    }
}

#[test]
fn an_acknowledgement_of_something_later_says_nothing_of_what_was_over_before() {
    let mut stage = Stage::new();
    stage.seen(1, 60);
    stage.put(message(1, 30));
    stage.wait(30);
    // Another client: it was never shown the first message.
    stage.seen(2, 60);
    let (seq, _) = stage.put(message(2, 600));
    assert_eq!(stage.acked(seq), [report(2, DELIVERED)]);
}

#[test]
fn what_was_shown_together_and_ended_before_its_acknowledgement_is_delivered() {
    let mut stage = Stage::new();
    stage.seen(1, 60);
    let seqs: Vec<i64> = (1..=3).map(|bits| stage.put(message(bits, 30)).0).collect();
    assert_eq!(stage.wait(30).len(), 3);
    let told = stage.record("v", MailboxAct::Acked { up_to: seqs[2], sent: seqs, after: None });
    assert_eq!(told, [1, 2, 3].map(|bits| report(bits, DELIVERED)));
}

#[test]
fn what_a_front_has_left_out_is_not_acknowledged_with_what_it_has_sent() {
    let mut stage = Stage::new();
    stage.seen(1, 60);
    let seqs: Vec<i64> = (1..=4).map(|bits| stage.put(message(bits, 60)).0).collect();
    // The client came with the first; the second had ended by its front's clock.
    let acked = MailboxAct::Acked { up_to: seqs[3], sent: vec![seqs[2], seqs[3]], after: Some(seqs[0]) };
    assert_eq!(stage.record("v", acked), [1, 3, 4].map(|bits| report(bits, DELIVERED)));
    assert_eq!(stage.waiting(), [seqs[1]]);
}

#[test]
fn an_acknowledgement_counts_for_two_minutes_after_the_end_and_no_longer() {
    let mut stage = Stage::new();
    stage.seen(1, 60);
    let (seq, _) = stage.put(message(1, 30));
    stage.wait(30);
    assert_eq!(stage.wait(LATE.as_secs()), []);
    assert_eq!(stage.acked(seq), []);
    assert_eq!(stage.core.size(), (0, 0));
}

#[test]
fn a_client_that_came_and_went_before_the_message_was_not_shown_it() {
    let mut stage = Stage::new();
    stage.seen(1, 60);
    stage.closed(1);
    stage.put(message(1, 30));
    assert_eq!(stage.wait(30), [report(1, Report::TtlRevoked)]);
}

#[test]
fn a_repeated_order_is_the_same_thing() {
    let mut stage = Stage::new();
    let (seq, _) = stage.put(message(1, 60));
    stage.put(message(1, 60));
    assert_eq!(stage.waiting(), [seq]);
    assert_eq!(stage.wait(60), [report(1, Report::TtlRevoked)], "told once");
}

#[test]
fn what_is_only_for_a_client_that_is_there_is_refused_when_none_is() {
    let now_or_never = || Held { only_if_connected: true, ..message(1, 60) };
    let mut stage = Stage::new();
    let (_, told) = stage.put(now_or_never());
    assert!(matches!(told.as_slice(), [Told::Receipt(_, Report::NotReachable { .. })]), "{told:?}");
    assert_eq!(stage.core.size(), (0, 0));

    stage.seen(1, 60);
    let (seq, told) = stage.put(now_or_never());
    assert_eq!((stage.waiting(), told), (vec![seq], vec![]));
}

#[test]
fn notices_are_shown_and_nobody_is_told_what_became_of_them() {
    let mut stage = Stage::new();
    let notice = |bits| Held { message: None, ..message(bits, 60) };
    let (seq, _) = stage.put(notice(1));
    assert_eq!(stage.waiting(), [seq]);
    assert_eq!(stage.acked(seq), []);
    stage.put(notice(2));
    assert_eq!(stage.wait(60), []);
    let (_, told) = stage.put(Held { only_if_connected: true, ..notice(3) });
    assert_eq!((told, stage.waiting()), (vec![], vec![]), "typing with nobody there");
}

#[test]
fn what_comes_after_its_end_is_never_shown() {
    let mut stage = Stage::new();
    stage.wait(61);
    let (_, told) = stage.put(message(1, 60));
    assert_eq!((told, stage.waiting()), (vec![report(1, Report::TtlRevoked)], vec![]));
}

#[test]
fn everything_has_an_end_whatever_its_order_says() {
    let mut stage = Stage::new();
    stage.put(Held { expires_at: usher_domain::Timestamp::from_millis(i64::MAX), ..message(1, 0) });
    let end = stage.core.next_wakeup().expect("an end");
    assert!(end <= START.plus(secs(31 * 24 * 60 * 60)) && end > START.plus(HELD_WITHOUT_DEADLINE), "{end:?}");
}

#[test]
fn a_withdrawn_message_is_shown_no_more_and_the_answer_promises_only_what_is_true() {
    let mut stage = Stage::new();
    stage.put(message(1, 60));
    assert_eq!(stage.withdraw(1), [report(1, Report::RevokeAnswered { revoked: true })], "nobody has seen it");
    assert_eq!((stage.waiting(), stage.core.size()), (vec![], (0, 0)));
    assert_eq!(stage.withdraw(1), [report(1, Report::RevokeAnswered { revoked: false })], "it is not there");

    stage.seen(1, 60);
    let (seq, _) = stage.put(message(2, 60));
    assert_eq!(stage.withdraw(2), [report(2, Report::RevokeAnswered { revoked: false })], "it may have been seen");
    assert_eq!(stage.waiting(), []);
    assert_eq!(stage.acked(seq), [report(2, DELIVERED)], "and it was");
}

#[test]
fn a_message_that_was_acknowledged_can_not_be_withdrawn() {
    let mut stage = Stage::new();
    let (seq, _) = stage.put(message(1, 60));
    stage.acked(seq);
    assert_eq!(stage.withdraw(1), [report(1, Report::RevokeAnswered { revoked: false })]);
}

#[test]
fn another_visitors_acknowledgement_changes_nothing() {
    let mut stage = Stage::new();
    let (seq, _) = stage.put(message(1, 60));
    assert_eq!(stage.record("somebody else", MailboxAct::acked_up_to(i64::MAX)), []);
    assert_eq!(stage.waiting(), [seq]);
}
