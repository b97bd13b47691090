//! The body of a message, by its `type`. Kinds that this version does not know are kept as they came.

use serde_json::Value;
use usher_domain::Content;
use usher_domain::content::{MediaKind, Private};

use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// Longest address of a file, in bytes.
const LOCATION_BYTES_MAX: usize = 4_096;

/// What a body is.
pub(super) enum Body {
    /// A text of nothing but blanks: what counts stands beside it.
    Blank,
    /// Something to be shown.
    Says(Content),
    /// Something for programs: the action's name.
    Command(String),
}

/// Reads the body that `value` is; `field` is where it stands.
pub(super) fn of(kind: &str, value: &Value, field: &str) -> Result<Body, Condition> {
    let fields = Fields::of_inner(value, field)?;
    Ok(match kind {
        "txt" => return text(&fields),
        "cmd" => Body::Command(limits::id(&fields.path("action"), fields.needed_text("action")?)?.to_owned()),
        "img" => Body::Says(media(MediaKind::Image, &fields)?),
        "audio" => Body::Says(media(MediaKind::Audio, &fields)?),
        "video" => Body::Says(media(MediaKind::Video, &fields)?),
        "file" => Body::Says(media(MediaKind::File, &fields)?),
        "loc" => Body::Says(location(&fields)?),
        _ => Body::Says(Content::Opaque { kind: word(kind)?.to_owned(), raw: value.to_string().into() }),
    })
}

/// The name of a kind is shown in logs, so it must be a name, and no number or sentence of a visitor's.
fn word(kind: &str) -> Result<&str, Condition> {
    let plain = (1..=32).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if plain { Ok(kind) } else { Err(Condition::invalid("type", "must be a word of 1 to 32 letters")) }
}

fn text(fields: &Fields<'_>) -> Result<Body, Condition> {
    let text = fields.needed_text("msg")?;
    if text.trim().is_empty() {
        return Ok(Body::Blank);
    }
    Ok(Body::Says(Content::text(limits::words(&fields.path("msg"), text, TEXT_BYTES_MAX)?)))
}

fn media(kind: MediaKind, fields: &Fields<'_>) -> Result<Content, Condition> {
    let location = limits::words(&fields.path("url"), fields.needed_text("url")?, LOCATION_BYTES_MAX)?;
    Ok(Content::Media {
        kind,
        location: location.into(),
        format: String::new(),
        name: words_of(fields, "filename")?,
        bytes: fields.value("file_length").and_then(Value::as_u64),
        secret: words_of(fields, "secret")?,
    })
}

fn location(fields: &Fields<'_>) -> Result<Content, Condition> {
    let degrees = |name: &str, most| limits::degrees(&fields.path(name), fields.value(name), most).map(Private::from);
    let (latitude, longitude) = (degrees("lat", 90.0)?, degrees("lng", 180.0)?);
    Ok(Content::Location { latitude, longitude, address: words_of(fields, "addr")? })
}

fn words_of(fields: &Fields<'_>, name: &str) -> Result<Option<Private>, Condition> {
    let words = fields.filled_text(name)?;
    words.map(|words| limits::words(&fields.path(name), words, NAME_BYTES_MAX).map(Private::from)).transpose()
}
