//! The topics as the one table says, and what differs from it.

use anyhow::{Result, bail};
use usher_broker::{Broker, TopicSpec};
use usher_proto::topics::Topic;

/// All topics under `prefix` as they should be.
pub(crate) fn wanted(prefix: &str) -> Vec<TopicSpec> {
    Topic::ALL.into_iter().map(|topic| usher_runtime::topics::spec(topic, prefix)).collect()
}

/// A topic as it should be, beside what is there.
pub(crate) struct Compared {
    pub(crate) wanted: TopicSpec,
    pub(crate) found: Option<TopicSpec>,
}

impl Compared {
    /// What would break usher: a partition count or a kind of timestamp is never changed in place.
    pub(crate) fn problem(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        let name = &self.wanted.name;
        if found.partitions != self.wanted.partitions {
            return Some(format!(
                "{name} has {} partitions and should have {}: a count can not be changed, because state belongs to it; \
                 use another kafka.prefix",
                found.partitions, self.wanted.partitions
            ));
        }
        if found.append_time != self.wanted.append_time {
            let kind = if self.wanted.append_time { "LogAppendTime" } else { "CreateTime" };
            return Some(format!("{name}: set message.timestamp.type={kind}"));
        }
        // Without it one record near Kafka's own limit that can not be read stops its partition for good.
        match self.wanted.record_bytes_max {
            Some(bytes) if found.record_bytes_max.is_none_or(|found| found < bytes) => {
                Some(format!("{name}: set max.message.bytes={bytes}"))
            }
            _ => None,
        }
    }
}

pub(crate) fn compare<B: Broker>(broker: &B, prefix: &str) -> Result<Vec<Compared>> {
    let found = broker.describe_topics(prefix)?;
    let compared = wanted(prefix).into_iter().map(|wanted| {
        let found = found.iter().find(|found| found.name == wanted.name).cloned();
        Compared { wanted, found }
    });
    Ok(compared.collect())
}

/// Makes what is missing; refuses when something that is there differs.
pub(crate) fn apply<B: Broker>(broker: &B, prefix: &str) -> Result<usize> {
    let compared = compare(broker, prefix)?;
    let problems: Vec<String> = compared.iter().filter_map(Compared::problem).collect();
    if !problems.is_empty() {
        bail!(problems.join("\n"));
    }
    let missing: Vec<TopicSpec> =
        compared.into_iter().filter(|topic| topic.found.is_none()).map(|topic| topic.wanted).collect();
    broker.create_topics(&missing)?;
    Ok(missing.len())
}

/// Refuses to run on topics that are not there or differ.
pub(crate) fn check<B: Broker>(broker: &B, prefix: &str) -> Result<()> {
    let compared = compare(broker, prefix)?;
    let missing: Vec<&str> =
        compared.iter().filter(|topic| topic.found.is_none()).map(|topic| topic.wanted.name.as_str()).collect();
    if !missing.is_empty() {
        bail!("topics are missing ({}): run `usher topics apply`", missing.join(", "));
    }
    let problems: Vec<String> = compared.iter().filter_map(Compared::problem).collect();
    if problems.is_empty() { Ok(()) } else { bail!(problems.join("\n")) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use usher_broker::Cleanup;
    use usher_broker::memory::MemoryBroker;

    use super::*;

    #[test]
    fn what_is_missing_is_made_and_what_is_there_stays() {
        let broker = MemoryBroker::system();
        assert!(check(&broker, "p").is_err_and(|error| error.to_string().contains("run `usher topics apply`")));
        assert_eq!(apply(&broker, "p").expect("new topics"), Topic::ALL.len());
        assert_eq!(apply(&broker, "p").expect("nothing to do"), 0);
        check(&broker, "p").expect("all as they should be");
    }

    #[test]
    fn a_partition_count_is_never_changed() {
        let broker = MemoryBroker::system();
        let spec = TopicSpec { partitions: 3, ..usher_runtime::topics::spec(Topic::Conversations, "p") };
        broker.create_topics(&[spec]).expect("a new topic");
        let refused = apply(&broker, "p").expect_err("3 is not 12").to_string();
        assert!(refused.contains("p.conversations.v1 has 3 partitions and should have 12"), "{refused}");
        assert_eq!(broker.describe_topics("p").expect("described").len(), 1, "nothing else was made");
    }

    #[test]
    fn a_topic_that_would_not_take_the_largest_dead_letter_is_refused() {
        let broker = MemoryBroker::system();
        let spec = TopicSpec { record_bytes_max: None, ..usher_runtime::topics::spec(Topic::DeadLetters, "p") };
        broker.create_topics(&[spec]).expect("a new topic");
        let refused = apply(&broker, "p").expect_err("it takes 1 MiB").to_string();
        assert_eq!(refused, "p.dead-letters.v1: set max.message.bytes=3145728");
    }

    #[test]
    fn a_timestamp_of_the_producer_is_refused_where_time_comes_from_the_log() {
        let broker = MemoryBroker::system();
        let spec = TopicSpec {
            append_time: false,
            cleanup: Cleanup::Delete(Duration::from_secs(1)),
            ..usher_runtime::topics::spec(Topic::Desks, "p")
        };
        broker.create_topics(&[spec]).expect("a new topic");
        let refused = check(&broker, "p").expect_err("others are missing").to_string();
        assert!(refused.contains("topics are missing"), "{refused}");
        let refused = apply(&broker, "p").expect_err("CreateTime").to_string();
        assert!(refused.contains("p.desks.v1: set message.timestamp.type=LogAppendTime"), "{refused}");
    }
}
