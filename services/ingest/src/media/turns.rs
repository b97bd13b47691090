//! Turns: a file that is taken in, or told in JSON, stands in memory in part or whole, so only so many do at once. One
//! tenant has at most half of the turns: however slow its visitors are, and however many, another's files move.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use usher_dialects::condition::Condition;
use usher_domain::TenantId;

use super::unavailable;

/// How long a request waits for its turn. A caller who is refused in the middle of a large body often sees a broken
/// connection instead of the answer, so a short rush is better waited for; nothing of the body is read meanwhile.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// Most requests that wait for their turn: each holds a connection, and no more than that.
const WAITING_MAX: usize = 128;

/// The turns of all tenants.
#[derive(Debug)]
pub(super) struct Turns {
    at_once: Places,
    /// Places of those that wait for their turn.
    waiting: Places,
    within: Duration,
}

impl Turns {
    pub(super) fn new(at_once_max: usize) -> Self {
        Self { at_once: Places::new(at_once_max), waiting: Places::new(WAITING_MAX), within: TURN_WITHIN }
    }

    pub(super) fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    pub(super) fn with_waiting_max(self, waiting_max: usize) -> Self {
        Self { waiting: Places::new(waiting_max), ..self }
    }

    /// The turn of one file of this tenant; it is over when this is dropped.
    pub(super) async fn take(&self, tenant: &TenantId) -> Result<Place, Condition> {
        let too_many = || unavailable("too many files are under way");
        if let Some(turn) = self.at_once.try_take(tenant) {
            return Ok(turn);
        }
        let _place = self.waiting.try_take(tenant).ok_or_else(too_many)?;
        let turn = tokio::time::timeout(self.within, self.at_once.take(tenant)).await;
        turn.map_err(|_| too_many())?.map_err(|_| Condition::Internal)
    }
}

/// A place of a tenant's share, and one of all.
#[derive(Debug)]
pub(super) struct Place {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// So many places, half of them for one tenant.
#[derive(Debug)]
struct Places {
    all: Arc<Semaphore>,
    share: usize,
    /// As many as there are tenants: only who has shown whose they are gets here.
    shares: Mutex<BTreeMap<TenantId, Arc<Semaphore>>>,
}

impl Places {
    fn new(places: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(places)), share: places.div_ceil(2), shares: Mutex::default() }
    }

    fn share(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares.entry(tenant.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.share)));
        Arc::clone(share)
    }

    fn try_take(&self, tenant: &TenantId) -> Option<Place> {
        let own = self.share(tenant).try_acquire_owned().ok()?;
        let of_all = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Place { _own: own, _of_all: of_all })
    }

    async fn take(&self, tenant: &TenantId) -> Result<Place, AcquireError> {
        // The own one first: who waits for it keeps no other tenant from one of all.
        let own = self.share(tenant).acquire_owned().await?;
        let of_all = Arc::clone(&self.all).acquire_owned().await?;
        Ok(Place { _own: own, _of_all: of_all })
    }
}
