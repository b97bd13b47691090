//! `account_state.proto`.

use usher_domain::{AccountId, AccountState, TenantId, Timestamp};

use crate::error::DecodeError;
use crate::field::name;
use crate::wire;

impl From<&AccountState> for wire::AccountState {
    fn from(state: &AccountState) -> Self {
        Self {
            tenant: state.tenant.to_string(),
            account: state.account.to_string(),
            region: state.region.clone(),
            in_service: state.in_service,
            said_at_ms: state.said_at.millis(),
        }
    }
}

impl TryFrom<wire::AccountState> for AccountState {
    type Error = DecodeError;

    fn try_from(state: wire::AccountState) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", state.tenant, TenantId::new)?,
            account: name("account", state.account, AccountId::new)?,
            region: state.region,
            in_service: state.in_service,
            said_at: Timestamp::from_millis(state.said_at_ms),
        })
    }
}
