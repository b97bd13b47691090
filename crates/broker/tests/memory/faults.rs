//! Each fault does what it says, and the worker goes on after it.

use std::collections::BTreeSet;
use std::time::Duration;

use usher_broker::{
    Broker, BrokerError, Committed, Outgoing, Polled, Position, SendError, SenderHandle, StateRead, WorkerHandle,
};

use super::worker::{assigned, begin_copy, broker, copy, poll, read, record, spec, texts};

async fn feed(broker: &impl Broker, texts: &[&str]) {
    let sender = broker.sender().unwrap();
    for text in texts {
        sender.send(record("in", 0, text)).await.unwrap();
    }
}

#[tokio::test]
async fn ordered_abort_leaves_nothing_and_is_read_again() {
    let (broker, _) = broker(1);
    feed(&broker, &["one"]).await;
    let mut worker = broker.worker(&spec("a")).unwrap();
    broker.abort_next_commit("a");
    assert!(matches!(copy(&mut worker).unwrap(), Some(Committed::Aborted { .. })));
    assert_eq!(broker.records("out").unwrap(), []);
    assert_eq!(copy(&mut worker).unwrap(), Some(Committed::Done));
    assert_eq!(texts(&broker.records("out").unwrap()), ["one"]);
    assert_eq!(broker.lag("group", "in").unwrap(), 0);
}

#[tokio::test]
async fn lost_commit_that_stands_is_not_read_again() {
    let (broker, _) = broker(1);
    feed(&broker, &["one"]).await;
    let mut worker = broker.worker(&spec("a")).unwrap();
    broker.lose_next_commit("a", true);
    assert!(matches!(copy(&mut worker).unwrap(), Some(Committed::Lost { .. })));
    assert_eq!(texts(&broker.records("out").unwrap()), ["one"]);
    assert_eq!(read(&mut worker), []);
}

#[tokio::test]
async fn lost_commit_that_does_not_stand_is_read_again() {
    let (broker, _) = broker(1);
    feed(&broker, &["one"]).await;
    let mut worker = broker.worker(&spec("a")).unwrap();
    broker.lose_next_commit("a", false);
    assert!(matches!(copy(&mut worker).unwrap(), Some(Committed::Lost { .. })));
    assert_eq!(broker.records("out").unwrap(), []);
    assert_eq!(copy(&mut worker).unwrap(), Some(Committed::Done));
    assert_eq!(texts(&broker.records("out").unwrap()), ["one"]);
}

#[tokio::test]
async fn first_fencing_loses_a_transaction_and_the_second_in_a_row_stops_the_worker() {
    let (broker, _) = broker(1);
    feed(&broker, &["one"]).await;
    let mut worker = broker.worker(&spec("a")).unwrap();
    for _ in 0..2 {
        // A commit in between shows that it is alone: then a fencing counts as the first again.
        feed(&broker, &["more"]).await;
        broker.fence("a");
        assert!(matches!(copy(&mut worker).unwrap(), Some(Committed::Lost { .. })));
        assert_eq!(copy(&mut worker).unwrap(), Some(Committed::Done));
    }
    feed(&broker, &["last"]).await;
    broker.fence("a");
    assert!(matches!(copy(&mut worker).unwrap(), Some(Committed::Lost { .. })));
    broker.fence("a");
    assert!(matches!(copy(&mut worker), Err(BrokerError::Fenced { name, .. }) if name == "a"));
    assert_eq!(texts(&broker.records("out").unwrap()), ["one", "more", "more"]);
}

#[tokio::test]
async fn stale_generation_is_aborted() {
    let (broker, _) = broker(1);
    feed(&broker, &["one"]).await;
    let mut worker = broker.worker(&spec("a")).unwrap();
    let records = read(&mut worker);
    let offsets = begin_copy(&mut worker, &records);
    let _other = broker.worker(&spec("b")).unwrap();
    let end = worker.commit(&offsets).unwrap();
    assert!(matches!(&end, Committed::Aborted { reason } if reason.contains("generation")), "{end:?}");
    assert_eq!(broker.records("out").unwrap(), []);
    assert_eq!(copy(&mut worker).unwrap(), Some(Committed::Done), "it has heard of the new generation");
}

