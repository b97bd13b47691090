//! Time that passes while nothing is written: when the worker's own clock says that a deadline is due, it appends one
//! tick to that partition of its input topic. The deadline fires when the tick, or any later record, is read; so an
//! early tick does nothing and a lost one is sent again.

use usher_broker::{Partition, WorkerHandle};
use usher_domain::{Body, Envelope, Timestamp};

use super::core::PartitionCore;
use super::slot::{Slot, Tick};
use super::{Worker, WorkerError};

impl<H, C, F> Worker<H, C, F>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    pub(super) fn append_ticks(&mut self, clock: Timestamp) -> Result<(), WorkerError> {
        // Without a state topic the core's time is this clock: it needs no record to notice.
        if self.spec.state.is_none() {
            return Ok(());
        }
        for (partition, slot) in &mut self.slots {
            if let Some(deadline) = due(slot, clock) {
                slot.ticked = Some(Tick { at: clock, deadline });
                let tick = Envelope { cause: None, traceparent: None, body: Body::Tick };
                self.handle.append(*partition, usher_proto::encode(&tick))?;
            }
        }
        Ok(())
    }
}

/// Due by the worker's clock, or left over by a step that had too much to do.
fn due<C: PartitionCore>(slot: &Slot<C>, clock: Timestamp) -> Option<Timestamp> {
    let next = slot.core.next_wakeup().filter(|at| *at <= clock.max(slot.now));
    next.filter(|_| !slot.has_tick_under_way(clock))
}
