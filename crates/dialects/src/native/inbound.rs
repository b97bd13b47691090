//! native: request → inputs or refusal. JSON over `POST`, a bearer key per tenant; answered with 202 and the input's id.
//!
//! | path | fields (`?`: may be absent) |
//! | --- | --- |
//! | `/v1/messages` | *person*, `text` or `content`; asks for a human too if `ask` is true, or `group` or `agent` is there |
//! | `/v1/asks` | *person*, `group`?, `agent`? (the agent wins; neither: the account's own group) |
//! | `/v1/connect` | *person*, `context`? (JSON text for the bot) |
//! | `/v1/leave`, `/v1/typing` | *person* |
//! | `/v1/reads` | *person*, `messages`: ids |
//! | `/v1/surveys` | *person*, `score`, `detail`?, `session`? |
//! | `/v1/desks/{desk}/agents/{agent}/presence` | `presence`: online, busy, away, break, offline; `at_ms`?, `lease_ms`?, `drain`? |
//! | `/v1/sessions/{session}/accept`, `…/decline` | `account`, `agent`, `placement` |
//! | `/v1/sessions/{session}/messages` | `account`, `agent`, *said* |
//! | `/v1/sessions/{session}/typing` | `account`, `agent` |
//! | `/v1/sessions/{session}/transfer` | `account`, `agent`, `placement`, `to`: { `agent`?, `group`?, `where`? } |
//! | `/v1/sessions/{session}/close` | `account`, `agent`, `placement` |
//! | `/v1/sessions/{session}/hold` | `account`, `agent`, `placement` |
//! | `/v1/sessions/{session}/resume`, `/v1/sessions/{session}/consult-end`, `/v1/sessions/{session}/invite-survey` | `account`, `agent` |
//! | `/v1/sessions/{session}/consult` | `account`, `agent`, `consulted`: the second agent |
//! | `/v1/sessions/{session}/whisper` | `account`, `agent`, `text` |
//! | `/v1/sessions/{session}/recall` | `account`, `agent`, `message` |
//! | `/v1/sessions/{session}/profile` | `account`, `agent`, `profile` (a field that is empty is emptied) |
//! | `/v1/sessions/{session}/bot-messages` | `account`, *said* |
//! | `/v1/sessions/{session}/handover` | `account`, `to`?: { `agent`?, `group`? } |
//! | `/v1/pushes` | `account`, `visitor`, *said* |
//! | `/v1/stream-tokens` | `account`, `visitor`; answered with 200 and the token |
//!
//! *person*: `account`, `visitor`, `tags`?, `nickname`?, `phone`? (E.164), `profile`? (their other fields).
//! *said*: `text` or `content`, `ttl_ms`? (1 ms to 15 days), `class`? (authentication, transaction, promotion,
//! service), `fallback`?: { `to`? (E.164) }.
//! `content` has the shapes of our own webhooks: `kind` text, image, audio, video, file, card, location, suggestion,
//! opaque.
//!
//! `Idempotency-Key` (1 to 128 visible ASCII characters): the same key of the same tenant on the same kind of call, for
//! the same conversation or agent, makes the same id, so routing drops the repeat. Without one every request is new.

mod agent;
mod call;
mod content;
pub(crate) mod look;
pub(crate) mod media;
mod message;
mod offer;
mod presence;
mod profile;
mod selector;
mod stream_token;
mod supervisor;
#[cfg(test)]
mod tests;
mod visitor;

use serde_json::json;
use usher_domain::conversation::ConversationAct;
use usher_domain::{AccountId, Body, ConversationId, ConversationInput, DeskId, InputId, TenantId};

use crate::accounts::{AccountSettings, Accounts, TenantSettings};
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Accepted, Answer, Request, limits, no_such_account, no_such_path, path, signature};

use call::{Call, SessionCall};

/// What a caller is told whose request may stand in the log although it was refused.
const WITHOUT_KEY: &str = "send an Idempotency-Key to make a repeat safe";

/// The pattern of a path, when it is one of this dialect.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    Call::at(path).map(|call| call.pattern()).or_else(|| media::pattern(path)).or_else(|| look::pattern(path))
}

/// Reads a request of the native API.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let call = Call::at(request.path).ok_or_else(no_such_path)?;
    request.must_post()?;
    let is_supervisors = matches!(call, Call::Supervisor(_));
    let tenant = if is_supervisors { supervisor_of(request, accounts)? } else { tenant_of(request, accounts)? };
    if request.declares("application/json") != Some(true) {
        return Err(Condition::UnsupportedMediaType { expected: "application/json in UTF-8" });
    }
    let body = fields::body(request.body)?;
    let key = Key { tenant, family: call.family(), given: idempotency_key(request)?, fresh: request.fresh };
    let caller = Caller { tenant, accounts, key, fields: Fields::of_body(&body)? };
    let accepted = match call {
        Call::Visitor(call) => visitor::receive(&caller, call),
        Call::Presence { desk, agent } => presence::receive(&caller, desk, agent, request.now),
        Call::Session { session, call: SessionCall::Accept } => offer::receive(&caller, session, true),
        Call::Session { session, call: SessionCall::Decline } => offer::receive(&caller, session, false),
        Call::Session { session, call: SessionCall::BotMessage } => message::of_bot(&caller, session),
        Call::Session { session, call: SessionCall::HandOver } => message::hand_over(&caller, session),
        Call::Session { session, call } => agent::receive(&caller, session, call),
        Call::Push => message::of_tenant(&caller),
        Call::StreamToken => stream_token::receive(&caller, request.now),
        Call::Supervisor(call) => supervisor::receive(&caller, call),
    }?;
    let has_key = (request.header)("idempotency-key").is_some();
    Ok(Accepted { advice: (!has_key).then_some(WITHOUT_KEY), ..accepted })
}

