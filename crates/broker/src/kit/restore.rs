//! Reading a state partition: what a commit acknowledged is there, what is still open is waited for.

use std::collections::BTreeMap;

use super::Case;
use super::stage::{Hand, Stage, wait_for};
use crate::{Broker, BrokerError, Committed, Partition, Position, StateRead, WorkerHandle};

pub(super) fn cases<B: Broker>() -> Vec<(&'static str, Case<B>)> {
    vec![
        ("empty_state_partition_is_complete_at_once", empty_state_partition_is_complete),
        ("restore_sees_what_a_commit_acknowledged", restore_sees_what_a_commit_acknowledged),
        ("restore_ends_where_only_an_aborted_transaction_is_left", restore_skips_what_was_aborted),
        ("restore_is_blocked_by_an_open_transaction", restore_is_blocked_by_an_open_transaction),
        ("restore_is_complete_once_the_transaction_is_ended", restore_is_complete_once_it_is_ended),
        ("restore_reads_its_own_partition_only", restore_reads_its_own_partition_only),
    ]
}

type Read = (StateRead, Vec<(String, Option<String>)>);

/// One reading of a state partition: how it ended, and the records as (key, text).
fn read_once<W: WorkerHandle>(worker: &mut Hand<W>, partition: Partition) -> Read {
    let mut found = Vec::new();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the case wrote text");
    let read = worker.worker.read_state(partition, &mut |record| {
        assert_eq!(record.partition, partition, "a record of another partition came");
        found.push((record.key.map(text).unwrap_or_default(), record.payload.map(text)));
    });
    match read {
        Ok(read) => (read, found),
        Err(BrokerError::Unavailable(_)) => (StateRead::Blocked, Vec::new()),
        Err(error) => panic!("a state partition could not be read: {error}"),
    }
}

/// Reads until it is complete; a marker may be under way. Answers the live state and the number of records.
fn restore<W: WorkerHandle>(worker: &mut Hand<W>, partition: Partition) -> (BTreeMap<String, String>, usize) {
    wait_for("the state is read to its end", || {
        let (read, found) = read_once(worker, partition);
        let mut live = BTreeMap::new();
        let count = found.len();
        for (key, text) in found {
            match text {
                Some(text) => live.insert(key, text),
                None => live.remove(&key),
            };
        }
        (read == StateRead::Complete).then_some((live, count))
    })
}

fn empty_state_partition_is_complete<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let mut worker = stage.worker("a").holding(2);
    assert_eq!(read_once(&mut worker, 1), (StateRead::Complete, Vec::new()));
}

fn restore_sees_what_a_commit_acknowledged<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut writer = stage.worker("a").holding(1);
    let mut other = stage.worker_of("other", "b").holding(1);
    let mut expected = BTreeMap::new();
    for round in 0..20 {
        let (key, text) = (format!("key {}", round % 4), format!("round {round}"));
        let ended = format!("key {}", (round + 1) % 4);
        let records = vec![stage.state(0, &key, Some(&text)), stage.state(0, &ended, None)];
        assert_eq!(writer.transact(records, &[(0, Position::at(0))]), Committed::Done);
        expected.insert(key, text);
        expected.remove(&ended);
        let reader = if round % 2 == 0 { &mut other } else { &mut writer };
        // The last offset of the partition is a marker each time.
        assert_eq!(restore(reader, 0).0, expected, "round {round}");
    }
}

fn restore_skips_what_was_aborted<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut worker = stage.worker("a").holding(1);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.state(0, "key", Some("dropped"))).expect("a record is produced");
    stage.until_blocked(0);
    worker.worker.abort().expect("the transaction is aborted");
    assert_eq!(restore(&mut worker, 0), (BTreeMap::new(), 0));
}

fn restore_is_blocked_by_an_open_transaction<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut writer = stage.worker("a").holding(1);
    let mut other = stage.worker_of("other", "b").holding(1);
    assert_eq!(writer.transact(vec![stage.state(0, "key", Some("before"))], &[]), Committed::Done);
    assert_eq!(restore(&mut other, 0).1, 1);
    writer.worker.begin().expect("a transaction begins");
    writer.worker.produce(stage.state(0, "key", Some("open"))).expect("a record is produced");
    wait_for("the open transaction is noticed", || {
        let (read, found) = read_once(&mut other, 0);
        assert_eq!(found, [("key".to_owned(), Some("before".to_owned()))], "only what lies before it is delivered");
        (read == StateRead::Blocked).then_some(())
    });
    assert_eq!(writer.worker.commit(&[]).expect("the transaction ends"), Committed::Done);
    assert_eq!(restore(&mut other, 0).0["key"], "open");
}

fn restore_is_complete_once_it_is_ended<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut dead = stage.worker("dead").holding(1);
    let mut heir = stage.worker_of("other", "heir").holding(1);
    assert_eq!(dead.transact(vec![stage.state(0, "key", Some("kept"))], &[]), Committed::Done);
    dead.worker.begin().expect("a transaction begins");
    dead.worker.produce(stage.state(0, "key", Some("open"))).expect("a record is produced");
    stage.until_blocked(0);
    drop(dead);
    heir.worker.end_transaction_of(&stage.name("dead")).expect("the transaction is ended");
    let (live, count) = restore(&mut heir, 0);
    assert_eq!((live["key"].as_str(), count), ("kept", 1));
}

fn restore_reads_its_own_partition_only<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let mut worker = stage.worker("a").holding(2);
    let records = vec![stage.state(0, "key", Some("zero")), stage.state(1, "key", Some("one"))];
    assert_eq!(worker.transact(records, &[]), Committed::Done);
    assert_eq!(restore(&mut worker, 0).0["key"], "zero");
    assert_eq!(restore(&mut worker, 1).0["key"], "one");
}
