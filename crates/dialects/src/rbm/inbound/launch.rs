//! News of the agent itself: whether a carrier lets it send
//! (<https://developers.google.com/business-communications/rcs-business-messaging/reference/rest/v1/AgentLaunchEvent>).

use usher_domain::{AccountState, Body, Timestamp};

use super::Webhook;
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::id_within;
use crate::inbound::time;

/// Longest name of a region, in bytes: `/v1/regions/fi-rcs`.
const REGION_BYTES_MAX: usize = 256;

/// Reads a launch event. `None`: a step on the way to a launch, which changes nothing.
pub(super) fn read(webhook: &Webhook<'_>, fields: &Fields<'_>, now: Timestamp) -> Result<Option<Body>, Condition> {
    let in_service = match plain(fields.needed_text("newLaunchState")?) {
        "LAUNCHED" => true,
        "SUSPENDED" | "UNLAUNCHED" => false,
        "PENDING" | "REJECTED" => return Ok(None),
        _ => return Err(fields.wrong("newLaunchState", "is none that this version knows")),
    };
    let region = fields.filled_text("regionId")?.map(|region| id_within("regionId", region, REGION_BYTES_MAX));
    let said_at = fields
        .filled_text("sendTime")?
        .map(|text| time::rfc3339(text).ok_or_else(|| fields.wrong("sendTime", "must be an instant in RFC 3339 form")));
    Ok(Some(Body::AccountState(AccountState {
        tenant: webhook.account.tenant.clone(),
        account: webhook.account.account.clone(),
        region: region.transpose()?.unwrap_or_default().to_owned(),
        in_service,
        said_at: said_at.transpose()?.unwrap_or(now),
    })))
}

/// The reference names the states plainly; protobuf's usual spelling puts the enum's name before each.
fn plain(state: &str) -> &str {
    state.strip_prefix("LAUNCH_STATE_").unwrap_or(state)
}
