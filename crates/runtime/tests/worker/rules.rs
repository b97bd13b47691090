//! Rules, one at a time.

use std::time::Duration;

use usher_broker::{Broker, Cleanup, Outgoing, TopicSpec, WorkerSpec};
use usher_runtime::worker::{Cadence, Turn, Worker, WorkerError};

use crate::world::{Counter, CountingWorker, PREFIX, STATE, World, counted};

#[test]
fn outputs_state_and_offsets_stand_together_and_survive_a_restart() {
    let world = World::new();
    world.send("a", "x");
    world.send("a", "x");
    let mut worker = world.worker("w0");
    world.settle(&mut worker);
    drop(worker);
    world.send("a", "x");
    let mut again = world.worker("w0");
    world.settle(&mut again);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2"), ("a", "3")]));
}

#[test]
fn an_aborted_transaction_is_done_again_from_the_state_that_stands() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    world.broker.abort_next_commit("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2")]));
}

#[test]
fn a_lost_commit_counts_once_whether_it_stands_or_not() {
    for applied in [true, false] {
        let world = World::new();
        let mut worker = world.worker("w0");
        world.send("a", "x");
        world.settle(&mut worker);
        world.broker.lose_next_commit("w0", applied);
        world.send("a", "x");
        world.send("a", "x");
        world.settle(&mut worker);
        assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2"), ("a", "3")]), "applied: {applied}");
    }
}

#[test]
fn poison_goes_to_the_dead_letters_and_the_partition_goes_on() {
    let world = World::new();
    world.send("a", "x");
    world.send("a", "poison");
    world.send("a", "x");
    let mut worker = world.worker("w0");
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "poison"), ("a", "2")]));
}

#[test]
fn a_due_deadline_makes_a_tick_and_fires_when_it_is_read() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "alarm");
    world.settle(&mut worker);
    world.clock.advance(Duration::from_millis(9_999));
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1")]));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(worker.turn(world.now()), Ok(Turn::Idle), "the tick is only appended");
    world.settle(&mut worker);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("alarm", "0")]));
}

#[test]
fn a_worker_of_another_name_takes_over_and_ends_the_dead_ones_transaction() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    drop(worker);
    let partition = usher_broker::partition_of(b"a", 2);
    let open = Outgoing {
        topic: STATE.to_owned(),
        partition: Some(partition),
        key: Some(b"a".to_vec()),
        payload: Some(b"9".to_vec()),
        ..Outgoing::default()
    };
    world.broker.hold_transaction("w0", open).expect("a transaction stays open");
    world.send("a", "x");
    let mut other = world.worker("w1");
    world.settle(&mut other);
    assert_eq!(world.outputs(), counted(&[("a", "1"), ("a", "2")]));
}

#[test]
fn state_that_does_not_agree_with_the_offsets_refuses_to_start() {
    let world = World::new();
    let mut worker = world.worker("w0");
    world.send("a", "x");
    world.settle(&mut worker);
    drop(worker);
    // The same group on an empty state topic, as after a deleted one.
    let empty = TopicSpec {
        name: "empty".to_owned(),
        partitions: 2,
        cleanup: Cleanup::Compact,
        append_time: false,
        record_bytes_max: None,
    };
    world.broker.create_topics(&[empty]).expect("a new topic");
    let spec = WorkerSpec { state: Some("empty".to_owned()), ..World::spec("w0") };
    let handle = world.broker.worker(&spec).expect("a worker");
    let mut worker: CountingWorker = Worker::new(handle, spec, PREFIX, Cadence::immediate(), |_| Counter::default());
    let refused = (0..100).find_map(|_| {
        world.clock.advance(Duration::from_secs(1));
        worker.turn(world.now()).err()
    });
    match refused {
        Some(error @ WorkerError::StateDisagrees { .. }) => {
            assert!(error.to_string().contains("the group stands at offset 1, the state is empty"), "{error}");
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn two_workers_share_the_partitions_and_count_everything_once() {
    let world = World::new();
    let (mut one, mut two) = (world.worker("w0"), world.worker("w1"));
    for round in 0..40 {
        world.send(&format!("k{}", round % 5), "x");
        one.turn(world.now()).expect("no error");
        two.turn(world.now()).expect("no error");
    }
    for _ in 0..200 {
        one.turn(world.now()).expect("no error");
        two.turn(world.now()).expect("no error");
    }
    assert_eq!(one.partitions().count() + two.partitions().count(), 2);
    let expected: Vec<(String, String)> =
        (0..5).flat_map(|key| (1..=8).map(move |count| (format!("k{key}"), count.to_string()))).collect();
    assert_eq!(world.sorted_outputs(), expected);
}
