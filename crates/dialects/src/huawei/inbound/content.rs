//! `content` of a CHAT, by `mediaType`. Kinds that this version does not know are kept as they came.

use usher_domain::Content;
use usher_domain::content::{MediaKind, Private};

use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::limits::{self, TEXT_BYTES_MAX};

/// Longest text, in characters.
const TEXT_CHARS_MAX: usize = 1_024;

/// What a CHAT says.
pub(super) fn of(fields: &Fields<'_>) -> Result<Content, Condition> {
    let text = limits::words("content", fields.needed_text("content")?, TEXT_BYTES_MAX)?;
    match fields.needed_text("mediaType")? {
        "TEXT" => words(text),
        "IMAGE" | "FILE_IMAGE" => media(MediaKind::Image, text),
        "AUDIO" => media(MediaKind::Audio, text),
        "VIDEO" | "FILE_VIDEO" => media(MediaKind::Video, text),
        "FILE" => media(MediaKind::File, text),
        "WEBCARD" => card(text),
        kind => Ok(Content::Opaque { kind: kind.to_owned(), raw: text.into() }),
    }
}

fn words(text: &str) -> Result<Content, Condition> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Condition::invalid("content", format!("must have at most {TEXT_CHARS_MAX} characters")));
    }
    Ok(Content::text(text))
}

/// `<object key>,<type>`, parted at the last comma: keys may have commas.
fn media(kind: MediaKind, text: &str) -> Result<Content, Condition> {
    let parts = text.rsplit_once(',').filter(|(key, format)| !key.is_empty() && !format.is_empty());
    let (key, format) = parts.ok_or_else(|| Condition::invalid("content", "must be `<object key>,<type>`"))?;
    let format = limits::id("content", format.trim())?.to_owned();
    Ok(Content::Media { kind, location: key.into(), format, name: None, bytes: None, secret: None })
}

/// JSON inside a string; `redirectUrl` or `mediaFileId` or both.
fn card(text: &str) -> Result<Content, Condition> {
    let wrong = || Condition::invalid("content", "must be a card as JSON in a string");
    let value = fields::body(text.as_bytes()).map_err(|_| wrong())?;
    let card = Fields::of_inner(&value, "content")?;
    let part = |name: &str| Ok(card.filled_text(name)?.map(Private::from));
    let (media, link) = (part("mediaFileId")?, part("redirectUrl")?);
    if media.is_none() && link.is_none() {
        return Err(card.wrong("redirectUrl", "is missing; a card has redirectUrl or mediaFileId or both"));
    }
    Ok(Content::Card {
        title: part("title")?.unwrap_or_default(),
        description: part("description")?.unwrap_or_default(),
        media_format: media.as_ref().map(|_| media_format(&card)).transpose()?,
        media,
        link,
        choices: Vec::new(),
    })
}

/// The vendor takes jpg where nothing is said.
fn media_format(card: &Fields<'_>) -> Result<String, Condition> {
    Ok(card.filled_text("mediaFileType")?.unwrap_or("jpg").to_owned())
}
