//! `usher directory apply`: publishes agents and groups of a desk as staged records and one record that puts them in
//! force as a whole, and waits until the desk says that they are.

mod confirm;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokio::time::Instant;
use usher_broker::{Broker, Outgoing, SendError, SenderHandle};
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry};
use usher_domain::{AgentId, Body, DeskId, DeskInput, Envelope, GroupId, InputId, TenantId};
use usher_runtime::topics::TopicNames;

use crate::cli::DirectoryCommand;
use crate::topics;
use confirm::Answers;

/// The highest revision: above it there must be room for the directories that replace this one.
const REVISION_MAX: u64 = i64::MAX as u64;
/// How long the desk may take to answer.
const CONFIRM_WITHIN: Duration = Duration::from_secs(30);
/// How long one record may take to be acknowledged, and how long to wait between two tries.
const PUBLISH_WITHIN: Duration = Duration::from_secs(30);
const PUBLISH_AGAIN_AFTER: Duration = Duration::from_millis(200);

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
    let directory: DirectoryFile = usher_runtime::config::read_file(file)?;
    inputs(directory).with_context(|| file.display().to_string())
}

pub(crate) fn inputs(file: DirectoryFile) -> Result<Vec<DeskInput>> {
    for (field, name) in [("tenant", &file.tenant), ("desk", &file.desk)] {
        if name.is_empty() {
            bail!("{field}: a name is missing");
        }
    }
    if let Some(revision) = file.revision.filter(|revision| *revision > REVISION_MAX) {
        bail!("revision: {revision} is above {REVISION_MAX}: what it puts in force could hardly be replaced");
    }
    twice("group", file.groups.iter())?;
    twice("agent", file.agents.iter().map(|agent| &agent.agent))?;
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
        .map(|group| DirectoryEntry::group(GroupId::new(group.as_str())))
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

/// Entries replace one another by name, so a name that stands twice would lose one silently.
fn twice<'a>(kind: &str, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() {
            bail!("{kind}: a name is missing");
        }
        if !seen.insert(name) {
            bail!("{kind} `{name}` stands twice");
        }
    }
    Ok(())
}

fn record(agent: &AgentFile) -> AgentRecord {
    AgentRecord {
        name: agent.name.clone(),
        avatar: agent.avatar.clone(),
        capacity: agent.capacity,
        groups: agent.groups.iter().map(|group| GroupId::new(group.as_str())).collect(),
        ..AgentRecord::new(AgentId::new(agent.agent.as_str()))
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use usher_broker::Sent;
    use usher_runtime::config::read_yaml;

    use super::*;

    fn read(yaml: &str) -> Result<Vec<DeskInput>> {
        inputs(read_yaml("directory.yaml", yaml)?)
    }

    #[test]
    fn a_directory_is_staged_and_then_applied_with_its_count() {
        let inputs = read("{tenant: t, desk: d, revision: 7, groups: [售前], agents: [{agent: li, name: Li, capacity: 1, groups: [售前]}]}")
            .expect("a directory");
        assert_eq!(inputs.len(), 3);
        assert!(matches!(inputs[2].act, DeskAct::Applied { revision: 7, count: 2 }));
    }

    /// Does not acknowledge in time at first; counts what it was given.
    #[derive(Clone, Default)]
    struct Slow(Arc<AtomicU64>);

    impl SenderHandle for Slow {
        async fn send(&self, _record: Outgoing) -> Result<Sent, SendError> {
            match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Err(SendError::Unavailable("no answer within a second".to_owned())),
                1 => Err(SendError::Full),
                _ => Ok(Sent { partition: 0, offset: 0 }),
            }
        }
    }

    #[tokio::test]
    async fn a_slow_broker_is_given_time() {
        let slow = Slow::default();
        let inputs = read("{tenant: t, desk: d, groups: [x], agents: []}").expect("a directory");
        publish(&slow, "p", &inputs).await.expect("acknowledged in the end");
        assert_eq!(slow.0.load(Ordering::Relaxed), 4, "two records, of which one took three tries");
    }

    #[test]
    fn the_sample_is_a_directory() {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/samples/directory.yaml");
        assert!(super::read(&sample).is_ok_and(|inputs| inputs.len() > 1));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (yaml, said) in [
            (
                "{tenant: t, desk: d, agents: [{agent: li, name: Li, capacity: 0}]}",
                "agent `li`: capacity is at least 1",
            ),
            (
                "{tenant: t, desk: d, agents: [{agent: li, name: Li, capacity: 1, groups: [x]}]}",
                "there is no group `x`",
            ),
            (
                "{tenant: t, desk: d, agents: [{agent: li, name: Li, capacity: 1}, {agent: li, name: Li, capacity: 1}]}",
                "agent `li` stands twice",
            ),
            ("{tenant: t, desk: d, groups: [x, x], agents: []}", "group `x` stands twice"),
            ("{tenant: '', desk: d, agents: []}", "tenant: a name is missing"),
            (
                "{tenant: t, desk: d, revision: 9223372036854775808, agents: []}",
                "revision: 9223372036854775808 is above",
            ),
            ("{tenant: t, desk: d, agents: [{agent: li, nmae: Li, capacity: 1}]}", "nmae"),
        ] {
            let error = format!("{:#}", read(yaml).expect_err(yaml));
            assert!(error.contains(said), "{yaml}: {error}");
        }
    }
}