/// `{"error":{"code","field","message"}}`; `field` only where one is wrong.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    let error = match condition {
        Condition::Invalid { field, problem } => {
            json!({ "code": condition.name(), "field": field, "message": problem })
        }
        _ => json!({ "code": condition.name(), "message": condition.to_string() }),
    };
    Answer::json(condition.status(), &json!({ "error": error }))
}

/// Who calls, and with what.
struct Caller<'a> {
    tenant: &'a TenantId,
    accounts: &'a Accounts,
    key: Key<'a>,
    fields: Fields<'a>,
}

impl<'a> Caller<'a> {
    /// The account named in the body. Another tenant's looks like one that is not there.
    fn account(&self) -> Result<&'a AccountSettings, Condition> {
        let account = AccountId::new(limits::id("account", self.fields.needed_text("account")?)?);
        self.accounts.account(self.tenant, &account).ok_or_else(no_such_account)
    }

    /// The desk named in the path.
    fn desk(&self, segment: &str) -> Result<DeskId, Condition> {
        desk_of(self.accounts, self.tenant, segment)
    }

    /// One input of a conversation, and the answer to it.
    fn accept(&self, conversation: ConversationId, act: ConversationAct) -> Accepted {
        let id = self.key.id_for(&[&conversation.bits().to_be_bytes()]);
        let input = ConversationInput { tenant: self.tenant.clone(), id, conversation, act };
        let answer = json!({ "id": id.to_string(), "conversation": conversation.to_string() });
        Accepted::one(Body::Conversation(input), Answer::json(202, &answer))
    }
}

/// A desk of this tenant, as a path names it. Another tenant's looks like one that is not there.
fn desk_of(accounts: &Accounts, tenant: &TenantId, segment: &str) -> Result<DeskId, Condition> {
    let desk = DeskId::new(limits::id("desk", &path::decode("desk", segment)?)?);
    let there = accounts.workspace(tenant, &desk).is_some();
    if there { Ok(desk) } else { Err(Condition::NotFound("desk: there is no such desk".to_owned())) }
}

/// The tenant whose key it is.
fn tenant_of<'a>(request: &Request<'_>, accounts: &'a Accounts) -> Result<&'a TenantId, Condition> {
    let given = given_key(request)?;
    owner(accounts, &given, |tenant| &tenant.api_key_sha256).ok_or_else(unknown_key)
}

/// The tenant whose supervisor's key it is.
fn supervisor_of<'a>(request: &Request<'_>, accounts: &'a Accounts) -> Result<&'a TenantId, Condition> {
    let given = given_key(request)?;
    let found = owner(accounts, &given, |tenant| &tenant.supervisor_key_sha256);
    let known = owner(accounts, &given, |tenant| &tenant.api_key_sha256).is_some();
    let forbidden = || Condition::Forbidden("this needs a supervisor's key (supervisor_key_sha256)".to_owned());
    found.ok_or_else(|| if known { forbidden() } else { unknown_key() })
}

/// The tenant whose key it is, of either kind.
fn looker_of<'a>(request: &Request<'_>, accounts: &'a Accounts) -> Result<&'a TenantId, Condition> {
    let given = given_key(request)?;
    let api = owner(accounts, &given, |tenant| &tenant.api_key_sha256);
    let supervisor = owner(accounts, &given, |tenant| &tenant.supervisor_key_sha256);
    api.or(supervisor).ok_or_else(unknown_key)
}

/// The hash of the key that was sent.
fn given_key(request: &Request<'_>) -> Result<String, Condition> {
    let missing = || Condition::Unauthorised("send the API key as `Authorization: Bearer <key>`".to_owned());
    Ok(signature::sha256_hex(request.bearer().ok_or_else(missing)?))
}

fn unknown_key() -> Condition {
    Condition::Unauthorised("the API key is not known".to_owned())
}

/// Whose key it is. Every key of every tenant is compared, so the time tells nothing.
fn owner<'a>(
    accounts: &'a Accounts,
    given: &str,
    keys: impl Fn(&'a TenantSettings) -> &'a [String],
) -> Option<&'a TenantId> {
    let mut found = None;
    for (tenant, settings) in accounts.tenants() {
        for key in keys(settings) {
            if signature::same_secret(key, given) {
                found = Some(tenant);
            }
        }
    }
    found
}

/// What the input's id is made of.
struct Key<'a> {
    tenant: &'a TenantId,
    family: &'static str,
    /// What the caller sent, where they sent one.
    given: Option<&'a str>,
    fresh: InputId,
}

impl Key<'_> {
    /// The id of an input for this conversation or agent: from the caller's key, else the fresh one. Repeats are dropped
    /// where the input is worked on, so the same key for another must be another id: it is a message's id as well.
    fn id_for(&self, whom: &[&[u8]]) -> InputId {
        let Some(given) = self.given else { return self.fresh };
        let key = [b"native", self.tenant.as_str().as_bytes(), self.family.as_bytes(), given.as_bytes()];
        InputId::derive(&[&key[..], whom].concat())
    }
}

fn idempotency_key<'a>(request: &Request<'a>) -> Result<Option<&'a str>, Condition> {
    let Some(key) = (request.header)("idempotency-key") else { return Ok(None) };
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > limits::ID_BYTES_MAX || !visible {
        return Err(Condition::invalid("Idempotency-Key", "must be 1 to 128 visible ASCII characters"));
    }
    Ok(Some(key))
}
