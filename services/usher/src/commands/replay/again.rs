//! The steps again: each partition of the two input topics on a core of its own, in the order of the log, with the time
//! that the log says.

use std::collections::BTreeMap;

use anyhow::Result;
use usher_broker::{Broker, Partition, ReadFrom, ReaderHandle, Record};
use usher_domain::Envelope;
use usher_proto::topics::Topic;
use usher_routing::{ConversationPartition, DeskPartition};
use usher_runtime::worker::{PartitionCore, Retrace};

use super::recorded::{Decided, Named, Recorded, read_all};
use super::report::{Compared, Report};
use super::span::Span;

/// Steps both topics and compares as it goes.
pub(super) fn step_all<B: Broker>(
    broker: &B,
    prefix: &str,
    span: &Span,
    decided: &Decided,
    recorded: &mut Recorded<B::Reader>,
) -> Result<Report> {
    let mut report = Report::default();
    let open = |topic: Topic| -> Result<B::Reader> {
        let name = topic.name(prefix);
        let reader = broker.reader(&name, ReadFrom::Start)?;
        span.check(&name, &reader.beginnings())?;
        Ok(reader)
    };
    let (conversations, desks) = (open(Topic::Conversations)?, open(Topic::Desks)?);
    let mut steps = Steps { span, decided, recorded, report: &mut report };
    steps.topic::<ConversationPartition, _>(Topic::Conversations, prefix, conversations)?;
    steps.topic::<DeskPartition, _>(Topic::Desks, prefix, desks)?;
    Ok(report)
}

struct Steps<'a, R> {
    span: &'a Span,
    decided: &'a Decided,
    recorded: &'a mut Recorded<R>,
    report: &'a mut Report,
}

impl<R: ReaderHandle> Steps<'_, R> {
    fn topic<C: PartitionCore + Default, I: ReaderHandle>(
        &mut self,
        topic: Topic,
        prefix: &str,
        mut reader: I,
    ) -> Result<()> {
        let name = topic.name(prefix);
        let mut partitions: BTreeMap<Partition, Retrace<C>> = BTreeMap::new();
        for partition in 0..topic.partitions() {
            let end = self.decided.get(&(topic, partition)).copied().unwrap_or_default();
            let from = if self.span.from.is_none() { 0 } else { i64::MAX };
            self.report.compared.insert((topic, partition), Compared { from, end, inputs: 0, outputs: 0 });
        }
        read_all(&mut reader, |record| {
            let partition = partitions.entry(record.partition);
            let retrace = partition.or_insert_with(|| Retrace::new(&name, C::default()));
            self.record(topic, retrace, &record);
            Ok(())
        })
    }

    fn record<C: PartitionCore>(&mut self, topic: Topic, partition: &mut Retrace<C>, record: &Record) {
        let Some(compared) = self.report.compared.get_mut(&(topic, record.partition)) else { return };
        if self.span.has_ended(record) {
            compared.end = compared.end.min(record.offset);
        }
        if record.offset >= compared.end {
            self.report.undecided += usize::from(!self.span.has_ended(record));
            return;
        }
        let has_begun = self.span.has_begun(record);
        if !has_begun && self.span.from_empty {
            return;
        }
        let envelopes = partition.step(record, 0);
        if !has_begun {
            return;
        }
        compared.from = compared.from.min(record.offset);
        compared.inputs += 1;
        let envelopes: Vec<Envelope> = envelopes.collect();
        compared.outputs += envelopes.len();
        for (index, envelope) in (0..).zip(envelopes) {
            let named = Named { topic, partition: record.partition, offset: record.offset, index };
            self.recorded.compare(named, envelope, self.report);
        }
    }
}
