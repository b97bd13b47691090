//! Torn transactions: a request that arrives inside a later transaction must end nothing and take nothing back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use usher_broker::{
    Broker, Cleanup, Committed, Outgoing, Polled, Position, ReadFrom, ReaderHandle, Record, SenderHandle, TopicSpec,
    WorkerHandle, WorkerSpec,
};
use usher_broker_kafka::{KafkaBroker, KafkaSettings, KafkaWorker};

use crate::ground::{at, fresh_prefix, wait_for};
use crate::proxy::{ADD_OFFSETS_TO_TXN, END_TXN, Loss, Plan, Proxy, TXN_OFFSET_COMMIT};

/// A Kafka of this test's own, because what it tells its clients to connect to is the proxy.
const PORT: u16 = 19392;
const RECORDS: usize = 12;

/// What the worker does in the transaction whose request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Commit,
    Abort,
}

#[test]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-broker-kafka -- --ignored"]
fn late_request_of_a_transaction_tears_no_later_one() {
    let proxy = Proxy::before(PORT);
    let _kafka = OwnKafka::start(&proxy);
    // Each of these does harm where the producer is not renewed: duplicates, loss, offsets that go back.
    let commit = Plan { hold: END_TXN, loss: Loss::Cut, release_before: TXN_OFFSET_COMMIT, passing: 0 };
    // Between the outputs of the next transaction and its offsets, which then begin a transaction of their own.
    let abort = Plan { hold: END_TXN, loss: Loss::Cut, release_before: ADD_OFFSETS_TO_TXN, passing: 0 };
    // The held offsets must come after those of the next transaction: its EndTxn is the second to pass.
    let offsets = Plan { hold: TXN_OFFSET_COMMIT, loss: Loss::Cut, release_before: END_TXN, passing: 1 };
    for (plan, end) in [(commit, End::Commit), (abort, End::Abort), (offsets, End::Commit)] {
        for loss in [Loss::Cut, Loss::Stall] {
            println!("{end:?}, {plan:?}, {loss:?}");
            Story::new(&proxy).tell(Plan { loss, ..plan }, end);
        }
    }
}

/// A worker that copies each record twice, in one transaction each, while a request of the fourth is late.
struct Story {
    proxy: Proxy,
    broker: KafkaBroker,
    spec: WorkerSpec,
}

impl Story {
    fn new(proxy: &Proxy) -> Self {
        let prefix = fresh_prefix("torn");
        let name = |word: &str| format!("{prefix}.{word}");
        // A stalled request is given up sooner than with the timeouts of production.
        let extra = BTreeMap::from([("socket.timeout.ms".to_owned(), "1500".to_owned())]);
        let broker = KafkaBroker::new(KafkaSettings { brokers: format!("127.0.0.1:{}", proxy.port()), extra })
            .expect("these settings are valid");
        let topic = |word: &str| TopicSpec {
            name: name(word),
            partitions: 1,
            cleanup: Cleanup::Delete(Duration::from_secs(3600)),
            append_time: true,
            record_bytes_max: None,
        };
        broker.create_topics(&[topic("input"), topic("output")]).expect("topics are made");
        let spec = WorkerSpec { name: name("worker"), group: name("group"), input: name("input"), state: None };
        Self { proxy: proxy.clone(), broker, spec }
    }

    fn tell(&self, plan: Plan, end: End) {
        self.feed();
        let late_before = self.proxy.late();
        let mut worker = self.worker();
        let mut armed = false;
        let mut next = 0;
        wait_for("everything is copied", || {
            if let Some(record) = self.read(&mut worker, next) {
                let arm = next == 3 && !armed;
                armed |= arm;
                if self.copy(&mut worker, &record, arm.then_some((plan, end))) {
                    next += 1;
                }
            }
            (next == RECORDS).then_some(())
        });
        assert!(self.proxy.is_idle(), "the late request was released");
        assert_eq!(self.proxy.late(), late_before + 1, "and the broker answered it");
        let offset = i64::try_from(RECORDS).expect("few");
        let committed = worker.committed(&[0]).expect("the position is known");
        assert_eq!(committed, [(0, Some(Position::at(offset)))], "no offset went back");
        drop(worker);
        self.assert_copied();
    }

