//! rbm: Google's webhook → inputs or refusal
//! (<https://developers.google.com/business-communications/rcs-business-messaging/guides/integrate/webhooks>).
//!
//! Without a fitting signature nothing is written: 401. With one the answer is always 200, because any other makes
//! Google repeat for seven days and slow down all agents of the partner; what can not be read then goes to
//! `dead-letters` with its bytes and a reason, so it is seen and can be replayed.
//!
//! The signature covers the base64-decoded `message.data` (the vendor's prose says `message.body`, its code this).

mod event;
mod launch;
#[cfg(test)]
mod tests;
mod user;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use usher_domain::envelope::DeadLetter;
use usher_domain::{Account, AccountId, Body, ConversationId, InputId, TenantId, Timestamp};

use crate::accounts::{Accounts, ChannelSettings, RbmSettings};
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Accepted, Answer, Request, no_such_account, no_such_path, path, signature};

/// Where dead letters of this edge say that they come from.
const SOURCE: &str = "webhooks/rbm";

/// The pattern of the one path.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    (path::segments(path).len() == 4).then_some("/webhooks/rbm/{tenant}/{account}")
}

/// Reads a challenge or an event.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let segments = path::segments(request.path);
    let &[_, _, tenant, account] = segments.as_slice() else { return Err(no_such_path()) };
    request.must_post()?;
    let tenant = TenantId::new(path::decode("tenant", tenant)?);
    let account = AccountId::new(path::decode("account", account)?);
    let settings = accounts.account(&tenant, &account).ok_or_else(no_such_account)?;
    let ChannelSettings::Rbm(channel) = &settings.channel else { return Err(no_such_account()) };

    let body = fields::body(request.body).map_err(|_| unsigned("the body is not JSON"))?;
    let outer = Fields::of_body(&body).map_err(|_| unsigned("the body is not a JSON object"))?;
    if outer.value("clientToken").is_some() {
        return challenge(channel, &outer);
    }
    let data = signed_data(request, channel, &outer)?;
    let webhook =
        Webhook { account: settings.stamp(&tenant), channel, fresh: request.fresh, now: request.now, data: &data };
    Ok(webhook.accept(is_launch_event(&outer)))
}

/// Plain words: Google shows them in its console.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    Answer::text(condition.status(), condition.to_string())
}

fn unsigned(problem: &str) -> Condition {
    Condition::Unauthorised(format!("{problem}, so nothing is signed by this agent's client token"))
}

/// The check that Google makes when a webhook is set up: the secret comes back if the token is ours.
fn challenge(channel: &RbmSettings, fields: &Fields<'_>) -> Result<Accepted, Condition> {
    let token = fields.needed_text("clientToken")?;
    let secret = fields.needed_text("secret")?;
    if !signature::same_secret(channel.client_token.expose_secret(), token) {
        return Err(Condition::Unauthorised("clientToken is not this agent's".to_owned()));
    }
    let text = if channel.prefixed_challenge { format!("secret: {secret}") } else { secret.to_owned() };
    Ok(Accepted::nothing(Answer::text(200, text)))
}

/// The decoded `message.data`, once its signature fits.
fn signed_data(request: &Request<'_>, channel: &RbmSettings, outer: &Fields<'_>) -> Result<Vec<u8>, Condition> {
    let message = outer.object("message").ok().flatten().ok_or_else(|| unsigned("message is missing"))?;
    let text = message.text("data").ok().flatten().ok_or_else(|| unsigned("message.data is missing"))?;
    let data = STANDARD.decode(text).map_err(|_| unsigned("message.data is not base64"))?;
    let missing = || Condition::Unauthorised("X-Goog-Signature is missing".to_owned());
    let given = (request.header)("x-goog-signature").ok_or_else(missing)?;
    if signature::is_hmac_sha512(channel.client_token.expose_secret(), &data, given) {
        Ok(data)
    } else {
        Err(Condition::Unauthorised("X-Goog-Signature does not fit message.data and this agent's token".to_owned()))
    }
}

/// News of the agent itself (launched, suspended) comes to the same webhook and is told by an attribute.
fn is_launch_event(outer: &Fields<'_>) -> bool {
    let attributes = outer.object("message").ok().flatten().and_then(|message| message.object("attributes").ok()?);
    attributes.is_some_and(|attributes| attributes.text("type").ok().flatten() == Some("agent_launch_event"))
}

/// One event that is Google's for sure.
struct Webhook<'a> {
    account: Account,
    channel: &'a RbmSettings,
    fresh: InputId,
    now: Timestamp,
    data: &'a [u8],
}

/// Why an event can not be worked on; no personal data.
type Unreadable = String;

impl Webhook<'_> {
    fn accept(&self, is_launch_event: bool) -> Accepted {
        match self.read(is_launch_event) {
            Ok(Some(body)) => Accepted::one(body, Answer::text(200, "")),
            Ok(None) => Accepted::nothing(Answer::text(200, "")),
            Err(reason) => Accepted::one(self.dead_letter(reason), Answer::text(200, "")).noting("rbm-dead-letter"),
        }
    }

    /// What it says; `None`: nothing that anybody acts on.
    fn read(&self, is_launch_event: bool) -> Result<Option<Body>, Unreadable> {
        let value = fields::body(self.data).map_err(sentence)?;
        let fields = Fields::of_body(&value).map_err(sentence)?;
        if fields.needed_text("agentId").map_err(sentence)? != self.channel.agent_id {
            return Err("agentId: is not this account's agent".to_owned());
        }
        if is_launch_event {
            return launch::read(self, &fields, self.now).map_err(sentence);
        }
        event::read(self, &fields).map_err(sentence).map(|input| Some(Body::Conversation(input)))
    }

    fn dead_letter(&self, reason: Unreadable) -> Body {
        let key = format!("{}/{}", self.account.tenant, self.account.account);
        Body::DeadLetter(DeadLetter::of(SOURCE.to_owned(), None, key.as_bytes(), self.data, reason))
    }

    /// The key by which a repeat is recognised: conversation, agent, the id that fits the kind of event, its type. With
    /// the conversation, because repeats are dropped inside one, and a message's id must differ from all others'.
    fn input_id(&self, conversation: ConversationId, id: Option<&str>, kind: &str) -> InputId {
        let Some(id) = id else { return self.fresh };
        let [agent, id, kind] = [self.channel.agent_id.as_str(), id, kind].map(str::as_bytes);
        InputId::derive(&[b"rbm", &conversation.bits().to_be_bytes(), agent, id, kind])
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
fn sentence(condition: Condition) -> Unreadable {
    condition.to_string()
}
