//! Tokens of providers, kept for the whole process: one call for all who need the same token, renewed before it ends,
//! dropped when a provider does not take it.
//!
//! A token call that fails never costs a message its certainty: nothing of the attempt was sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use secrecy::SecretString;
use usher_dialects::outbound::{SendOutcome, Token, TokenGrant};
use usher_domain::Timestamp;

use crate::call::{NoResponse, call};

/// Of a token's life this much, in hundredths, passes before another is fetched.
const RENEWED_AFTER_PERCENT: u32 = 80;
/// How long a token that is still good is used before its renewal is tried again.
const RENEWAL_PAUSE: Duration = Duration::from_secs(5);

/// All tokens of a process; a clone shares them.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<Mutex<BTreeMap<String, Arc<Slot>>>>);

/// What is kept of one grant.
#[derive(Debug, Default)]
struct Slot {
    /// Held while a token is fetched: others wait for it, or go on with the one that is still good.
    fetching: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    /// Counts what came of fetching, good or bad: who waited for a fetch shares its end.
    ends: u64,
    /// How the last fetch ended, if badly.
    failure: Option<SendOutcome>,
}

#[derive(Debug, Clone)]
struct Held {
    value: SecretString,
    /// The fetch that it came of.
    fetch: u64,
    renew_at: Timestamp,
    ends_at: Timestamp,
}

/// A token in use; it is known again when a provider does not take it.
#[derive(Debug, Clone)]
pub(crate) struct InUse {
    pub(crate) value: SecretString,
    fetch: u64,
}

impl Tokens {
    /// A token for requests with this grant; `now` is the worker's clock.
    ///
    /// # Errors
    /// `Rejected` when the provider refuses our credentials, `Retry` for all else: there is none now.
    pub(crate) async fn token(
        &self,
        client: &Client,
        grant: &TokenGrant,
        now: Timestamp,
    ) -> Result<InUse, SendOutcome> {
        let slot = self.slot(grant);
        let (held, ends) = slot.seen();
        match held.filter(|held| now < held.ends_at) {
            Some(held) if now < held.renew_at => Ok(held.into()),
            Some(held) => match slot.fetching.try_lock() {
                Ok(_alone) => Ok(slot.fetch(client, grant, now).await.unwrap_or_else(|_| slot.keep_on(held, now))),
                Err(_) => Ok(held.into()),
            },
            None => {
                let _alone = slot.fetching.lock().await;
                match slot.ended_since(ends, now) {
                    Some(shared) => shared,
                    None => slot.fetch(client, grant, now).await,
                }
            }
        }
    }

    /// The provider did not take this token: it is not given out again.
    pub(crate) fn drop_token(&self, grant: &TokenGrant, refused: &InUse) {
        let slot = self.slot(grant);
        let mut state = slot.state();
        state.held.take_if(|held| held.fetch == refused.fetch);
    }

    fn slot(&self, grant: &TokenGrant) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(grant.key().to_owned()).or_default())
    }
}

impl Slot {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> (Option<Held>, u64) {
        let state = self.state();
        (state.held.clone(), state.ends)
    }

    /// What came of a fetch that ended while somebody waited for it.
    fn ended_since(&self, ends: u64, now: Timestamp) -> Option<Result<InUse, SendOutcome>> {
        let state = self.state();
        if state.ends == ends {
            return None;
        }
        match (&state.held, &state.failure) {
            (Some(held), _) if now < held.ends_at => Some(Ok(held.clone().into())),
            (_, Some(failure)) => Some(Err(failure.clone())),
            _ => None,
        }
    }

    async fn fetch(&self, client: &Client, grant: &TokenGrant, now: Timestamp) -> Result<InUse, SendOutcome> {
        let fetched = ask(client, grant, now).await;
        let mut state = self.state();
        state.ends += 1;
        match fetched {
            Ok(Token { value, lifetime }) => {
                let renew_at = now.plus(lifetime.saturating_mul(RENEWED_AFTER_PERCENT) / 100);
                let held = Held { value, fetch: state.ends, renew_at, ends_at: now.plus(lifetime) };
                state.failure = None;
                state.held = Some(held.clone());
                Ok(held.into())
            }
            Err(failure) => {
                tracing::warn!(grant = grant.name(), ?failure, "no token");
                state.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    /// Goes on with a token that is still good although another could not be fetched; a pause lies before the next try.
    fn keep_on(&self, held: Held, now: Timestamp) -> InUse {
        if let Some(kept) = &mut self.state().held {
            kept.renew_at = now.plus(RENEWAL_PAUSE);
        }
        held.into()
    }
}

impl From<Held> for InUse {
    fn from(held: Held) -> Self {
        Self { value: held.value, fetch: held.fetch }
    }
}

/// Makes the token call.
async fn ask(client: &Client, grant: &TokenGrant, now: Timestamp) -> Result<Token, SendOutcome> {
    let retry = |reason: &str| SendOutcome::Retry { reason: reason.to_owned(), after: None };
    match call(client, grant.request(now)?).await {
        Ok(response) => grant.answered(&response),
        Err(NoResponse::Malformed(reason)) => Err(SendOutcome::rejected(reason)),
        Err(NoResponse::NoConnection) => Err(retry("no connection to where tokens are given")),
        Err(NoResponse::NoAnswer) => Err(retry("no answer from where tokens are given")),
    }
}
