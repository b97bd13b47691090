//! `usher directory apply`: publishes agents and groups of a desk as staged records and one record that puts them in
//! force as a whole.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use usher_broker::{Broker, SenderHandle};
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry};
use usher_domain::{AgentId, Body, DeskId, DeskInput, Envelope, GroupId, InputId, TenantId};
use usher_runtime::topics::TopicNames;

use crate::cli::DirectoryCommand;

/// A directory file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectoryFile {
    tenant: String,
    desk: String,
    /// Higher ones win; the present instant in milliseconds when it is absent.
    revision: Option<u64>,
    #[serde(default)]
    groups: Vec<String>,
    agents: Vec<AgentFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentFile {
    agent: String,
    name: String,
    #[serde(default)]
    avatar: String,
    capacity: u32,
    #[serde(default)]
    groups: Vec<String>,
}

pub(super) fn run(command: DirectoryCommand) -> Result<()> {
    let DirectoryCommand::Apply { file, service } = command;
    let config = super::config(&service)?;
    let inputs = read(&file)?;
    let broker = super::kafka(&config.kafka)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(publish(&broker.sender()?, &config.kafka.prefix, &inputs))?;
    println!("{} entries published; they take effect together", inputs.len() - 1);
    Ok(())
}

/// The records of a directory file, in order.
pub(crate) fn read(file: &Path) -> Result<Vec<DeskInput>> {
    let directory: DirectoryFile = usher_runtime::config::read_file(file)?;
    inputs(directory).with_context(|| file.display().to_string())
}

pub(crate) fn inputs(file: DirectoryFile) -> Result<Vec<DeskInput>> {
    for agent in &file.agents {
        if agent.capacity == 0 {
            bail!("agent `{}`: capacity is at least 1; to keep somebody from sessions use presence", agent.agent);
        }
        if let Some(group) = agent.groups.iter().find(|group| !file.groups.contains(group)) {
            bail!("agent `{}`: there is no group `{group}`; name it under groups", agent.agent);
        }
    }
    let now = u64::try_from(usher_runtime::worker::clock().millis()).unwrap_or_default();
    let revision = file.revision.unwrap_or(now);
    let entries: Vec<DirectoryEntry> = file
        .groups
        .iter()
        .map(|group| DirectoryEntry::Group(GroupId::new(group.as_str())))
        .chain(file.agents.iter().map(|agent| DirectoryEntry::Agent(record(agent))))
        .collect();
    let applied = DeskAct::Applied { revision, count: u32::try_from(entries.len())? };
    let staged = entries.into_iter().map(|entry| DeskAct::Staged { revision, entry });
    let input = |(index, act): (usize, DeskAct)| DeskInput {
        tenant: TenantId::new(file.tenant.as_str()),
        desk: DeskId::new(file.desk.as_str()),
        id: InputId::derive(&[b"directory", file.desk.as_bytes(), &revision.to_be_bytes(), &index.to_be_bytes()]),
        act,
    };
    Ok(staged.chain([applied]).enumerate().map(input).collect())
}

fn record(agent: &AgentFile) -> AgentRecord {
    AgentRecord {
        id: AgentId::new(agent.agent.as_str()),
        name: agent.name.clone(),
        avatar: agent.avatar.clone(),
        capacity: agent.capacity,
        groups: agent.groups.iter().map(|group| GroupId::new(group.as_str())).collect(),
    }
}

/// Publishes the records in order: the last one puts the others in force.
pub(crate) async fn publish(sender: &impl SenderHandle, prefix: &str, inputs: &[DeskInput]) -> Result<()> {
    let topics = TopicNames::new(prefix);
    for input in inputs {
        let envelope = Envelope { cause: None, traceparent: None, body: Body::Desk(input.clone()) };
        sender.send(topics.outgoing(&envelope)).await?;
    }
    Ok(())
}
