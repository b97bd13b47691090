//! What is said: `text`, or `content` in the shapes of our own webhooks.

mod choice;

use usher_domain::Content;
use usher_domain::content::{MediaKind, Private};

use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// Longest URL or object key, in bytes.
const LOCATION_BYTES_MAX: usize = 4096;

/// The `text` or the `content` of a message: exactly one.
pub(super) fn said(fields: &Fields<'_>) -> Result<Content, Condition> {
    match (fields.text("text")?, fields.object("content")?) {
        (Some(text), None) => Ok(Content::text(limits::words(&fields.path("text"), text, TEXT_BYTES_MAX)?)),
        (None, Some(content)) => of(&content),
        (None, None) => Err(fields.wrong("text", "is missing; give `text` or `content`")),
        (Some(_), Some(_)) => Err(fields.wrong("content", "stands beside `text`; give one of them")),
    }
}

fn of(fields: &Fields<'_>) -> Result<Content, Condition> {
    match fields.needed_text("kind")? {
        "text" => {
            fields.only(&["kind", "text"])?;
            Ok(Content::Text(needed(fields, "text", TEXT_BYTES_MAX)?))
        }
        "image" => media(fields, MediaKind::Image),
        "audio" => media(fields, MediaKind::Audio),
        "video" => media(fields, MediaKind::Video),
        "file" => media(fields, MediaKind::File),
        "card" => card(fields),
        "menu" => {
            fields.only(&["kind", "title", "choices"])?;
            Ok(Content::Menu {
                title: needed(fields, "title", TEXT_BYTES_MAX)?,
                choices: choice::at_least_one(fields)?,
            })
        }
        "location" => location(fields),
        "suggestion" => {
            fields.only(&["kind", "postback", "text"])?;
            let postback = needed(fields, "postback", TEXT_BYTES_MAX)?;
            Ok(Content::Suggestion { postback, text: optional(fields, "text", TEXT_BYTES_MAX)? })
        }
        "opaque" => {
            fields.only(&["kind", "name", "raw"])?;
            let name = limits::id(&fields.path("name"), fields.needed_text("name")?)?;
            Ok(Content::Opaque { kind: name.to_owned(), raw: needed(fields, "raw", TEXT_BYTES_MAX)? })
        }
        _ => {
            let kinds = "text, image, audio, video, file, card, menu, location, suggestion or opaque";
            Err(fields.wrong("kind", format!("must be {kinds}")))
        }
    }
}

fn media(fields: &Fields<'_>, kind: MediaKind) -> Result<Content, Condition> {
    fields.only(&["kind", "location", "format", "name", "bytes", "secret"])?;
    let format = fields.text("format")?.unwrap_or_default();
    if !format.is_empty() {
        limits::id(&fields.path("format"), format)?;
    }
    Ok(Content::Media {
        kind,
        location: needed(fields, "location", LOCATION_BYTES_MAX)?,
        format: format.to_owned(),
        name: optional(fields, "name", NAME_BYTES_MAX)?,
        bytes: fields.count("bytes")?,
        secret: optional(fields, "secret", NAME_BYTES_MAX)?,
    })
}

fn card(fields: &Fields<'_>) -> Result<Content, Condition> {
    fields.only(&["kind", "title", "description", "media", "media_format", "link", "choices"])?;
    let media = optional(fields, "media", LOCATION_BYTES_MAX)?;
    let link = optional(fields, "link", LOCATION_BYTES_MAX)?;
    let choices = choice::all(fields)?;
    if media.is_none() && link.is_none() && choices.is_empty() {
        return Err(fields.wrong("link", "is missing; a card has `link`, `media` or `choices`"));
    }
    Ok(Content::Card {
        title: optional(fields, "title", TEXT_BYTES_MAX)?.unwrap_or_default(),
        description: optional(fields, "description", TEXT_BYTES_MAX)?.unwrap_or_default(),
        media,
        media_format: fields.filled_text("media_format")?.map(str::to_owned),
        link,
        choices,
    })
}

fn location(fields: &Fields<'_>) -> Result<Content, Condition> {
    fields.only(&["kind", "latitude", "longitude", "address"])?;
    let degrees = |name: &str, most| limits::degrees(&fields.path(name), fields.value(name), most).map(Private::from);
    let (latitude, longitude) = (degrees("latitude", 90.0)?, degrees("longitude", 180.0)?);
    Ok(Content::Location { latitude, longitude, address: optional(fields, "address", NAME_BYTES_MAX)? })
}

fn needed(fields: &Fields<'_>, name: &str, bytes_max: usize) -> Result<Private, Condition> {
    limits::words(&fields.path(name), fields.needed_text(name)?, bytes_max).map(Private::from)
}

fn optional(fields: &Fields<'_>, name: &str, bytes_max: usize) -> Result<Option<Private>, Condition> {
    let text = fields.filled_text(name)?;
    text.map(|text| limits::words(&fields.path(name), text, bytes_max).map(Private::from)).transpose()
}
