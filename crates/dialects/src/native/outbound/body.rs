//! What a webhook says: the public contract towards workspaces, bots and native channels. One flat JSON object,
//! snake_case; a field that does not apply is absent, and receivers ignore fields they do not know.
//!
//! Every body has `type`, `tenant` and `account`; where they exist `conversation`, `session`, `visitor`, `desk`, `agent`
//! and `bot`. `session`, `agent` and `placement` are what a workspace names in its commands, as they are.
//!
//! | `type` | beside that |
//! | --- | --- |
//! | `message` | `class`, `message: { id, from, content, ext, via }`; `agent` absent while nobody has the session. `ext`: the JSON text that the visitor's side put beside it, if any. `via`: the SMS account by which it came, when the visitor answered an SMS |
//! | `session.connected` | `context`: the JSON text that the visitor's side gave for the bot, if any |
//! | `session.assigned` | `placement`, `agent_name`, `agent_avatar`, `profile`, `transcript`: the session's messages so far, oldest first, each { `at_ms`, `message` }, `truncated`: whether there were more before |
//! | `session.offered` | `placement`, `until_ms`: from when on an answer does not count, `waited_ms`, `vip`, `group` |
//! | `session.offer-withdrawn` | `placement`, `reason`: `taken`, `expired`, `declined`, `visitor-left`, `rescinded` |
//! | `session.left` | `reason`: `closed`, `visitor-left`, `idle`, `transferred`, `reassigned`, `on-hold`, `unanswered` |
//! | `session.consulted` | `by: { id, name, avatar }`, `profile`, `transcript`, `truncated` |
//! | `session.consult-ended` | `consulted`: the second agent |
//! | `whisper` | `from`: the agent who says it, `text` |
//! | `message.left` | `message`, for later: nobody has the session |
//! | `session.closed` | |
//! | `notice` | `notice: { kind, … }`: `queued` with `position` (1 is next) and, where the queue can tell, `wait_ms`, `assigned` with `agent: { id, name, avatar }`, `transferred`, `refused` with `reason` and `text`, `closed` with `by_agent`, `invitation` to a survey about `session`, `leave_message` with `reason` and `text`, `reminder` with `text` |
//! | `typing` | |
//! | `read` | `messages`: ids |
//! | `revoke` | `message_id` |
//! | `profile` | `profile`: { `nickname`, `true_name`, `phone`, `qq`, `company`, `description`, `email`, `tags`, `avatar` }, agents' words before the visitor's |
//! | `survey` | `score` (1 to 5; absent when it counts nowhere), `detail` |
//! | `refused` | `command`, `reason` (`closed`, `not-assigned`, `moved`, `no-such-message`, `not-possible`, `offer-gone`), `input`: the id that the command was answered with |
//!
//! `from` has `kind`: `visitor` (`nickname`), `agent` (`id`, `name`, `avatar`), `bot` (`id`), `tenant`, `system`.
//! `content` has `kind`: `text` (`text`); `image`, `audio`, `video`, `file` (`location`, `format`, `name`, `bytes`, `secret`);
//! `card` (`title`, `description`, `media`, `media_format`, `link`, `choices`); `menu` (`title`, `choices`); `location`
//! (`latitude`, `longitude`, as decimal text); `suggestion` (`postback`, `text`); `opaque` (`name`, `raw`). A choice has
//! `postback`, `label` and, where a tap does something, `action` with `kind`: `open_link` (`link`), `dial` (`phone`),
//! `show_place` (`latitude`, `longitude`), `share_place`.

use serde_json::{Map, Value, json};
use usher_domain::content::{Choice, ChoiceAction, MediaKind};
use usher_domain::delivery::{DeliveryTarget, LeftReason, Line, Notice, Order};
use usher_domain::event::Command;
use usher_domain::place::RefusedReason;
use usher_domain::{AgentCard, Content, Delivery, Message, Party, VisitorId};

use super::profile;

