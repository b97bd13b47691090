//! The shapes and limits that all dialects share: ids, words, phone numbers, visitors. Each refusal names the field.

use serde_json::Value;
use usher_domain::content::Private;
use usher_domain::{PhoneNumber, VisitorId};

use crate::accounts::ChannelSettings;
use crate::condition::Condition;

/// Longest id that a caller may choose, in bytes.
pub(crate) const ID_BYTES_MAX: usize = 128;
/// Longest text, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Longest name that is shown, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 256;

/// Longest address of a visitor's picture, in characters (Huawei `senderAvatar`).
const AVATAR_CHARS_MAX: usize = 1_024;

/// An id: 1 to 128 bytes, no control characters.
pub(crate) fn id<'a>(field: &str, text: &'a str) -> Result<&'a str, Condition> {
    id_within(field, text, ID_BYTES_MAX)
}

/// An id of 1 to `bytes_max` bytes, without control characters.
pub(crate) fn id_within<'a>(field: &str, text: &'a str, bytes_max: usize) -> Result<&'a str, Condition> {
    if text.is_empty() || text.len() > bytes_max {
        return Err(Condition::invalid(field, format!("must have 1 to {bytes_max} bytes")));
    }
    if text.chars().any(char::is_control) {
        return Err(Condition::invalid(field, "must not contain control characters"));
    }
    Ok(text)
}

/// Something to be shown: not empty, at most `bytes_max` bytes, without U+0000, which no channel carries.
pub(crate) fn words<'a>(field: &str, text: &'a str, bytes_max: usize) -> Result<&'a str, Condition> {
    if text.is_empty() || text.len() > bytes_max {
        return Err(Condition::invalid(field, format!("must have 1 to {bytes_max} bytes")));
    }
    if text.contains('\0') {
        return Err(Condition::invalid(field, "must not contain U+0000"));
    }
    Ok(text)
}

/// Where a picture of somebody is, when somebody tells it.
pub(crate) fn avatar(field: &str, text: Option<&str>) -> Result<Option<Private>, Condition> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > AVATAR_CHARS_MAX {
        return Err(Condition::invalid(field, format!("must have at most {AVATAR_CHARS_MAX} characters")));
    }
    words(field, text, 4 * AVATAR_CHARS_MAX).map(|text| Some(text.into()))
}

/// A phone number in E.164 form.
pub(crate) fn phone(field: &str, text: &str) -> Result<PhoneNumber, Condition> {
    let problem = "must be a phone number in E.164 form: + and 7 to 15 digits";
    PhoneNumber::parse(text).map_err(|_| Condition::invalid(field, problem))
}

/// Degrees between -`most` and `most` as decimal text, from a number or a text; the text of the sender is kept.
pub(crate) fn degrees(field: &str, value: Option<&Value>, most: f64) -> Result<String, Condition> {
    let text = match value {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) if text.len() <= 32 => text.clone(),
        _ => {
            let problem = "is missing; it must be degrees as a number or as decimal text";
            return Err(Condition::invalid(field, problem));
        }
    };
    let in_range = text.parse::<f64>().is_ok_and(|value| value.abs() <= most);
    if in_range { Ok(text) } else { Err(Condition::invalid(field, format!("must be between -{most} and {most}"))) }
}

/// A visitor as the channel names them: an id as long as it takes there, or a phone number where it knows nothing else.
pub(crate) fn visitor(field: &str, text: &str, channel: &ChannelSettings) -> Result<VisitorId, Condition> {
    match channel {
        ChannelSettings::Huawei(huawei) => id_within(field, text, huawei.from_max).map(VisitorId::new),
        // The vendor's page: at most 64 bytes.
        ChannelSettings::Aliyun(_) => id_within(field, text, 64).map(VisitorId::new),
        _ if channel.dialect().names_are_phone_numbers() => {
            phone(field, text).map(|number| VisitorId::new(number.as_str()))
        }
        _ => id(field, text).map(VisitorId::new),
    }
}
