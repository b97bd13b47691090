//! What a channel makes of a message: as it is, in words, or not at all, and which pieces are not in it.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use usher_dialects::outbound::{Next, SendOutcome, plan};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{
    AccountId, AgentCard, AgentId, Class, Content, ConversationId, Delivery, DeliveryId, Dialect, MailboxAct, Message,
    MessageId, Party, TenantId, VisitorId,
};

use crate::pieces::pieces;
use crate::request::{NOW, accounts};

/// A column of the table: an account of the sample accounts.
pub(crate) struct Channel {
    pub(crate) name: &'static str,
    account: &'static str,
    dialect: Dialect,
}

pub(crate) const CHANNELS: [Channel; 6] = [
    Channel { name: "native", account: "web", dialect: Dialect::Native },
    Channel { name: "easemob", account: "im", dialect: Dialect::Easemob },
    Channel { name: "huawei", account: "aicc", dialect: Dialect::Huawei },
    Channel { name: "rbm", account: "rcs", dialect: Dialect::Rbm },
    Channel { name: "aliyun", account: "chat", dialect: Dialect::Aliyun },
    Channel { name: "sms", account: "sms", dialect: Dialect::Sms },
];

pub(crate) fn channel(name: &str) -> &'static Channel {
    CHANNELS.iter().find(|channel| channel.name == name).expect("a column of the table")
}

/// How a channel carries a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// In the channel's own form for it.
    AsIs { lost: Vec<&'static str> },
    /// As the channel carries words.
    InWords { lost: Vec<&'static str> },
    /// Not at all: refused before it is sent, so that a fallback can act.
    Refused,
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (how, lost) = match self {
            Self::AsIs { lost } => ("as it is", lost.as_slice()),
            Self::InWords { lost } => ("in words", lost.as_slice()),
            Self::Refused => ("refused", &[][..]),
        };
        if lost.is_empty() { f.write_str(how) } else { write!(f, "{how}, without {}", lost.join(" and ")) }
    }
}

impl Carried {
    /// Whether this loses nothing that the cell does not declare: a message may lack the piece that is lost, and a
    /// message that is words only is carried as words are.
    pub(crate) fn loses_less_than(&self, cell: &str) -> bool {
        match self {
            Self::Refused => cell == "refused",
            Self::AsIs { lost } | Self::InWords { lost } => {
                cell != "refused" && lost.iter().all(|piece| cell.contains(piece))
            }
        }
    }
}

/// What the channel makes of it.
pub(crate) fn carried(content: &Content, channel: &Channel) -> Carried {
    let Some(sent) = sent(content, channel) else { return Carried::Refused };
    let said = texts(&sent);
    let is_said = |text: &str| said.iter().any(|said| said.contains(text));
    let mut lost: Vec<_> =
        pieces(content).into_iter().filter(|(_, text)| !is_said(text)).map(|(name, _)| name).collect();
    lost.dedup();
    let words = Content::text("words");
    let is_words =
        !matches!(content, Content::Text(_)) && shape(&sent) == shape(&self::sent(&words, channel).expect("words go"));
    if is_words { Carried::InWords { lost } } else { Carried::AsIs { lost } }
}

/// All that goes out, as text; `None` when nothing does.
fn sent(content: &Content, channel: &Channel) -> Option<String> {
    match planned(content, channel) {
        Next::Request(request) => {
            let text = String::from_utf8(request.body).expect("a text");
            let is_form = text.contains("Body=");
            Some(if is_form { decoded(&text) } else { text })
        }
        Next::Hold(act) => match *act {
            MailboxAct::Put(held) => Some(held.payload.as_str().to_owned()),
            other => panic!("a message is put in: {other:?}"),
        },
        Next::Submit(_) => panic!("no column has an SMSC of its own"),
        Next::Done(SendOutcome::NotReachable { .. } | SendOutcome::NeverReached { .. }) => None,
        Next::Done(other) => panic!("{content:?} by {}: {other:?}", channel.name),
    }
}

fn decoded(form: &str) -> String {
    percent_decode_str(&form.replace('+', " ")).decode_utf8().expect("UTF-8").into_owned()
}

/// Every text in it, also those in JSON that stands in a text.
fn texts(sent: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(sent) else { return vec![sent.to_owned()] };
    let mut found = Vec::new();
    collect(&value, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| collect(value, found)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::String(text) => {
            found.push(text.clone());
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                collect(&inner, found);
            }
        }
        Value::Number(number) => found.push(number.to_string()),
        Value::Bool(_) | Value::Null => {}
    }
}

/// Which fields there are, and of what type they say that they are: words have one shape, whatever they say.
fn shape(sent: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(sent) else { return Vec::new() };
    let mut found = Vec::new();
    walk("", &value, &mut found);
    found
}

fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| walk(&format!("{path}.{name}"), value, found)),
        Value::Array(items) => items.iter().for_each(|item| walk(&format!("{path}[]"), item, found)),
        Value::String(text) if ["type", "mediaType", "kind"].iter().any(|name| path.ends_with(name)) => {
            found.push(format!("{path}={text}"));
        }
        Value::Null => {}
        _ => found.push(path.to_owned()),
    }
}

fn planned(content: &Content, channel: &Channel) -> Next {
    thread_local!(static ACCOUNTS: usher_dialects::accounts::Accounts = accounts());
    ACCOUNTS.with(|accounts| plan(&delivery(content, channel), accounts, NOW))
}

fn delivery(content: &Content, channel: &Channel) -> Delivery {
    let (tenant, account) = (TenantId::new("acme"), AccountId::new(channel.account));
    let visitor = VisitorId::new(if channel.dialect.names_are_phone_numbers() { "+12223334444" } else { "d" });
    let card = AgentCard { id: AgentId::new("li"), name: "Li".to_owned(), avatar: String::new() };
    let message = Message {
        id: MessageId::from_bits(9),
        from: Party::Agent(card),
        content: content.clone(),
        ext: None,
        via: None,
    };
    Delivery {
        id: DeliveryId::from_bits(7),
        conversation: Some(ConversationId::of(&tenant, &account, &visitor)),
        tenant,
        account,
        session: None,
        target: DeliveryTarget::Channel { dialect: channel.dialect, visitor },
        order: Order::Message { message, class: Class::Service, visitor: None },
        deadline: None,
    }
}

fn json_of(content: &Content, name: &str) -> Value {
    let sent = sent(content, channel(name)).unwrap_or_else(|| panic!("{name} does not carry {content:?}"));
    serde_json::from_str(&sent).expect("JSON")
}

/// The native channel's webhook.
pub(crate) fn native(content: &Content) -> Value {
    json_of(content, "native")
}

/// Easemob's send.
pub(crate) fn easemob(content: &Content) -> Value {
    json_of(content, "easemob")
}