/// The body of a delivery's webhook; the same for every attempt.
pub(super) fn of(delivery: &Delivery) -> Value {
    let mut fields = object(said(&delivery.order));
    fields.extend(object(addressed(delivery)));
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Whom and what the webhook is about.
fn addressed(delivery: &Delivery) -> Value {
    let (desk, bot) = match &delivery.target {
        DeliveryTarget::Workspace { desk, .. } => (Some(desk.as_str()), None),
        DeliveryTarget::Bot(bot) => (None, Some(bot.as_str())),
        DeliveryTarget::Channel { .. } | DeliveryTarget::Sms { .. } => (None, None),
    };
    json!({
        "tenant": delivery.tenant.as_str(),
        "account": delivery.account.as_str(),
        "conversation": delivery.conversation.map(|id| id.to_string()),
        "session": delivery.session.map(|id| id.to_string()),
        "visitor": visitor(delivery).map(VisitorId::as_str),
        "desk": desk,
        "agent": agent(delivery),
        "bot": bot,
    })
}

fn visitor(delivery: &Delivery) -> Option<&VisitorId> {
    match (&delivery.order, &delivery.target) {
        (_, DeliveryTarget::Channel { visitor, .. }) => Some(visitor),
        (Order::Message { visitor, .. }, _) => visitor.as_ref(),
        (Order::Connected { visitor, .. } | Order::Assigned { visitor, .. }, _) => Some(visitor),
        (Order::Offered(offer), _) => Some(&offer.visitor),
        (Order::MessageLeft { visitor, .. } | Order::Consulted { visitor, .. }, _) => Some(visitor),
        _ => None,
    }
}

/// The agent concerned: the one that the order names, else the one that the workspace is told it for.
fn agent(delivery: &Delivery) -> Option<&str> {
    match (&delivery.order, &delivery.target) {
        (Order::Assigned { agent, .. }, _) => Some(agent.id.as_str()),
        (Order::Left { agent, .. } | Order::OfferWithdrawn { agent, .. }, _) => Some(agent.as_str()),
        (Order::Offered(offer), _) => Some(offer.agent.as_str()),
        (_, DeliveryTarget::Workspace { agent, .. }) => agent.as_ref().map(|agent| agent.as_str()),
        _ => None,
    }
}

/// What is said, with its `type`.
fn said(order: &Order) -> Value {
    match order {
        Order::Message { message, class, .. } => {
            json!({ "type": "message", "class": class.name(), "message": message_fields(message) })
        }
        Order::Connected { context, .. } => {
            json!({ "type": "session.connected", "context": context.as_ref().map(|text| text.as_str()) })
        }
        Order::Assigned { agent, placement, briefing, .. } => json!({
            "type": "session.assigned",
            "placement": placement.to_string(),
            "agent_name": agent.name,
            "agent_avatar": agent.avatar,
            "profile": profile::of(&briefing.profile),
            "transcript": briefing.lines.iter().map(line).collect::<Vec<_>>(),
            "truncated": briefing.truncated,
        }),
        Order::Offered(offer) => json!({
            "type": "session.offered",
            "placement": offer.placement.to_string(),
            "until_ms": offer.until.millis(),
            "waited_ms": u64::try_from(offer.waited.as_millis()).unwrap_or(u64::MAX),
            "vip": offer.vip,
            "group": offer.group.as_ref().map(|group| group.as_str()),
        }),
        Order::OfferWithdrawn { placement, reason, .. } => json!({
            "type": "session.offer-withdrawn",
            "placement": placement.to_string(),
            "reason": reason.name(),
        }),
        Order::Left { reason, .. } => json!({ "type": "session.left", "reason": left_reason(*reason) }),
        Order::Closed => json!({ "type": "session.closed" }),
        Order::Notice(notice) => json!({ "type": "notice", "notice": notice_fields(notice) }),
        Order::Typing => json!({ "type": "typing" }),
        Order::Read { messages, .. } => {
            json!({ "type": "read", "messages": messages.iter().map(ToString::to_string).collect::<Vec<_>>() })
        }
        Order::Revoke { message } => json!({ "type": "revoke", "message_id": message.to_string() }),
        Order::Profile(profile) => json!({ "type": "profile", "profile": profile::of(profile) }),
        Order::Survey { score, detail } => {
            let detail = Some(detail.as_str()).filter(|detail| !detail.is_empty());
            json!({ "type": "survey", "score": score, "detail": detail })
        }
        // Refused before: it has no form here.
        Order::Ack { .. } => Value::Null,
        Order::Refused { command, reason, input } => json!({
            "type": "refused",
            "command": command_name(*command),
            "reason": reason.name(),
            "input": input.to_string(),
        }),
        Order::MessageLeft { message, .. } => json!({ "type": "message.left", "message": message_fields(message) }),
        Order::Consulted { by, briefing, .. } => json!({
            "type": "session.consulted",
            "by": card(by),
            "profile": profile::of(&briefing.profile),
            "transcript": briefing.lines.iter().map(line).collect::<Vec<_>>(),
            "truncated": briefing.truncated,
        }),
        Order::ConsultEnded { agent } => json!({ "type": "session.consult-ended", "consulted": agent.as_str() }),
        Order::Whisper { from, text } => json!({ "type": "whisper", "from": from.as_str(), "text": text.as_str() }),
    }
}

/// One message of the session so far.
fn line(line: &Line) -> Value {
    json!({ "at_ms": line.at.millis(), "message": message_fields(&line.message) })
}

fn message_fields(message: &Message) -> Value {
    let mut fields = object(json!({
        "id": message.id.to_string(),
        "from": party(&message.from),
        "content": content(&message.content),
        "ext": message.ext.as_ref().map(|ext| ext.as_str()),
        "via": message.via.as_ref().map(|account| account.as_str()),
    }));
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

fn party(party: &Party) -> Value {
    match party {
        Party::Visitor { nickname: Some(name) } => json!({ "kind": "visitor", "nickname": name.as_str() }),
        Party::Visitor { nickname: None } => json!({ "kind": "visitor" }),
        Party::Agent(card) => {
            json!({ "kind": "agent", "id": card.id.as_str(), "name": card.name, "avatar": card.avatar })
        }
        Party::Bot(bot) => json!({ "kind": "bot", "id": bot.as_str() }),
        Party::Tenant => json!({ "kind": "tenant" }),
        Party::System => json!({ "kind": "system" }),
    }
}

fn content(content: &Content) -> Value {
    let mut fields = object(match content {
        Content::Text(text) => json!({ "kind": "text", "text": text.as_str() }),
        Content::Media { kind, location, format, name, bytes, secret } => json!({
            "kind": media_kind(*kind),
            "location": location.as_str(),
            "format": format,
            "name": name.as_ref().map(|name| name.as_str()),
            "bytes": bytes,
            "secret": secret.as_ref().map(|secret| secret.as_str()),
        }),
        Content::Card { title, description, media, media_format, link, choices } => json!({
            "kind": "card",
            "title": title.as_str(),
            "description": description.as_str(),
            "media": media.as_ref().map(|media| media.as_str()),
            "media_format": media_format,
            "link": link.as_ref().map(|link| link.as_str()),
            "choices": (!choices.is_empty()).then(|| choices.iter().map(choice).collect::<Vec<_>>()),
        }),
        Content::Menu { title, choices } => json!({
            "kind": "menu",
            "title": title.as_str(),
            "choices": choices.iter().map(choice).collect::<Vec<_>>(),
        }),
        Content::Location { latitude, longitude, address } => json!({
            "kind": "location",
            "latitude": latitude.as_str(),
            "longitude": longitude.as_str(),
            "address": address.as_ref().map(|address| address.as_str()),
        }),
        Content::Suggestion { postback, text } => json!({
            "kind": "suggestion",
            "postback": postback.as_str(),
            "text": text.as_ref().map(|text| text.as_str()),
        }),
        Content::Opaque { kind, raw } => json!({ "kind": "opaque", "name": kind, "raw": raw.as_str() }),
    });
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

fn choice(choice: &Choice) -> Value {
    let action = match &choice.action {
        None => return json!({ "postback": choice.postback.as_str(), "label": choice.label.as_str() }),
        Some(ChoiceAction::OpenLink(link)) => json!({ "kind": "open_link", "link": link.as_str() }),
        Some(ChoiceAction::Dial(phone)) => json!({ "kind": "dial", "phone": phone.as_str() }),
        Some(ChoiceAction::ShowPlace { latitude, longitude }) => {
            json!({ "kind": "show_place", "latitude": latitude.as_str(), "longitude": longitude.as_str() })
        }
        Some(ChoiceAction::SharePlace) => json!({ "kind": "share_place" }),
    };
    json!({ "postback": choice.postback.as_str(), "label": choice.label.as_str(), "action": action })
}

const fn media_kind(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::File => "file",
    }
}

fn notice_fields(notice: &Notice) -> Value {
    match notice {
        Notice::Queued { position, wait } => {
            let wait = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
            some(json!({ "kind": "queued", "position": position, "wait_ms": wait }))
        }
        Notice::Assigned { agent } => json!({ "kind": "assigned", "agent": card(agent) }),
        Notice::Transferred { .. } => json!({ "kind": "transferred" }),
        Notice::Refused { reason, text } => {
            some(json!({ "kind": "refused", "reason": reason.map(RefusedReason::name), "text": words(text) }))
        }
        Notice::Closed { by_agent } => json!({ "kind": "closed", "by_agent": by_agent }),
        Notice::Invitation => json!({ "kind": "invitation" }),
        Notice::LeaveMessage { reason, text } => {
            some(json!({ "kind": "leave_message", "reason": reason.name(), "text": words(text) }))
        }
        Notice::Reminder { text } => some(json!({ "kind": "reminder", "text": words(text) })),
    }
}

/// Without the fields that do not apply.
fn some(value: Value) -> Value {
    let mut fields = object(value);
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

fn words(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn card(agent: &AgentCard) -> Value {
    json!({ "id": agent.id.as_str(), "name": agent.name, "avatar": agent.avatar })
}

const fn left_reason(reason: LeftReason) -> &'static str {
    match reason {
        LeftReason::Closed => "closed",
        LeftReason::VisitorLeft => "visitor-left",
        LeftReason::Idle => "idle",
        LeftReason::Transferred => "transferred",
        LeftReason::Reassigned => "reassigned",
        LeftReason::OnHold => "on-hold",
        LeftReason::Unanswered => "unanswered",
    }
}

const fn command_name(command: Command) -> &'static str {
    match command {
        Command::Connect => "connect",
        Command::Ask => "ask",
        Command::Leave => "leave",
        Command::Typing => "typing",
        Command::Read => "read",
        Command::Send => "send",
        Command::Transfer => "transfer",
        Command::Close => "close",
        Command::Recall => "recall",
        Command::Profile => "profile",
        Command::HandOver => "handover",
        Command::Hold => "hold",
        Command::Resume => "resume",
        Command::Consult => "consult",
        Command::Whisper => "whisper",
        Command::EndConsult => "consult-end",
        Command::InviteSurvey => "invite-survey",
        Command::Accept => "accept",
        Command::Decline => "decline",
    }
}
