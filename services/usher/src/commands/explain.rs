//! `usher explain`: the life of one session as the topic `events` tells it: when it came, whom it waited for and behind
//! whom, why it went to that agent, how it moved and ended. It reads no state and asks no service: what other teams can
//! read is enough. `GET /v1/sessions/{session}/explain` shows the same.

#[cfg(test)]
mod tests;

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use usher_broker::{Broker, ReadFrom, ReaderHandle};
use usher_domain::SessionId;
use usher_proto::topics::Topic;
use usher_view::{Keep, Story, View};

use crate::cli::ExplainArgs;

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
    match view(broker, prefix, Keep::Only(session))?.story(session, None) {
        Some(story) => Ok(story),
        None => bail!(
            "{} says nothing about session {session}: its name is wrong, or retention has taken its events",
            Topic::Events.name(prefix)
        ),
    }
}

/// What all events come to that stand there now.
pub(super) fn view<B: Broker>(broker: &B, prefix: &str, keep: Keep) -> Result<View> {
    let mut reader = broker.reader(&Topic::Events.name(prefix), ReadFrom::Start)?;
    let mut view = View::new(keep);
    while !reader.is_caught_up() {
        reader.poll(AT_ONCE, WAIT)?.iter().for_each(|record| view.take(record));
    }
    Ok(view)
}
