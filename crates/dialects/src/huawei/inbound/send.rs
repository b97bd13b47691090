//! `sendAsync`: what a visitor does, by `controlType`.
//!
//! Limits: `from` 1 to the account's `from_max` bytes, more than 24 counted as a notice (the vendor's text says 24, its
//! samples have 40); text 1,024 characters (the vendor says "1K" without a unit); `messageId` 32 characters without a
//! comma, because a READ joins ids by commas; `senderAvatar` 1,024 characters; a `senderNickname` of more than 256 bytes is
//! left out.

use std::collections::BTreeSet;

use serde_json::json;
use usher_domain::content::Private;
use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::{Body, ConversationId, ConversationInput, InputId, MessageId, Target, VisitorId};

use super::content;
use super::session::{Channel, Session};
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::huawei::code;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Accepted, Answer, Request, json, limits};

/// Longest `from` by the vendor's text, in bytes; longer ones up to the account's limit are counted.
const FROM_BYTES_OF_THE_TEXT: usize = 24;
/// Most messages in one READ, however many codes each has.
const READS_MAX: usize = 100;

/// Reads one `sendAsync`.
pub(super) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let session = Session::of(request, accounts)?;
    let body = fields::body(request.body)?;
    let fields = Fields::of_body(&body)?;
    let channel = session.channel_named("to", fields.needed_text("to")?)?;
    let from = limits::id_within("from", fields.needed_text("from")?, channel.settings.from_max)?;
    session.must_be_of("from", from)?;
    must_be_customers(&fields)?;

    let control = fields.needed_text("controlType")?;
    let mut notices = Vec::new();
    let act = act(&fields, control, &mut notices)?;
    let profile = profile(&fields, &mut notices)?;
    if from.len() > FROM_BYTES_OF_THE_TEXT {
        notices.push("huawei-long-from");
    }
    let id = input_id(channel, &fields, from, control)?.unwrap_or(request.fresh);
    let named = fields.filled_text("messageId")?.map(Private::from);
    let input = input(channel, from, Told { profile, named }, act, id);
    Ok(Accepted { notices, ..Accepted::one(input, session.answer(answer())) })
}

/// What is accepted and counted all the same.
type Notices = Vec<&'static str>;

fn answer() -> Answer {
    Answer::json(200, &json!({ "resultCode": "0", "resultDesc": "send sendMessageForOpenApiAsync success." }))
}

/// What every uplink message says beside its content.
fn must_be_customers(fields: &Fields<'_>) -> Result<(), Condition> {
    limits::id("channel", fields.needed_text("channel")?)?;
    limits::id("mediaType", fields.needed_text("mediaType")?)?;
    fields.text("userAgent")?;
    if fields.needed_text("sourceType")? != "CUSTOMER" {
        return Err(fields.wrong("sourceType", "must be CUSTOMER"));
    }
    Ok(())
}

fn act(fields: &Fields<'_>, control: &str, notices: &mut Notices) -> Result<VisitorAct, Condition> {
    Ok(match control {
        "CONNECT" => VisitorAct::Connect { context: context(fields)? },
        "CHAT" => VisitorAct::Message { content: content::of(fields)?, ask: None },
        "TRANS2AGENT" => VisitorAct::Ask { target: Target::default() },
        "INPUT" => VisitorAct::Typing,
        "READ" => VisitorAct::Read { messages: reads(fields, notices)? },
        "DISCONNECT" => VisitorAct::Leave,
        _ => {
            let known = "CONNECT, CHAT, TRANS2AGENT, INPUT, READ or DISCONNECT";
            return Err(fields.wrong("controlType", format!("must be {known}")));
        }
    })
}

/// `transData`: JSON as a string, for the bot's flow.
fn context(fields: &Fields<'_>) -> Result<Option<Private>, Condition> {
    let context = fields.filled_text("transData")?;
    if context.is_some_and(|text| json::parse(text.as_bytes()).is_err()) {
        return Err(fields.wrong("transData", "must be JSON as a string"));
    }
    Ok(context.map(Private::from))
}

