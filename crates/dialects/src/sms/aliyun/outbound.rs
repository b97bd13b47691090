//! sms, Aliyun: delivery → one `SendSms`
//! (<https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms>). The words go into one variable
//! of the account's template. `OutId` carries our own ids, so a report finds its message.
//!
//! The service does not recognise a repeat: a retry after a lost answer may be a second SMS. What went wrong is said by
//! `Code`, with HTTP 200 too (W8); `isv.` codes speak of the customer's side, `isp.` codes of the service's.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use usher_domain::delivery::Order;
use usher_domain::{Delivery, DeliveryId, Dialect, Message, Timestamp};

use super::out_id::OutId;
use super::signature::{self, Key};
use crate::accounts::AliyunSmsSettings;
use crate::outbound::limits::check_text;
use crate::outbound::{ProviderRequest, ProviderResponse, SendOutcome};
use crate::sms::outbound::{recipient, reported_as, unsent};

/// The shortest of the limits of SMS to one number (1 a minute, 5 an hour, 10 a day for codes): an earlier try is vain.
const LIMIT_LASTS: Duration = Duration::from_secs(60);

/// The call that sends a message. Only messages become an SMS, see [`unsent`].
pub(crate) fn plan(
    delivery: &Delivery,
    settings: &AliyunSmsSettings,
    now: Timestamp,
) -> Result<ProviderRequest, SendOutcome> {
    let Order::Message { message, .. } = &delivery.order else { return unsent(&delivery.order) };
    let words = message.content.as_sms_text();
    let words = words.ok_or_else(|| SendOutcome::not_reachable("nothing of this message can be said in an SMS"))?;
    check_text(Dialect::Sms, words.as_str())?;
    let out_id = out_id(delivery, message)?.text();
    let words = json!({ settings.text_param.as_str(): words.as_str() }).to_string();
    let query = signature::query(&[
        // Country code and number, without anything before it: what the service takes for every country.
        ("PhoneNumbers", recipient(delivery)?.trim_start_matches('+')),
        ("SignName", &settings.sign_name),
        ("TemplateCode", &settings.template_code),
        ("TemplateParam", &words),
        ("OutId", &out_id),
    ]);
    let base = settings.base_url.trim_end_matches('/');
    Ok(ProviderRequest {
        method: "POST",
        url: format!("{base}/?{query}"),
        headers: headers(settings, &query, delivery.id, now),
        body: Vec::new(),
        grant: None,
    })
}

/// The signed headers and the signature. `host` is signed as every client sends it, and not set by hand.
fn headers(
    settings: &AliyunSmsSettings,
    query: &str,
    delivery: DeliveryId,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let ours = vec![
        ("x-acs-action", "SendSms".to_owned()),
        ("x-acs-version", "2017-05-25".to_owned()),
        ("x-acs-date", signature::date(now)),
        // Another one on each attempt: the service refuses one that it has seen.
        ("x-acs-signature-nonce", format!("{delivery}-{}", now.millis())),
        ("x-acs-content-sha256", signature::empty_body()),
    ];
    let mut signed: Vec<(&str, &str)> = ours.iter().map(|(name, value)| (*name, value.as_str())).collect();
    signed.push(("host", host(&settings.base_url)));
    let key = Key { id: &settings.access_key_id, secret: settings.access_key_secret.expose_secret() };
    let authorization = signature::authorization(&key, query, &signed);
    let mut headers = vec![("authorization", authorization)];
    headers.extend(ours);
    headers
}

/// Host and port of an address, as they stand in the `Host` header: without the port that the scheme means anyway.
fn host(url: &str) -> &str {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let host = rest.split(['/', '?']).next().unwrap_or(rest);
    let usual = if scheme == "http" { ":80" } else { ":443" };
    host.strip_suffix(usual).unwrap_or(host)
}

fn out_id(delivery: &Delivery, message: &Message) -> Result<OutId, SendOutcome> {
    let (conversation, leg) = reported_as(delivery)?;
    Ok(OutId { conversation, message: message.id, leg })
}

/// What the service answers; other fields are left alone.
#[derive(Deserialize)]
struct Answered {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "BizId")]
    biz_id: Option<String>,
}

/// Reads the answer: its `Code` first, which says more than the status; where there is none, the status alone.
pub(crate) fn answered(delivery: &Delivery, response: &ProviderResponse) -> SendOutcome {
    let Ok(answer) = serde_json::from_slice::<Answered>(&response.body) else {
        let unread = || SendOutcome::Retry { reason: "the SMS provider's answer has no Code".to_owned(), after: None };
        return SendOutcome::of_status(response).unwrap_or_else(unread);
    };
    match answer.code.as_str() {
        _ if response.status >= 500 => SendOutcome::Retry { reason: named(&answer.code), after: response.retry_after },
        "OK" if (200..300).contains(&response.status) => match &delivery.order {
            Order::Message { .. } => SendOutcome::sent(Dialect::Sms, answer.biz_id.filter(|id| is_plain(id))),
            _ => SendOutcome::silent(),
        },
        code => meaning(code, response),
    }
}

/// What a code means for this message: one table.
fn meaning(code: &str, response: &ProviderResponse) -> SendOutcome {
    let reason = named(code);
    match code {
        // This number, or what is said, will never do.
        "isv.MOBILE_NUMBER_ILLEGAL"
        | "isv.PHONE_NUMBER_ILLEGAL"
        | "isv.MOBILE_IN_BLACK"
        | "isv.NOT_SUPPORTED_COUNTRY"
        | "isv.BLACK_KEY_CONTROL_LIMIT"
        | "isv.PARAM_LENGTH_LIMIT"
        | "isv.PARAM_NOT_SUPPORT_URL" => SendOutcome::NotReachable { reason },
        // Too many to this number.
        "isv.BUSINESS_LIMIT_CONTROL" => SendOutcome::Retry { reason, after: Some(LIMIT_LASTS) },
        // The customer's permissions, although it is said by the service.
        "isp.RAM_PERMISSION_DENY" => SendOutcome::Rejected { reason },
        code if code.starts_with("isp.") || code.starts_with("Throttling") || code == "SignatureNonceUsed" => {
            SendOutcome::Retry { reason, after: response.retry_after }
        }
        // 4xx of the gateway before the service (408, 429) are as on every channel; all else is for people to mend:
        // balance, template, signature name, access key.
        _ => match SendOutcome::of_status(response) {
            Some(retry @ SendOutcome::Retry { .. }) => retry,
            _ => SendOutcome::Rejected { reason },
        },
    }
}

/// The code as a reason, when it has the shape of one: the answer's text is never repeated.
fn named(code: &str) -> String {
    if is_plain(code) { format!("the SMS provider answered {code}") } else { "the SMS provider refused it".to_owned() }
}

/// A word of the service: no text, and no number that could be a phone's.
fn is_plain(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._^-".contains(&byte))
}

#[cfg(test)]
mod tests;
