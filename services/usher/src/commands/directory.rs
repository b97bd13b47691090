//! `usher directory apply`: publishes agents and groups of a desk as staged records and one record that puts them in
//! force as a whole, and waits until the desk says that they are.

mod calendar;
mod check;
mod confirm;
mod fields;
mod file;
mod queue;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::Instant;
use usher_broker::{Broker, Outgoing, SendError, SenderHandle};
use usher_domain::desk::DeskAct;
use usher_domain::{Body, DeskId, DeskInput, Envelope, InputId, TenantId};
use usher_runtime::topics::TopicNames;

use crate::cli::DirectoryCommand;
use crate::topics;
use confirm::Answers;
use fields::Field;

/// How long the desk may take to answer.
const CONFIRM_WITHIN: Duration = Duration::from_secs(30);
/// How long one record may take to be acknowledged, and how long to wait between two tries.
const PUBLISH_WITHIN: Duration = Duration::from_secs(30);
const PUBLISH_AGAIN_AFTER: Duration = Duration::from_millis(200);

pub(super) fn run(command: DirectoryCommand) -> Result<()> {
    let DirectoryCommand::Apply { file, service } = command;
    let config = super::config(&service)?;
    let inputs = read(&file)?;
    let broker = super::reached(&config.kafka)?;
    topics::check(&broker, &config.kafka.prefix)?;
    println!("{}", apply(&broker, &config.kafka.prefix, &inputs, CONFIRM_WITHIN)?);
    Ok(())
}

/// Publishes a directory and waits for the desk's word on it.
fn apply<B: Broker>(broker: &B, prefix: &str, inputs: &[DeskInput], within: Duration) -> Result<String> {
    let applied = inputs.last().context("a directory has at least the record that puts it in force")?;
    let answers = Answers::listen(broker, prefix)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(publish(&broker.sender()?, prefix, inputs))?;
    answers.wait(applied, within)
}

/// The records of a directory file, in order.
pub(crate) fn read(file: &Path) -> Result<Vec<DeskInput>> {
    inputs(usher_runtime::config::read_file(file)?).with_context(|| file.display().to_string())
}

/// The records of a directory, in order.
pub(crate) fn inputs(file: serde_json::Value) -> Result<Vec<DeskInput>> {
    let now = usher_runtime::worker::clock();
    let directory = file::read(Field::file(file), now)?;
    let revision = directory.revision.unwrap_or_else(|| u64::try_from(now.millis()).unwrap_or_default());
    let (tenant, desk) = (TenantId::new(directory.tenant.as_str()), DeskId::new(directory.desk.as_str()));
    let entries = directory.entries();
    let applied = DeskAct::Applied { revision, count: u32::try_from(entries.len())? };
    let staged = entries.into_iter().map(|entry| DeskAct::Staged { revision, entry });
    let input = |(index, act): (usize, DeskAct)| DeskInput {
        tenant: tenant.clone(),
        desk: desk.clone(),
        id: InputId::derive(&[b"directory", desk.as_str().as_bytes(), &revision.to_be_bytes(), &index.to_be_bytes()]),
        act,
    };
    Ok(staged.chain([applied]).enumerate().map(input).collect())
}

/// Publishes the records in order: the last one puts the others in force.
pub(crate) async fn publish(sender: &impl SenderHandle, prefix: &str, inputs: &[DeskInput]) -> Result<()> {
    let topics = TopicNames::new(prefix);
    for input in inputs {
        let envelope = Envelope { cause: None, traceparent: None, body: Body::Desk(input.clone()) };
        patiently(sender, topics.outgoing(&envelope)).await?;
    }
    Ok(())
}

/// A sender answers within about a second, for callers that have a customer waiting. A person at a terminal waits for a
/// slow broker instead. A line that was written twice is one line.
async fn patiently(sender: &impl SenderHandle, record: Outgoing) -> Result<(), SendError> {
    let until = Instant::now() + PUBLISH_WITHIN;
    loop {
        match sender.send(record.clone()).await {
            Err(SendError::Unavailable(_) | SendError::Full) if Instant::now() < until => {
                tokio::time::sleep(PUBLISH_AGAIN_AFTER).await;
            }
            answer => return answer.map(drop),
        }
    }
}
