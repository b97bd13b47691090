//! Time that passes while nothing is written: when the worker's own clock says that a deadline is due, it appends one
//! tick to that partition of its input topic. The deadline fires when the tick, or any later record, is read; so an
//! early tick does nothing and a lost one is sent again.

use std::time::Duration;

use usher_broker::{Partition, WorkerHandle};
use usher_domain::{Body, Envelope, Timestamp};

use super::core::PartitionCore;
use super::slot::Slot;
use super::{Worker, WorkerError};

/// A tick that has not come back after this is sent again.
const REPEAT_AFTER: Duration = Duration::from_secs(1);

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
            if is_due(slot, clock) {
                slot.ticked_at = Some(clock);
                let tick = Envelope { cause: None, traceparent: None, body: Body::Tick };
                self.handle.append(*partition, usher_proto::encode(&tick))?;
            }
        }
        Ok(())
    }
}

/// Due by the worker's clock, or left over by a step that had too much to do.
fn is_due<C: PartitionCore>(slot: &Slot<C>, clock: Timestamp) -> bool {
    let waits = slot.ticked_at.is_some_and(|ticked| clock < ticked.plus(REPEAT_AFTER));
    !waits && slot.core.next_wakeup().is_some_and(|at| at <= clock.max(slot.now))
}