#[tokio::test]
async fn released_partition_can_not_be_committed() {
    let (broker, _) = broker(2);
    let mut worker = broker.worker(&spec("a")).unwrap();
    poll(&mut worker).unwrap();
    broker.revoke("group", "in", "a", &[1]).unwrap();
    assert!(matches!(poll(&mut worker).unwrap(), Polled::Revoking(partitions) if partitions == [1]));
    let _other = broker.worker(&spec("b")).unwrap();
    worker.release(&[1]).unwrap();
    poll(&mut worker).unwrap();
    worker.begin().unwrap();
    assert!(matches!(worker.commit(&[(1, Position::at(0))]).unwrap(), Committed::Aborted { .. }));
}

#[tokio::test]
async fn held_transaction_hides_what_follows_until_it_ends() {
    for committed in [true, false] {
        let (broker, _) = broker(1);
        broker.hold_transaction("stranger", record("in", 0, "held")).unwrap();
        feed(&broker, &["after"]).await;
        assert_eq!(broker.records("in").unwrap(), []);
        assert_eq!(broker.watermarks("in", 0).unwrap(), (0, 2));
        broker.end_held_transaction("stranger", committed);
        let expected: &[&str] = if committed { &["held", "after"] } else { &["after"] };
        assert_eq!(texts(&broker.records("in").unwrap()), expected);
    }
}

#[test]
fn delayed_markers_hold_a_restore_back_after_the_commit() {
    let (broker, clock) = broker(1);
    let mut writer = broker.worker(&spec("a")).unwrap();
    broker.delay_markers(Duration::from_millis(700));
    writer.begin().unwrap();
    writer.produce(Outgoing { key: Some(b"key".to_vec()), ..record("state", 0, "kept") }).unwrap();
    assert_eq!(writer.commit(&[]).unwrap(), Committed::Done);
    let mut heir = broker.worker(&spec("b")).unwrap();
    let mut restore = || {
        let mut found = Vec::new();
        let end = heir.read_state(0, &mut |record| found.push(record)).unwrap();
        (end, texts(&found))
    };
    assert_eq!(restore(), (StateRead::Blocked, vec![]));
    clock.advance(Duration::from_millis(699));
    assert_eq!(restore(), (StateRead::Blocked, vec![]));
    clock.advance(Duration::from_millis(1));
    assert_eq!(restore(), (StateRead::Complete, vec!["kept".to_owned()]));
}

#[test]
fn next_transaction_of_the_same_producer_waits_for_its_markers() {
    let (broker, _) = broker(1);
    let mut worker = broker.worker(&spec("a")).unwrap();
    broker.delay_markers(Duration::from_secs(1));
    for text in ["one", "two"] {
        worker.begin().unwrap();
        worker.produce(record("out", 0, text)).unwrap();
        assert_eq!(worker.commit(&[]).unwrap(), Committed::Done);
    }
    assert_eq!(texts(&broker.records("out").unwrap()), ["one"]);
}

#[test]
fn revoked_partition_goes_to_the_other_worker_once_it_is_released() {
    let (broker, _) = broker(1);
    let mut worker = broker.worker(&spec("a")).unwrap();
    assert_eq!(assigned(&mut worker), BTreeSet::from([0]));
    let mut other = broker.worker(&spec("b")).unwrap();
    assert_eq!(assigned(&mut other), BTreeSet::new());
    broker.revoke("group", "in", "a", &[0]).unwrap();
    assert_eq!(assigned(&mut other), BTreeSet::new(), "it is not free yet");
    assert_eq!(assigned(&mut worker), BTreeSet::new(), "the round of the other's coming");
    assert!(matches!(worker.poll(1, Duration::ZERO).unwrap(), Polled::Revoking(partitions) if partitions == [0]));
    worker.release(&[0]).unwrap();
    assert_eq!(assigned(&mut other), BTreeSet::from([0]));
}

#[tokio::test]
async fn revoked_partition_comes_back_to_a_lone_worker() {
    let (broker, _) = broker(1);
    feed(&broker, &["one"]).await;
    let mut worker = broker.worker(&spec("a")).unwrap();
    poll(&mut worker).unwrap();
    broker.revoke("group", "in", "a", &[0]).unwrap();
    assert!(matches!(poll(&mut worker).unwrap(), Polled::Revoking(partitions) if partitions == [0]));
    worker.release(&[0]).unwrap();
    assert_eq!(texts(&read(&mut worker)), ["one"]);
}

