//! A reader's handle in memory: every partition of one topic, read_committed.

use std::time::Duration;

use super::MemoryBroker;
use super::state::State;
use crate::{BrokerError, Partition, ReadFrom, ReaderHandle, Record};

/// A reader.
#[derive(Debug)]
pub struct MemoryReader {
    broker: MemoryBroker,
    topic: String,
    /// The next offset of each partition.
    positions: Vec<i64>,
    /// Where the stable part of each partition ended when the reader was made.
    ends: Vec<i64>,
}

impl MemoryReader {
    pub(super) fn new(broker: MemoryBroker, topic: &str, from: ReadFrom) -> Result<Self, BrokerError> {
        let (positions, ends) = broker.change(|state, _| {
            let logs = state.topic(topic)?.partitions.iter();
            let places = logs.map(|log| match from {
                ReadFrom::Start => (0, log.last_stable()),
                ReadFrom::End => (log.high_watermark(), log.last_stable()),
            });
            Ok(places.unzip())
        })?;
        Ok(Self { broker, topic: topic.to_owned(), positions, ends })
    }
}

impl ReaderHandle for MemoryReader {
    fn poll(&mut self, max: usize, wait: Duration) -> Result<Vec<Record>, BrokerError> {
        let Self { broker, topic, positions, .. } = self;
        let found = broker.wait_for(wait, |state| {
            let records = read(state, topic, positions, max)?;
            Ok((!records.is_empty()).then_some(records))
        })?;
        Ok(found.unwrap_or_default())
    }

    fn is_caught_up(&self) -> bool {
        self.positions.iter().zip(&self.ends).all(|(position, end)| position >= end)
    }

    /// Nothing is ever taken from a partition's front here.
    fn beginnings(&self) -> Vec<i64> {
        vec![0; self.positions.len()]
    }
}

fn read(state: &State, topic: &str, positions: &mut [i64], max: usize) -> Result<Vec<Record>, BrokerError> {
    let mut records = Vec::new();
    for (partition, position) in (0 as Partition..).zip(positions) {
        let (found, next) = state.log(topic, partition)?.read(*position, max - records.len());
        records.extend(found);
        *position = next;
    }
    Ok(records)
}
