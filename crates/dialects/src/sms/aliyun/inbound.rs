//! sms, Aliyun: what the service pushes to us (`SmsReport` → receipts, `SmsUp` → messages), each a JSON list in one call
//! (<https://help.aliyun.com/zh/sms/developer-reference/smsreport-2>, `…/smsup-http`).
//!
//! These calls are not signed. The account's `callback_token` stands in the path, so it is all that shows whose they
//! are: the paths belong behind TLS and a list of the vendor's addresses. An answer but 200 makes the service repeat the
//! whole list up to three times, and then give up: what can not be read of it goes to the dead letters instead, and
//! costs the others nothing.

#[cfg(test)]
mod tests;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use usher_domain::conversation::ConversationAct;
use usher_domain::envelope::DeadLetter;
use usher_domain::receipt::{Attempts, Report};
use usher_domain::{AccountId, Body, Content, ConversationInput, InputId, PhoneNumber, Receipt, TenantId};

use super::out_id::OutId;
use crate::accounts::{AccountSettings, Accounts, ChannelSettings, SmsSettings};
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::limits::{self, TEXT_BYTES_MAX};
use crate::inbound::{Accepted, Answer, Request, no_such_account, no_such_path, path, signature};
use crate::sms::incoming;

/// Where dead letters of this edge say that they come from.
const SOURCE: &str = "webhooks/sms";
const REPORTS: &str = "reports";
const INCOMING: &str = "incoming";

/// The pattern of a path, when it is one of these.
pub(crate) fn pattern(path: &str) -> Option<&'static str> {
    match path::segments(path)[..] {
        ["webhooks", "sms", _, _, REPORTS, _] => Some("/webhooks/sms/{tenant}/{account}/reports/{token}"),
        ["webhooks", "sms", _, _, INCOMING, _] => Some("/webhooks/sms/{tenant}/{account}/incoming/{token}"),
        _ => None,
    }
}

/// Reads one push.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let ["webhooks", "sms", tenant, account, kind, token] = path::segments(request.path)[..] else {
        return Err(no_such_path());
    };
    request.must_post()?;
    let tenant = TenantId::new(path::decode("tenant", tenant)?);
    let account = AccountId::new(path::decode("account", account)?);
    let settings = accounts.account(&tenant, &account).ok_or_else(no_such_account)?;
    let ChannelSettings::Sms(SmsSettings::Aliyun(channel)) = &settings.channel else { return Err(no_such_account()) };
    if !signature::same_secret(channel.callback_token.expose_secret(), token) {
        return Err(Condition::Unauthorised("the path does not end with this account's callback_token".to_owned()));
    }
    let push = Push { tenant: &tenant, account: settings, fresh: request.fresh };
    Ok(match kind {
        REPORTS => push.accept(request.body, Push::report),
        _ => push.accept(request.body, Push::sms),
    })
}

/// In the form of the answers that the service expects.
pub(crate) fn refuse(condition: &Condition) -> Answer {
    Answer::json(condition.status(), &json!({ "code": condition.status(), "msg": condition.to_string() }))
}

/// One push that came by the account's own path.
struct Push<'a> {
    tenant: &'a TenantId,
    account: &'a AccountSettings,
    fresh: InputId,
}

/// What one element of the list says; `None`: nothing for us, counted under the name.
type Read = Result<Result<ConversationInput, &'static str>, Condition>;

