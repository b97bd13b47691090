//! Topics and what is written to them outside transactions: partitions, keys, time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Case;
use super::stage::{Stage, texts, wait_for};
use crate::{Broker, Committed, Outgoing, ReadFrom, ReaderHandle, SendError, WorkerHandle, partition_of};

pub(super) fn cases<B: Broker>() -> Vec<(&'static str, Case<B>)> {
    vec![
        ("topics_are_described_as_they_were_made", topics_are_described_as_made),
        ("creating_topics_again_leaves_them_as_they_are", creating_topics_again_leaves_them),
        ("deleted_topics_are_gone", deleted_topics_are_gone),
        ("sent_records_are_acknowledged_with_their_place", sent_records_are_acknowledged_with_their_place),
        ("records_of_one_key_land_on_the_partition_of_the_key", records_of_one_key_land_on_its_partition),
        ("append_time_is_the_brokers", append_time_is_the_brokers),
        ("tombstone_and_key_come_back", tombstone_and_key_come_back),
        ("compacted_topic_refuses_a_record_without_key", compacted_topic_refuses_a_record_without_key),
        ("appended_record_is_outside_the_transaction", appended_record_is_outside_the_transaction),
        ("record_as_large_as_its_topic_takes_is_written", record_as_large_as_its_topic_takes_is_written),
        ("record_larger_than_its_topic_takes_costs_one_transaction", larger_record_costs_one_transaction),
        ("reader_knows_when_it_has_read_what_stood_there", reader_knows_when_it_has_caught_up),
        ("reader_from_the_end_sees_only_what_comes_later", reader_from_the_end_sees_only_later_records),
    ]
}

fn topics_are_described_as_made<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 3);
    let mut expected = stage.topics(3);
    expected.sort_by(|a, b| a.name.cmp(&b.name));
    wait_for("all topics are described", || {
        let mut found = stage.broker().describe_topics(&stage.name("")).ok()?;
        found.sort_by(|a, b| a.name.cmp(&b.name));
        (found == expected).then_some(())
    });
}

fn creating_topics_again_leaves_them<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    stage.send(&stage.record("output", 1, "kept"));
    stage.broker().create_topics(&stage.topics(5)).expect("topics that exist are no error");
    assert_eq!(stage.reader("output").until("kept"), ["kept"]);
    let found = stage.broker().describe_topics(&stage.name("output")).expect("topics are described");
    assert_eq!(found.iter().map(|topic| topic.partitions).collect::<Vec<_>>(), [2]);
}

fn deleted_topics_are_gone<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut extra = stage.topics(1)[0].clone();
    extra.name = stage.name("extra");
    stage.broker().create_topics(std::slice::from_ref(&extra)).expect("a topic is made");
    let described = || stage.broker().describe_topics(&extra.name).map(|found| found.len());
    wait_for("the topic is there", || (described() == Ok(1)).then_some(()));
    stage.broker().delete_topics(std::slice::from_ref(&extra.name)).expect("a topic is deleted");
    wait_for("the topic is gone", || (described() == Ok(0)).then_some(()));
}

fn sent_records_are_acknowledged_with_their_place<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let first = stage.send(&stage.record("output", 1, "first"));
    let second = stage.send(&stage.record("output", 1, "second"));
    assert_eq!((first.partition, second.partition), (1, 1));
    assert!(second.offset > first.offset, "offsets grow");
    let mut reader = stage.reader("output");
    reader.until("second");
    let places: Vec<_> = reader.seen.iter().map(|record| (record.partition, record.offset)).collect();
    assert_eq!(places, [(1, first.offset), (1, second.offset)]);
}

fn records_of_one_key_land_on_its_partition<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 5);
    let mut worker = stage.worker("a").holding(5);
    let keys: Vec<_> = (0..20).map(|n| format!("{n:032x}")).collect();
    let record =
        |key: &str, text: &str| Outgoing { partition: None, key: Some(key.into()), ..stage.record("output", 0, text) };
    for key in &keys {
        assert_eq!(stage.send(&record(key, "sent")).partition, partition_of(key.as_bytes(), 5), "a sender's record");
    }
    let produced = keys.iter().map(|key| record(key, "produced")).collect();
    assert_eq!(worker.transact(produced, &[]), Committed::Done);
    let mut reader = stage.reader("output");
    wait_for("the reader sees all records", || reader.has(2 * keys.len()).then_some(()));
    assert_eq!(texts(&reader.seen).iter().filter(|text| *text == "produced").count(), keys.len());
    for record in &reader.seen {
        let key = record.key.as_deref().expect("each record has its key");
        assert_eq!(record.partition, partition_of(key, 5), "a record of key {}", String::from_utf8_lossy(key));
    }
}

fn append_time_is_the_brokers<B: Broker>(broker: &B, prefix: &str) {
    // Broker and test may run on two machines with clocks of their own.
    const SLACK_MS: i64 = 5_000;
    let stage = Stage::new(broker, prefix, 1);
    let before = now_ms();
    stage.feed(0, &["one", "two", "three"]);
    let after = now_ms();
    let mut worker = stage.worker("a").holding(1);
    let times: Vec<_> = worker.take(3).iter().map(|record| record.timestamp_ms).collect();
    assert!(times.is_sorted(), "append time goes back: {times:?}");
    let expected = before - SLACK_MS..=after + SLACK_MS;
    assert!(times.iter().all(|time| expected.contains(time)), "{times:?} is not the time of appending: {expected:?}");
}

