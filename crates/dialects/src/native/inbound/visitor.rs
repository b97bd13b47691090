//! What a visitor does, told by the native channel or by the tenant's backend for a visitor of any channel.

use serde_json::Value;
use usher_domain::content::Private;
use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::{AgentId, ConversationId, GroupId, MessageId, Target};

use super::Caller;
use super::call::VisitorCall;
use super::content;
use super::{profile, selector};
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::{Accepted, limits};

/// Most tags of one visitor.
const TAGS_MAX: usize = 32;
/// Most ids in one read report.
const READS_MAX: usize = 100;

const PERSON: [&str; 6] = ["account", "visitor", "tags", "nickname", "phone", "profile"];

/// Reads one call of a visitor.
pub(super) fn receive(caller: &Caller<'_>, call: VisitorCall) -> Result<Accepted, Condition> {
    let fields = &caller.fields;
    fields.only(&[&PERSON[..], own_fields(call)].concat())?;
    let settings = caller.account()?;
    let account = settings.stamp(caller.tenant);
    let visitor = limits::visitor("visitor", fields.needed_text("visitor")?, &settings.channel)?;
    let conversation = ConversationId::of(caller.tenant, &account.account, &visitor);
    let input = VisitorInput {
        account,
        visitor,
        profile: person(fields)?,
        ext: None,
        ack: None,
        named: None,
        act: act(fields, call)?,
    };
    Ok(caller.accept(conversation, ConversationAct::Visitor(Box::new(input))))
}

const fn own_fields(call: VisitorCall) -> &'static [&'static str] {
    match call {
        VisitorCall::Message => &["text", "content", "ask", "group", "agent", "where"],
        VisitorCall::Ask => &["group", "agent", "where"],
        VisitorCall::Connect => &["context"],
        VisitorCall::Leave | VisitorCall::Typing => &[],
        VisitorCall::Read => &["messages"],
        VisitorCall::Survey => &["score", "detail", "session"],
    }
}

fn act(fields: &Fields<'_>, call: VisitorCall) -> Result<VisitorAct, Condition> {
    Ok(match call {
        VisitorCall::Message => message(fields)?,
        VisitorCall::Ask => VisitorAct::Ask { target: target(fields)? },
        VisitorCall::Connect => VisitorAct::Connect { context: context(fields)? },
        VisitorCall::Leave => VisitorAct::Leave,
        VisitorCall::Typing => VisitorAct::Typing,
        VisitorCall::Read => VisitorAct::Read { messages: reads(fields, READS_MAX)? },
        VisitorCall::Survey => survey(fields)?,
    })
}

fn message(fields: &Fields<'_>) -> Result<VisitorAct, Condition> {
    let target = target(fields)?;
    let asks = fields.flag("ask")? || target != Target::default();
    Ok(VisitorAct::Message { content: content::said(fields)?, ask: asks.then_some(target) })
}

/// Whom `agent`, `group` and `where` name.
pub(super) fn target(fields: &Fields<'_>) -> Result<Target, Condition> {
    let id = |name| fields.text(name)?.map(|text| limits::id(&fields.path(name), text)).transpose();
    Ok(Target {
        agent: id("agent")?.map(AgentId::new),
        group: id("group")?.map(GroupId::new),
        selectors: selector::selectors(fields)?,
    })
}

fn survey(fields: &Fields<'_>) -> Result<VisitorAct, Condition> {
    let score = match fields.count("score")? {
        Some(score) if (1..=5).contains(&score) => score.to_string(),
        _ => return Err(fields.wrong("score", "must be a whole number, 1 to 5")),
    };
    let detail = fields.filled_text("detail")?;
    let detail = detail.map(|text| limits::words("detail", text, limits::TEXT_BYTES_MAX)).transpose()?;
    let wrong = |_| fields.wrong("session", "must be a session id: <32 hex>.<milliseconds>.<16 hex>");
    let session = fields.text("session")?.map(|text| text.parse().map_err(wrong)).transpose()?;
    Ok(VisitorAct::Survey { session, score, detail: Private::from(detail.unwrap_or_default()) })
}

fn context(fields: &Fields<'_>) -> Result<Option<Private>, Condition> {
    let context = fields.filled_text("context")?;
    if context.is_some_and(|text| crate::inbound::json::parse(text.as_bytes()).is_err()) {
        return Err(fields.wrong("context", "must be JSON as a string"));
    }
    Ok(context.map(Private::from))
}

/// The messages that somebody has read, at most `most`.
pub(super) fn reads(fields: &Fields<'_>, most: usize) -> Result<Vec<MessageId>, Condition> {
    let ids = fields.list("messages")?;
    if ids.is_empty() || ids.len() > most {
        return Err(fields.wrong("messages", format!("must name 1 to {most} messages")));
    }
    let read = |(at, id): (usize, &Value)| {
        let wrong = || Condition::invalid(format!("messages[{at}]"), "must be a message id: 32 hex digits");
        id.as_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)
    };
    ids.iter().enumerate().map(read).collect()
}

fn person(fields: &Fields<'_>) -> Result<Profile, Condition> {
    let nickname = fields.filled_text("nickname")?;
    let nickname = nickname.map(|name| limits::words("nickname", name, limits::NAME_BYTES_MAX)).transpose()?;
    let phone = fields.text("phone")?.map(|number| limits::phone("phone", number)).transpose()?;
    let more = profile::told(fields)?;
    Ok(Profile { nickname: nickname.map(Private::from), phone, tags: tags(fields)?, ..more })
}

fn tags(fields: &Fields<'_>) -> Result<Vec<Private>, Condition> {
    let tags = fields.list("tags")?;
    if tags.len() > TAGS_MAX {
        return Err(fields.wrong("tags", format!("must be at most {TAGS_MAX}")));
    }
    let tag = |(at, tag): (usize, &Value)| {
        let field = format!("tags[{at}]");
        let text = tag.as_str().ok_or_else(|| Condition::invalid(field.as_str(), "must be a string"))?;
        limits::id(&field, text).map(Private::from)
    };
    tags.iter().enumerate().map(tag).collect()
}
