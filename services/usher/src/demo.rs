//! `usher demo`: the three services in one process, the outside world as stand-ins, the story told as it happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use usher_broker::Broker;
use usher_broker::memory::MemoryBroker;
use usher_broker_kafka::{KafkaBroker, KafkaSettings};
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_runtime::config::read_yaml;
use usher_runtime::worker::Cadence;

use crate::commands::{ANSWER_WITHIN, directory};
use crate::media;
use crate::parts::Parts;
use crate::scenario::{self, Facts, Timeline, Timing, Voice, World};
use crate::services::{self, Identity};
use crate::signals::asked_to_stop;
use crate::streams::{self, Addresses};
use crate::topics;

/// How long the services may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(15);

pub(crate) fn run(kafka: Option<String>) -> Result<()> {
    match kafka {
        None => show(&MemoryBroker::system(), "usher-demo"),
        Some(brokers) => on_kafka(brokers),
    }
}

/// The groups of the run stay a while: their members are static, so the broker keeps them until their sessions are
/// over, and forgets groups whose topics are gone by itself.
fn on_kafka(brokers: String) -> Result<()> {
    let broker = KafkaBroker::new(KafkaSettings { brokers: brokers.clone(), ..KafkaSettings::default() })?;
    broker.answers(ANSWER_WITHIN).with_context(|| {
        format!("no Kafka answers at {brokers}: deploy/kafka/start starts one, or name another with --kafka HOST:PORT")
    })?;
    let prefix = format!("usher-demo-{}", usher_runtime::worker::clock().millis());
    let shown = show(&broker, &prefix);
    let names: Vec<String> = topics::wanted(&prefix).into_iter().map(|topic| topic.name).collect();
    let removed = broker.delete_topics(&names).with_context(|| format!("topics {prefix}.* can not be removed"));
    shown.and(removed)
}

fn show<B: Broker>(broker: &B, prefix: &str) -> Result<()> {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Before anything is made: a signal must not leave topics behind.
    let asked = runtime.spawn(asked_to_stop());
    topics::apply(broker, prefix)?;
    let timeline = Timeline::on_stdout();
    let mut parts = Parts::new();
    let played = runtime.block_on(async {
        tokio::select! {
            played = play(broker, prefix, &timeline, &mut parts) => played,
            _ = asked => Err(anyhow::anyhow!("stopped by a signal before its end")),
        }
    });
    // What went wrong in the story matters more than how its parts ended.
    let ended = parts.end(STOP_WITHIN);
    match played.and(ended) {
        Ok(()) => {
            timeline.say(Voice::Act, &format!("All of it happened, in {:.1} s.", began.elapsed().as_secs_f32()));
            Ok(())
        }
        Err(error) => {
            timeline.say(Voice::Wrong, &format!("{error:#}"));
            Err(error.context("the demo did not go as it should"))
        }
    }
}

async fn play<B: Broker>(broker: &B, prefix: &str, timeline: &Timeline, parts: &mut Parts) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let ingest = format!("http://{}", listener.local_addr()?);
    let timing = Timing::DEMO;
    let stand_ins = usher_stand_ins::StandIns::start().await?;
    let file: AccountsFile = read_yaml("the demo's accounts", &stand_ins.accounts_yaml(&ingest, timing.graces()))?;
    let accounts = Arc::new(Accounts::check(file)?);

    let runtime = tokio::runtime::Handle::current();
    let identity =
        Identity { prefix: prefix.to_owned(), name: "demo".to_owned(), threads: 1, cadence: Cadence::default() };
    let settings = usher_ingest::Settings { prefix: prefix.to_owned(), ..usher_ingest::Settings::default() };
    let media = media::of_the_demo(&ingest)?;
    services::start_ingest(parts, broker, settings, Arc::clone(&accounts), media, listener, &runtime)?;
    services::start_routing(parts, broker, &identity)?;
    services::start_delivery(parts, broker, &identity, Arc::clone(&accounts), &runtime)?;
    let streams_listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let streams = format!("http://{}", streams_listener.local_addr()?);
    let addresses =
        Addresses { listener: streams_listener, settings: usher_delivery::http::Settings::new(prefix), peer: None };
    streams::start(parts, broker, &identity, addresses, accounts, &runtime)?;

    let facts = Facts::follow(broker, prefix, timeline.clone())?;
    let directory = directory::inputs(read_yaml("the demo's directory", &stand_ins.directory_yaml())?)?;
    directory::publish(&broker.sender()?, prefix, &directory).await?;
    let world = World::new(stand_ins, [ingest, streams], facts, timeline.clone(), timing);
    let mut undisturbed = async |_| Ok(());
    tokio::select! {
        played = scenario::play(&world, &mut undisturbed) => played,
        ended = unasked(parts) => ended,
    }
}

/// Ends with an error as soon as a part of the process ends.
async fn unasked(parts: &mut Parts) -> Result<()> {
    loop {
        parts.watch(Duration::ZERO)?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
