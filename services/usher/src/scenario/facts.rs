//! What the topic `events` says, as it comes: read from outside, like any other team would.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;
use usher_broker::{Broker, ReadFrom, ReaderHandle};
use usher_domain::{Body, Event};
use usher_proto::topics::Topic;

use super::timeline::Timeline;

/// Every event since the start, growing.
#[derive(Clone)]
pub struct Facts {
    seen: Arc<Mutex<Vec<Event>>>,
    count: watch::Receiver<usize>,
}

impl Facts {
    /// Follows the events under `prefix` on a thread of its own, until the last handle is dropped; each goes to the
    /// timeline as it comes.
    pub fn follow<B: Broker>(broker: &B, prefix: &str, timeline: Timeline) -> Result<Self> {
        let mut reader = broker.reader(&Topic::Events.name(prefix), ReadFrom::Start)?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (told, count) = watch::channel(0);
        let kept = Arc::clone(&seen);
        std::thread::Builder::new().name("events".to_owned()).spawn(move || {
            while !told.is_closed() {
                let Ok(records) = reader.poll(500, Duration::from_millis(100)) else { continue };
                let events = records.iter().filter_map(|record| event(record.payload.as_deref()));
                for event in events {
                    timeline.fact(&event);
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push(event);
                    told.send_replace(kept.len());
                }
            }
        })?;
        Ok(Self { seen, count })
    }

    /// Waits until an event answers `find`; fails with `what`, a sentence for what did not happen.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        within: Duration,
        mut find: impl FnMut(&Event) -> Option<T>,
    ) -> Result<T> {
        let mut count = self.count.clone();
        let search = async {
            let mut looked_at = 0;
            loop {
                let found = {
                    let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                    let found = seen[looked_at..].iter().find_map(&mut find);
                    looked_at = seen.len();
                    found
                };
                if let Some(found) = found {
                    return Some(found);
                }
                count.changed().await.ok()?;
            }
        };
        match tokio::time::timeout(within, search).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => bail!("{what}: the events ended"),
            Err(_) => bail!("{what} (waited {} s for the event)", within.as_secs_f32()),
        }
    }

    /// Every event so far that `find` answers.
    pub fn all<T>(&self, find: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(find).collect()
    }
}

fn event(payload: Option<&[u8]>) -> Option<Event> {
    match usher_proto::decode(payload?).ok()?.body {
        Body::Event(event) => Some(event),
        _ => None,
    }
}
