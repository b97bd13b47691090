//! Creating, describing and deleting topics.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, ConfigSource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use usher_broker::{BrokerError, Cleanup, TopicSpec};

use crate::error::could_not;
use crate::log_lines::Logs;
use crate::settings::{CALL_TIMEOUT, KafkaSettings};
use crate::wait::wait_for;

/// Whether a broker answers within this time.
pub(crate) fn answers(settings: &KafkaSettings, within: Duration) -> Result<(), BrokerError> {
    let asked = connect(settings)?.inner().fetch_metadata(None, within).map(drop);
    asked.map_err(|error| could_not(&format!("ask for the brokers within {} s", within.as_secs()), &error))
}

/// Creates what is missing and returns when every partition has a leader.
pub(crate) fn create_topics(settings: &KafkaSettings, topics: &[TopicSpec]) -> Result<(), BrokerError> {
    if topics.is_empty() {
        return Ok(());
    }
    let admin = connect(settings)?;
    let configs: Vec<_> = topics.iter().map(config).collect();
    let wanted: Vec<NewTopic<'_>> = topics.iter().zip(&configs).map(|(spec, config)| new_topic(spec, config)).collect();
    let answers = wait_for(admin.create_topics(&wanted, &options())).map_err(|e| could_not("create topics", &e))?;
    for (name, code) in answers.into_iter().filter_map(Result::err) {
        if code != RDKafkaErrorCode::TopicAlreadyExists {
            return Err(could_not(&format!("create topic `{name}`"), &KafkaError::AdminOp(code)));
        }
    }
    wait_until_led(&admin, topics)
}

/// Topics whose name begins with `prefix`, by name.
pub(crate) fn describe_topics(settings: &KafkaSettings, prefix: &str) -> Result<Vec<TopicSpec>, BrokerError> {
    let admin = connect(settings)?;
    let partitions: BTreeMap<String, i32> =
        leaders(&admin)?.into_iter().filter(|(name, _)| name.starts_with(prefix)).map(|(n, l)| (n, l.0)).collect();
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = partitions.keys().map(|name| ResourceSpecifier::Topic(name)).collect();
    let answers = wait_for(admin.describe_configs(&names, &options())).map_err(|e| could_not("describe topics", &e))?;
    let mut found = Vec::new();
    for answer in answers {
        let resource = answer.map_err(|code| could_not("describe a topic", &KafkaError::AdminOp(code)))?;
        if let OwnedResourceSpecifier::Topic(name) = &resource.specifier
            && let Some(count) = partitions.get(name)
        {
            found.push(described(name, *count, &resource));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Deletes topics; those that do not exist are as they should be.
pub(crate) fn delete_topics(settings: &KafkaSettings, names: &[String]) -> Result<(), BrokerError> {
    if names.is_empty() {
        return Ok(());
    }
    let admin = connect(settings)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answers = wait_for(admin.delete_topics(&names, &options())).map_err(|e| could_not("delete topics", &e))?;
    for (name, code) in answers.into_iter().filter_map(Result::err) {
        if !matches!(code, RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) {
            return Err(could_not(&format!("delete topic `{name}`"), &KafkaError::AdminOp(code)));
        }
    }
    Ok(())
}

fn connect(settings: &KafkaSettings) -> Result<AdminClient<Logs>, BrokerError> {
    settings.admin().create_with_context(Logs).map_err(|error| could_not("make an administrator's client", &error))
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(CALL_TIMEOUT)).operation_timeout(Some(CALL_TIMEOUT))
}

/// Topic settings, as in <https://kafka.apache.org/documentation/#topicconfigs>.
fn config(spec: &TopicSpec) -> Vec<(&'static str, String)> {
    let time = if spec.append_time { "LogAppendTime" } else { "CreateTime" };
    let mut config = vec![("message.timestamp.type", time.to_owned())];
    if let Some(bytes) = spec.record_bytes_max {
        config.push(("max.message.bytes", bytes.to_string()));
    }
    match spec.cleanup {
        Cleanup::Delete(retention) => {
            config.push(("cleanup.policy", "delete".into()));
            config.push(("retention.ms", i64::try_from(retention.as_millis()).unwrap_or(-1).to_string()));
        }
        Cleanup::Compact => {
            config.push(("cleanup.policy", "compact".into()));
            // Only closed segments are compacted: with the default of 1 GiB a restore would read a gigabyte.
            config.push(("segment.bytes", (64 * 1024 * 1024).to_string()));
            config.push(("min.cleanable.dirty.ratio", "0.2".into()));
            // A tombstone must outlive the longest restore, or a slow one brings the dead back.
            config.push(("delete.retention.ms", Duration::from_secs(24 * 60 * 60).as_millis().to_string()));
        }
    }
    config
}

/// Replication is left to the cluster's default.
fn new_topic<'a>(spec: &'a TopicSpec, config: &'a [(&'static str, String)]) -> NewTopic<'a> {
    let topic = NewTopic::new(&spec.name, spec.partitions, TopicReplication::Fixed(-1));
    config.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
}

fn described(name: &str, partitions: i32, resource: &ConfigResource) -> TopicSpec {
    let value = |name: &str| resource.get(name).and_then(|entry| entry.value.as_deref()).unwrap_or_default();
    let cleanup = if value("cleanup.policy").contains("compact") {
        Cleanup::Compact
    } else {
        // -1 is for ever.
        Cleanup::Delete(value("retention.ms").parse().map_or(Duration::MAX, Duration::from_millis))
    };
    let append_time = value("message.timestamp.type") == "LogAppendTime";
    let own_limit = resource.get("max.message.bytes").filter(|entry| entry.source == ConfigSource::DynamicTopic);
    let record_bytes_max = own_limit.and_then(|entry| entry.value.as_ref()?.parse().ok());
    TopicSpec { name: name.to_owned(), partitions, cleanup, append_time, record_bytes_max }
}

/// For each topic: how many partitions it has and how many of them have a leader.
fn leaders(admin: &AdminClient<Logs>) -> Result<BTreeMap<String, (i32, i32)>, BrokerError> {
    let metadata =
        admin.inner().fetch_metadata(None, CALL_TIMEOUT).map_err(|error| could_not("ask for the topics", &error))?;
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    Ok(metadata
        .topics()
        .iter()
        .map(|topic| {
            let led = topic.partitions().iter().filter(|partition| partition.leader() >= 0).count();
            (topic.name().to_owned(), (count(topic.partitions().len()), count(led)))
        })
        .collect())
}

/// A topic is known to the brokers a moment after its creation was answered.
fn wait_until_led(admin: &AdminClient<Logs>, topics: &[TopicSpec]) -> Result<(), BrokerError> {
    let deadline = Instant::now() + CALL_TIMEOUT;
    loop {
        let found = leaders(admin)?;
        let missing = topics.iter().find(|spec| found.get(&spec.name).is_none_or(|(all, led)| *all == 0 || led < all));
        let Some(missing) = missing else { return Ok(()) };
        if Instant::now() > deadline {
            let name = &missing.name;
            return Err(BrokerError::Unavailable(format!("topic `{name}` was created but has no leader yet")));
        }
        thread::sleep(Duration::from_millis(20));
    }
}
