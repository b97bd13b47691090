//! huawei: `GET /apiaccess/ccmessaging/poll?receiverId=…&channel=WEB`, by which a page asks for what waits for its user,
//! where the account has no `push_url`. The three headers are those of `sendAsync`.
//!
//! With `isNeedRead=true` it is also told which of its messages an agent has read; without, that is passed over.

use serde_json::json;
use usher_domain::{AccountId, ConversationId, VisitorId};

use super::inbound::session::Session;
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::{Answer, Request, limits};
use crate::pull::{Pull, Waiting, Want};

/// How a READ stands in what waits. Nobody's words can look like it: the quotes in them are escaped.
const READ: &str = r#""controlType":"READ""#;

/// Where pages poll.
pub(crate) const POLL: &str = "/apiaccess/ccmessaging/poll";

/// Reads a poll.
pub(crate) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Pull, Condition> {
    if request.method != "GET" {
        return Err(Condition::MethodNotAllowed { allowed: "GET" });
    }
    let session = Session::of(request, accounts)?;
    let channel = session.channel()?;
    let user = asked(request, "receiverId")?;
    let user = limits::id_within("receiverId", &user, channel.settings.from_max)?;
    session.must_be_of("receiverId", user)?;
    if !asked(request, "channel")?.eq_ignore_ascii_case(&channel.settings.channel) {
        return Err(Condition::invalid("channel", format!("must be {}", channel.settings.channel)));
    }
    if channel.settings.push_url.is_some() {
        return Err(Condition::NotFound("messages of this channel are pushed, not polled for".to_owned()));
    }
    let reads = query(request, "isNeedRead").is_some_and(|asked| asked.eq_ignore_ascii_case("true"));
    let (account, visitor) = (AccountId::new(channel.account.account.as_str()), VisitorId::new(user));
    let conversation = ConversationId::of(channel.tenant, &account, &visitor);
    let headers = session.answer(Answer::text(200, "")).headers;
    Ok(Pull { tenant: channel.tenant.clone(), account, visitor, conversation, want: Want::Poll { reads }, headers })
}

fn asked(request: &Request<'_>, name: &str) -> Result<String, Condition> {
    query(request, name).ok_or_else(|| Condition::invalid(name, "is missing in the query"))
}

fn query(request: &Request<'_>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(request.query.as_bytes());
    pairs.find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

/// The answer to a poll: what waits, as it was written when it was put in; of a list of parts each is a message.
pub(crate) fn told(pull: &Pull, waiting: &[Waiting<'_>]) -> Answer {
    let reads = matches!(pull.want, Want::Poll { reads: true });
    let payloads = waiting.iter().map(|waiting| waiting.payload.as_str());
    let wanted = payloads.filter(|payload| reads || !payload.contains(READ));
    let messages: Vec<&str> = wanted.map(without_brackets).collect();
    let mut answer = Answer::json(200, &json!({}));
    answer.headers.clone_from(&pull.headers);
    answer.body = format!(
        r#"{{"resultCode":"0","resultDesc":"query user messages success.","downlinkMessages":[{}]}}"#,
        messages.join(",")
    )
    .into_bytes();
    answer
}

/// The messages of a list of parts, or the one message.
fn without_brackets(payload: &str) -> &str {
    payload.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(payload)
}

#[cfg(test)]
mod tests;
