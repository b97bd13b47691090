//! A broker in memory that keeps the whole contract, under a clock that is an argument, and that can be told to
//! misbehave. For demo, tests and simulation.
//!
//! With a poll that waits for nothing, no call blocks, so one thread can drive many workers under [`VirtualClock`].
//! Sessions and transactions time out after 10 s of the broker's clock. A handle that is dropped is a worker that was
//! killed: its transaction stays open and its partitions stay with its name until then.

mod faults;
mod group;
mod log;
mod reader;
mod sender;
mod state;
mod transaction;
mod worker;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use log::Headers;
pub use reader::MemoryReader;
pub use sender::MemorySender;
pub use worker::MemoryWorker;

use crate::{Broker, BrokerError, ReadFrom, TopicSpec, WorkerSpec};
use state::State;

/// Tells the time in milliseconds since the epoch. It is asked under the broker's lock, so it must not call the broker.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How long one sleep lasts while time alone may change something: clocks do not wake sleepers.
const NAP: Duration = Duration::from_millis(5);
/// How long a restore on the system's clock waits for somebody's open transaction.
const SYSTEM_PATIENCE: Duration = Duration::from_millis(500);

/// The broker. Clones are the same broker.
#[derive(Clone)]
pub struct MemoryBroker {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    clock: Clock,
    patience: Duration,
}

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct VirtualClock(Arc<AtomicI64>);

impl VirtualClock {
    /// A clock that shows `now_ms`.
    pub fn at(now_ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(now_ms)))
    }

    /// What it shows, in milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Moves it on.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Sets it.
    pub fn set(&self, now_ms: i64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }

    /// It as an argument for [`MemoryBroker::new`].
    pub fn as_clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now_ms())
    }
}

impl MemoryBroker {
    /// A broker under this clock. It waits only where a poll says so: a restore that meets an open transaction is
    /// answered with `Blocked` at once.
    pub fn new(clock: Clock) -> Self {
        Self::with_patience(clock, Duration::ZERO)
    }

    /// A broker under the system's clock.
    pub fn system() -> Self {
        Self::with_patience(Arc::new(system_ms), SYSTEM_PATIENCE)
    }

    /// A broker under a clock that stands at `now_ms`, and that clock.
    pub fn under_virtual_time(now_ms: i64) -> (Self, VirtualClock) {
        let clock = VirtualClock::at(now_ms);
        (Self::new(clock.as_clock()), clock)
    }

    fn with_patience(clock: Clock, patience: Duration) -> Self {
        let shared = Shared { state: Mutex::default(), changed: Condvar::new(), clock, patience };
        Self { shared: Arc::new(shared) }
    }

    /// Runs one step at the clock's time, after everything that was due by then, and wakes those who wait.
    fn change<T>(&self, step: impl FnOnce(&mut State, i64) -> T) -> T {
        let (mut state, now_ms) = self.lock();
        let result = step(&mut state, now_ms);
        drop(state);
        self.shared.changed.notify_all();
        result
    }

    /// Looks again and again, at each change, until `look` finds something or `wait` is over.
    fn wait_for<T>(
        &self,
        wait: Duration,
        mut look: impl FnMut(&mut State) -> Result<Option<T>, BrokerError>,
    ) -> Result<Option<T>, BrokerError> {
        let start = Instant::now();
        let (mut state, _) = self.lock();
        loop {
            if let Some(found) = look(&mut state)? {
                return Ok(Some(found));
            }
            let left = wait.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            let nap = if state.awaits_time() { left.min(NAP) } else { left };
            state = self.shared.changed.wait_timeout(state, nap).unwrap_or_else(PoisonError::into_inner).0;
            state.settle((self.shared.clock)());
        }
    }

    /// The state at the clock's time.
    fn lock(&self) -> (MutexGuard<'_, State>, i64) {
        // A test that panicked in another thread has left the state whole: no step stops in the middle.
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = (self.shared.clock)();
        state.settle(now_ms);
        (state, now_ms)
    }
}

impl std::fmt::Debug for MemoryBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryBroker")
    }
}

impl Broker for MemoryBroker {
    type Worker = MemoryWorker;
    type Sender = MemorySender;
    type Reader = MemoryReader;

    fn worker(&self, spec: &WorkerSpec) -> Result<MemoryWorker, BrokerError> {
        MemoryWorker::join(self.clone(), spec.clone())
    }

    fn sender(&self) -> Result<MemorySender, BrokerError> {
        Ok(MemorySender::new(self.clone()))
    }

    fn reader(&self, topic: &str, from: ReadFrom) -> Result<MemoryReader, BrokerError> {
        MemoryReader::new(self.clone(), topic, from)
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> Result<(), BrokerError> {
        self.change(|state, _| topics.iter().try_for_each(|topic| state.create(topic)))
    }

    fn describe_topics(&self, prefix: &str) -> Result<Vec<TopicSpec>, BrokerError> {
        self.change(|state, _| {
            Ok(state.topics().map(|topic| &topic.spec).filter(|spec| spec.name.starts_with(prefix)).cloned().collect())
        })
    }

    fn delete_topics(&self, names: &[String]) -> Result<(), BrokerError> {
        self.change(|state, _| names.iter().for_each(|name| state.delete(name)));
        Ok(())
    }
}

fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
