//! Transactions: what is seen of them, when, and what an abort does to the worker's place.

use super::Case;
use super::stage::{Stage, texts, wait_for};
use crate::{Broker, Committed, Position, WorkerHandle};

pub(super) fn cases<B: Broker>() -> Vec<(&'static str, Case<B>)> {
    vec![
        ("aborted_records_stay_hidden", aborted_records_stay_hidden),
        ("open_transaction_hides_what_follows_it", open_transaction_hides_what_follows_it),
        ("transaction_shows_in_all_partitions", transaction_shows_in_all_partitions),
        ("offsets_commit_with_their_records", offsets_commit_with_their_records),
        ("offsets_of_an_aborted_transaction_are_dropped", offsets_of_an_aborted_transaction_are_dropped),
        ("abort_reads_again_from_the_committed_offset", abort_reads_again_from_the_committed_offset),
        ("abort_before_the_first_commit_reads_again_from_the_start", abort_before_the_first_commit_reads_from_start),
        ("abort_without_a_transaction_reads_again", abort_without_a_transaction_reads_again),
        ("empty_transaction_is_done", empty_transaction_is_done),
        ("reader_sees_each_partition_in_offset_order", reader_sees_each_partition_in_offset_order),
    ]
}

fn aborted_records_stay_hidden<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut worker = stage.worker("a").holding(1);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.record("output", 0, "dropped")).expect("a record is produced");
    worker.worker.abort().expect("the transaction is aborted");
    assert_eq!(worker.transact(vec![stage.record("output", 0, "kept")], &[]), Committed::Done);
    assert_eq!(stage.reader("output").until("kept"), ["kept"]);
}

fn open_transaction_hides_what_follows_it<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let mut worker = stage.worker("a").holding(2);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.record("output", 0, "open")).expect("a record is produced");
    let mut reader = stage.reader("output");
    // A record on the other partition shows that the reader reads.
    stage.send(&stage.record("output", 1, "beside"));
    assert_eq!(reader.until("beside"), ["beside"]);
    assert_eq!(worker.worker.commit(&[]).expect("the transaction ends"), Committed::Done);
    stage.send(&stage.record("output", 0, "after"));
    assert_eq!(reader.until("after"), ["beside", "open", "after"]);
}

fn transaction_shows_in_all_partitions<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 3);
    let mut worker = stage.worker("a").holding(3);
    let records = vec![
        stage.record("output", 0, "zero"),
        stage.record("output", 1, "one"),
        stage.record("output", 2, "two"),
        stage.state(1, "key", Some("state")),
    ];
    assert_eq!(worker.transact(records, &[]), Committed::Done);
    let mut reader = stage.reader("output");
    for text in ["zero", "one", "two"] {
        reader.until(text);
    }
    assert_eq!(reader.seen.len(), 3, "each record comes once");
    stage.reader("state").until("state");
}

fn offsets_commit_with_their_records<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["in"]);
    let mut worker = stage.worker("a").holding(1);
    assert_eq!(worker.position(0), None, "a new group has no position");
    let next = worker.take(1)[0].offset + 1;
    let position = Position { offset: next, metadata: "f00d".to_owned() };
    assert_eq!(worker.transact(vec![stage.record("output", 0, "out")], &[(0, position.clone())]), Committed::Done);
    assert_eq!(worker.position(0), Some(position), "offset and note come back");
    assert_eq!(stage.reader("output").until("out"), ["out"]);
    assert_eq!(worker.transact(vec![], &[(0, Position::at(next))]), Committed::Done);
    assert_eq!(worker.position(0), Some(Position::at(next)), "a transaction of offsets alone counts too");
}

fn offsets_of_an_aborted_transaction_are_dropped<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two"]);
    let mut worker = stage.worker("a").holding(1);
    let first = worker.take(2)[0].offset;
    assert_eq!(worker.transact(vec![], &[(0, Position::at(first + 1))]), Committed::Done);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.record("output", 0, "dropped")).expect("a record is produced");
    worker.worker.abort().expect("the transaction is aborted");
    assert_eq!(worker.position(0), Some(Position::at(first + 1)));
}

fn abort_reads_again_from_the_committed_offset<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two", "three"]);
    let mut worker = stage.worker("a").holding(1);
    let read = worker.take(3);
    assert_eq!(worker.transact(vec![], &[(0, Position::at(read[1].offset))]), Committed::Done);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.record("output", 0, "dropped")).expect("a record is produced");
    worker.worker.abort().expect("the transaction is aborted");
    assert_eq!(texts(&worker.take(2)), ["two", "three"]);
}

fn abort_before_the_first_commit_reads_from_start<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two"]);
    let mut worker = stage.worker("a").holding(1);
    worker.take(2);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.record("output", 0, "dropped")).expect("a record is produced");
    worker.worker.abort().expect("the transaction is aborted");
    assert_eq!(texts(&worker.take(2)), ["one", "two"]);
}

fn abort_without_a_transaction_reads_again<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two"]);
    let mut worker = stage.worker("a").holding(1);
    worker.take(2);
    worker.worker.abort().expect("nothing is aborted");
    assert_eq!(texts(&worker.take(2)), ["one", "two"]);
    assert_eq!(worker.transact(vec![stage.record("output", 0, "kept")], &[]), Committed::Done);
    assert_eq!(stage.reader("output").until("kept"), ["kept"]);
}

fn empty_transaction_is_done<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut worker = stage.worker("a").holding(1);
    assert_eq!(worker.transact(vec![], &[]), Committed::Done);
    assert_eq!(worker.transact(vec![stage.record("output", 0, "kept")], &[]), Committed::Done);
    assert_eq!(stage.reader("output").until("kept"), ["kept"]);
}

fn reader_sees_each_partition_in_offset_order<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let mut one = stage.worker_of("one", "a").holding(2);
    let mut other = stage.worker_of("other", "b").holding(2);
    let mut expected = 0;
    for round in 0..10 {
        one.worker.begin().expect("a transaction begins");
        other.worker.begin().expect("a transaction beside it begins");
        for partition in 0..2 {
            one.worker.produce(stage.record("output", partition, &format!("one {round}"))).expect("produced");
            other.worker.produce(stage.record("output", partition, &format!("other {round}"))).expect("produced");
        }
        // Every third transaction is aborted, so the log has holes.
        if round % 3 == 2 {
            one.worker.abort().expect("the transaction is aborted");
        } else {
            assert_eq!(one.worker.commit(&[]).expect("the transaction ends"), Committed::Done);
            expected += 2;
        }
        assert_eq!(other.worker.commit(&[]).expect("the transaction ends"), Committed::Done);
        expected += 2;
    }
    let mut reader = stage.reader("output");
    wait_for("the reader sees every committed record", || reader.has(expected).then_some(()));
    assert_eq!(reader.seen.len(), expected, "no record comes twice and none of an aborted transaction");
    for partition in 0..2 {
        let offsets: Vec<_> =
            reader.seen.iter().filter(|record| record.partition == partition).map(|record| record.offset).collect();
        assert!(offsets.is_sorted_by(|a, b| a < b), "partition {partition} came out of order: {offsets:?}");
    }
}
