//! What the log is told of a client, and what happens when it can not be told.

use std::sync::Arc;

use tokio::sync::Semaphore;
use usher_dialects::pull::Want;
use usher_domain::Timestamp;

use super::super::fakes::{FakeLog, Weather, pull};
use super::*;

fn acknowledged(log: &FakeLog) -> Vec<i64> {
    let up_to = |act: &MailboxAct| match act {
        MailboxAct::Acked { up_to, .. } => Some(*up_to),
        _ => None,
    };
    log.told().iter().filter_map(up_to).collect()
}

const CONNECTION: ConnectionId = ConnectionId::from_bits(7);

fn seen() -> MailboxAct {
    MailboxAct::Seen { connection: CONNECTION, lease: LEASE_MAX }
}

async fn begin(log: &FakeLog, slots: &Arc<Semaphore>) -> Result<Presence, SendError> {
    let pull = pull(Want::Stream { after: None, until: Timestamp::from_millis(0) });
    let slot = Arc::clone(slots).acquire_owned().await.expect("a slot");
    Presence::begin(Log::new(log.clone(), "t"), pull, CONNECTION, Some(1), slot).await
}

async fn pass(span: Duration) {
    tokio::time::sleep(span).await;
}

#[tokio::test(start_paused = true)]
async fn client_is_told_of_before_during_and_after() {
    let (log, slots) = (FakeLog::default(), Arc::new(Semaphore::new(1)));
    let presence = begin(&log, &slots).await.expect("the log is there");
    assert_eq!((log.told(), presence.since()), (vec![seen()], 1));
    pass(Duration::from_secs(50)).await;
    assert_eq!(log.told(), vec![seen(); 3], "thrice a lease");
    assert!(presence.stands());
    assert_eq!(slots.available_permits(), 0);
    drop(presence);
    pass(Duration::from_millis(1)).await;
    assert_eq!(log.told()[3..], [MailboxAct::Closed { connection: CONNECTION }]);
    assert_eq!(slots.available_permits(), 1, "the slot is free after the last word");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_shown_to_a_client_that_the_log_does_not_hear_of_any_more() {
    let (log, slots) = (FakeLog::default(), Arc::new(Semaphore::new(1)));
    let presence = begin(&log, &slots).await.expect("the log is there");
    log.is(Weather::Away);
    let began = Instant::now();
    presence.lapsed().await;
    assert!(began.elapsed() < LEASE_MAX && began.elapsed() > LEASE_MAX / 2, "{:?}", began.elapsed());
    assert!(!presence.stands());
    log.is(Weather::Fine);
    pass(AGAIN_AFTER).await;
    assert!(presence.stands(), "it is tried again and again");
}

#[tokio::test(start_paused = true)]
async fn client_is_not_served_when_the_log_can_not_be_told_at_first() {
    let (log, slots) = (FakeLog::default(), Arc::new(Semaphore::new(1)));
    log.is(Weather::Away);
    assert!(begin(&log, &slots).await.is_err());
    assert_eq!(slots.available_permits(), 1);
}

#[tokio::test(start_paused = true)]
async fn latest_acknowledgement_is_written_once_and_again_until_it_is() {
    let (log, slots) = (FakeLog::default(), Arc::new(Semaphore::new(1)));
    let mut presence = begin(&log, &slots).await.expect("the log is there");
    for up_to in [3, 5, 4] {
        presence.acknowledge(up_to);
    }
    pass(Duration::from_millis(1)).await;
    assert_eq!(acknowledged(&log), [5]);
    log.is(Weather::Away);
    presence.acknowledge(9);
    pass(AGAIN_AFTER / 2).await;
    drop(presence);
    log.is(Weather::Fine);
    pass(AGAIN_AFTER).await;
    assert_eq!(acknowledged(&log), [5, 9], "also after the client has gone");
}

#[tokio::test(start_paused = true)]
async fn acknowledgement_names_what_was_sent_up_to_it_and_is_not_written_yet() {
    let (log, slots) = (FakeLog::default(), Arc::new(Semaphore::new(1)));
    let mut presence = begin(&log, &slots).await.expect("the log is there");
    [3, 5, 6, 9].into_iter().for_each(|seq| presence.sent(seq));
    presence.acknowledge(5);
    pass(Duration::from_millis(1)).await;
    log.is(Weather::Away);
    presence.acknowledge(6);
    pass(AGAIN_AFTER / 2).await;
    presence.acknowledge(9);
    log.is(Weather::Fine);
    pass(AGAIN_AFTER).await;
    let acked = |up_to, sent| MailboxAct::Acked { up_to, sent, after: Some(1) };
    assert_eq!(log.told()[1..], [acked(5, vec![3, 5]), acked(9, vec![6, 9])]);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_and_never_acknowledged_here_is_remembered_up_to_a_bound() {
    let (log, slots) = (FakeLog::default(), Arc::new(Semaphore::new(1)));
    let mut presence = begin(&log, &slots).await.expect("the log is there");
    let last = 10 + i64::try_from(SENT_MAX).expect("a small number");
    (10..=last).for_each(|seq| presence.sent(seq));
    presence.acknowledge(last);
    pass(Duration::from_millis(1)).await;
    let acked = MailboxAct::Acked { up_to: last, sent: (11..=last).collect(), after: Some(10) };
    assert_eq!(log.told()[1..], [acked]);
}

#[tokio::test(start_paused = true)]
async fn client_that_is_gone_is_forgotten_also_when_the_log_is_away() {
    let (log, slots) = (FakeLog::default(), Arc::new(Semaphore::new(1)));
    let mut presence = begin(&log, &slots).await.expect("the log is there");
    log.is(Weather::Away);
    presence.acknowledge(9);
    drop(presence);
    let _slot = slots.acquire().await.expect("the slot is free in the end");
    assert!(acknowledged(&log).is_empty());
}
