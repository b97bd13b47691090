//! The customer service's REST channel: a tenant's server brings what a visitor says,
//! `POST /api/tenants/{tenantId}/rest/channels/{channelId}/messages`, signed ([`hmac`](crate::easemob::hmac)).
//!
//! The vendor's page shows how calls are signed and not what is in them. We read the message as its other page shows it
//! (`msg` and `ext`), or as its IM does (`bodies` and `ext`), with `from` for the visitor and `msg_id` for the caller's own
//! id. This layout is not confirmed by the vendor.
//!
//! A signed call can be sent again, as it is, by whoever has read it. So its id follows from the caller's own, else from
//! what was signed: the account's client, expiry and content. It may expire 24 hours ahead at most, less than routing remembers ids.
//! A call that never expires and bears no id of the caller's is a new message each time it comes: as its caller may well
//! say the same twice, a repeat can not be told.

use md5::{Digest, Md5};
use serde_json::json;
use usher_domain::Body;

use super::token::Served;
use super::{content, said, weichat};
use crate::accounts::{Accounts, RestChannel};
use crate::condition::Condition;
use crate::easemob::hmac;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Accepted, Answer, Request, limits, path, signature};

/// What a caller is told whose request may stand in the log although it was refused.
const WITHOUT_KEY: &str = "send msg_id to make a repeat safe";
/// How far ahead a call may expire, in milliseconds.
const EXPIRES_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

/// Reads one call.
pub(super) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let (served, ends) = signed_for(request, accounts)?;
    let body = fields::body(request.body)?;
    let fields = Fields::of_body(&body)?;
    let visitor = limits::visitor("from", fields.needed_text("from")?, &served.account.channel)?;
    let ext = fields.value("ext");
    let said = said::read(said_in(&fields)?, ext, weichat::of(ext, served.settings)?)?;
    let id = fields.text_or_number("msg_id")?;
    let id = id.map(|id| limits::id("msg_id", &id).map(str::to_owned)).transpose()?;
    let advice = (!said.has_key() && id.is_none()).then_some(WITHOUT_KEY);
    let (fresh, ends_at, content) = (request.fresh.bits().to_be_bytes(), ends.to_be_bytes(), Md5::digest(request.body));
    let otherwise: &[&[u8]] = match &id {
        Some(id) => &[b"rest-channel", id.as_bytes()],
        // The client is the account's only one, and the account is in every id.
        None if ends > 0 => &[b"signed", &ends_at, &content],
        None => &[b"fresh", &fresh],
    };
    let input = said.input(served, visitor, otherwise);
    let answer = json!({ "status": "OK", "entity": { "msg_id": input.id.to_string() } });
    Ok(Accepted { advice, ..Accepted::one(Body::Conversation(input), Answer::json(200, &answer)) })
}

/// The account whose channel the path names, once the signature over the whole call is its client's and has not expired,
/// and when it does. A channel that is none of ours looks like one with another secret.
fn signed_for<'a>(request: &Request<'_>, accounts: &'a Accounts) -> Result<(Served<'a>, i64), Condition> {
    let unauthorised = |problem: &str| Condition::Unauthorised(problem.to_owned());
    let segments = path::segments(request.path);
    let &[_, _, tenant, _, _, channel, _] = segments.as_slice() else { return Err(super::no_such_path()) };
    let wrong = || unauthorised("Authorization must be `hmac <client_id>:<signature>` of this channel, over this call");
    let header = (request.header)("authorization").and_then(|text| text.split_once(' ')).ok_or_else(wrong)?;
    let (client, given) =
        header.1.trim().split_once(':').filter(|_| header.0.eq_ignore_ascii_case("hmac")).ok_or_else(wrong)?;
    let expires = (request.header)("x-auth-expires").map(str::trim);
    let expires =
        expires.ok_or_else(|| unauthorised("X-Auth-Expires is missing; it must be milliseconds since 1970"))?;

    let (tenant, account, settings) = accounts.easemob_rest_channel(tenant, channel).ok_or_else(wrong)?;
    let RestChannel { client_id, client_secret, .. } = settings.rest_channel.as_ref().ok_or_else(wrong)?;
    let expected = hmac::sign(client_secret, request.method, request.path, expires, request.body);
    if !signature::same_secret(&expected, given.trim()) || client != client_id {
        return Err(wrong());
    }
    let ends: i64 = expires.parse().map_err(|_| unauthorised("X-Auth-Expires must be milliseconds since 1970"))?;
    // As on the vendor's page: an instant that is not positive never comes.
    if ends > 0 && request.now.millis() >= ends {
        return Err(unauthorised("X-Auth-Expires is over: sign the call anew"));
    }
    if ends > request.now.millis().saturating_add(EXPIRES_MS_MAX) {
        return Err(unauthorised("X-Auth-Expires is more than 24 hours ahead: sign the call for a shorter time"));
    }
    Ok((Served { tenant, account, settings }, ends))
}

