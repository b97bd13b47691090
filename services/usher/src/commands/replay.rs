//! `usher replay`: recorded inputs once more through the same cores, and whether their outputs are, byte by byte, those
//! that stand on the topics. It only reads: it has readers and no other handle of the broker.

mod again;
mod difference;
mod fields;
mod recorded;
mod report;
mod span;
#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod tests;
mod what_if;

use std::io::Write;

use anyhow::{Context, Result, bail};
use usher_broker::Broker;
use usher_proto::topics::Topic;

use crate::cli::ReplayArgs;
use recorded::Recorded;
use report::Report;
pub(crate) use span::{Bound, Span};
use what_if::what_if;

/// The topics that routing decides from, each with the one where its workers say how far they are.
const INPUTS: [(Topic, Topic); 2] =
    [(Topic::Conversations, Topic::ConversationsState), (Topic::Desks, Topic::DesksState)];

pub(super) fn run(args: &ReplayArgs) -> Result<()> {
    let config = super::config(&args.service)?;
    let span = Span { from: args.from, to: args.to, from_empty: args.from_empty };
    let broker = super::reached(&config.kafka)?;
    if let Some(file) = &args.directory {
        let directory = super::directory::read(file)?;
        let what_if = what_if(&broker, &config.kafka.prefix, &span, &file.display().to_string(), &directory)?;
        write!(std::io::stdout().lock(), "{what_if}").context("standard output is closed")?;
        if what_if.is_empty() {
            bail!("nobody came to wait at that desk between --from and --to");
        }
        return Ok(());
    }
    let report = replay(&broker, &config.kafka.prefix, &span)?;
    write!(std::io::stdout().lock(), "{report}").context("standard output is closed")?;
    if report.inputs() == 0 {
        bail!("there is no input to replay between --from and --to");
    }
    if !report.is_equal() {
        bail!("the replay differs from what is recorded");
    }
    Ok(())
}

/// Steps what was recorded under `prefix` again.
fn replay<B: Broker>(broker: &B, prefix: &str, span: &Span) -> Result<Report> {
    // How far the workers are is asked first: what was decided by then stands on the topics that are read after it.
    let decided = recorded::decided(broker, prefix)?;
    let mut recorded = Recorded::read(broker, prefix, &decided)?;
    let mut report = again::step_all(broker, prefix, span, &decided, &mut recorded)?;
    recorded.look_again_for_missing(&mut report)?;
    recorded.left_over(&mut report);
    report.name_fields(broker, prefix)?;
    Ok(report)
}
