//! Easemob's callback after a message was sent: one message of a visitor to the account's user.
//!
//! `security` = MD5(`callId` + secret + `timestamp`) does not cover the body. Whoever has read one callback could send
//! others under it for as long as its timestamp counts, so the path belongs behind TLS and a list of the vendor's
//! addresses. A `callId` under which this process has heard another message is refused, readable or not; a repeat of the
//! same message is dropped by the input's id.
//!
//! All else that is signed is answered with 200: after 90 failures in 30 s the vendor blocks the rule, and every visitor
//! with it. A message that can not be read goes to the dead letters.

use std::time::Duration;

use md5::{Digest, Md5};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use usher_domain::envelope::DeadLetter;
use usher_domain::{AccountId, Body, TenantId, Timestamp, VisitorId};

use super::token::Served;
use super::{content, said, weichat};
use crate::accounts::{Accounts, ChannelSettings, EasemobSettings};
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::replays::Heard;
use crate::inbound::{Accepted, Answer, Request, limits, no_such_account, no_such_path, path, signature};

/// Where dead letters of this edge say that they come from.
const SOURCE: &str = "webhooks/easemob";
/// How far a timestamp may be from our clock, either way.
const WINDOW_MS: u64 = 15 * 60 * 1_000;
/// Most bodies of one message; the vendor's clients send one.
const BODIES_MAX: usize = 10;

/// Reads one callback.
pub(super) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Accepted, Condition> {
    let segments = path::segments(request.path);
    let &[_, _, tenant, account] = segments.as_slice() else { return Err(no_such_path()) };
    let tenant = TenantId::new(path::decode("tenant", tenant)?);
    let account = AccountId::new(path::decode("account", account)?);
    let account = accounts.account(&tenant, &account).ok_or_else(no_such_account)?;
    let ChannelSettings::Easemob(settings) = &account.channel else { return Err(no_such_account()) };

    let (call, at) = signed_call(request, settings)?;
    let callback = Callback { served: Served { tenant: &tenant, account, settings }, call, at };
    callback.accept(request)
}

/// What the signature is over. All else is passed over unread: what a visitor wrote, however deep or broken, must not
/// decide whether the vendor is believed.
#[derive(Deserialize)]
struct Signed {
    #[serde(rename = "callId")]
    call: Word,
    timestamp: Word,
    security: Word,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Number(i64),
}

impl Word {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

/// `callId` and `timestamp`, once the signature over them fits and the time counts.
fn signed_call(request: &Request<'_>, settings: &EasemobSettings) -> Result<(String, Timestamp), Condition> {
    let unauthorised = |problem: &str| Condition::Unauthorised(problem.to_owned());
    let signed: Signed = serde_json::from_slice(request.body)
        .map_err(|_| unauthorised("the body is no JSON object with callId, timestamp and security"))?;
    let (call, timestamp) = (signed.call.text(), signed.timestamp.text());
    let text = format!("{call}{}{timestamp}", settings.callback_secret.expose_secret());
    let expected: String = Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    if !signature::same_secret(&expected, &signed.security.text().to_ascii_lowercase()) {
        return Err(unauthorised("security does not fit callId, timestamp and callback_secret"));
    }
    let at: Option<i64> = timestamp.parse().ok().filter(|at| request.now.millis().abs_diff(*at) <= WINDOW_MS);
    let at = at.ok_or_else(|| unauthorised("timestamp is more than 15 minutes away from this clock"))?;
    Ok((call, Timestamp::from_millis(at)))
}

/// One callback that is the vendor's for sure.
struct Callback<'a> {
    served: Served<'a>,
    call: String,
    at: Timestamp,
}

/// What makes a message another one: host and timestamp of a repeat may be others.
fn counts(body: &[u8]) -> Vec<u8> {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    json!([said["from"], said["to"], said["msg_id"], said["payload"]]).to_string().into_bytes()
}

/// What is accepted and counted all the same.
type Notices = Vec<&'static str>;

