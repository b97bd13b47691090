//! What a visitor does with one message: its body and its `ext` together.

use serde_json::Value;
use usher_domain::content::Private;
use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::{Content, ConversationId, ConversationInput, GroupId, InputId, Target, VisitorId};

use super::content::Body;
use super::token::Served;
use super::weichat::Weichat;
use crate::condition::Condition;
use crate::inbound::limits;

/// Longest `ext`, in bytes: what the vendor's older text allowed for body and `ext` together.
const EXT_BYTES_MAX: usize = 40 * 1_024;

/// Parts of `ext.msgtype` that are a message of their own.
const KINDS: [&str; 3] = ["track", "order", "choice"];

/// What the vendor's web client writes for a queue that its menu did not name.
const NO_QUEUE: [&str; 2] = ["undefined", "null"];

/// One message, read.
pub(super) struct Said {
    act: VisitorAct,
    profile: Profile,
    ext: Option<Private>,
    /// By what a repeat is recognised, where the client says so itself.
    key: Option<Vec<String>>,
    /// The client's own name for it, under which it waits to be told that it came.
    ack: Option<Private>,
}

/// Reads a message.
pub(super) fn read(body: Body, ext: Option<&Value>, weichat: Weichat) -> Result<Said, Condition> {
    let Weichat { profile, target, survey, handover, ack } = weichat;
    let text = ext.map(ToString::to_string).filter(|text| text != "{}");
    if text.as_ref().is_some_and(|text| text.len() > EXT_BYTES_MAX) {
        return Err(Condition::invalid("ext", format!("must have at most {EXT_BYTES_MAX} bytes as JSON")));
    }
    let mut key = ack.clone().map(|id| vec!["ack".to_owned(), id]);
    let act = match (body, survey) {
        (Body::Command(action), _) if action == "TransferToKf" => {
            // The button may be tapped again: one tap of one session is one ask.
            key = handover.map(|(session, id)| vec!["handover".to_owned(), session, id]).or(key);
            VisitorAct::Ask { target }
        }
        (Body::Command(action), _) if action == "TypingBegin" => VisitorAct::Typing,
        (_, Some(survey)) => survey,
        (body, None) => {
            let target = if target.is_empty() { guided(ext) } else { Some(target) };
            VisitorAct::Message { content: content(body, ext)?, ask: target }
        }
    };
    Ok(Said { act, profile, ext: text.map(Private::from), key, ack: ack.map(Private::from) })
}

/// Whom a choice of a guide to people asks for (`msgtype.mode` `transferManualGuide`, as the vendor's web client answers a
/// menu of that mode): the group that the choice names, else whoever the account names.
fn guided(ext: Option<&Value>) -> Option<Target> {
    let msgtype = ext?.get("msgtype")?;
    if msgtype.get("mode")?.as_str()? != "transferManualGuide" {
        return None;
    }
    let group = msgtype["choice"]["queueId"].as_str().filter(|group| limits::id("queueId", group).is_ok());
    Some(Target {
        agent: None,
        group: group.filter(|group| !NO_QUEUE.contains(group)).map(GroupId::new),
        ..Target::default()
    })
}

/// What is shown. What stands in `ext` only is no text: it keeps its name and its JSON.
fn content(body: Body, ext: Option<&Value>) -> Result<Content, Condition> {
    let msgtype = ext.and_then(|ext| ext.get("msgtype")).filter(|msgtype| msgtype.is_object());
    if let Some(postback) = msgtype.and_then(|msgtype| chosen(&msgtype["choice"])) {
        let text = match &body {
            Body::Says(Content::Text(text)) => Some(text.clone()),
            _ => None,
        };
        return Ok(Content::Suggestion { postback, text });
    }
    let raw = |kind: &str, value: &Value| Content::Opaque { kind: kind.to_owned(), raw: value.to_string().into() };
    match body {
        Body::Says(content) => Ok(content),
        Body::Command(action) => Ok(Content::Opaque { kind: "cmd".to_owned(), raw: action.into() }),
        Body::Blank => {
            let own =
                KINDS.iter().find_map(|kind| Some(raw(kind, msgtype?.get(*kind).filter(|part| part.is_object())?)));
            let weichat = || ext?.get("weichat").filter(|part| part.is_object()).map(|part| raw("weichat", part));
            let rest =
                || ext.filter(|ext| ext.as_object().is_some_and(|ext| !ext.is_empty())).map(|ext| raw("ext", ext));
            own.or_else(weichat).or_else(rest).ok_or_else(|| Condition::invalid("msg", "is blank and has no ext"))
        }
    }
}

/// The id of the menu's item that was chosen; a menu that came back whole has none.
fn chosen(choice: &Value) -> Option<Private> {
    match choice.get("menuid").or_else(|| choice.get("id"))? {
        Value::String(id) if !id.is_empty() => Some(id.as_str().into()),
        Value::Number(id) => Some(id.to_string().into()),
        _ => None,
    }
}

impl Said {
    /// Whether the client gave it a name of its own.
    pub(super) const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The same without that name: of several bodies under one `ext` only the first has it.
    pub(super) fn unnamed(self) -> Self {
        Self { key: None, ack: None, ..self }
    }

    /// The input that it makes. `otherwise`: the id's parts where the client gave it no name.
    pub(super) fn input(self, served: Served<'_>, visitor: VisitorId, otherwise: &[&[u8]]) -> ConversationInput {
        let tenant = served.tenant.clone();
        let account = served.account.stamp(&tenant);
        let conversation = ConversationId::of(&tenant, &account.account, &visitor);
        let bits = conversation.bits().to_be_bytes();
        let named: Option<Vec<&[u8]>> = self.key.as_ref().map(|key| key.iter().map(String::as_bytes).collect());
        let id = InputId::derive(&[&[&b"easemob"[..], &bits], named.as_deref().unwrap_or(otherwise)].concat());
        let Self { act, profile, ext, ack, .. } = self;
        let act =
            ConversationAct::Visitor(Box::new(VisitorInput { account, visitor, profile, ext, ack, named: None, act }));
        ConversationInput { tenant, id, conversation, act }
    }
}
