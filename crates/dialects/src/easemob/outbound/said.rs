//! What an order is as an Easemob message: `type`, `body` and `ext`.

use serde_json::{Value, json};
use usher_domain::content::{Choice, MediaKind, Private};
use usher_domain::delivery::Order;
use usher_domain::{AgentCard, Content, Delivery, Dialect, Message, Party};

use super::event;
use crate::accounts::EasemobSettings;
use crate::inbound::json;
use crate::outbound::SendOutcome;
use crate::outbound::limits::check_text;

/// The parts of a message that depend on the order.
#[derive(Debug, PartialEq)]
pub(super) struct Said {
    /// `type`.
    pub(super) kind: &'static str,
    /// `body`.
    pub(super) body: Value,
    /// `ext`; an object with `weichat`, an object.
    pub(super) ext: Value,
}

/// Reads an order, or says why it is not sent: typing and read have no form here.
pub(super) fn of(delivery: &Delivery, settings: &EasemobSettings) -> Result<Said, SendOutcome> {
    match &delivery.order {
        Order::Message { message, .. } => of_message(message, settings),
        Order::Notice(notice) => event::of_notice(notice, delivery, settings).ok_or_else(SendOutcome::silent),
        Order::Closed => Ok(event::closed()),
        Order::Ack { key } => Ok(event::ack(key)),
        Order::Revoke { message } => Ok(event::recall(*message)),
        Order::Typing | Order::Read { .. } => Err(SendOutcome::silent()),
        Order::Connected { .. }
        | Order::Assigned { .. }
        | Order::Offered(_)
        | Order::OfferWithdrawn { .. }
        | Order::MessageLeft { .. }
        | Order::Consulted { .. }
        | Order::ConsultEnded { .. }
        | Order::Whisper { .. }
        | Order::Left { .. }
        | Order::Profile(_)
        | Order::Survey { .. }
        | Order::Refused { .. } => {
            Err(SendOutcome::rejected("an order for a workspace or bot was addressed to an Easemob channel"))
        }
    }
}

fn of_message(message: &Message, settings: &EasemobSettings) -> Result<Said, SendOutcome> {
    let mut said = of_content(&message.content)?;
    if let Party::Agent(card) = &message.from {
        said.ext["weichat"]["agent"] = agent(card, settings);
    }
    Ok(said)
}

/// Nickname and avatar where the tenant shows them; `null` says that it does not.
pub(super) fn agent(card: &AgentCard, settings: &EasemobSettings) -> Value {
    if !settings.agent_info {
        return Value::Null;
    }
    json!({ "userNickname": card.name, "avatar": card.avatar })
}

fn of_content(content: &Content) -> Result<Said, SendOutcome> {
    match content {
        Content::Text(text) => words(text.as_str()),
        Content::Media { kind, location, name, bytes, secret, .. } => {
            let mut file = json!({ "url": location.as_str(), "filename": name.as_ref().map_or("", Private::as_str) });
            if let Some(secret) = secret {
                file["secret"] = json!(secret.as_str());
            }
            if let Some(bytes) = bytes {
                file["file_length"] = json!(bytes);
            }
            Ok(plain(media_type(*kind), file))
        }
        Content::Location { latitude, longitude, address } => {
            let address = address.as_ref().map_or("", Private::as_str);
            Ok(plain("loc", json!({ "lat": latitude.as_str(), "lng": longitude.as_str(), "addr": address })))
        }
        Content::Menu { title, choices } => Ok(menu(title.as_str(), choices)),
        Content::Card { .. } | Content::Suggestion { .. } => {
            let text = content.as_sms_text();
            words(text.as_ref().map(|text| text.as_str()).unwrap_or_default())
        }
        Content::Opaque { kind, raw } => of_opaque(kind, raw.as_str()),
    }
}

fn words(text: &str) -> Result<Said, SendOutcome> {
    check_text(Dialect::Easemob, text)?;
    Ok(plain("txt", json!({ "msg": text })))
}

fn plain(kind: &'static str, body: Value) -> Said {
    Said { kind, body, ext: json!({ "weichat": {} }) }
}

const fn media_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "img",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::File => "file",
    }
}

/// A menu: `items` with ids that come back, or a mere `list` of words where each choice comes back as its own words. The
/// vendor's clients know no actions, so these are said in the item's words.
fn menu(title: &str, choices: &[Choice]) -> Said {
    let is_list = choices.iter().all(|choice| choice.postback == choice.label && choice.action.is_none());
    let choice = if is_list {
        json!({ "title": title, "list": choices.iter().map(Choice::as_text).collect::<Vec<_>>() })
    } else {
        let item = |choice: &Choice| json!({ "id": choice.postback.as_str(), "name": choice.as_text() });
        json!({ "title": title, "items": choices.iter().map(item).collect::<Vec<_>>() })
    };
    beside_blank(json!({ "weichat": {}, "msgtype": { "choice": choice } }))
}

/// What the vendor's clients show from `ext` is sent beside a blank text.
pub(super) fn beside_blank(ext: Value) -> Said {
    Said { kind: "txt", body: json!({ "msg": " " }), ext }
}

/// What the vendor's clients show from `ext` beside a blank text: menus, a page, an order, an invitation to a survey, the
/// button that hands over.
fn of_opaque(kind: &str, raw: &str) -> Result<Said, SendOutcome> {
    let known = ["choice", "track", "order", "inviteEnquiry", "TransferToKfHint"].contains(&kind);
    let value = if known { json::parse(raw.as_bytes()).ok().filter(Value::is_object) } else { None };
    let Some(mut value) = value else {
        return Err(SendOutcome::not_reachable(
            "easemob carries choice, track, order, inviteEnquiry and TransferToKfHint, each a JSON object",
        ));
    };
    let ext = match kind {
        "choice" | "track" | "order" => json!({ "weichat": {}, "msgtype": { kind: value } }),
        _ => {
            write_label_twice(&mut value);
            json!({ "weichat": { "ctrlType": kind, "ctrlArgs": value } })
        }
    };
    Ok(beside_blank(ext))
}

/// The vendor's page calls the button's words `lable`, its web client reads `label`: whichever is there stands as both.
fn write_label_twice(args: &mut Value) {
    for (one, other) in [("lable", "label"), ("label", "lable")] {
        if let (Some(words), None) = (args.get(one).cloned(), args.get(other)) {
            args[other] = words;
        }
    }
}
