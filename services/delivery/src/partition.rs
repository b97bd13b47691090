//! One partition of topic `deliveries`: records go into the lanes, attempts out to the runtime, their ends back into
//! the lanes, ended orders out as records.
//!
//! Attempts of a partition that is dropped because it is revoked are aborted and their results are never seen: whoever
//! has the partition next attempts those orders again, under the same key. A transaction that does not stand costs no
//! attempt: what became of orders outside is kept here until it is written.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;
use usher_broker::{Partition, Position, Record};
use usher_delivery_core::{Attempt, AttemptEnd, Ended, FinishedBeyond, Lanes, Limits};
use usher_domain::delivery::DeliveryTarget;
use usher_domain::envelope::DeadLetter;
use usher_domain::{Body, Delivery, Timestamp};
use usher_runtime::worker::{Finished, PartitionCore, Step, Undecodable};

use crate::names;
use crate::outside::{Attempted, Outside, Watch};

/// The orders of one partition and the calls that carry them out.
#[derive(Debug)]
pub struct DeliveryPartition {
    partition: Partition,
    outside: Outside,
    lanes: Lanes,
    /// The records of orders that are not over, or whose end is not written yet.
    sources: BTreeMap<i64, Source>,
    calls: JoinSet<Attempted>,
    /// Which order each call is for: also a call that panics must find its order.
    called: BTreeMap<tokio::task::Id, i64>,
    /// Nothing new begins: the partition is about to go.
    winding_down: bool,
    /// Ends that were given out, with their verdicts; they are counted once their transaction stands.
    unwritten: Vec<(i64, &'static str)>,
}

/// What is kept of a record until its order is over.
#[derive(Debug)]
struct Source {
    record: Record,
    traceparent: Option<String>,
    /// What attempts have left to be written with the end.
    beside: Vec<Body>,
}

impl DeliveryPartition {
    /// The partition with this number, as it is before the worker resumes it.
    pub fn new(partition: Partition, outside: Outside) -> Self {
        Self {
            partition,
            outside,
            lanes: Lanes::resume(0, &FinishedBeyond::default(), Limits::default()),
            sources: BTreeMap::new(),
            calls: JoinSet::new(),
            called: BTreeMap::new(),
            winding_down: false,
            unwritten: Vec::new(),
        }
    }

    /// Brings the ends of calls to the lanes.
    fn gather(&mut self, now: Timestamp) {
        while let Some(joined) = self.calls.try_join_next_with_id() {
            let (call, attempted) = joined.unwrap_or_else(|broken| {
                tracing::error!(partition = self.partition, "a call to a provider broke: it counts as not answered");
                (broken.id(), AttemptEnd::NoAnswer.into())
            });
            if let Some(offset) = self.called.remove(&call) {
                if let Some(source) = self.sources.get_mut(&offset) {
                    // An attempt names also what an earlier one has named.
                    let fresh: Vec<Body> =
                        attempted.beside.into_iter().filter(|body| !source.beside.contains(body)).collect();
                    source.beside.extend(fresh);
                }
                self.lanes.ended(offset, attempted.end, now);
            }
        }
    }

    fn start(&mut self, attempt: Attempt, now: Timestamp) {
        let attempting = observed(self.outside.clone(), attempt.delivery, attempt.number, Watch::set(now));
        let call = self.calls.spawn_on(attempting, &self.outside.runtime);
        self.called.insert(call.id(), attempt.offset);
    }

    fn finish(&mut self, ended: Ended) -> Finished {
        self.unwritten.push((ended.offset, ended.verdict));
        let source = self.sources.get(&ended.offset);
        let mut bodies: Vec<Body> = ended.receipts.into_iter().map(Body::Conversation).collect();
        bodies.extend(ended.held.map(Body::Mailbox));
        bodies.extend(source.into_iter().flat_map(|source| source.beside.iter().cloned()));
        if let (Some(reason), Some(source)) = (ended.dead_letter, source) {
            tracing::warn!(partition = self.partition, offset = ended.offset, reason, "dead letter");
            bodies.push(Body::DeadLetter(self.dead_letter(&source.record, reason)));
        }
        let traceparent = source.and_then(|source| source.traceparent.clone());
        Finished { offset: ended.offset, step: Step { bodies, state: Vec::new(), traceparent } }
    }

