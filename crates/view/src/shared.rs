//! A view that one thread keeps up to date while others look at it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use metrics::gauge;
use usher_broker::{Broker, BrokerError, ReadFrom, ReaderHandle};
use usher_domain::Timestamp;
use usher_domain::desk::Presence;
use usher_proto::topics::Topic;
use usher_runtime::worker::{Stop, clock};

use crate::view::{Keep, View};

/// How long one look at the topic takes at most; a stop is noticed after it.
const LOOK: Duration = Duration::from_millis(200);
/// How long the reader waits when the broker is away.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Records taken at one look.
const RECORDS_MAX: usize = 2_000;
/// How often the desks' numbers are told to metrics.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// Sessions that wait at a desk.
pub(crate) const WAITING: &str = "usher_view_waiting";
/// How long the one waits that has waited longest.
pub(crate) const OLDEST_WAIT_SECONDS: &str = "usher_view_oldest_wait_seconds";
/// Sessions that agents have.
pub(crate) const ASSIGNED: &str = "usher_view_assigned";
/// Agents by presence.
pub(crate) const AGENTS: &str = "usher_view_agents";

/// The view; a clone shows the same one.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    view: Arc<RwLock<Option<View>>>,
}

impl Shared {
    /// Looks at the view, once the topic has been read to where it ended at the start; `None` before, and while the topic
    /// can not be read.
    pub fn look<T>(&self, looks: impl FnOnce(&View) -> T) -> Option<T> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(looks)
    }

    fn put(&self, view: Option<View>) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
    }

    fn change(&self, change: impl FnOnce(&mut View)) {
        if let Some(view) = self.view.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            change(view);
        }
    }
}

/// Keeps the view up to date in the calling thread until asked to stop. A topic that can not be read is tried again, from
/// its start; nothing is shown meanwhile, so that nobody takes old numbers for new ones, and memory holds one view. Nothing
/// ends with it: whoever takes messages in can do so without a view.
pub fn follow<B: Broker>(broker: &B, prefix: &str, shared: &Shared, stop: &Stop) {
    let mut said = String::new();
    while !stop.is_asked() {
        let Err(error) = read(broker, prefix, shared, stop) else { return };
        shared.put(None);
        let problem = error.to_string();
        if problem != said {
            tracing::warn!(problem, "events can not be read: nobody sees desks in numbers until they can");
            said = problem;
        }
        std::thread::sleep(AGAIN_AFTER);
    }
}

fn read<B: Broker>(broker: &B, prefix: &str, shared: &Shared, stop: &Stop) -> Result<(), BrokerError> {
    let mut reader = broker.reader(&Topic::Events.name(prefix), ReadFrom::Start)?;
    let mut view = View::new(Keep::Running);
    while !reader.is_caught_up() {
        if stop.is_asked() {
            return Ok(());
        }
        reader.poll(RECORDS_MAX, LOOK)?.iter().for_each(|record| view.take(record));
    }
    shared.put(Some(view));
    let mut told = None;
    while !stop.is_asked() {
        let records = reader.poll(RECORDS_MAX, LOOK)?;
        if !records.is_empty() {
            shared.change(|view| records.iter().for_each(|record| view.take(record)));
        }
        if told.is_none_or(|told: Instant| told.elapsed() >= TOLD_EVERY) {
            shared.change(|view| view.forget_before(clock()));
            shared.look(|view| tell(view, clock()));
            told = Some(Instant::now());
        }
    }
    Ok(())
}

/// Numbers of whole desks only: a desk may have thousands of lines.
fn tell(view: &View, now: Timestamp) {
    for (tenant, desk, of) in view.desks() {
        let counts = of.counts(now, 0, 0);
        let labels = || [("tenant", tenant.to_string()), ("desk", desk.to_string())];
        let oldest = counts.all.oldest.map_or(0.0, |since| now.since(since).as_secs_f64());
        gauge!(WAITING, &labels()).set(counts.all.waiting as f64);
        gauge!(OLDEST_WAIT_SECONDS, &labels()).set(oldest);
        gauge!(ASSIGNED, &labels()).set(counts.all.assigned as f64);
        for presence in Presence::ALL {
            let [tenant, desk] = labels();
            let agents = counts.agents.get(&presence).copied().unwrap_or_default();
            gauge!(AGENTS, &[tenant, desk, ("presence", presence.name().to_owned())]).set(agents as f64);
        }
    }
}