    fn feed(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let sender = self.broker.sender().expect("a sender");
        for n in 0..RECORDS {
            wait_for("a record is sent", || runtime.block_on(sender.send(self.record("input", &n.to_string()))).ok());
        }
    }

    fn worker(&self) -> KafkaWorker {
        let mut worker = self.broker.worker(&self.spec).expect("a worker");
        wait_for("the partition is assigned", || match worker.poll(1, Duration::from_millis(50)) {
            Ok(Polled::Assigned(partitions)) if !partitions.is_empty() => Some(worker.start(&[(0, 0)])),
            Ok(Polled::Assigned(_)) => worker.start(&[]).is_err().then_some(Ok(())),
            _ => None,
        })
        .expect("the partition starts");
        worker
    }

    /// The next record, unless this poll brought none.
    fn read(&self, worker: &mut KafkaWorker, next: usize) -> Option<Record> {
        match worker.poll(1, Duration::from_millis(50)).expect("a poll") {
            Polled::Records(mut records) => {
                let record = records.pop()?;
                assert_eq!(record.payload.as_deref(), Some(next.to_string().as_bytes()), "no record comes twice");
                Some(record)
            }
            Polled::Idle => None,
            // The proxy cuts connections of producers only, and the group has one member.
            other => panic!("the group does not change here: {other:?}"),
        }
    }

    /// Whether the copy is committed.
    fn copy(&self, worker: &mut KafkaWorker, record: &Record, late: Option<(Plan, End)>) -> bool {
        let text = String::from_utf8(record.payload.clone().expect("a payload")).expect("text");
        worker.begin().expect("a transaction begins");
        for part in ["first", "second"] {
            worker.produce(self.record("output", &format!("{text} {part}"))).expect("a record is produced");
        }
        if let Some((plan, end)) = late {
            self.proxy.arm(plan);
            if end == End::Abort {
                worker.abort().expect("the transaction is aborted");
                return false;
            }
        }
        let position = Position::at(record.offset + 1);
        let ended = worker.commit(&[(0, position.clone())]).expect("the transaction ends");
        if ended != Committed::Done {
            println!("transaction {text}: {ended:?}");
            return false;
        }
        // At once: a later transaction would heal it.
        let committed = worker.committed(&[0]).expect("the position is known");
        assert_eq!(committed, [(0, Some(position))], "the offsets of transaction {text} stand");
        true
    }

    fn assert_copied(&self) {
        let mut reader =
            self.broker.reader(&self.spec.input.replace("input", "output"), ReadFrom::Start).expect("a reader");
        let mut seen = Vec::new();
        wait_for("every copy is seen", || {
            let records = reader.poll(100, Duration::from_millis(50)).expect("a poll");
            seen.extend(records.into_iter().map(|r| String::from_utf8(r.payload.expect("a payload")).expect("text")));
            (seen.len() >= 2 * RECORDS).then_some(())
        });
        let expected: Vec<_> =
            (0..RECORDS).flat_map(|n| ["first", "second"].map(|part| format!("{n} {part}"))).collect();
        assert_eq!(seen, expected, "each copy once, nothing lost, nothing twice");
    }

    fn record(&self, word: &str, text: &str) -> Outgoing {
        Outgoing {
            topic: self.spec.input.replace("input", word),
            partition: Some(0),
            payload: Some(text.as_bytes().to_vec()),
            ..Outgoing::default()
        }
    }
}

/// A Kafka that is stopped at the end, also of a failed test.
struct OwnKafka;

impl OwnKafka {
    fn start(proxy: &Proxy) -> Self {
        script("stop", &[]);
        script("start", &["--advertised-port", &proxy.port().to_string()]);
        let _ = at(&format!("127.0.0.1:{PORT}"));
        Self
    }
}

impl Drop for OwnKafka {
    fn drop(&mut self) {
        script("stop", &[]);
    }
}

fn script(name: &str, options: &[&str]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../deploy/kafka").join(name);
    let done = Command::new(&path).arg(PORT.to_string()).args(options).status().expect("the script runs");
    assert!(done.success(), "{} failed", path.display());
}
