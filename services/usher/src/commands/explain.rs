//! `usher explain`: the life of one session as the topic `events` tells it: when it came, whom it waited for and behind
//! whom, why it went to that agent, how it moved and ended. It reads no state and asks no service: what other teams can
//! read is enough.

mod line;
mod story;
mod waiting;
mod words;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use usher_broker::{Broker, ReadFrom, ReaderHandle};
use usher_domain::SessionId;
use usher_proto::topics::Topic;

use crate::cli::ExplainArgs;
use story::{Events, Story};

/// Records a poll, and how long it waits.
const AT_ONCE: usize = 2_000;
const WAIT: Duration = Duration::from_millis(200);

pub(super) fn run(args: &ExplainArgs) -> Result<()> {
    let config = super::config(&args.service)?;
    let story = explain(&super::reached(&config.kafka)?, &config.kafka.prefix, args.session)?;
    let mut out = std::io::stdout().lock();
    let said = if args.json { writeln!(out, "{}", story.json()) } else { write!(out, "{story}") };
    said.context("standard output is closed")
}

/// The story of a session, from all events that stand there now.
fn explain<B: Broker>(broker: &B, prefix: &str, session: SessionId) -> Result<Story> {
    let topic = Topic::Events.name(prefix);
    let mut reader = broker.reader(&topic, ReadFrom::Start)?;
    let mut events = Events::of(session);
    while !reader.is_caught_up() {
        for record in reader.poll(AT_ONCE, WAIT)? {
            events.take(&record);
        }
    }
    match events.told() {
        Some(story) => Ok(story),
        None => {
            bail!("{topic} says nothing about session {session}: its name is wrong, or retention has taken its events")
        }
    }
}
