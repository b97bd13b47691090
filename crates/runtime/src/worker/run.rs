//! The loop around a worker's turns: its clock, and how it stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use usher_broker::{Partition, WorkerHandle};
use usher_domain::Timestamp;

use super::at_work::{AtWork, Witness};
use super::core::PartitionCore;
use super::{Worker, WorkerError};

/// Asks workers to stop; shared by all parts of a process.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on every loop that looks ends.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The worker's own clock.
pub fn clock() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// How long outside calls may go on after a stop was asked.
const WIND_DOWN_WITHIN: Duration = Duration::from_secs(10);

/// How long to wait after a broker was not reachable: one that refuses at once would be asked without a pause.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Turns until asked to stop, then winds down. `at_work` says meanwhile whether the worker does its work.
pub fn run<H, C, F>(worker: &mut Worker<H, C, F>, stop: &Stop, at_work: &AtWork) -> Result<(), WorkerError>
where
    H: WorkerHandle,
    C: PartitionCore,
    F: FnMut(Partition) -> C,
{
    let mut witness = Witness::new(at_work);
    while !stop.is_asked() {
        let turn = worker.turn(clock());
        witness.saw(&turn);
        match turn {
            Ok(_) => {}
            Err(WorkerError::Broker(usher_broker::BrokerError::Unavailable(reason))) => {
                tracing::warn!(reason, "the broker is not reachable: waiting for it");
                std::thread::sleep(TRY_AGAIN_AFTER);
            }
            Err(error) => return Err(error),
        }
    }
    match worker.wind_down(WIND_DOWN_WITHIN, clock) {
        // What could not be committed is done again by whoever comes next.
        Err(WorkerError::Broker(usher_broker::BrokerError::Unavailable(reason))) => {
            tracing::warn!(reason, "the broker is not reachable: stopping without it");
            Ok(())
        }
        ended => ended,
    }
}
