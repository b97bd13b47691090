//! The end of files: folders of days that have passed are removed whole. Every replica does it; what another has removed
//! already is no error.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use metrics::counter;
use tokio::time::MissedTickBehavior;
use usher_dialects::media::day;
use usher_domain::Timestamp;
use usher_runtime::worker::clock;

use super::Media;
use crate::names;

/// How often it is looked.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

impl Media {
    /// Removes what has ended, now and every hour, for as long as it is polled.
    pub async fn sweep_on(&self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.sweep(clock()).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "files have reached their end and are removed"),
                Err(_) => tracing::warn!("files that have ended stay for now: the store does not answer"),
            }
        }
    }

    /// Removes the files of all days that have passed; tells how many they were.
    ///
    /// # Errors
    /// The store did not do it; some files may be gone.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, object_store::Error> {
        let last_kept = day(now).saturating_sub(self.rules.keep_days);
        let days = match self.store.inner.list_with_delimiter(Some(&self.store.root)).await {
            Ok(found) => found.common_prefixes,
            Err(object_store::Error::NotFound { .. }) => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut removed = 0;
        for folder in days {
            // What is not a day is not ours.
            let ours = folder.filename().and_then(|name| name.parse::<u32>().ok());
            if ours.is_none_or(|day| day >= last_kept) {
                continue;
            }
            let files = self.store.inner.list(Some(&folder)).map_ok(|file| file.location).boxed();
            let mut gone = self.store.inner.delete_stream(files);
            while let Some(gone) = gone.next().await {
                match gone {
                    Ok(_) => removed += 1,
                    Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        counter!(names::MEDIA_REMOVED).increment(removed);
        Ok(removed)
    }
}
