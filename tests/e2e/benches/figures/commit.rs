//! How long a transaction of one record takes, from `begin` to the end of the commit, with the pause of the worker's
//! cadence between two.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use usher_broker::{Broker, Cleanup, Committed, Outgoing, Polled, Position, TopicSpec, WorkerHandle, WorkerSpec};
use usher_e2e::Kafka;

use crate::spread::Spread;

const TRANSACTIONS: usize = 500;
/// The worker gathers for this long before it commits.
const PAUSE: Duration = Duration::from_millis(5);

pub(crate) fn measure() -> Result<()> {
    let kafka = Kafka::find("commit")?;
    let topic = |name: &str| TopicSpec {
        name: format!("{}.{name}", kafka.prefix),
        partitions: 6,
        cleanup: Cleanup::Delete(Duration::from_secs(3600)),
        append_time: false,
        record_bytes_max: None,
    };
    let (input, output) = (topic("in"), topic("out"));
    kafka.broker.create_topics(&[input.clone(), output.clone()])?;
    let spec = WorkerSpec {
        name: format!("{}.w", kafka.prefix),
        group: format!("{}.g", kafka.prefix),
        input: input.name,
        state: None,
    };
    let mut worker = kafka.broker.worker(&spec)?;
    assign(&mut worker)?;
    for (name, pause) in [("5 ms after the last", PAUSE), ("back to back", Duration::ZERO)] {
        let spread = commits(&mut worker, &output.name, pause)?;
        println!("commit of one record, {name}: {spread}");
    }
    Ok(())
}

fn commits(worker: &mut impl WorkerHandle, topic: &str, pause: Duration) -> Result<Spread> {
    let mut measured = Vec::with_capacity(TRANSACTIONS);
    for n in 0..TRANSACTIONS {
        let record = Outgoing {
            topic: topic.to_owned(),
            key: Some(n.to_string().into_bytes()),
            payload: Some(vec![b'x'; 300]),
            ..Outgoing::default()
        };
        std::thread::sleep(pause);
        let began = Instant::now();
        worker.begin()?;
        worker.produce(record)?;
        let ended = worker.commit(&[(0, Position::at(0))])?;
        measured.push(began.elapsed());
        ensure!(ended == Committed::Done, "a commit ended as {ended:?}");
        // As the worker does between two commits: heartbeats and rebalances need it.
        let _ = worker.poll(1, Duration::ZERO)?;
    }
    Ok(Spread::of(measured))
}

/// Takes part in the group and has all partitions in work.
pub(crate) fn assign(worker: &mut impl WorkerHandle) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        if let Polled::Assigned(partitions) = worker.poll(1, Duration::from_millis(100))? {
            let starts: Vec<(i32, i64)> = partitions.iter().map(|partition| (*partition, 0)).collect();
            worker.start(&starts)?;
            if !partitions.is_empty() {
                return Ok(());
            }
        }
    }
    anyhow::bail!("no partition was assigned")
}
