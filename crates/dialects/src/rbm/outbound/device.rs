//! What a device can do, as the capability check tells it
//! (<https://developers.google.com/business-communications/rcs-business-messaging/guides/build/capabilities>).
//!
//! Words and suggested replies go to every device with RCS; cards and actions only where the device has them.

use serde_json::Value;
use usher_domain::content::ChoiceAction;

use crate::outbound::{ProviderResponse, SendOutcome};

/// What a device can do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Device {
    /// Names of its features; `None`: nobody has asked, so it is taken to have all.
    features: Option<Vec<String>>,
}

impl Device {
    /// A device that nobody has asked.
    pub(super) const fn able() -> Self {
        Self { features: None }
    }

    fn has(&self, feature: &str) -> bool {
        self.features.as_ref().is_none_or(|features| features.iter().any(|own| own == feature))
    }

    /// Whether it shows rich cards.
    pub(super) fn shows_cards(&self) -> bool {
        self.has("RICHCARD_STANDALONE")
    }

    /// Whether it does this when it is tapped.
    pub(super) fn does(&self, action: &ChoiceAction) -> bool {
        self.has(match action {
            ChoiceAction::OpenLink(_) => "ACTION_OPEN_URL",
            ChoiceAction::Dial(_) => "ACTION_DIAL",
            ChoiceAction::ShowPlace { .. } => "ACTION_VIEW_LOCATION",
            ChoiceAction::SharePlace => "ACTION_SHARE_LOCATION",
        })
    }
}

/// Reads the answer to the question. 404: the number has no RCS, or its network does not have the agent. That speaks of
/// now, not of what an earlier attempt may have brought.
pub(super) fn answered(response: &ProviderResponse) -> Result<Device, SendOutcome> {
    match SendOutcome::of_status(response) {
        None => Ok(Device { features: Some(features(&response.body)) }),
        Some(SendOutcome::NotReachable { .. }) => {
            Err(SendOutcome::not_reachable("RBM does not reach this number (capability check)"))
        }
        Some(other) => Err(other),
    }
}

/// The names in `features`; protobuf's JSON leaves out an empty list.
fn features(body: &[u8]) -> Vec<String> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let names = answer["features"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}
