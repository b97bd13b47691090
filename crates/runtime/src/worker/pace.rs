//! How long a poll waits, and which partitions are not read for now.

use std::time::Duration;

use usher_broker::{Partition, WorkerHandle};
use usher_domain::Timestamp;

use super::core::PartitionCore;
use super::{Worker, WorkerError};

impl<H, C, F> Worker<H, C, F>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    /// Until something may have happened outside, or until the next deadline.
    pub(super) fn wait(&self, clock: Timestamp) -> Duration {
        if self.is_busy() {
            return self.cadence.busy_wait;
        }
        // Where a tick is under way, its coming back ends the poll.
        let quiet = self.slots.values().filter(|slot| !slot.has_tick_under_way(clock));
        let until_wakeup = quiet.filter_map(|slot| slot.core.next_wakeup()).min();
        until_wakeup.map_or(self.cadence.idle_wait, |at| at.since(clock).min(self.cadence.idle_wait))
    }

    /// Pauses the partitions whose cores are full, and resumes those that no longer are.
    pub(super) fn pause_full(&mut self) -> Result<(), WorkerError> {
        let changed = |paused: bool| {
            let slots = self.slots.iter().filter(move |(_, slot)| slot.paused != slot.core.is_full());
            slots.filter(move |(_, slot)| slot.paused == paused).map(|(partition, _)| *partition).collect()
        };
        let (resume, pause): (Vec<Partition>, Vec<Partition>) = (changed(true), changed(false));
        if !pause.is_empty() {
            self.handle.pause(&pause)?;
            self.note_paused(&pause, true);
        }
        if !resume.is_empty() {
            self.handle.resume(&resume)?;
            self.note_paused(&resume, false);
        }
        Ok(())
    }

    fn note_paused(&mut self, partitions: &[Partition], paused: bool) {
        for partition in partitions {
            if let Some(slot) = self.slots.get_mut(partition) {
                slot.paused = paused;
            }
        }
    }
}
