//! `POST /v1/media`: the body is a file, `Content-Type` its type; answered with 201, its key and, where ingest makes
//! links, a link. `GET /v1/media/{key}`: the file, for who has the tenant's key, or a link (`token` in the query).

use serde_json::json;

use super::tenant_of;
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::path::segments;
use crate::inbound::{Answer, Request};
use crate::media::{self, Call, File, Form, Format, Key, Rules};

const MEDIA: &str = "/v1/media";

/// The pattern of a path, when it is one of the two.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    match segments(path).as_slice() {
        ["v1", "media"] => Some(MEDIA),
        ["v1", "media", _] => Some("/v1/media/{key}"),
        _ => None,
    }
}

/// Reads one call.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts, rules: &Rules) -> Result<Call, Condition> {
    match (request.path, request.method) {
        (MEDIA, "POST") => keep(request, accounts, rules),
        (MEDIA, _) => Err(Condition::MethodNotAllowed { allowed: "POST" }),
        (path, "GET") => fetch(path, request, accounts, rules),
        _ => Err(Condition::MethodNotAllowed { allowed: "GET" }),
    }
}

fn keep(request: &Request<'_>, accounts: &Accounts, rules: &Rules) -> Result<Call, Condition> {
    let tenant = tenant_of(request, accounts)?.clone();
    let format = (request.header)("content-type").and_then(Format::of_media_type);
    let unknown = "one of the types in docs/api.md, for example image/jpeg";
    let format = format.ok_or(Condition::UnsupportedMediaType { expected: unknown })?;
    let file = File { tenant, key: Key::new(request.now, request.fresh, format) };
    let mut said = json!({ "key": file.key.to_string(), "format": format.name });
    if let Some(links) = &rules.links {
        said["url"] = json!(links.to(&file, request.now));
        said["url_expires_in_ms"] = json!(u64::try_from(links.life.as_millis()).unwrap_or(u64::MAX));
    }
    Ok(Call::KeepBody { file, answer: Answer::json(201, &said) })
}

fn fetch(path: &str, request: &Request<'_>, accounts: &Accounts, rules: &Rules) -> Result<Call, Condition> {
    let key = || segments(path).last().and_then(|key| key.parse::<Key>().ok()).ok_or_else(media::no_such_file);
    let token = form_urlencoded::parse(request.query.as_bytes()).find(|(name, _)| name == "token");
    let file = match (token, &rules.links) {
        (Some((_, token)), Some(links)) => links.file(&key()?, &token, request.now)?,
        _ => File { tenant: tenant_of(request, accounts)?.clone(), key: key()? },
    };
    Ok(Call::Fetch { file, form: Form::Plain })
}

#[cfg(test)]
mod tests;
