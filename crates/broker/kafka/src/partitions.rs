//! Between the contract's partitions, positions and records and rdkafka's lists and messages.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};
use usher_broker::{BrokerError, Partition, Position, Record};

use crate::beginning::Extent;
use crate::error::could_not;
use crate::settings::CALL_TIMEOUT;

/// How long a partition may be without a leader that knows of it: a creation, or a change of leaders.
const LED_WITHIN: Duration = Duration::from_secs(5);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Partitions of one topic.
pub(crate) fn list(topic: &str, partitions: &[Partition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        list.add_partition(topic, *partition);
    }
    list
}

/// Partitions of one topic, each with the offset to go on from.
pub(crate) fn list_from(topic: &str, starts: &[(Partition, Offset)]) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(starts.len());
    for (partition, offset) in starts {
        list.add_partition_offset(topic, *partition, *offset)?;
    }
    Ok(list)
}

/// Plain offsets as rdkafka's.
pub(crate) fn at_offsets(starts: &[(Partition, i64)]) -> Vec<(Partition, Offset)> {
    starts.iter().map(|(partition, offset)| (*partition, Offset::Offset(*offset))).collect()
}

/// What a partition holds, as the broker says here and now. On a read_committed client its end is the last stable offset.
pub(crate) fn extent<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: Partition,
) -> Result<Extent, BrokerError> {
    watermarks(consumer, topic, partition)
        .map(|(low, stable)| Extent { low, stable })
        .map_err(|error| could_not(&format!("ask for the ends of partition {partition} of `{topic}`"), &error))
}

/// Where a partition begins and ends, as this client may see it. A leader that was named a moment ago may not know of it
/// yet: that is waited for, everything else is answered.
pub(crate) fn watermarks<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: Partition,
) -> Result<(i64, i64), KafkaError> {
    let until = Instant::now() + LED_WITHIN;
    loop {
        match consumer.fetch_watermarks(topic, partition, CALL_TIMEOUT) {
            Err(error) if has_no_leader_yet(&error) && Instant::now() < until => thread::sleep(ASK_AGAIN_AFTER),
            answer => return answer,
        }
    }
}

fn has_no_leader_yet(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{LeaderNotAvailable, NotLeaderForPartition};
    matches!(error.rdkafka_error_code(), Some(LeaderNotAvailable | NotLeaderForPartition))
}

/// Positions to commit, with their notes.
pub(crate) fn positions(topic: &str, offsets: &[(Partition, Position)]) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, position) in offsets {
        let mut element = list.add_partition(topic, *partition);
        element.set_offset(Offset::Offset(position.offset))?;
        if !position.metadata.is_empty() {
            element.set_metadata(&position.metadata);
        }
    }
    Ok(list)
}

/// The numbers in a list; all lists here are of one topic.
pub(crate) fn numbers(list: &TopicPartitionList) -> Vec<Partition> {
    list.elements().iter().map(|element| element.partition()).collect()
}

/// A message as the contract's record.
pub(crate) fn record(message: &BorrowedMessage<'_>) -> Record {
    Record {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().map(<[u8]>::to_vec),
    }
}

/// How many partitions a topic has.
pub(crate) fn count<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &str) -> Result<i32, BrokerError> {
    let metadata = consumer
        .fetch_metadata(Some(topic), CALL_TIMEOUT)
        .map_err(|error| could_not(&format!("ask for the partitions of topic `{topic}`"), &error))?;
    let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
    match found.map(|found| found.partitions().len()) {
        Some(count) if count > 0 => Ok(i32::try_from(count).unwrap_or(i32::MAX)),
        _ => Err(BrokerError::Misconfigured(format!("topic `{topic}` does not exist: create the topics first"))),
    }
}
