//! The worker of topic `reports`. What belongs together is decided in `usher-delivery-core`.

use usher_broker::{Broker, WorkerSpec};
use usher_delivery_core::reports::ReportsCore;
use usher_proto::topics::Topic;
use usher_runtime::worker::{AtWork, Cadence, PurePartition, Stop, Worker, WorkerError, run};

/// Who a worker of reports is: `process` is the process's stable name, `thread` counts from 0.
pub fn spec(prefix: &str, process: &str, thread: usize) -> WorkerSpec {
    WorkerSpec {
        name: format!("{prefix}.reports.{process}.{thread}"),
        group: format!("{prefix}.reports"),
        input: Topic::Reports.name(prefix),
        state: Some(Topic::ReportsState.name(prefix)),
    }
}

/// Runs one worker in the calling thread until it is asked to stop.
pub fn work<B: Broker>(
    broker: &B,
    prefix: &str,
    spec: WorkerSpec,
    cadence: Cadence,
    stop: &Stop,
    at_work: &AtWork,
) -> Result<(), WorkerError> {
    let handle = broker.worker(&spec)?;
    let new_core = |_| PurePartition::<ReportsCore>::default();
    run(&mut Worker::new(handle, spec, prefix, cadence, new_core), stop, at_work)
}
