//! The worker's place in its partitions: where it starts, how much it takes, what a pause does.

use std::time::Duration;

use super::Case;
use super::stage::{Hand, Stage, Told, texts, wait_for};
use crate::{Broker, Committed, Polled, Position, WorkerHandle};

pub(super) fn cases<B: Broker>() -> Vec<(&'static str, Case<B>)> {
    vec![
        ("partition_starts_at_the_offset_named", partition_starts_at_the_offset_named),
        ("nothing_is_read_before_start", nothing_is_read_before_start),
        ("poll_takes_no_more_than_asked", poll_takes_no_more_than_asked),
        ("paused_partition_is_silent_and_resume_loses_nothing", paused_partition_loses_nothing),
        ("abort_while_paused_reads_again_after_resume", abort_while_paused_reads_again),
        ("abort_right_after_a_start_leaves_paused_what_was", abort_right_after_a_start_keeps_the_pause),
        ("partition_paused_when_it_went_is_read_when_it_comes_back", partition_that_comes_back_is_read),
    ]
}

/// Polls until an assignment comes, and leaves it unanswered.
fn assignment<W: WorkerHandle>(worker: &mut W) -> Vec<crate::Partition> {
    wait_for("an assignment comes", || match worker.poll(10, Duration::from_millis(50)) {
        Ok(Polled::Assigned(partitions)) => Some(partitions),
        Ok(Polled::Records(records)) => panic!("{} records came before any start", records.len()),
        Ok(_) | Err(_) => None,
    })
}

fn partition_starts_at_the_offset_named<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two", "three"]);
    let mut hand = stage.worker("a");
    assert_eq!(assignment(&mut hand.worker), [0]);
    hand.worker.start(&[(0, 2)]).expect("the partition starts");
    assert_eq!(texts(&hand.take(1)), ["three"]);
}

fn nothing_is_read_before_start<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    stage.feed(0, &["zero"]);
    stage.feed(1, &["one"]);
    let mut hand = stage.worker("a");
    assert_eq!(assignment(&mut hand.worker).len(), 2);
    hand.worker.start(&[(1, 0)]).expect("one partition starts");
    assert_eq!(texts(&hand.take(1)), ["one"], "only what was started is read");
    hand.worker.start(&[(0, 0)]).expect("the other partition starts");
    assert_eq!(texts(&hand.take(1)), ["zero"]);
}

fn poll_takes_no_more_than_asked<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let all = ["one", "two", "three", "four", "five"];
    stage.feed(0, &all);
    stage.feed(1, &all);
    let mut hand = stage.worker("a").holding(2);
    let mut read = std::mem::take(&mut hand.records);
    wait_for("all records are read", || {
        if let Ok(Polled::Records(records)) = hand.worker.poll(2, Duration::from_millis(50)) {
            assert!((1..=2).contains(&records.len()), "{} records came where at most 2 were asked", records.len());
            read.extend(records);
        }
        (read.len() >= 10).then_some(())
    });
    for partition in 0..2 {
        let mine: Vec<_> = read.iter().filter(|record| record.partition == partition).cloned().collect();
        assert_eq!(texts(&mine), all, "partition {partition}");
    }
}

fn paused_partition_loses_nothing<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    stage.feed(0, &["before"]);
    let mut hand = stage.worker("a").holding(2);
    hand.take(1);
    hand.worker.pause(&[0]).expect("a partition is paused");
    stage.feed(0, &["one", "two"]);
    for round in 0..3 {
        // What comes on the other partition shows that the worker reads.
        stage.feed(1, &[&format!("beside {round}")]);
        let read = hand.take(1);
        assert!(read.iter().all(|record| record.partition == 1), "a paused partition spoke: {read:?}");
    }
    hand.worker.resume(&[0]).expect("a partition is resumed");
    assert_eq!(texts(&hand.take(2)), ["one", "two"]);
}

fn abort_while_paused_reads_again<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two"]);
    let mut hand = stage.worker("a").holding(1);
    let first = hand.take(2)[0].offset;
    assert_eq!(hand.transact(vec![], &[(0, Position::at(first + 1))]), Committed::Done);
    hand.worker.pause(&[0]).expect("the partition is paused");
    hand.worker.begin().expect("a transaction begins");
    hand.worker.abort().expect("the transaction is aborted");
    hand.worker.resume(&[0]).expect("the partition is resumed");
    assert_eq!(texts(&hand.take(1)), ["two"]);
}

/// A partition that has only just started may have to be started anew, and stays paused all the same.
fn abort_right_after_a_start_keeps_the_pause<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    stage.feed(0, &["one"]);
    let mut hand = stage.worker("a");
    assert_eq!(assignment(&mut hand.worker).len(), 2);
    hand.worker.start(&[(0, 0), (1, 0)]).expect("the partitions start");
    hand.worker.pause(&[0]).expect("a partition is paused");
    hand.worker.begin().expect("a transaction begins");
    hand.worker.abort().expect("the transaction is aborted");
    for round in 0..3 {
        stage.feed(1, &[&format!("beside {round}")]);
        let read = hand.take(1);
        assert!(read.iter().all(|record| record.partition == 1), "a paused partition spoke: {read:?}");
    }
    hand.worker.resume(&[0]).expect("a partition is resumed");
    assert_eq!(texts(&hand.take(1)), ["one"]);
}

/// One turn that gives back what it is asked for.
fn obey<W: WorkerHandle>(hand: &mut Hand<W>) {
    if let Told::Revoking(partitions) | Told::Lost(partitions) = hand.turn() {
        hand.release(&partitions);
    }
}

fn partition_that_comes_back_is_read<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 2);
    let mut stays = stage.worker("a").holding(2);
    stays.worker.pause(&[0, 1]).expect("both partitions are paused");
    let mut goes = stage.worker("b");
    let moved = wait_for("a partition is handed over", || {
        obey(&mut stays);
        obey(&mut goes);
        goes.held.first().copied()
    });
    drop(goes);
    wait_for("the partition comes back", || {
        obey(&mut stays);
        (stays.held.len() == 2).then_some(())
    });
    stage.feed(1 - moved, &["beside"]);
    stage.feed(moved, &["back"]);
    assert_eq!(texts(&stays.take(1)), ["back"], "only the one that never went is still paused");
    stays.worker.resume(&[1 - moved]).expect("the other partition is resumed");
    assert_eq!(texts(&stays.take(1)), ["beside"]);
}
