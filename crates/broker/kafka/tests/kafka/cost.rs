//! What a commit of one record costs: the floor under every answer of routing.

use std::time::{Duration, Instant};

use usher_broker::{Broker, Cleanup, Committed, Outgoing, Polled, Position, TopicSpec, WorkerHandle, WorkerSpec};

use crate::ground::{fresh_prefix, kafka, wait_for};

const WARM_UP: usize = 50;
const COMMITS: usize = 500;
/// What a commit may take in the median on the local Kafka.
const TARGET: Duration = Duration::from_millis(10);

#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn commit_of_one_record_takes_a_median_below_ten_milliseconds() {
    let broker = kafka();
    let prefix = fresh_prefix("cost");
    let topic = |word: &str| TopicSpec {
        name: format!("{prefix}.{word}"),
        partitions: 1,
        cleanup: Cleanup::Delete(Duration::from_secs(3600)),
        append_time: true,
    };
    let topics = [topic("input"), topic("output")];
    broker.create_topics(&topics).expect("topics are made");
    let spec = WorkerSpec {
        name: format!("{prefix}.worker"),
        group: format!("{prefix}.group"),
        input: topics[0].name.clone(),
        state: None,
    };
    let mut worker = broker.worker(&spec).expect("a worker");
    wait_for("the partition is assigned", || match worker.poll(1, Duration::from_millis(50)).expect("a poll") {
        Polled::Assigned(partitions) if partitions == [0] => Some(()),
        Polled::Assigned(_) => worker.start(&[]).err().map(drop),
        _ => None,
    });
    worker.start(&[(0, 0)]).expect("the partition starts");
    let mut commit = |n: usize, pause: Duration| {
        std::thread::sleep(pause);
        let begun = Instant::now();
        worker.begin().expect("a transaction begins");
        let record = Outgoing {
            topic: topics[1].name.clone(),
            partition: Some(0),
            payload: Some(vec![b'x'; 400]),
            ..Outgoing::default()
        };
        worker.produce(record).expect("a record is produced");
        let offset = i64::try_from(n).expect("few");
        assert_eq!(worker.commit(&[(0, Position::at(offset))]).expect("the transaction ends"), Committed::Done);
        begun.elapsed()
    };
    figures("to warm up", (0..WARM_UP).map(|n| commit(n, Duration::ZERO)));
    let (spaced, _) = figures("with 10 ms between them", (0..COMMITS).map(|n| commit(n, Duration::from_millis(10))));
    figures("back to back", (0..COMMITS).map(|n| commit(n, Duration::ZERO)));
    drop(worker);
    broker.delete_topics(&topics.map(|topic| topic.name)).expect("topics are deleted");
    assert!(spaced < TARGET, "the median is {spaced:?}, the target {TARGET:?}");
}

/// Median and p99.
fn figures(what: &str, times: impl Iterator<Item = Duration>) -> (Duration, Duration) {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("{} commits of one record, {what}: median {median:.2?}, p99 {p99:.2?}", times.len());
    (median, p99)
}