fn tombstone_and_key_come_back<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.send(&Outgoing { key: Some(b"key".to_vec()), payload: None, ..stage.record("output", 0, "") });
    stage.send(&stage.record("output", 0, "text"));
    let mut reader = stage.reader("output");
    assert_eq!(reader.until("text"), ["-", "text"]);
    assert_eq!(reader.seen[0].key.as_deref(), Some(b"key".as_slice()));
    assert_eq!(reader.seen[1].key, None);
}

fn compacted_topic_refuses_a_record_without_key<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let keyless = stage.record("state", 0, "keyless");
    wait_for("the record is refused", || match stage.send_once(&keyless) {
        Err(SendError::Refused(_)) => Some(()),
        Err(SendError::Unavailable(_) | SendError::Full) => None,
        Ok(sent) => panic!("compaction can not keep a record without key, and it was taken: {sent:?}"),
    });
    stage.send(&stage.state(0, "key", Some("keyed")));
    assert_eq!(stage.reader("state").until("keyed"), ["keyed"]);
}

fn appended_record_is_outside_the_transaction<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let mut worker = stage.worker("a").holding(2);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.record("output", 0, "dropped")).expect("a record is produced");
    worker.worker.append(1, b"tick".to_vec()).expect("a record is appended");
    let read = worker.take(1);
    assert_eq!(texts(&read), ["tick"], "it is read while the transaction is open");
    assert_eq!((read[0].partition, read[0].key.as_ref()), (1, None));
    worker.worker.abort().expect("the transaction is aborted");
    assert_eq!(texts(&worker.take(1)), ["tick"], "it stands although the transaction was aborted");
}

fn reader_from_the_end_sees_only_later_records<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.send(&stage.record("output", 0, "before"));
    let mut reader = stage.broker().reader(&stage.name("output"), ReadFrom::End).expect("a reader is made");
    stage.send(&stage.record("output", 0, "after"));
    let seen = wait_for("the reader sees a record", || {
        reader.poll(10, Duration::from_millis(50)).ok().filter(|records| !records.is_empty())
    });
    assert_eq!(texts(&seen), ["after"]);
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(since.as_millis()).expect("the clock is before the year 292 million")
}

/// The last offset is a marker, which is never delivered, and one partition is empty: silence alone tells neither.
fn reader_knows_when_it_has_caught_up<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 3);
    let mut hand = stage.worker("a").holding(3);
    let records = (0..50).map(|n| stage.record("output", 0, &format!("record {n}"))).collect();
    assert_eq!(hand.transact(records, &[]), Committed::Done);
    stage.send(&stage.record("output", 1, "plain"));
    stage.reader("output").until("record 49");
    let open = |from| stage.broker().reader(&stage.name("output"), from).expect("a reader is made");
    let mut reader = open(ReadFrom::Start);
    assert!(!reader.is_caught_up(), "nothing was read yet");
    assert_eq!(reader.beginnings(), [0, 0, 0], "nothing was taken from the front of a partition");
    let mut count = 0;
    wait_for("the reader has caught up", || {
        count += reader.poll(7, Duration::from_millis(50)).expect("records are read").len();
        assert!(count == 51 || !reader.is_caught_up(), "caught up after {count} of 51 records");
        reader.is_caught_up().then_some(())
    });
    assert_eq!(count, 51);
    stage.send(&stage.record("output", 2, "later"));
    assert!(reader.is_caught_up(), "what comes later is not waited for");
    assert!(open(ReadFrom::End).is_caught_up(), "a reader at the end has nothing before it");
}

/// A record of so many bytes.
fn large<B: Broker>(stage: &Stage<B>, word: &str, bytes: usize) -> Outgoing {
    Outgoing { payload: Some(vec![b'x'; bytes]), ..stage.record(word, 0, "") }
}

fn record_as_large_as_its_topic_takes_is_written<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut hand = stage.worker("a").holding(1);
    let records = vec![large(&stage, "output", 2_000_000), large(&stage, "input", 1_048_000)];
    assert_eq!(hand.transact(records, &[]), Committed::Done);
    let mut reader = stage.reader("output");
    wait_for("the reader sees the record", || reader.has(1).then_some(()));
    assert_eq!(reader.seen[0].payload.as_ref().map(Vec::len), Some(2_000_000));
    assert_eq!(hand.take(1)[0].payload.as_ref().map(Vec::len), Some(1_048_000));
}

fn larger_record_costs_one_transaction<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut hand = stage.worker("a").holding(1);
    for (what, record) in [
        ("more than the topic takes by default", large(&stage, "input", 1_100_000)),
        ("more than its topic takes", large(&stage, "output", 2_200_000)),
        ("more than a worker produces at all", large(&stage, "output", 5_000_000)),
    ] {
        let beside = stage.record("output", 0, "beside");
        match hand.transact(vec![beside, record], &[]) {
            Committed::Aborted { reason } | Committed::Lost { reason } => println!("{what}: {reason}"),
            Committed::Done => panic!("{what}, and it was committed"),
        }
        assert_eq!(hand.transact(vec![stage.record("output", 0, what)], &[]), Committed::Done, "the worker goes on");
    }
    let seen = stage.reader("output").until("more than a worker produces at all");
    assert_eq!(seen.len(), 3, "nothing of the other transactions stands: {seen:?}");
}
