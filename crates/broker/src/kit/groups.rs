//! Groups: who has which partition, and how one worker hands over to another without loss and without repetition.

use std::collections::BTreeMap;

use super::Case;
use super::stage::{Hand, Stage, Told, texts, wait_for};
use crate::{Broker, Committed, Outgoing, Partition, Position, Record, WorkerHandle};

pub(super) fn cases<B: Broker>() -> Vec<(&'static str, Case<B>)> {
    vec![
        ("worker_without_partitions_does_no_harm", worker_without_partitions_does_no_harm),
        ("partitions_are_shared_without_overlap", partitions_are_shared_without_overlap),
        ("handed_over_partition_goes_on_where_it_was_committed", handed_over_partition_goes_on),
        ("stale_generation_is_aborted_or_caught_up", stale_generation_is_aborted_or_caught_up),
        ("groups_do_not_see_each_others_positions", groups_do_not_see_each_other),
    ]
}

/// Copies what the worker has read to the output and commits; what was not done is read again.
fn copy<B: Broker>(stage: &Stage<B>, hand: &mut Hand<B::Worker>) {
    let read = std::mem::take(&mut hand.records);
    if read.is_empty() {
        return;
    }
    let (records, offsets) = copied(stage, &read);
    match hand.transact(records, &offsets) {
        Committed::Done => {}
        // The handle has sought back.
        Committed::Aborted { .. } | Committed::Lost { .. } => hand.records.clear(),
    }
}

fn copied<B: Broker>(stage: &Stage<B>, read: &[Record]) -> (Vec<Outgoing>, Vec<(Partition, Position)>) {
    let mut next = BTreeMap::new();
    let mut records = Vec::new();
    for (record, text) in read.iter().zip(texts(read)) {
        next.insert(record.partition, record.offset + 1);
        records.push(stage.record("output", record.partition, &text));
    }
    (records, next.into_iter().map(|(partition, offset)| (partition, Position::at(offset))).collect())
}

/// One turn of a worker that copies: commits what it has, then gives back what it is asked for.
fn work<B: Broker>(stage: &Stage<B>, hand: &mut Hand<B::Worker>) {
    match hand.turn() {
        Told::Revoking(partitions) => {
            copy(stage, hand);
            hand.release(&partitions);
        }
        Told::Lost(partitions) => {
            hand.worker.abort().expect("nothing of lost partitions is kept");
            hand.records.clear();
            hand.release(&partitions);
        }
        Told::Assigned(_) | Told::Nothing => copy(stage, hand),
    }
}

/// Works with all hands until `done`.
fn work_until<B: Broker>(
    stage: &Stage<B>,
    hands: &mut [&mut Hand<B::Worker>],
    what: &str,
    mut done: impl FnMut(&[&mut Hand<B::Worker>]) -> bool,
) {
    wait_for(what, || {
        for hand in hands.iter_mut() {
            work(stage, hand);
        }
        done(hands).then_some(())
    });
}

/// Asserts that the output holds each of these texts once and nothing else, each partition in order.
fn assert_copied<B: Broker>(stage: &Stage<B>, partitions: i32, each: &[String]) {
    let mut reader = stage.reader("output");
    let count = each.len() * usize::try_from(partitions).expect("a small number");
    wait_for("every record is copied", || reader.has(count).then_some(()));
    for partition in 0..partitions {
        let mine: Vec<_> = reader.seen.iter().filter(|record| record.partition == partition).cloned().collect();
        assert_eq!(texts(&mine), each, "partition {partition}: each record once and in order");
    }
}

fn worker_without_partitions_does_no_harm<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut busy = stage.worker("a").holding(1);
    let mut idle = stage.worker("b");
    let mut told = false;
    wait_for("the second worker is told that it has nothing", || {
        work(&stage, &mut busy);
        told |= idle.turn() == Told::Assigned(Vec::new());
        told.then_some(())
    });
    stage.feed(0, &["one"]);
    let mut reader = stage.reader("output");
    work_until(&stage, &mut [&mut busy, &mut idle], "the record is copied", |_| reader.has(1));
    assert_eq!((busy.held.len(), idle.held.len()), (1, 0), "the partition stays where it is");
}

