//! One partition of topic `desks` as the worker drives it, with what its metrics tell: how agents are, and how many were
//! lost without a word. Counted once the transaction stands.

use usher_broker::{Partition, Position, Record};
use usher_domain::desk::Presence;
use usher_domain::event::{Event, Fact, PresenceReason};
use usher_domain::{Body, Timestamp};
use usher_runtime::worker::{PartitionCore, Step, Undecodable};

use crate::{DeskPartition, names};

/// The desks of one partition.
#[derive(Debug)]
pub struct MeasuredDesks {
    partition: String,
    pure: DeskPartition,
    /// Leases that ended and are not written yet.
    lost: u64,
}

impl MeasuredDesks {
    /// The partition with this number, as it is before the worker resumes it.
    pub fn new(partition: Partition) -> Self {
        Self { partition: partition.to_string(), pure: DeskPartition::default(), lost: 0 }
    }

    fn show(&self, agents: [usize; Presence::ALL.len()]) {
        for (presence, agents) in Presence::ALL.into_iter().zip(agents) {
            let partition = self.partition.clone();
            metrics::gauge!(names::AGENTS, "partition" => partition, "presence" => presence.name()).set(agents as f64);
        }
    }
}

impl PartitionCore for MeasuredDesks {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Undecodable> {
        self.pure.restore(key, value)
    }

    fn resume(&mut self, _position: &Position) {
        self.show(self.pure.core().agents());
    }

    fn step(&mut self, record: &Record, now: Timestamp) -> Result<Step, Undecodable> {
        let step = self.pure.step(record, now)?;
        self.lost += step.bodies.iter().filter(|body| is_loss(body)).count() as u64;
        Ok(step)
    }

    fn committed(&mut self, _position: &Position) {
        metrics::counter!(names::LEASES_LOST).increment(std::mem::take(&mut self.lost));
        self.show(self.pure.core().agents());
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.pure.next_wakeup()
    }
}

impl Drop for MeasuredDesks {
    /// Another process has the partition from now on, or this one takes it anew.
    fn drop(&mut self) {
        self.show([0; Presence::ALL.len()]);
    }
}

/// Whether an agent's lease ended.
const fn is_loss(body: &Body) -> bool {
    matches!(body, Body::Event(Event { fact: Fact::AgentPresence { reason: PresenceReason::LeaseLost, .. }, .. }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use metrics_exporter_prometheus::PrometheusBuilder;
    use usher_domain::desk::{AgentRecord, DeskAct, DeskInput, DirectoryEntry, PresenceSaid};
    use usher_domain::{AgentId, DeskId, Envelope, InputId, TenantId};

    use super::*;

    /// What happens at a desk at second 0, 1, 2, …
    fn acts() -> Vec<Body> {
        let li = AgentId::new("li");
        let online = PresenceSaid::new(li.clone(), Presence::Online);
        let entry = DirectoryEntry::Agent(AgentRecord::new(li));
        let acts = [
            DeskAct::Staged { revision: 1, entry },
            DeskAct::Applied { revision: 1, count: 1 },
            DeskAct::Presence(PresenceSaid { lease: Some(Duration::from_secs(1)), ..online }),
        ];
        let input = |act| {
            let (tenant, desk, id) = (TenantId::new("t"), DeskId::new("d"), InputId::derive(&[b"test"]));
            Body::Desk(DeskInput { tenant, desk, id, act })
        };
        acts.into_iter().map(input).chain([Body::Tick]).collect()
    }

    #[test]
    fn metrics_tell_how_agents_are_and_how_many_were_lost_once_that_stands() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let text = || recorder.handle().render();
        let tells = |line: &str| assert!(text().contains(line), "{line} is missing:\n{}", text());
        metrics::with_local_recorder(&recorder, || {
            let mut desks = MeasuredDesks::new(7);
            for (second, body) in (0..).zip(acts()) {
                let envelope = Envelope { cause: None, traceparent: None, body };
                let payload = Some(usher_proto::encode(&envelope));
                let record = Record { partition: 7, offset: second, timestamp_ms: 1_000 * second, key: None, payload };
                desks.step(&record, Timestamp::from_millis(1_000 * second)).expect("a record of this topic");
                if second == 2 {
                    desks.committed(&Position::at(3));
                    tells(r#"usher_desk_agents{partition="7",presence="online"} 1"#);
                    tells("usher_desk_leases_lost_total 0");
                }
            }
            tells(r#"usher_desk_agents{partition="7",presence="online"} 1"#);
            desks.committed(&Position::at(4));
            tells(r#"usher_desk_agents{partition="7",presence="online"} 0"#);
            tells(r#"usher_desk_agents{partition="7",presence="offline"} 1"#);
            tells("usher_desk_leases_lost_total 1");
        });
        metrics::with_local_recorder(&recorder, || drop(MeasuredDesks::new(7)));
        tells(r#"usher_desk_agents{partition="7",presence="offline"} 0"#);
    }
}