#[tokio::test]
async fn lost_partitions_abort_the_commit_and_come_back() {
    let (broker, _) = broker(1);
    feed(&broker, &["one"]).await;
    let mut worker = broker.worker(&spec("a")).unwrap();
    let records = read(&mut worker);
    let offsets = begin_copy(&mut worker, &records);
    broker.lose("group", "in", "a").unwrap();
    assert!(matches!(worker.commit(&offsets).unwrap(), Committed::Aborted { .. }));
    assert!(matches!(poll(&mut worker).unwrap(), Polled::Lost(partitions) if partitions == [0]));
    worker.release(&[0]).unwrap();
    assert_eq!(copy(&mut worker).unwrap(), Some(Committed::Done));
    assert_eq!(texts(&broker.records("out").unwrap()), ["one"]);
}

#[tokio::test]
async fn refused_send_writes_nothing() {
    let (broker, _) = broker(1);
    let sender = broker.sender().unwrap();
    broker.refuse_sends(true);
    assert!(matches!(sender.send(record("in", 0, "lost")).await, Err(SendError::Unavailable(_))));
    broker.refuse_sends(false);
    sender.send(record("in", 0, "kept")).await.unwrap();
    assert_eq!(texts(&broker.records("in").unwrap()), ["kept"]);
}

#[tokio::test]
async fn send_to_a_missing_topic_is_refused_with_its_name() {
    let (broker, _) = broker(1);
    let end = broker.sender().unwrap().send(record("nowhere", 0, "x")).await;
    assert!(matches!(&end, Err(SendError::Refused(text)) if text.contains("`nowhere`")), "{end:?}");
}

#[test]
fn produce_to_a_missing_topic_aborts_the_commit() {
    let (broker, _) = broker(1);
    let mut worker = broker.worker(&spec("a")).unwrap();
    worker.begin().unwrap();
    worker.produce(record("out", 0, "dropped")).unwrap();
    assert!(matches!(worker.produce(record("nowhere", 0, "x")), Err(BrokerError::Misconfigured(_))));
    assert!(matches!(worker.commit(&[]).unwrap(), Committed::Aborted { .. }));
    assert_eq!(broker.records("out").unwrap(), []);
}

#[test]
fn headers_are_kept() {
    let (broker, _) = broker(1);
    let mut worker = broker.worker(&spec("a")).unwrap();
    let headers = vec![("ce_type", b"session.opened".to_vec())];
    worker.begin().unwrap();
    worker.produce(Outgoing { headers: headers.clone(), ..record("out", 0, "event") }).unwrap();
    assert_eq!(worker.commit(&[]).unwrap(), Committed::Done);
    assert_eq!(broker.headers("out", 0, 0).unwrap(), Some(headers));
    assert_eq!(broker.headers("out", 0, 7).unwrap(), None);
}

#[test]
fn state_with_another_number_of_partitions_is_refused() {
    let (broker, _) = broker(1);
    let mut wide = broker.describe_topics("state").unwrap();
    wide[0].name = "wide".to_owned();
    wide[0].partitions = 2;
    broker.create_topics(&wide).unwrap();
    let refused = broker.worker(&usher_broker::WorkerSpec { state: Some("wide".to_owned()), ..spec("a") });
    assert!(matches!(refused, Err(BrokerError::Misconfigured(text)) if text.contains("`wide` has 2 partitions")));
}

#[test]
fn restore_after_compaction_ends_with_the_same_state() {
    let (broker, _) = broker(1);
    let mut worker = broker.worker(&spec("a")).unwrap();
    let keyed = |key: &str, text: Option<&str>| Outgoing {
        key: Some(key.into()),
        payload: text.map(Into::into),
        ..record("state", 0, "")
    };
    let rounds = [
        vec![keyed("kept", Some("old")), keyed("ended", Some("x"))],
        vec![keyed("kept", Some("new")), keyed("ended", None)],
    ];
    for records in rounds {
        worker.begin().unwrap();
        records.into_iter().for_each(|record| worker.produce(record).unwrap());
        assert_eq!(worker.commit(&[]).unwrap(), Committed::Done);
    }
    let (_, watermark) = broker.watermarks("state", 0).unwrap();
    broker.compact("state").unwrap();
    let mut found = Vec::new();
    assert_eq!(worker.read_state(0, &mut |record| found.push(record)).unwrap(), StateRead::Complete);
    assert_eq!(texts(&found), ["new"]);
    assert_eq!(broker.watermarks("state", 0).unwrap(), (watermark, watermark), "no offset is used again");
}