fn partitions_are_shared_without_overlap<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 4);
    let mut one = stage.worker("a").holding(4);
    let mut other = stage.worker("b");
    work_until(&stage, &mut [&mut one, &mut other], "the partitions are shared", |hands| {
        assert!(hands[0].held.is_disjoint(&hands[1].held), "two workers hold one partition");
        hands.iter().all(|hand| hand.held.len() == 2)
    });
}

fn handed_over_partition_goes_on<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let all: Vec<String> = (0..30).map(|n| format!("record {n}")).collect();
    let feed = |range: std::ops::Range<usize>| {
        for text in &all[range] {
            stage.feed(0, &[text]);
            stage.feed(1, &[text]);
        }
    };
    feed(0..10);
    let mut one = stage.worker("a").holding(2);
    let mut other = stage.worker("b");
    work_until(&stage, &mut [&mut one, &mut other], "one partition is handed over", |hands| {
        hands.iter().all(|hand| hand.held.len() == 1)
    });
    feed(10..20);
    // A third worker moves nothing or something; either way each record is copied once.
    let mut third = stage.worker("c");
    let mut rounds = 0;
    work_until(&stage, &mut [&mut one, &mut other, &mut third], "the group has settled", |hands| {
        rounds += 1;
        rounds > 3 && hands.iter().map(|hand| hand.held.len()).sum::<usize>() == 2
    });
    feed(20..30);
    let mut reader = stage.reader("output");
    work_until(&stage, &mut [&mut one, &mut other, &mut third], "everything is copied", |_| reader.has(60));
    assert_copied(&stage, 2, &all);
}

fn stale_generation_is_aborted_or_caught_up<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let all = ["one".to_owned(), "two".to_owned()];
    for partition in 0..2 {
        stage.feed(partition, &["one", "two"]);
    }
    let mut first = stage.worker("a").holding(2);
    let read = first.take(4);
    let (records, offsets) = copied(&stage, &read);
    first.worker.begin().expect("a transaction begins");
    for record in records {
        first.worker.produce(record).expect("a record is produced");
    }
    let mut second = stage.worker("b");
    wait_for("the group has a new generation", || matches!(second.turn(), Told::Assigned(_)).then_some(()));
    // The first worker has not polled since. A client may learn the generation by itself; one that did not is refused.
    match first.worker.commit(&offsets).expect("the transaction ends") {
        Committed::Done => assert_eq!(first.committed(&[0, 1]), positions(&offsets)),
        Committed::Aborted { .. } => {
            assert_eq!(first.committed(&[0, 1]), [(0, None), (1, None)], "nothing of it stands");
        }
        Committed::Lost { reason } => panic!("a stale generation is no lost transaction: {reason}"),
    }
    let mut reader = stage.reader("output");
    work_until(&stage, &mut [&mut first, &mut second], "both partitions are copied", |hands| {
        reader.has(4) && hands.iter().all(|hand| hand.held.len() == 1)
    });
    assert_copied(&stage, 2, &all);
}

fn positions(offsets: &[(Partition, Position)]) -> Vec<(Partition, Option<Position>)> {
    offsets.iter().map(|(partition, position)| (*partition, Some(position.clone()))).collect()
}

fn groups_do_not_see_each_other<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one"]);
    let mut one = stage.worker_of("one", "a").holding(1);
    let next = Position::at(one.take(1)[0].offset + 1);
    assert_eq!(one.transact(vec![], &[(0, next.clone())]), Committed::Done);
    let mut other = stage.worker_of("other", "b").holding(1);
    assert_eq!(other.position(0), None);
    assert_eq!(texts(&other.take(1)), ["one"]);
    assert_eq!(one.position(0), Some(next));
}