/// Whose codes stand in the `content` of a READ, joined by commas; a message in parts is one, however many of its codes
/// are there. A page also reports what it had from elsewhere, such as the vendor's own greeting; those ids are left out, so
/// that they do not hide ours.
fn reads(fields: &Fields<'_>, notices: &mut Notices) -> Result<Vec<MessageId>, Condition> {
    let parts: Vec<&str> = fields.needed_text("content")?.split(',').collect();
    let ours: Vec<MessageId> = parts.iter().filter_map(|code| code::message(code.trim())).collect();
    let mut seen = BTreeSet::new();
    let ids: Vec<MessageId> = ours.iter().copied().filter(|id| seen.insert(*id)).collect();
    if ids.is_empty() || ids.len() > READS_MAX {
        return Err(fields.wrong("content", format!("must be 1 to {READS_MAX} message ids, joined by commas")));
    }
    if ours.len() < parts.len() {
        notices.push("huawei-foreign-read");
    }
    Ok(ids)
}

/// A name that is too long to be shown is left out: what its owner says is worth more.
fn profile(fields: &Fields<'_>, notices: &mut Notices) -> Result<Profile, Condition> {
    let mut nickname = fields.filled_text("senderNickname")?;
    if nickname.is_some_and(|name| name.len() > limits::NAME_BYTES_MAX) {
        notices.push("huawei-long-nickname");
        nickname = None;
    }
    let nickname = nickname.map(|name| limits::words("senderNickname", name, limits::NAME_BYTES_MAX)).transpose()?;
    let avatar = limits::avatar("senderAvatar", fields.filled_text("senderAvatar")?)?;
    Ok(Profile { nickname: nickname.map(Private::from), avatar, ..Profile::default() })
}

/// The key by which a repeat is recognised: `messageId`, else (from, timestamp, controlType, content). Without either
/// there is none: two equal lines of an impatient visitor are two.
fn input_id(
    channel: Channel<'_>,
    fields: &Fields<'_>,
    from: &str,
    control: &str,
) -> Result<Option<InputId>, Condition> {
    let account = [channel.tenant.as_str(), channel.account.account.as_str()].map(str::as_bytes);
    let timestamp = fields.text_or_number("timestamp")?;
    if let Some(id) = fields.filled_text("messageId")? {
        if id.chars().count() > 32 || id.contains(',') || id.chars().any(char::is_control) {
            return Err(fields.wrong("messageId", "must have at most 32 characters, none of them a comma"));
        }
        return Ok(Some(InputId::derive(&[b"huawei", account[0], account[1], from.as_bytes(), id.as_bytes()])));
    }
    let Some(timestamp) = timestamp else { return Ok(None) };
    // As it stands, of whatever type: only a CHAT and a READ have a say in what it must be.
    let content = fields.value("content").map(ToString::to_string).unwrap_or_default();
    let said = [from, &timestamp, control, &content].map(str::as_bytes);
    Ok(Some(InputId::derive(&[b"huawei-at", account[0], account[1], said[0], said[1], said[2], said[3]])))
}

/// What a page tells beside what its user does.
struct Told {
    profile: Profile,
    /// `messageId`, by which it is told what an agent has read.
    named: Option<Private>,
}

fn input(channel: Channel<'_>, from: &str, told: Told, act: VisitorAct, id: InputId) -> Body {
    let Told { profile, named } = told;
    let tenant = channel.tenant.clone();
    let account = channel.account.stamp(&tenant);
    let visitor = VisitorId::new(from);
    let conversation = ConversationId::of(&tenant, &account.account, &visitor);
    let act = ConversationAct::Visitor(Box::new(VisitorInput {
        account,
        visitor,
        profile,
        ext: None,
        ack: None,
        named,
        act,
    }));
    Body::Conversation(ConversationInput { tenant, id, conversation, act })
}
