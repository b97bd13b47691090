//! Choices as suggested replies and actions.

use serde_json::{Value, json};
use usher_domain::content::{Choice, ChoiceAction};

use crate::outbound::SendOutcome;
use crate::outbound::limits::{RBM_LABEL_CHARS_MAX, RBM_POSTBACK_CHARS_MAX};

/// A suggestion, if its words are short enough: nothing is cut.
pub(super) fn of(choice: &Choice) -> Result<Value, SendOutcome> {
    within("label", choice.label.as_str(), RBM_LABEL_CHARS_MAX)?;
    within("postback", choice.postback.as_str(), RBM_POSTBACK_CHARS_MAX)?;
    let mut said = json!({ "text": choice.label.as_str(), "postbackData": choice.postback.as_str() });
    let Some(action) = &choice.action else { return Ok(json!({ "reply": said })) };
    match action {
        ChoiceAction::OpenLink(link) => said["openUrlAction"] = json!({ "url": link.as_str() }),
        ChoiceAction::Dial(number) => said["dialAction"] = json!({ "phoneNumber": number.as_str() }),
        ChoiceAction::ShowPlace { latitude, longitude } => {
            let degrees = |text: &str| text.parse::<f64>().map_err(|_| not_a_place());
            said["viewLocationAction"] = json!({
                "latLong": { "latitude": degrees(latitude.as_str())?, "longitude": degrees(longitude.as_str())? },
            });
        }
        ChoiceAction::SharePlace => said["shareLocationAction"] = json!({}),
    }
    Ok(json!({ "action": said }))
}

fn not_a_place() -> SendOutcome {
    SendOutcome::not_reachable("latitude and longitude must be degrees as decimal text")
}

fn within(what: &str, text: &str, most: usize) -> Result<(), SendOutcome> {
    let length = text.chars().count();
    if (1..=most).contains(&length) {
        return Ok(());
    }
    Err(SendOutcome::not_reachable(format!("a choice's {what} has {length} characters, rbm takes 1 to {most}")))
}
