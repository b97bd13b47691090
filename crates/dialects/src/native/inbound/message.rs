//! Messages to a visitor: under which terms they go, those of the tenant's server, and what a bot says and does.

use std::time::Duration;

use usher_domain::conversation::{BotAct, BotInput, ConversationAct, PushInput};
use usher_domain::{Class, ConversationId, SessionId, Terms};

use super::visitor::target;
use super::{Caller, content};
use crate::accounts::{AccountSettings, Wish};
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::{Accepted, limits, path};

/// Longest time to live: what Google RBM takes at most.
const TTL_MS_MAX: u64 = 15 * 24 * 60 * 60 * 1000;

/// The fields of a message to a visitor.
const SAID: [&str; 5] = ["text", "content", "ttl_ms", "class", "fallback"];

/// `POST /v1/sessions/{session}/bot-messages`.
pub(super) fn of_bot(caller: &Caller<'_>, session: &str) -> Result<Accepted, Condition> {
    said_only(&caller.fields, &["account"])?;
    bot(caller, session, |fields, settings| {
        Ok(BotAct::Say { content: content::said(fields)?, terms: terms(fields, settings)? })
    })
}

/// `POST /v1/sessions/{session}/handover`.
pub(super) fn hand_over(caller: &Caller<'_>, session: &str) -> Result<Accepted, Condition> {
    caller.fields.only(&["account", "to"])?;
    bot(caller, session, |fields, _| {
        let to = fields.object("to")?;
        let target = to.map(|to| to.only(&["agent", "group", "where"]).and_then(|()| target(&to))).transpose()?;
        Ok(BotAct::HandOver { target: target.unwrap_or_default() })
    })
}

/// What the account's bot does.
fn bot(
    caller: &Caller<'_>,
    session: &str,
    act: impl FnOnce(&Fields<'_>, &AccountSettings) -> Result<BotAct, Condition>,
) -> Result<Accepted, Condition> {
    let session = session_id(session)?;
    let settings = caller.account()?;
    let account = settings.stamp(caller.tenant);
    if account.bot.is_none() {
        return Err(caller.fields.wrong("account", "has no bot that could do something"));
    }
    let input = BotInput { account, session, act: act(&caller.fields, settings)? };
    Ok(caller.accept(session.conversation, ConversationAct::Bot(Box::new(input))))
}

/// `POST /v1/pushes`.
pub(super) fn of_tenant(caller: &Caller<'_>) -> Result<Accepted, Condition> {
    let fields = &caller.fields;
    said_only(fields, &["account", "visitor"])?;
    let settings = caller.account()?;
    let account = settings.stamp(caller.tenant);
    let visitor = limits::visitor("visitor", fields.needed_text("visitor")?, &settings.channel)?;
    let conversation = ConversationId::of(caller.tenant, &account.account, &visitor);
    let (content, terms) = (content::said(fields)?, terms(fields, settings)?);
    let input = PushInput { account, visitor, content, ext: None, terms, archive: true };
    Ok(caller.accept(conversation, ConversationAct::Push(Box::new(input))))
}

/// Refuses fields that a message does not have beside `own`. A time without its unit gets a sentence of its own, because
/// that is what other systems call it.
pub(super) fn said_only(fields: &Fields<'_>, own: &[&str]) -> Result<(), Condition> {
    if fields.value("ttl").is_some() {
        return Err(fields.wrong("ttl", "use ttl_ms, in milliseconds"));
    }
    fields.only(&[own, &SAID[..]].concat())
}

/// The session that a path names. Whether it is one of the account, its core knows.
pub(super) fn session_id(segment: &str) -> Result<SessionId, Condition> {
    let text = path::decode("session", segment)?;
    text.parse().map_err(|_| Condition::invalid("session", "must be a session id: <32 hex>.<milliseconds>.<16 hex>"))
}

/// The sender's wishes and the account's defaults, resolved.
pub(super) fn terms(fields: &Fields<'_>, settings: &AccountSettings) -> Result<Terms, Condition> {
    let fallback = fields.object("fallback")?;
    let fallback_to = match &fallback {
        None => None,
        Some(fallback) => {
            fallback.only(&["to"])?;
            fallback.text("to")?.map(|number| limits::phone("fallback.to", number)).transpose()?
        }
    };
    if fallback_to.is_some() && settings.defaults.fallback_account.is_none() {
        return Err(Condition::invalid("fallback.to", "this account has no fallback_account"));
    }
    Ok(settings.terms(&Wish { ttl: ttl(fields)?, class: class(fields)?, fallback_to }))
}

fn ttl(fields: &Fields<'_>) -> Result<Option<Duration>, Condition> {
    match fields.count("ttl_ms")? {
        Some(ms) if ms == 0 || ms > TTL_MS_MAX => Err(fields.wrong("ttl_ms", format!("must be 1 to {TTL_MS_MAX}"))),
        ms => Ok(ms.map(Duration::from_millis)),
    }
}

fn class(fields: &Fields<'_>) -> Result<Option<Class>, Condition> {
    let wrong = || fields.wrong("class", "must be authentication, transaction, promotion or service");
    fields.text("class")?.map(|name| Class::named(name).ok_or_else(wrong)).transpose()
}
