//! Fencing: one name, one worker; whoever comes last under it ends what the former one had begun.

use std::time::Duration;

use super::Case;
use super::stage::{Hand, Stage, wait_for};
use crate::{Broker, BrokerError, Committed, Outgoing, Partition, Polled, Position, WorkerHandle};

pub(super) fn cases<B: Broker>() -> Vec<(&'static str, Case<B>)> {
    vec![
        ("newer_worker_of_a_name_ends_the_open_transaction", newer_worker_ends_the_open_transaction),
        ("newer_worker_of_a_name_has_its_partitions_at_once", newer_worker_has_the_partitions),
        ("older_worker_of_a_name_learns_that_it_is_fenced", older_worker_learns_that_it_is_fenced),
        ("lost_partitions_can_not_be_committed", lost_partitions_can_not_be_committed),
        ("worker_killed_in_a_transaction_comes_back_to_its_offsets", killed_worker_comes_back_to_its_offsets),
        ("ended_transaction_of_a_dead_worker_unblocks_readers", ended_transaction_unblocks_readers),
        ("worker_whose_transaction_was_ended_goes_on", worker_whose_transaction_was_ended_goes_on),
    ]
}

/// A worker with a transaction open, its record in the log.
fn worker_in_a_transaction<B: Broker>(stage: &Stage<B>, name: &str) -> Hand<B::Worker> {
    let mut worker = stage.worker(name).holding(1);
    worker.worker.begin().expect("a transaction begins");
    worker.worker.produce(stage.state(0, "open", Some("open"))).expect("a record is produced");
    stage.until_blocked(0);
    worker
}

/// Commits again and again until it is done: a fencing that was under way may cost a transaction.
fn commit_in_the_end<W: WorkerHandle>(worker: &mut Hand<W>, record: &Outgoing, offsets: &[(Partition, Position)]) {
    wait_for("a commit is done", || {
        worker.turn();
        (worker.transact(vec![record.clone()], offsets) == Committed::Done).then_some(())
    });
}

fn newer_worker_ends_the_open_transaction<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let _older = worker_in_a_transaction(&stage, "a");
    let _newer = stage.worker("a");
    stage.send(&stage.state(0, "after", Some("after")));
    assert_eq!(stage.reader("state").until("after"), ["after"], "the open transaction was aborted");
}

fn newer_worker_has_the_partitions<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 3);
    let mut older = stage.worker("a").holding(3);
    let position = Position { offset: 0, metadata: "note".to_owned() };
    assert_eq!(older.transact(vec![], &[(2, position.clone())]), Committed::Done);
    let mut newer = stage.worker("a").holding(3);
    assert_eq!(newer.position(2), Some(position));
}

fn older_worker_learns_that_it_is_fenced<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let mut older = stage.worker("a").holding(1);
    older.worker.begin().expect("a transaction begins");
    older.worker.produce(stage.record("output", 0, "older")).expect("a record is produced");
    let mut newer = stage.worker("a").holding(1);
    match older.worker.commit(&[(0, Position::at(0))]) {
        Ok(Committed::Lost { .. }) | Err(BrokerError::Fenced { .. }) => {}
        other => panic!("the older worker must not commit, and it ended with {other:?}"),
    }
    let name = wait_for("the older worker is told to stop", || match go_on(&mut older.worker) {
        Err(BrokerError::Fenced { name, .. }) => Some(name),
        // Until its group tells it, it may try once more.
        Ok(()) | Err(BrokerError::Unavailable(_)) => None,
        Err(other) => panic!("the older worker is fenced, and it was told: {other}"),
    });
    assert_eq!(name, stage.name("a"), "the error names the worker");
    drop(older);
    commit_in_the_end(&mut newer, &stage.record("output", 0, "newer"), &[(0, Position::at(0))]);
    let seen = stage.reader("output").until("newer");
    assert!(!seen.contains(&"older".to_owned()), "the older worker's record was committed");
}

/// What a worker that has not noticed anything does next. It must not succeed with an offset.
fn go_on<W: WorkerHandle>(worker: &mut W) -> Result<(), BrokerError> {
    if let Polled::Lost(partitions) = worker.poll(1, Duration::from_millis(50))? {
        worker.abort()?;
        worker.release(&partitions)?;
    }
    worker.begin()?;
    let end = worker.commit(&[(0, Position::at(0))])?;
    assert_ne!(end, Committed::Done, "a fenced worker committed");
    Ok(())
}

fn lost_partitions_can_not_be_committed<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two"]);
    let mut older = stage.worker("a").holding(1);
    let first = older.take(2)[0].offset;
    assert_eq!(older.transact(vec![], &[(0, Position::at(first + 1))]), Committed::Done);
    older.worker.begin().expect("a transaction begins");
    let mut newer = stage.worker("a").holding(1);
    let end = older.worker.commit(&[(0, Position::at(first + 2))]);
    assert_ne!(end, Ok(Committed::Done), "the partition is another worker's");
    assert_eq!(newer.position(0), Some(Position::at(first + 1)));
}

fn killed_worker_comes_back_to_its_offsets<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one", "two"]);
    let mut killed = stage.worker("a").holding(1);
    let first = killed.take(2)[0].offset;
    let done = killed.transact(vec![stage.record("output", 0, "one")], &[(0, Position::at(first + 1))]);
    assert_eq!(done, Committed::Done);
    killed.worker.begin().expect("a transaction begins");
    killed.worker.produce(stage.record("output", 0, "never")).expect("a record is produced");
    drop(killed);
    let mut back = stage.worker("a").holding(1);
    let again = back.take(1);
    assert_eq!(super::stage::texts(&again), ["two"]);
    let done = back.transact(vec![stage.record("output", 0, "two")], &[(0, Position::at(again[0].offset + 1))]);
    assert_eq!(done, Committed::Done);
    assert_eq!(stage.reader("output").until("two"), ["one", "two"]);
}

fn ended_transaction_unblocks_readers<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    let _dead = worker_in_a_transaction(&stage, "dead");
    let mut other = stage.worker_of("other", "alive").holding(1);
    other.worker.end_transaction_of(&stage.name("dead")).expect("the transaction is ended");
    stage.send(&stage.state(0, "after", Some("after")));
    assert_eq!(stage.reader("state").until("after"), ["after"]);
}

fn worker_whose_transaction_was_ended_goes_on<B: Broker>(broker: &B, prefix: &str) {
    let stage = Stage::new(broker, prefix, 1);
    stage.feed(0, &["one"]);
    let mut ended = worker_in_a_transaction(&stage, "a");
    let read = ended.take(1);
    let mut other = stage.worker_of("other", "b").holding(1);
    other.worker.end_transaction_of(&stage.name("a")).expect("the transaction is ended");
    let end = ended.worker.commit(&[(0, Position::at(read[0].offset + 1))]).expect("one fencing stops nobody");
    assert!(matches!(end, Committed::Lost { .. }), "a fenced producer's transaction is lost, not {end:?}");
    assert_eq!(ended.position(0), None, "nothing of it stands");
    let again = ended.take(1);
    assert_eq!(again, read, "it reads again from the committed offset");
    let next = Position::at(again[0].offset + 1);
    let end = ended.transact(vec![stage.record("output", 0, "out")], &[(0, next.clone())]);
    assert_eq!(end, Committed::Done, "the new producer commits");
    assert_eq!(ended.position(0), Some(next));
}