impl Push<'_> {
    fn accept(&self, payload: &[u8], read: impl Fn(&Self, &Fields<'_>) -> Read) -> Accepted {
        let mut accepted = Accepted::nothing(Answer::json(200, &json!({ "code": 0, "msg": "成功" })));
        let list = match fields::body(payload) {
            Ok(Value::Array(list)) => list,
            Ok(_) => return self.unreadable(payload, "body: must be a JSON list".to_owned(), accepted),
            Err(condition) => return self.unreadable(payload, condition.to_string(), accepted),
        };
        for (at, element) in list.iter().enumerate() {
            match Fields::of_inner(element, &format!("[{at}]")).and_then(|fields| read(self, &fields)) {
                Ok(Ok(input)) => accepted.bodies.push(Body::Conversation(input)),
                Ok(Err(notice)) => accepted.notices.push(notice),
                Err(condition) => {
                    accepted = self.unreadable(element.to_string().as_bytes(), condition.to_string(), accepted);
                }
            }
        }
        accepted
    }

    fn unreadable(&self, payload: &[u8], reason: String, mut accepted: Accepted) -> Accepted {
        let key = format!("{}/{}", self.tenant, self.account.account);
        let letter = DeadLetter::of(SOURCE.to_owned(), None, key.as_bytes(), payload, reason);
        accepted.bodies.push(Body::DeadLetter(letter));
        accepted.noting("sms-dead-letter")
    }

    /// `SmsReport`: what became of an SMS of ours, which `out_id` names.
    fn report(&self, fields: &Fields<'_>) -> Read {
        let ours = fields.text_or_number("out_id")?.and_then(|text| OutId::read(&text));
        let Some(OutId { conversation, message, leg }) = ours else { return Ok(Err("sms-report-of-others")) };
        let success = fields.value("success").ok_or_else(|| fields.wrong("success", "is missing"))?;
        let report = match success.as_bool() {
            Some(true) => Report::Delivered,
            // The carrier says that it did not arrive; carriers are known to say so of messages that did.
            Some(false) => Report::Failed { attempts: Attempts::Maybe, reason: reason(fields)? },
            None => return Err(fields.wrong("success", "must be true or false")),
        };
        let [tenant, account] = [self.tenant.as_str(), &self.account.account].map(str::as_bytes);
        let biz_id = fields.text_or_number("biz_id")?.unwrap_or_default();
        let said: &[u8] = if matches!(report, Report::Delivered) { b"delivered" } else { b"failed" };
        let message_bits = message.bits().to_be_bytes();
        let id = InputId::derive(&[b"sms-report", tenant, account, &message_bits, biz_id.as_bytes(), said]);
        let account = Some(AccountId::new(self.account.account.as_str()));
        let receipt = Receipt { message, leg, account, report, reported_at: None };
        let act = ConversationAct::Receipt(receipt);
        Ok(Ok(ConversationInput { tenant: self.tenant.clone(), id, conversation, act }))
    }

    /// `SmsUp`: an SMS to the account.
    fn sms(&self, fields: &Fields<'_>) -> Read {
        let number = fields.text_or_number("phone_number")?;
        let number = number.ok_or_else(|| fields.wrong("phone_number", "is missing; it must be a string"))?;
        let from = phone(&number)
            .ok_or_else(|| fields.wrong("phone_number", "must be a phone number, with or without its country code"))?;
        let words = fields.needed_text("content")?;
        if words.trim().is_empty() {
            return Ok(Err("sms-without-words"));
        }
        let words = limits::words(&fields.path("content"), words, TEXT_BYTES_MAX)?;
        let at = fields.filled_text("send_time")?.unwrap_or_default();
        let fresh = self.fresh.bits().to_be_bytes();
        let sequence = fields.text_or_number("sequence_id")?;
        let name = sequence.as_deref().map_or(fresh.as_slice(), str::as_bytes);
        let content = Content::text(words);
        Ok(Ok(incoming::input(self.tenant, self.account, &from, content, &[b"aliyun", name, at.as_bytes()])))
    }
}

/// A number as the service writes it: those of mainland China without their country code (11 digits, the first a 1),
/// from where alone phones can answer; others begin with theirs.
fn phone(text: &str) -> Option<PhoneNumber> {
    let digits = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or(text);
    let is_national = digits.len() == text.len() && digits.len() == 11 && digits.starts_with('1');
    PhoneNumber::parse(&format!("+{}{digits}", if is_national { "86" } else { "" })).ok()
}

/// The report's code, when it has the shape of one: its text is never repeated.
fn reason(fields: &Fields<'_>) -> Result<String, Condition> {
    let code = fields.text_or_number("err_code")?.unwrap_or_default();
    let is_code = (1..=32).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte))
        && code.bytes().filter(u8::is_ascii_digit).count() <= 6;
    Ok(if is_code { format!("the provider reported {code}") } else { "the provider reported a failure".to_owned() })
}
