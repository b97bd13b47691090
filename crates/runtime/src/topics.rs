//! The full names of all topics under one prefix, and the way of an envelope to its topic.

use usher_broker::{Cleanup, Outgoing, TopicSpec};
use usher_domain::Envelope;
use usher_proto::topics::Topic;

/// All topic names under one prefix, made once.
#[derive(Clone, Debug)]
pub struct TopicNames(Vec<String>);

impl TopicNames {
    /// The names under `prefix`.
    pub fn new(prefix: &str) -> Self {
        Self(Topic::ALL.iter().map(|topic| topic.name(prefix)).collect())
    }

    /// The full name of a topic.
    pub fn of(&self, topic: Topic) -> &str {
        &self.0[topic as usize]
    }

    /// An envelope as a record for its topic. Headers (CloudEvents) are only on the topics made for others: each costs
    /// more CPU than everything else about a record.
    pub fn outgoing(&self, envelope: &Envelope) -> Outgoing {
        let (topic, key) = usher_proto::topics::address(&envelope.body);
        let made_for_others = matches!(topic, Topic::Events | Topic::Transcripts);
        Outgoing {
            topic: self.of(topic).to_owned(),
            partition: None,
            key: key.map(String::into_bytes),
            payload: Some(usher_proto::encode(envelope)),
            headers: if made_for_others { usher_proto::cloud_events::headers(envelope) } else { Vec::new() },
        }
    }
}

/// A topic of the table as the broker should have it.
pub fn spec(topic: Topic, prefix: &str) -> TopicSpec {
    TopicSpec {
        name: topic.name(prefix),
        partitions: topic.partitions(),
        cleanup: topic.retention().map_or(Cleanup::Compact, Cleanup::Delete),
        append_time: topic.has_append_time(),
        record_bytes_max: topic.record_bytes_max(),
    }
}