impl Callback<'_> {
    /// # Errors
    /// Another message has come under this `callId`.
    fn accept(&self, request: &Request<'_>) -> Result<Accepted, Condition> {
        let answer = Answer::json(200, &json!({ "valid": true }));
        let mut notices = Vec::new();
        match self.read(request.body, &mut notices) {
            Ok(bodies) => {
                if !bodies.is_empty() {
                    self.first_under_its_call(request, &counts(request.body))?;
                }
                Ok(Accepted { bodies, notices, ..Accepted::nothing(answer) })
            }
            Err(reason) => {
                // Nobody knows what counts of it, so all of it does.
                self.first_under_its_call(request, request.body)?;
                let letter = self.dead_letter(request.body, reason.to_string());
                Ok(Accepted::one(letter, answer).noting("easemob-dead-letter"))
            }
        }
    }

    /// Refuses a message whose `callId` another one had. What we do not serve (the offline copy) may share the id of what
    /// we do.
    fn first_under_its_call(&self, request: &Request<'_>, content: &[u8]) -> Result<(), Condition> {
        let Served { tenant, account, .. } = self.served;
        let owner = [b"easemob", tenant.as_str().as_bytes(), account.account.as_bytes()];
        let until = self.at.plus(Duration::from_millis(WINDOW_MS));
        match request.replays.note(&owner, &[self.call.as_bytes()], &[content], until, request.now) {
            Heard::First | Heard::Again => Ok(()),
            Heard::Otherwise => {
                Err(Condition::Unauthorised("callId was heard before, with another message under it".to_owned()))
            }
        }
    }

    fn read(&self, payload: &[u8], notices: &mut Notices) -> Result<Vec<Body>, Condition> {
        let value = fields::body(payload)?;
        let fields = Fields::of_body(&value)?;
        if let Some(why) = self.is_for_others(&fields)? {
            notices.push(why);
            return Ok(Vec::new());
        }
        let from = limits::visitor("from", fields.needed_text("from")?, &self.served.account.channel)?;
        let missing = || Condition::invalid("payload", "is missing; it must be an object");
        let payload = fields.object("payload")?.ok_or_else(missing)?;
        let bodies = payload.list("bodies")?;
        if bodies.is_empty() || bodies.len() > BODIES_MAX {
            return Err(payload.wrong("bodies", format!("must have 1 to {BODIES_MAX} bodies")));
        }
        let ext = payload.value("ext");
        bodies.iter().enumerate().map(|(at, body)| self.one(at, body, ext, &from, notices)).collect()
    }

    /// What the callback tells that is no visitor's word to this account: what this account's own user says comes back
    /// here too.
    fn is_for_others(&self, fields: &Fields<'_>) -> Result<Option<&'static str>, Condition> {
        let Served { settings, .. } = self.served;
        let ours = format!("{}#{}", settings.org, settings.app);
        if fields.filled_text("appkey")?.is_some_and(|appkey| appkey != ours) {
            return Err(fields.wrong("appkey", "is not this account's application"));
        }
        let is = |name: &str, expected: &str| Ok(fields.needed_text(name)? == expected);
        if !is("eventType", "chat")? || !is("chat_type", "chat")? {
            return Ok(Some("easemob-other-event"));
        }
        Ok((!is("to", &settings.user)?).then_some("easemob-other-user"))
    }

    /// One body. An `ext` that reads wrong does not cost the visitor's words: it goes along unread.
    fn one(
        &self,
        at: usize,
        body: &Value,
        ext: Option<&Value>,
        from: &VisitorId,
        notices: &mut Notices,
    ) -> Result<Body, Condition> {
        let field = format!("payload.bodies[{at}]");
        let fields = Fields::of_inner(body, &field)?;
        let weichat = weichat::of(ext, self.served.settings).unwrap_or_else(|_| {
            notices.push("easemob-odd-ext");
            weichat::Weichat::default()
        });
        let body = content::of(fields.needed_text("type")?, body, &field)?;
        let said = said::read(body, ext, weichat)?;
        let said = if at == 0 { said } else { said.unnamed() };
        let otherwise: [&[u8]; 3] = [b"call", self.call.as_bytes(), &at.to_be_bytes()];
        Ok(Body::Conversation(said.input(self.served, from.clone(), &otherwise)))
    }

    fn dead_letter(&self, payload: &[u8], reason: String) -> Body {
        let key = format!("{}/{}", self.served.tenant, self.served.account.account);
        Body::DeadLetter(DeadLetter::of(SOURCE.to_owned(), None, key.as_bytes(), payload, reason))
    }
}
