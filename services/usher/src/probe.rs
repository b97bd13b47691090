//! Readiness: the broker is there with the right topics, and every worker has taken up what it was assigned. Liveness
//! does not follow it, because a restart would not bring a broker back.

use std::time::{Duration, Instant};

use anyhow::Result;
use usher_broker::Broker;
use usher_runtime::admin::Readiness;
use usher_runtime::worker::{AtWork, Stop};

use crate::topics;

/// How often the broker is asked whether it is there.
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// How often the workers are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is asked, and who is told.
pub(crate) struct Probe<B> {
    pub(crate) broker: B,
    pub(crate) prefix: String,
    /// Where the broker should be, for the log.
    pub(crate) brokers: String,
    pub(crate) workers: Vec<AtWork>,
    pub(crate) readiness: Readiness,
}

impl<B: Broker> Probe<B> {
    /// Looks until asked to stop; each change is a line in the log.
    pub(crate) fn run(&self, stop: &Stop) -> Result<()> {
        let mut asked: Option<(Instant, Option<String>)> = None;
        let mut said = None;
        while !stop.is_asked() {
            if asked.as_ref().is_none_or(|(at, _)| at.elapsed() >= PROBE_EVERY) {
                asked = Some((Instant::now(), self.ask_broker()));
            }
            let problem = asked.as_ref().and_then(|(_, problem)| problem.clone()).or_else(|| self.look_at_workers());
            self.readiness.set(problem.is_none());
            if said.as_ref() != Some(&problem) {
                self.tell(problem.as_deref());
                said = Some(problem);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    fn ask_broker(&self) -> Option<String> {
        topics::check(&self.broker, &self.prefix).err().map(|error| format!("{error:#}"))
    }

    fn look_at_workers(&self) -> Option<String> {
        let missing = self.workers.iter().filter(|worker| !worker.is_set()).count();
        (missing > 0).then(|| format!("{missing} of {} workers have not taken up their partitions", self.workers.len()))
    }

    fn tell(&self, problem: Option<&str>) {
        match problem {
            None => tracing::info!("ready: the broker is there, the topics are right, the workers are at work"),
            Some(problem) => tracing::warn!(problem, kafka.brokers = self.brokers, "not ready"),
        }
    }
}

#[cfg(test)]
mod tests {
    use usher_broker::memory::MemoryBroker;
    use usher_runtime::worker::Cadence;

    use super::*;
    use crate::parts::Parts;
    use crate::services::{self, Identity};

    fn eventually(what: &str, condition: impl Fn() -> bool) {
        let began = Instant::now();
        while !condition() {
            assert!(began.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn probe(broker: &MemoryBroker, workers: Vec<AtWork>) -> Probe<MemoryBroker> {
        Probe {
            broker: broker.clone(),
            prefix: "p".to_owned(),
            brokers: "memory".to_owned(),
            workers,
            readiness: Readiness::default(),
        }
    }

    #[test]
    fn a_service_is_ready_when_its_workers_have_their_partitions_and_not_before() {
        let broker = MemoryBroker::system();
        topics::apply(&broker, "p").expect("new topics");
        let mut parts = Parts::new();
        let identity =
            Identity { prefix: "p".to_owned(), name: "n".to_owned(), threads: 2, cadence: Cadence::default() };
        services::start_routing(&mut parts, &broker, &identity).expect("threads start");
        let idle = AtWork::default();
        let workers = parts.workers();
        assert_eq!(workers.len(), 4, "two topics, two threads each");
        let whole = probe(&broker, workers.clone());
        let waiting = probe(&broker, workers.into_iter().chain([idle]).collect());
        let (ready, never) = (whole.readiness.clone(), waiting.readiness.clone());
        parts.thread("whole", move |stop| whole.run(&stop)).expect("a thread starts");
        parts.thread("waiting", move |stop| waiting.run(&stop)).expect("a thread starts");
        eventually("all workers are at work", || ready.is_set());
        assert!(!never.is_set(), "one worker has no assignment yet");
        parts.end(Duration::from_secs(15)).expect("all parts end");
    }
}
