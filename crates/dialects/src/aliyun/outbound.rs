//! aliyun: what a customer's client is shown of a delivery. Nothing is sent: it waits until the client collects it.

use usher_domain::Delivery;

use crate::accounts::AliyunSettings;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome};

/// The first step of one attempt.
pub(crate) fn plan(_delivery: &Delivery, _settings: &AliyunSettings) -> Result<ProviderRequest, SendOutcome> {
    Err(SendOutcome::not_reachable("nothing can wait for a client of aliyun yet"))
}

/// Nothing is sent, so no answer can come.
pub(crate) fn answered(_delivery: &Delivery, _response: &ProviderResponse) -> SendOutcome {
    SendOutcome::rejected("an answer came although nothing is sent to clients of aliyun")
}
