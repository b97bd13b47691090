//! Time: append time, timeouts under a clock of one's own, and polls that wait.

use std::time::Duration;

use usher_broker::memory::MemoryBroker;
use usher_broker::{Broker, Committed, Polled, ReadFrom, ReaderHandle, SenderHandle, WorkerHandle};

use super::worker::{START_MS, begin_copy, broker, copy, poll, read, record, spec, texts, topics};

#[tokio::test]
async fn append_time_follows_the_clock() {
    let (broker, clock) = broker(1);
    let sender = broker.sender().unwrap();
    sender.send(record("in", 0, "one")).await.unwrap();
    clock.advance(Duration::from_secs(5));
    sender.send(record("in", 0, "two")).await.unwrap();
    let times: Vec<_> = broker.records("in").unwrap().iter().map(|record| record.timestamp_ms).collect();
    assert_eq!(times, [START_MS, START_MS + 5_000]);
}

#[tokio::test]
async fn open_transaction_times_out_after_ten_seconds() {
    let (broker, clock) = broker(1);
    broker.hold_transaction("stranger", record("in", 0, "held")).unwrap();
    broker.sender().unwrap().send(record("in", 0, "after")).await.unwrap();
    clock.advance(Duration::from_millis(9_999));
    assert_eq!(broker.records("in").unwrap(), []);
    clock.advance(Duration::from_millis(1));
    assert_eq!(texts(&broker.records("in").unwrap()), ["after"]);
}

#[tokio::test]
async fn worker_too_slow_for_its_transaction_loses_it_and_goes_on() {
    let (broker, clock) = broker(1);
    broker.sender().unwrap().send(record("in", 0, "one")).await.unwrap();
    let mut worker = broker.worker(&spec("a")).unwrap();
    // Being slow is no sign of a second worker, however often it happens.
    for _ in 0..3 {
        let records = read(&mut worker);
        let offsets = begin_copy(&mut worker, &records);
        clock.advance(Duration::from_secs(10));
        assert!(matches!(worker.commit(&offsets).unwrap(), Committed::Lost { .. }));
    }
    assert_eq!(copy(&mut worker).unwrap(), Some(Committed::Done));
    assert_eq!(texts(&broker.records("out").unwrap()), ["one"]);
}

#[tokio::test]
async fn partitions_of_a_killed_worker_go_to_another_after_its_session() {
    let (broker, clock) = broker(1);
    broker.sender().unwrap().send(record("in", 0, "one")).await.unwrap();
    let mut killed = broker.worker(&spec("a")).unwrap();
    let records = read(&mut killed);
    begin_copy(&mut killed, &records);
    let mut heir = broker.worker(&spec("b")).unwrap();
    drop(killed);
    clock.advance(Duration::from_millis(9_999));
    assert_eq!(copy(&mut heir).unwrap(), None, "it may still return");
    clock.advance(Duration::from_millis(1));
    assert_eq!(copy(&mut heir).unwrap(), Some(Committed::Done));
    assert_eq!(texts(&broker.records("out").unwrap()), ["one"], "what it had begun is gone");
}

#[test]
fn session_of_a_killed_worker_can_be_ended_at_once() {
    let (broker, _) = broker(1);
    let mut killed = broker.worker(&spec("a")).unwrap();
    poll(&mut killed).unwrap();
    let mut heir = broker.worker(&spec("b")).unwrap();
    poll(&mut heir).unwrap();
    drop(killed);
    broker.expire("group", "in", "a").unwrap();
    assert!(matches!(heir.poll(1, Duration::ZERO).unwrap(), Polled::Assigned(partitions) if partitions == [0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn waiting_worker_wakes_when_a_record_comes() {
    // So long a wait that only waking can end it in time.
    const HOUR: Duration = Duration::from_secs(3_600);
    let (broker, _) = broker(1);
    let mut worker = broker.worker(&spec("a")).unwrap();
    assert!(matches!(poll(&mut worker).unwrap(), Polled::Idle));
    let waiting = std::thread::spawn(move || worker.poll(1, HOUR).unwrap());
    broker.sender().unwrap().send(record("in", 0, "one")).await.unwrap();
    let polled = waiting.join().unwrap();
    assert!(matches!(&polled, Polled::Records(records) if texts(records) == ["one"]), "{polled:?}");
}

#[test]
fn waiting_reader_wakes_when_a_late_marker_is_due() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let broker = MemoryBroker::system();
    broker.create_topics(&topics(1)).unwrap();
    broker.delay_markers(Duration::from_millis(20));
    let mut reader = broker.reader("out", ReadFrom::Start).unwrap();
    let mut worker = broker.worker(&spec("a")).unwrap();
    worker.begin().unwrap();
    worker.produce(record("out", 0, "one")).unwrap();
    assert_eq!(worker.commit(&[]).unwrap(), Committed::Done);
    assert_eq!(texts(&reader.poll(10, HOUR).unwrap()), ["one"]);
}
