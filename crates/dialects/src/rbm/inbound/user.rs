//! What the user said: exactly one of text, file, place, tap on a suggestion.

use serde_json::{Value, json};
use usher_domain::Content;
use usher_domain::content::{MediaKind, Private};
use usher_domain::conversation::VisitorAct;

use super::event::Act;
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, TEXT_BYTES_MAX};

const KINDS: [&str; 4] = ["text", "userFile", "location", "suggestionResponse"];

/// A message of the user; it asks for nobody.
pub(super) fn message(fields: &Fields<'_>) -> Result<Act, Condition> {
    let there: Vec<_> = KINDS.into_iter().filter(|name| fields.value(name).is_some()).collect();
    let content = match there.as_slice() {
        ["text"] => Content::Text(words(fields, "text")?),
        ["userFile"] => file(&inner(fields, "userFile")?)?,
        ["location"] => location(&inner(fields, "location")?)?,
        ["suggestionResponse"] => suggestion(&inner(fields, "suggestionResponse")?)?,
        _ => return Err(Condition::invalid("body", format!("must have exactly one of {}", KINDS.join(", ")))),
    };
    Ok(Act::Visitor(VisitorAct::Message { content, ask: None }))
}

fn inner<'a>(fields: &Fields<'a>, name: &str) -> Result<Fields<'a>, Condition> {
    fields.object(name)?.ok_or_else(|| fields.wrong(name, "is missing; it must be an object"))
}

fn words(fields: &Fields<'_>, name: &str) -> Result<Private, Condition> {
    limits::words(&fields.path(name), fields.needed_text(name)?, TEXT_BYTES_MAX).map(Private::from)
}

fn file(fields: &Fields<'_>) -> Result<Content, Condition> {
    let payload = inner(fields, "payload")?;
    let format = payload.filled_text("mimeType")?.unwrap_or_default();
    Ok(Content::Media {
        kind: kind_of(format),
        location: words(&payload, "fileUri")?,
        format: format.to_owned(),
        name: payload.filled_text("fileName")?.map(Private::from),
        bytes: size(&payload)?,
        secret: None,
    })
}

/// What goes along as it came: the smaller picture that Google makes of a file.
pub(super) fn beside(fields: &Fields<'_>) -> Option<Private> {
    let thumbnail = fields.value("userFile")?.get("thumbnail").filter(|thumbnail| thumbnail.is_object())?;
    Some(json!({ "thumbnail": thumbnail }).to_string().into())
}

fn kind_of(mime_type: &str) -> MediaKind {
    match mime_type.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::File,
    }
}

/// A number in the samples; protobuf's JSON writes 64-bit numbers as text.
fn size(payload: &Fields<'_>) -> Result<Option<u64>, Condition> {
    let text = payload.text_or_number("fileSizeBytes")?;
    let wrong = || payload.wrong("fileSizeBytes", "must be a whole number, 0 or more");
    text.map(|text| text.parse().map_err(|_| wrong())).transpose()
}

fn location(fields: &Fields<'_>) -> Result<Content, Condition> {
    let (latitude, longitude) = (degrees(fields, "latitude")?, degrees(fields, "longitude")?);
    Ok(Content::Location { latitude, longitude, address: None })
}

/// Degrees; protobuf's JSON leaves out a zero.
fn degrees(fields: &Fields<'_>, name: &str) -> Result<Private, Condition> {
    match fields.value(name) {
        None => Ok("0".into()),
        Some(Value::Number(number)) => Ok(number.to_string().into()),
        Some(_) => Err(fields.wrong(name, "must be a number")),
    }
}

fn suggestion(fields: &Fields<'_>) -> Result<Content, Condition> {
    let text = fields.filled_text("text")?.map(Private::from);
    Ok(Content::Suggestion { postback: words(fields, "postbackData")?, text })
}
