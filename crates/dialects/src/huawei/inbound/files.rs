//! Files of a chat: `uploadFileStream` and `downloadFileStream`, base64 in JSON both ways. What a visitor has uploaded is
//! named in `content` of their next message, `<objectKey>,<type>`; what an agent sends is named in a downlink message.
//!
//! | call | fields | answer |
//! | --- | --- | --- |
//! | `uploadFileStream` | `fileType`, `fileStream`, `channel` | `{"returnCode":"0","objectKey"}` |
//! | `downloadFileStream` | `fileId`, `fileType`, `channel`, `multiMedia`? | `{"resultCode":"0","fileStream"}`, `fileUrl` where links are made |
//!
//! `fileId` is the key, with or without the `local/` that the vendor wants before it. There is no media library.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::session::Session;
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Answer, Request, limits};
use crate::media::{self, Admitted, Call, File, Form, Format, Key, Rules, Sent};

/// Keeps a visitor's file.
pub(super) const UPLOAD: &str = "/apiaccess/ccmessaging/uploadFileStream";
/// Gives a visitor a file.
pub(super) const DOWNLOAD: &str = "/apiaccess/ccmessaging/downloadFileStream";

/// The pattern of a path, when it is one of the two.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    [UPLOAD, DOWNLOAD].into_iter().find(|known| *known == path)
}

/// Whether the headers are those of a user of a channel, and of whose.
pub(crate) fn admit(request: &Request<'_>, accounts: &Accounts) -> Result<Admitted, Condition> {
    request.must_post()?;
    let tenant = Session::of(request, accounts)?.channel()?.tenant.clone();
    let body = if request.path == UPLOAD { Sent::Whole } else { Sent::Words };
    Ok(Admitted { tenant, body })
}

/// Reads one call.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts, rules: &Rules) -> Result<Call, Condition> {
    request.must_post()?;
    super::must_be_json(request)?;
    let session = Session::of(request, accounts)?;
    let tenant = session.channel()?.tenant.clone();
    let body = fields::body(request.body)?;
    let fields = Fields::of_body(&body)?;
    limits::id("channel", fields.needed_text("channel")?)?;
    if request.path == UPLOAD {
        let key = Key::new(request.now, request.fresh, format(&fields)?);
        let answer = Answer::json(200, &json!({ "returnCode": "0", "objectKey": key.to_string() }));
        Ok(Call::Keep { file: File { tenant, key }, bytes: bytes(&fields)?, answer: session.answer(answer) })
    } else {
        let file = File { tenant, key: named(&fields)? };
        let link = rules.links.as_ref().map(|links| links.to(&file, request.now));
        let headers = session.answer(Answer::text(200, "")).headers;
        Ok(Call::Fetch { file, form: Form::Huawei { headers, link } })
    }
}

/// The answer to a download, with these headers and this link.
pub(crate) fn fetched(bytes: &[u8], headers: &[(&'static str, String)], link: Option<&str>) -> Answer {
    let mut body = json!({ "resultCode": "0", "fileStream": STANDARD.encode(bytes) });
    if let Some(link) = link {
        body["fileUrl"] = json!(link);
    }
    Answer { headers: headers.to_vec(), ..Answer::json(200, &body) }
}

/// Says a condition as an upload does: `returnCode` 2 for what is missing, 3 for what is wrong, 13 for all else.
pub(super) fn refuse_upload(condition: &Condition) -> Answer {
    let code = match condition {
        Condition::Invalid { problem, .. } if problem.starts_with("is missing") => "2",
        Condition::Invalid { .. } => "3",
        _ => "13",
    };
    Answer::json(condition.status(), &json!({ "returnCode": code, "returnDesc": condition.to_string() }))
}

fn format(fields: &Fields<'_>) -> Result<Format, Condition> {
    let known = Format::named(fields.needed_text("fileType")?).filter(|format| format.visitors);
    known.ok_or_else(|| fields.wrong("fileType", "must be jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv"))
}

fn bytes(fields: &Fields<'_>) -> Result<Vec<u8>, Condition> {
    let wrong = || fields.wrong("fileStream", "must be the file in base64, not empty");
    let bytes = STANDARD.decode(fields.needed_text("fileStream")?).map_err(|_| wrong())?;
    if bytes.is_empty() { Err(wrong()) } else { Ok(bytes) }
}

/// The file that a download names. Its type is in its key; the one that the call names must be known, no more.
fn named(fields: &Fields<'_>) -> Result<Key, Condition> {
    fields.needed_text("fileType")?;
    if fields.filled_text("multiMedia")?.is_some() {
        return Err(media::no_such_file());
    }
    let id = fields.needed_text("fileId")?;
    id.strip_prefix("local/").unwrap_or(id).parse().map_err(|_| media::no_such_file())
}

#[cfg(test)]
mod tests;
