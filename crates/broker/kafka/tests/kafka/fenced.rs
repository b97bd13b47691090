//! What a worker does whose consumer has already learned that another one of its name has joined.

use std::time::Duration;

use usher_broker::{BrokerError, Committed, Position, WorkerHandle};

use crate::ground::wait_for;
use crate::log::Log;

/// The broker tells a consumer in the background, so at any moment before, in or after a commit.
#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn commit_of_a_worker_whose_consumer_is_fenced_is_lost_and_a_poll_says_why() {
    let log = Log::new("fenced");
    let mut older = log.begun().expect("an empty partition begins");
    older.begin().expect("a transaction begins");
    let newer = log.begun().expect("the partition begins at the newer one");
    wait_for("the older consumer knows that it is fenced", || older.committed(&[0]).err());

    for asked in [older.pause(&[0]), older.resume(&[0]), older.start(&[(0, 0)])] {
        asked.expect("nothing can be asked of it, and nothing need be");
    }
    match older.commit(&[(0, Position::at(0))]) {
        Ok(Committed::Lost { .. }) | Err(BrokerError::Fenced { .. }) => {}
        other => panic!("the older worker must not commit, and it ended with {other:?}"),
    }
    let told = wait_for("the older worker is told to stop", || older.poll(1, Duration::from_millis(50)).err());
    assert!(matches!(told, BrokerError::Fenced { .. }), "it was told: {told}");
    drop(newer);
}
