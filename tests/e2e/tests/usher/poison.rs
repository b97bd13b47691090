//! A record that nobody can read, as large as Kafka takes one, on every partition: it goes to the dead letters whole, and
//! the partitions go on.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use usher::scenario::Timing;
use usher_broker::{Broker, Committed, Outgoing, ReadFrom, ReaderHandle, WorkerHandle, WorkerSpec};
use usher_domain::Body;
use usher_e2e::{Kafka, System};
use usher_proto::topics::Topic;
use usher_stand_ins::Person;

use crate::PROGRAM;

/// With its batch it just fits into Kafka's default of 1,048,588 bytes.
const BYTES: usize = 1_048_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Java and deploy/kafka: deploy/kafka/start, then cargo test -p usher-e2e -- --ignored"]
async fn garbage_as_large_as_kafka_takes_goes_to_the_dead_letters_and_the_partition_goes_on() -> Result<()> {
    let system = System::start(PROGRAM, "poison", Timing::DEMO).await?;
    tokio::task::block_in_place(|| poison(system.processes.kafka()))?;
    let letters = tokio::task::block_in_place(|| letters(system.processes.kafka()))?;
    ensure!(letters == vec![BYTES; 12], "the dead letters have {letters:?} bytes");
    system.world.native.message(&Person::new("web", "P"), "behind the garbage").await?;
    system.world.stand_ins.workspace.message("behind the garbage").await?;
    system.processes.end(&["behind the garbage"]).await
}

/// One record of garbage on each partition of `conversations`.
fn poison(kafka: &Kafka) -> Result<()> {
    let topic = Topic::Conversations.name(&kafka.prefix);
    let name = format!("{}.poison", kafka.prefix);
    let spec = WorkerSpec { name: name.clone(), group: name, input: topic.clone(), state: None };
    let mut worker = kafka.broker.worker(&spec)?;
    worker.begin()?;
    for partition in 0..Topic::Conversations.partitions() {
        let payload = Some(vec![0xff; BYTES]);
        worker.produce(Outgoing {
            topic: topic.clone(),
            partition: Some(partition),
            payload,
            ..Outgoing::default()
        })?;
    }
    ensure!(worker.commit(&[])? == Committed::Done, "the garbage is written");
    Ok(())
}

/// How many bytes each dead letter carries.
fn letters(kafka: &Kafka) -> Result<Vec<usize>> {
    let mut reader = kafka.broker.reader(&Topic::DeadLetters.name(&kafka.prefix), ReadFrom::Start)?;
    let (mut found, end) = (Vec::new(), Instant::now() + Duration::from_secs(60));
    while found.len() < 12 && Instant::now() < end {
        for record in reader.poll(100, Duration::from_millis(100))? {
            if let Body::DeadLetter(letter) = usher_proto::decode(&record.payload.unwrap_or_default())?.body {
                found.push(letter.payload.len());
            }
        }
    }
    Ok(found)
}