    fn dead_letter(&self, record: &Record, reason: String) -> DeadLetter {
        DeadLetter::of(
            self.outside.topic.clone(),
            Some((record.partition, record.offset)),
            record.key.as_deref().unwrap_or_default(),
            record.payload.as_deref().unwrap_or_default(),
            reason,
        )
    }
}

impl PartitionCore for DeliveryPartition {
    fn resume(&mut self, position: &Position) {
        let finished = position.metadata.parse().unwrap_or_else(|malformed| {
            tracing::warn!(partition = self.partition, %malformed, "finished orders may be attempted again");
            FinishedBeyond::default()
        });
        self.lanes = Lanes::resume(position.offset, &finished, Limits::default());
    }

    /// Only takes the order, once, however often its record comes: attempts start in `collect`, by the worker's own
    /// clock. A record that can not be read waits there too, until it lies inside the window.
    fn step(&mut self, record: &Record, _now: Timestamp) -> Result<Step, Undecodable> {
        if self.lanes.is_known(record.offset) {
            return Ok(Step::default());
        }
        let traceparent = match read(record) {
            Ok((delivery, traceparent)) => {
                self.lanes.take(record.offset, delivery);
                traceparent
            }
            Err(reason) => {
                self.lanes.take_unreadable(record.offset, reason);
                None
            }
        };
        self.sources.insert(record.offset, Source { record: record.clone(), traceparent, beside: Vec::new() });
        Ok(Step::default())
    }

    fn collect(&mut self, now: Timestamp) -> Vec<Finished> {
        self.gather(now);
        if !self.winding_down {
            for attempt in self.lanes.ready(now) {
                self.start(attempt, now);
            }
        }
        self.lanes.finished().into_iter().map(|ended| self.finish(ended)).collect()
    }

    fn position(&self, next: i64) -> Position {
        let (offset, finished) = self.lanes.position(next);
        Position { offset, metadata: finished.to_string() }
    }

    fn committed(&mut self, position: &Position) {
        self.lanes.committed(position.offset);
        for (offset, verdict) in self.unwritten.drain(..) {
            self.sources.remove(&offset);
            metrics::counter!(names::ENDED, "verdict" => verdict).increment(1);
        }
    }

    /// Goes on: a result from outside is a fact, and asking a provider again for it could tell somebody twice.
    fn rolled_back(&mut self) -> bool {
        self.unwritten.clear();
        self.lanes.rolled_back();
        true
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.lanes.next_wakeup()
    }

    fn is_full(&self) -> bool {
        self.winding_down || self.lanes.is_full()
    }

    fn wind_down(&mut self) {
        self.winding_down = true;
    }

    fn is_busy(&self) -> bool {
        self.lanes.in_flight() > 0
    }
}

/// The order of a record, and the trace it belongs to.
fn read(record: &Record) -> Result<(Delivery, Option<String>), String> {
    let payload = record.payload.as_deref().ok_or("the record has no value: an order was expected")?;
    let envelope = usher_proto::decode(payload).map_err(|error| error.to_string())?;
    match envelope.body {
        Body::Delivery(delivery) => Ok((*delivery, envelope.traceparent)),
        _ => Err("the record is an envelope, but holds no order".to_owned()),
    }
}

/// An attempt with its log line and its metric.
async fn observed(outside: Outside, delivery: Arc<Delivery>, number: u32, watch: Watch) -> Attempted {
    let (id, target) = (delivery.id, target_name(&delivery.target));
    let began = Instant::now();
    let attempted = outside.attempt(delivery, watch).await;
    let end = end_name(&attempted.end);
    metrics::histogram!(names::ATTEMPT_SECONDS, "target" => target, "end" => end).record(began.elapsed().as_secs_f64());
    tracing::debug!(delivery = %id, target, number, end, "an attempt ended");
    attempted
}

const fn target_name(target: &DeliveryTarget) -> &'static str {
    match target {
        DeliveryTarget::Channel { dialect, .. } => dialect.name(),
        DeliveryTarget::Sms { .. } => "sms",
        DeliveryTarget::Bot(_) => "bot",
        DeliveryTarget::Workspace { .. } => "workspace",
    }
}

const fn end_name(end: &AttemptEnd) -> &'static str {
    match end {
        AttemptEnd::Done(_) => "done",
        AttemptEnd::Held(_) => "held",
        AttemptEnd::NotReachable { .. } => "not_reachable",
        AttemptEnd::NeverReached { .. } => "never_reached",
        AttemptEnd::Rejected { .. } => "rejected",
        AttemptEnd::Retry { .. } => "retry",
        AttemptEnd::NotTried { .. } => "not_tried",
        AttemptEnd::Busy { .. } => "busy",
        AttemptEnd::Begun(end) => end_name(end),
        AttemptEnd::NoConnection => "no_connection",
        AttemptEnd::NoAnswer => "no_answer",
    }
}