/// The message's body: `msg`, or the only one of `bodies`.
fn said_in(fields: &Fields<'_>) -> Result<content::Body, Condition> {
    let (body, field) = match (fields.value("msg"), fields.list("bodies")?) {
        (Some(msg), []) => (msg, "msg"),
        (None, [body]) => (body, "bodies[0]"),
        _ => return Err(fields.wrong("msg", "is missing; give msg, or bodies with one body")),
    };
    let kind = Fields::of_inner(body, field)?.needed_text("type")?;
    content::of(kind, body, field)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;
    use usher_domain::conversation::{ConversationAct, VisitorAct};
    use usher_domain::{Content, ConversationInput, InputId};

    use super::*;
    use crate::inbound::replays::Replays;
    use crate::inbound::sample::{NOW, Sample, accounts};

    const PATH: &str = "/api/tenants/5950/rest/channels/20/messages";

    /// A call that is signed as `at` says: client, secret, expiry.
    fn signed(body: &Value, [client, secret, expires]: [&str; 3]) -> Sample {
        let content = body.to_string();
        let signature = hmac::sign(&secret.into(), "POST", PATH, expires, content.as_bytes());
        let sample = Sample::post(PATH, content).header("x-auth-expires", expires);
        sample.header("authorization", format!("hmac {client}:{signature}"))
    }

    fn call(body: &Value) -> Sample {
        signed(body, ["channel-client", "channel-secret", &(NOW.millis() + 60_000).to_string()])
    }

    fn hi() -> Value {
        json!({ "from": "xiaoming", "msg": { "type": "txt", "msg": "Hi" } })
    }

    fn content_of(input: &ConversationInput) -> &Content {
        match &input.act {
            ConversationAct::Visitor(said) => match &said.act {
                VisitorAct::Message { content, .. } => content,
                other => panic!("no message: {other:?}"),
            },
            other => panic!("no visitor: {other:?}"),
        }
    }

    #[test]
    fn signed_call_is_a_message_of_the_visitor() {
        let input = call(&hi()).input();
        assert_eq!(content_of(&input), &Content::text("Hi"));
        let answer = call(&hi()).answer();
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!((answer.status, &body["status"]), (200, &json!("OK")));
        assert_eq!(body["entity"]["msg_id"], input.id.to_string());
        let by_bodies = json!({ "from": "xiaoming", "bodies": [{ "type": "txt", "msg": "Hi" }], "ext": {} });
        assert_eq!(content_of(&call(&by_bodies).input()), &Content::text("Hi"));
    }

    #[test]
    fn what_is_not_signed_by_the_channels_client_is_401() {
        let soon = (NOW.millis() + 1).to_string();
        let rows = [
            ("another secret", signed(&hi(), ["channel-client", "other", &soon])),
            ("another client", signed(&hi(), ["other", "channel-secret", &soon])),
            ("over", signed(&hi(), ["channel-client", "channel-secret", &NOW.millis().to_string()])),
            ("no instant", signed(&hi(), ["channel-client", "channel-secret", "soon"])),
            ("another expiry", call(&hi()).header("x-auth-expires", soon.clone())),
            ("no expiry", call(&hi()).without("x-auth-expires")),
            ("no signature", call(&hi()).without("authorization")),
            ("another scheme", call(&hi()).header("authorization", "Bearer x:y")),
            ("other words", Sample { body: b"{}".to_vec(), ..call(&hi()) }),
            ("another channel", Sample { path: PATH.replace("20", "21"), ..call(&hi()) }),
        ];
        for (label, sample) in rows {
            assert_eq!(sample.refusal().0, 401, "{label}");
        }
    }

    #[test]
    fn expiry_that_is_not_positive_never_comes() {
        for never in ["0", "-1"] {
            signed(&hi(), ["channel-client", "channel-secret", never]).input();
        }
    }

    #[test]
    fn callers_own_id_makes_a_repeat_safe() {
        let named = |id: Value| {
            let mut body = hi();
            body["msg_id"] = id;
            call(&body)
        };
        assert_eq!(named(json!("1")).input().id, named(json!(1)).input().id);
        assert_ne!(named(json!("1")).input().id, named(json!("2")).input().id);
        assert_eq!(named(json!("1")).receive().expect("accepted").advice, None);
        assert!(call(&hi()).receive().expect("accepted").advice.is_some_and(|advice| advice.contains("msg_id")));
    }

    #[test]
    fn call_that_is_sent_again_as_it_was_signed_is_the_same_message() {
        let expiring = |ms: i64| signed(&hi(), ["channel-client", "channel-secret", &ms.to_string()]);
        let soon = NOW.millis() + 60_000;
        let another = Sample { now: NOW.plus(Duration::from_secs(1)), ..expiring(soon) };
        let by_chance = |sample: &Sample| {
            let other = InputId::from_bits(8);
            let accepted = sample.with(&Replays::default(), |request| {
                crate::inbound::receive(&Request { fresh: other, ..*request }, &accounts())
            });
            match accepted.expect("accepted").bodies.into_iter().next() {
                Some(Body::Conversation(input)) => input.id,
                other => panic!("no input: {other:?}"),
            }
        };
        assert_eq!(expiring(soon).input().id, by_chance(&another));
        assert_ne!(expiring(soon).input().id, expiring(soon + 1).input().id, "signed anew, it is said again");
        let other_words = json!({ "from": "xiaoming", "msg": { "type": "txt", "msg": "Ho" } });
        let other_words = signed(&other_words, ["channel-client", "channel-secret", &soon.to_string()]);
        assert_ne!(expiring(soon).input().id, other_words.input().id);
        assert_ne!(expiring(0).input().id, by_chance(&expiring(0)), "what never ends is new each time");
    }

    #[test]
    fn expiry_is_at_most_a_day_ahead() {
        let day = 24 * 60 * 60 * 1_000;
        let ahead = |ms: i64| signed(&hi(), ["channel-client", "channel-secret", &(NOW.millis() + ms).to_string()]);
        ahead(day).input();
        let (status, sentence) = ahead(day + 1).refusal();
        assert!(status == 401 && sentence.contains("24 hours"), "{sentence}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let rows = [
            (json!({ "msg": { "type": "txt", "msg": "Hi" } }), "from: "),
            (json!({ "from": "a" }), "msg: "),
            (json!({ "from": "a", "bodies": [] }), "msg: "),
            (json!({ "from": "a", "bodies": [{ "type": "loc" }] }), "bodies[0]."),
            (json!({ "from": "a", "msg": { "msg": "Hi" } }), "msg.type: "),
            (json!([]), "body: "),
        ];
        for (body, field) in rows {
            let (status, sentence) = call(&body).refusal();
            assert!(status == 400 && sentence.starts_with(field), "{body}: {sentence}");
        }
    }
}
