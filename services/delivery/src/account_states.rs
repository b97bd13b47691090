//! Which accounts their vendors let send, as topic `account-states` says. A message of one that is out of service ends
//! without a call.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use usher_broker::{Broker, BrokerError};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{AccountId, AccountState, Body, Delivery, TenantId, Timestamp};
use usher_proto::topics::Topic;
use usher_runtime::worker::Stop;

use crate::follow::follow;

/// A view of what was said; a clone shares it.
#[derive(Debug, Clone, Default)]
pub struct AccountStates(Arc<RwLock<BTreeMap<(TenantId, AccountId), Regions>>>);

/// The newest word of each region: when, and whether the account is in service there.
type Regions = BTreeMap<String, (Timestamp, bool)>;

impl AccountStates {
    /// Takes what was said, unless something newer of the region is known.
    pub fn learn(&self, state: AccountState) {
        let AccountState { tenant, account, region, in_service, said_at } = state;
        let mut states = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let regions = states.entry((tenant, account)).or_default();
        let is_older = regions.get(&region).is_some_and(|(newest, _)| said_at < *newest);
        if !is_older {
            regions.insert(region, (said_at, in_service));
        }
    }

    /// Whether the delivery is a message by a channel that its vendor has taken out of service: some region says so, and
    /// none says that the account is in service there.
    pub(crate) fn stop(&self, delivery: &Delivery) -> bool {
        let is_message = matches!(delivery.order, Order::Message { .. });
        if !is_message || !matches!(delivery.target, DeliveryTarget::Channel { .. }) {
            return false;
        }
        let states = self.0.read().unwrap_or_else(PoisonError::into_inner);
        states
            .get(&(delivery.tenant.clone(), delivery.account.clone()))
            .is_some_and(|regions| regions.values().all(|(_, in_service)| !in_service))
    }
}

/// Follows the topic in the calling thread until asked to stop.
///
/// # Errors
/// What waiting for the broker does not mend.
pub fn follow_account_states<B: Broker>(
    broker: &B,
    prefix: &str,
    states: &AccountStates,
    stop: &Stop,
) -> Result<(), BrokerError> {
    follow(broker, prefix, Topic::AccountStates, stop, |body| {
        let Body::AccountState(state) = body else { return false };
        tracing::info!(
            tenant = %state.tenant,
            account = %state.account,
            region = state.region,
            in_service = state.in_service,
            "an account's vendor has spoken"
        );
        states.learn(state);
        true
    })
}
