//! easemob: delivery → REST send; nothing is sent yet.

use usher_domain::Delivery;

use crate::accounts::EasemobSettings;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome};

pub(crate) fn plan(_delivery: &Delivery, _settings: &EasemobSettings) -> Result<ProviderRequest, SendOutcome> {
    Err(SendOutcome::rejected("nothing is sent by easemob yet"))
}

pub(crate) fn answered(_delivery: &Delivery, response: &ProviderResponse) -> SendOutcome {
    SendOutcome::of_status(response).unwrap_or_else(SendOutcome::silent)
}
