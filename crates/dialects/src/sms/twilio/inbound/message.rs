//! An incoming message: the words, then each file, as inputs of their own under one `MessageSid`
//! (<https://www.twilio.com/docs/messaging/guides/webhook-request>). The answer is a TwiML document that says nothing:
//! what is answered goes out by the ordinary way.

use usher_domain::content::MediaKind;
use usher_domain::{Body, Content};

use super::Call;
use crate::condition::Condition;
use crate::inbound::limits::{self, TEXT_BYTES_MAX};
use crate::inbound::{Accepted, Answer};
use crate::sms::incoming;

/// Most files of one message, by the provider's page.
const MEDIA_MAX: usize = 10;
/// Longest address of a file.
const URL_BYTES_MAX: usize = 2_048;

/// Reads one message.
pub(super) fn accept(call: &Call<'_, '_>) -> Result<Accepted, Condition> {
    let from = limits::phone("From", needed(call, "From")?)?;
    let sid = limits::id("MessageSid", needed(call, "MessageSid")?)?;
    let contents = contents(call)?;
    let mut accepted = Accepted::nothing(silence());
    if contents.is_empty() {
        return Ok(accepted.noting("sms-without-words"));
    }
    for (part, content) in contents.into_iter().enumerate() {
        let name: [&[u8]; 3] = [b"twilio", sid.as_bytes(), &part.to_be_bytes()];
        accepted.bodies.push(Body::Conversation(incoming::input(&call.tenant, call.account, &from, content, &name)));
    }
    Ok(accepted)
}

fn needed<'a>(call: &'a Call<'_, '_>, name: &str) -> Result<&'a str, Condition> {
    call.form.value(name).ok_or_else(|| Condition::invalid(name, "is missing"))
}

fn contents(call: &Call<'_, '_>) -> Result<Vec<Content>, Condition> {
    let mut contents = Vec::new();
    if let Some(words) = call.form.value("Body").filter(|words| !words.trim().is_empty()) {
        contents.push(Content::text(limits::words("Body", words, TEXT_BYTES_MAX)?));
    }
    let count = call.form.value("NumMedia").unwrap_or("0").parse().ok().filter(|count| *count <= MEDIA_MAX);
    let count = count.ok_or_else(|| Condition::invalid("NumMedia", format!("must be 0 to {MEDIA_MAX}")))?;
    for at in 0..count {
        contents.push(file(call, at)?);
    }
    Ok(contents)
}

/// A file: the provider keeps it, the account's credentials open it.
fn file(call: &Call<'_, '_>, at: usize) -> Result<Content, Condition> {
    let field = format!("MediaUrl{at}");
    let location = limits::id_within(&field, needed(call, &field)?, URL_BYTES_MAX)?.into();
    let named = format!("MediaContentType{at}");
    let format = call.form.value(&named).map(|format| limits::id(&named, format)).transpose()?.unwrap_or_default();
    let kind = match format.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::File,
    };
    Ok(Content::Media { kind, location, format: format.to_owned(), name: None, bytes: None, secret: None })
}

/// A TwiML document without a verb: nothing is sent in answer.
fn silence() -> Answer {
    let body = br#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#.to_vec();
    Answer { status: 200, headers: Vec::new(), content_type: "text/xml", body }
}

#[cfg(test)]
mod tests;
