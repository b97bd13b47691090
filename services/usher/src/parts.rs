//! The parts of a process: threads and tasks that run until asked to stop. A part that ends unasked ends the process.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use usher_runtime::worker::{AtWork, Stop};

/// What is running.
pub(crate) struct Parts {
    stop: Stop,
    names: Vec<String>,
    workers: Vec<AtWork>,
    ended: (Sender<Ended>, Receiver<Ended>),
}

struct Ended {
    name: String,
    result: Result<()>,
}

impl Parts {
    pub(crate) fn new() -> Self {
        Self { stop: Stop::default(), names: Vec::new(), workers: Vec::new(), ended: channel() }
    }

    /// The sign by which all parts are asked to stop.
    pub(crate) fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The sign of one more worker among the parts.
    pub(crate) fn worker(&mut self) -> AtWork {
        let at_work = AtWork::default();
        self.workers.push(at_work.clone());
        at_work
    }

    /// The signs of all workers.
    pub(crate) fn workers(&self) -> Vec<AtWork> {
        self.workers.clone()
    }

    /// Starts a part on a thread of its own.
    pub(crate) fn thread(&mut self, name: &str, work: impl FnOnce(Stop) -> Result<()> + Send + 'static) -> Result<()> {
        let (stop, ended, own_name) = (self.stop(), self.ended.0.clone(), name.to_owned());
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(stop)));
                let result = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("panicked; the log has the place")));
                // Nobody listens any more only when the process is already on its way out.
                let _ = ended.send(Ended { name: own_name, result });
            })
            .with_context(|| format!("the thread {name} can not be started"))?;
        self.names.push(name.to_owned());
        Ok(())
    }

    /// Waits up to `wait` for a part to end unasked; that is an error, whatever it ended with.
    pub(crate) fn watch(&mut self, wait: Duration) -> Result<()> {
        match self.ended.1.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(()),
            Ok(Ended { name, result }) => {
                self.names.retain(|running| *running != name);
                result.with_context(|| name.clone())?;
                bail!("{name} ended unasked")
            }
        }
    }

    /// Asks all parts to stop and waits for them.
    pub(crate) fn end(mut self, within: Duration) -> Result<()> {
        self.stop.now();
        let until = Instant::now() + within;
        while !self.names.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(Ended { name, result }) = self.ended.1.recv_timeout(left) else {
                bail!("still running after {} s: {}", within.as_secs(), self.names.join(", "));
            };
            self.names.retain(|running| *running != name);
            result.with_context(|| name.clone())?;
        }
        Ok(())
    }
}
