//! sms, Twilio: the provider's status callback → a receipt; an incoming message → inputs, see [`message`]
//! (<https://www.twilio.com/docs/usage/webhooks/webhooks-security>). The path that outbound gave the provider names the
//! message; the signature covers it, so what it names is ours.
//!
//! `sent`, `delivered`, `read`, `undelivered` and `failed` become receipts; statuses before these (`queued`, …) say
//! nothing that is not known and are answered with 200 alone, unknown ones too, counted.

mod message;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use secrecy::ExposeSecret;
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{AccountId, Body, ConversationId, ConversationInput, InputId, MessageId, Receipt, TenantId};

use crate::accounts::{AccountSettings, Accounts, ChannelSettings, SmsSettings, TwilioSettings};
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, Request, limits, no_such_account, no_such_path, path, signature};

/// The pattern of a path, when it is one of these.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    match path::segments(path)[..] {
        ["callbacks", "sms", _, _, _, _, _] => Some("/callbacks/sms/{tenant}/{account}/{conversation}/{message}/{leg}"),
        ["webhooks", "sms", _, _] => Some("/webhooks/sms/{tenant}/{account}"),
        _ => None,
    }
}

/// Reads a status callback or an incoming message.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    match path::segments(request.path)[..] {
        ["callbacks", "sms", tenant, account, conversation, message, leg] => {
            let call = Call::read(request, accounts, tenant, account)?;
            let about = About {
                tenant: call.tenant,
                account: AccountId::new(call.account.account.as_str()),
                conversation: conversation_id(conversation)?,
                message: message_id(message)?,
                leg: leg_of(leg)?,
            };
            about.accept(&call.form)
        }
        ["webhooks", "sms", tenant, account] => message::accept(&Call::read(request, accounts, tenant, account)?),
        _ => Err(no_such_path()),
    }
}

/// A call that is signed by the account's provider.
struct Call<'r, 'a> {
    tenant: TenantId,
    account: &'a AccountSettings,
    form: Form<'r>,
}

impl<'r, 'a> Call<'r, 'a> {
    fn read(request: &Request<'r>, accounts: &'a Accounts, tenant: &str, account: &str) -> Result<Self, Condition> {
        request.must_post()?;
        let tenant = TenantId::new(path::decode("tenant", tenant)?);
        let account = AccountId::new(path::decode("account", account)?);
        let account = accounts.account(&tenant, &account).ok_or_else(no_such_account)?;
        let ChannelSettings::Sms(SmsSettings::Twilio(settings)) = &account.channel else {
            return Err(no_such_account());
        };
        if request.declares("application/x-www-form-urlencoded") != Some(true) {
            return Err(Condition::UnsupportedMediaType { expected: "application/x-www-form-urlencoded" });
        }
        let form = Form::read(request.body);
        must_be_signed(request, settings, &form)?;
        Ok(Self { tenant, account, form })
    }
}

/// Plain words: the provider shows them in its log.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    Answer::text(condition.status(), condition.to_string())
}

/// What the path says the callback is about.
struct About {
    tenant: TenantId,
    account: AccountId,
    conversation: ConversationId,
    message: MessageId,
    leg: Leg,
}

impl About {
    fn accept(self, form: &Form<'_>) -> Result<Accepted, Condition> {
        let status = form.value("MessageStatus").or_else(|| form.value("SmsStatus"));
        let status = status.ok_or_else(|| Condition::invalid("MessageStatus", "is missing"))?;
        let provider_id = form.value("MessageSid").map(|sid| limits::id("MessageSid", sid)).transpose()?;
        let report = match status {
            "sent" => Report::Sent { provider_id: provider_id.map(str::to_owned) },
            "delivered" => Report::Delivered,
            "read" => Report::Read,
            // The carrier says that it did not arrive; carriers are known to say so of messages that did.
            "undelivered" => Report::Failed { attempts: Attempts::Maybe, reason: reason("undelivered", form) },
            "failed" => Report::NotReachable { reason: reason("failed", form) },
            "accepted" | "queued" | "scheduled" | "sending" => return Ok(Accepted::nothing(done())),
            _ => return Ok(Accepted::nothing(done()).noting("sms-unknown-status")),
        };
        let id = self.input_id(status, provider_id.unwrap_or_default());
        let account = Some(self.account);
        let receipt = Receipt { message: self.message, leg: self.leg, account, report, reported_at: None };
        let act = ConversationAct::Receipt(receipt);
        let input = ConversationInput { tenant: self.tenant, id, conversation: self.conversation, act };
        Ok(Accepted::one(Body::Conversation(input), done()))
    }

    fn input_id(&self, status: &str, provider_id: &str) -> InputId {
        InputId::derive(&[
            b"sms",
            self.tenant.as_str().as_bytes(),
            self.account.as_str().as_bytes(),
            &self.message.bits().to_be_bytes(),
            self.leg.name().as_bytes(),
            provider_id.as_bytes(),
            status.as_bytes(),
        ])
    }
}

fn done() -> Answer {
    Answer::text(200, "")
}

/// The provider's error code is a number; anything else is not repeated.
fn reason(status: &str, form: &Form<'_>) -> String {
    match form.value("ErrorCode") {
        Some(code) if (1..=6).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("the provider reported {status}, error {code}")
        }
        _ => format!("the provider reported {status}"),
    }
}

/// `X-Twilio-Signature` = base64 HMAC-SHA1(auth token, URL as the provider sees it + sorted names and values).
fn must_be_signed(request: &Request<'_>, settings: &TwilioSettings, form: &Form<'_>) -> Result<(), Condition> {
    let given = (request.header)("x-twilio-signature");
    let given = given.ok_or_else(|| Condition::Unauthorised("X-Twilio-Signature is missing".to_owned()))?;
    let mut signed = format!("{}{}", settings.callback_base_url.trim_end_matches('/'), request.path);
    if !request.query.is_empty() {
        signed.push('?');
        signed.push_str(request.query);
    }
    for (name, value) in form.sorted() {
        signed.push_str(name);
        signed.push_str(value);
    }
    if signature::is_hmac_sha1(settings.auth_token.expose_secret(), signed.as_bytes(), given) {
        return Ok(());
    }
    let help =
        "X-Twilio-Signature does not fit; check auth_token, and that callback_base_url is the URL the provider calls";
    Err(Condition::Unauthorised(help.to_owned()))
}

fn conversation_id(segment: &str) -> Result<ConversationId, Condition> {
    segment.parse().map_err(|_| Condition::invalid("conversation", "must be a conversation id: 32 hex digits"))
}

fn message_id(segment: &str) -> Result<MessageId, Condition> {
    segment.parse().map_err(|_| Condition::invalid("message", "must be a message id: 32 hex digits"))
}

fn leg_of(segment: &str) -> Result<Leg, Condition> {
    Leg::named(segment).ok_or_else(|| Condition::invalid("leg", "must be sms or channel"))
}

/// A form, decoded.
struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    fn read(body: &'a [u8]) -> Self {
        Self(form_urlencoded::parse(body).collect())
    }

    fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_ref()).filter(|value| !value.is_empty())
    }

    /// In the order in which they are signed; the provider signs a pair that stands twice once.
    fn sorted(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}
