//! `usher tail`: what stands on a topic, for people.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use usher_broker::{Broker, ReadFrom, ReaderHandle};
use usher_proto::topics::Topic;

use crate::cli::TailArgs;

/// How long one poll waits.
const WAIT: Duration = Duration::from_secs(1);

pub(super) fn run(args: &TailArgs) -> Result<()> {
    let config = super::config(&args.service)?;
    let topic = topic(&args.topic)?;
    let from = if args.from_start { ReadFrom::Start } else { ReadFrom::End };
    let mut reader = super::reached(&config.kafka)?.reader(&topic.name(&config.kafka.prefix), from)?;
    let mut out = std::io::stdout().lock();
    while !(args.once && reader.is_caught_up()) {
        for record in reader.poll(500, WAIT)? {
            let payload = record.payload.as_deref().unwrap_or_default();
            let shown = usher_proto::show(payload, !args.unmasked)
                .unwrap_or_else(|error| serde_json::json!({ "undecodable": error.to_string() }));
            let line = serde_json::json!({
                "partition": record.partition,
                "offset": record.offset,
                "timestamp_ms": record.timestamp_ms,
                "envelope": shown,
            });
            writeln!(out, "{line}").context("standard output is closed")?;
        }
    }
    Ok(())
}

fn topic(name: &str) -> Result<Topic> {
    let shown =
        [Topic::Conversations, Topic::Desks, Topic::Deliveries, Topic::Events, Topic::Transcripts, Topic::DeadLetters];
    let names = shown.map(Topic::short_name).join(", ");
    shown
        .into_iter()
        .find(|topic| topic.short_name() == name)
        .with_context(|| format!("there is no topic `{name}` with envelopes; there are {names}"))
}
