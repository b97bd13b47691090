//! What a step sent out, as one short line for each record, so that a rule reads like its row in the table.

use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{DeliveryTarget, Notice, Order};
use usher_domain::desk::DeskAct;
use usher_domain::event::Fact;
use usher_domain::profile::{Profile, ProfileField};
use usher_domain::{Body, Content, Delivery, Demand, Event, Message, Party, Target, Want, Wish};

pub(super) fn lines(bodies: &[Body]) -> Vec<String> {
    bodies.iter().map(line).collect()
}

fn line(body: &Body) -> String {
    match body {
        Body::Event(event) => fact(event),
        Body::Delivery(delivery) => self::delivery(delivery),
        Body::Transcript(transcript) => format!("written down: {}", message(&transcript.message)),
        Body::Desk(input) => match &input.act {
            DeskAct::Demand(demand) => format!("{}: {}", input.desk, self::demand(demand)),
            DeskAct::Rated(rating) => {
                let group = rating.group.as_ref().map(|group| format!(" for {group}")).unwrap_or_default();
                format!("{}: {} rated {}{group}", input.desk, rating.agent, rating.score)
            }
            other => format!("{other:?}"),
        },
        Body::Conversation(input) => match &input.act {
            ConversationAct::Linked(link) => format!("linked to {}", link.account.account),
            ConversationAct::Forwarded(said) => format!("forwarded to {}", said.said.account.account),
            other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    }
}

fn fact(event: &Event) -> String {
    match &event.fact {
        Fact::SessionOpened { with_bot: true, .. } => "opened with bot".into(),
        Fact::SessionOpened { .. } => "opened".into(),
        Fact::SessionWaiting { epoch, target, vip, .. } => {
            format!("waiting {epoch} for {}{}", self::target(target), if *vip { ", vip" } else { "" })
        }
        Fact::SessionPromoted { .. } => "promoted".into(),
        Fact::SessionQueued { position, .. } => format!("queued at {position}"),
        Fact::SessionAssigned { agent, placement, .. } => format!("assigned {agent} {placement}"),
        Fact::SessionLeft { agent, .. } => format!("left {agent}"),
        Fact::SessionClosed { reason, .. } => format!("closed by {reason:?}"),
        Fact::InputIgnored { command, .. } => format!("ignored {command:?}"),
        Fact::InputRepeated { .. } => "repeated".into(),
        Fact::InputForwarded { .. } => "answers another".into(),
        Fact::CommandRefused { command, reason, .. } => format!("refused {command:?}: {}", reason.name()),
        Fact::MessageOrdered { deadline: Some(deadline), .. } => format!("ordered until {deadline}"),
        Fact::MessageOrdered { .. } => "ordered".into(),
        Fact::MessageStatus { leg, status, .. } => format!("{leg:?} is {status:?}"),
        Fact::MessageRevoking { .. } => "revoking".into(),
        Fact::MessageRevokeAnswered { revoked, .. } => format!("revoke answered {revoked}"),
        Fact::MessageOutcome { outcome, reason, .. } => format!("{outcome:?}: {reason:?}"),
        Fact::MessageRecalled { .. } => "recalled".into(),
        Fact::ProfileEdited { fields, .. } => format!("profile written: {fields:?}"),
        Fact::DuplicateDelivered { .. } => "duplicate delivered".into(),
        Fact::ReceiptUnmatched { .. } => "unmatched".into(),
        Fact::SurveyAnswered { session, score } => {
            format!("survey of {}: {score:?}", if session.is_some() { "a session" } else { "none" })
        }
        Fact::SubscriptionChanged { opted_out } => format!("opted out {opted_out}"),
        Fact::SurveyInvited { .. } => "survey invited".into(),
        Fact::SessionOnHold { agent, .. } => format!("on hold by {agent}"),
        Fact::SessionConsulted { agent, by, .. } => format!("{agent} consulted by {by}"),
        Fact::ConsultEnded { agent, .. } => format!("consult of {agent} ended"),
        Fact::FirstReplyLate { agent, placement, requeues, .. } => {
            format!("{agent} late {placement}{}", if *requeues { ", waits again" } else { "" })
        }
        Fact::VisitorReminded { .. } => "visitor reminded".into(),
        Fact::MessageInvited { reason, .. } => format!("message invited, {}", reason.name()),
        Fact::MessageLeft { .. } => "message left".into(),
        other => format!("{other:?}"),
    }
}

fn demand(demand: &Demand) -> String {
    match &demand.want {
        Want::Agent(wish) => {
            let Wish { target, vip, asked_at, moved_at, avoid, overflowed, returns, .. } = &**wish;
            let vip = if *vip { ", vip" } else { "" };
            let moved = moved_at.map(|at| format!(", moved at {at}")).unwrap_or_default();
            let avoid = avoid.as_ref().map(|agent| format!(", not {agent}")).unwrap_or_default();
            let overflowed = if *overflowed { ", overflowed" } else { "" };
            let returns = if *returns { ", returns" } else { "" };
            let target = self::target(target);
            format!("{} wants {target}{vip}, asked at {asked_at}{moved}{avoid}{overflowed}{returns}", demand.epoch)
        }
        Want::Nobody => format!("{} wants nobody", demand.epoch),
        Want::SetAside => format!("{} wants nobody for now", demand.epoch),
    }
}

fn target(target: &Target) -> String {
    match (&target.agent, &target.group) {
        (Some(agent), None) => agent.to_string(),
        (Some(agent), Some(group)) => format!("{agent}, {group}"),
        (None, Some(group)) => group.to_string(),
        (None, None) => "anybody".into(),
    }
}

fn delivery(delivery: &Delivery) -> String {
    let to = match &delivery.target {
        DeliveryTarget::Channel { .. } => "visitor".into(),
        DeliveryTarget::Sms { account, to } => format!("{} by {account}", to.as_str()),
        DeliveryTarget::Bot(bot) => bot.to_string(),
        DeliveryTarget::Workspace { agent: Some(agent), .. } => format!("desk of {agent}"),
        DeliveryTarget::Workspace { agent: None, .. } => "desk".into(),
    };
    let until = delivery.deadline.map(|deadline| format!(" until {deadline}")).unwrap_or_default();
    format!("to {to}: {}{until}", order(&delivery.order))
}

fn order(order: &Order) -> String {
    match order {
        Order::Message { message, .. } => self::message(message),
        Order::Connected { .. } => "connected".into(),
        Order::Assigned { placement, .. } => format!("assigned {placement}"),
        Order::Notice(Notice::Transferred { target }) => format!("handed on to {}", self::target(target)),
        Order::Offered(offer) => {
            let group = offer.group.as_ref().map(|group| format!(" for {group}")).unwrap_or_default();
            let vip = if offer.vip { ", vip" } else { "" };
            format!("offered {}{group}{vip}, waited {:?},", offer.placement, offer.waited)
        }
        Order::OfferWithdrawn { placement, reason, .. } => format!("offer {placement} withdrawn, {}", reason.name()),
        Order::Left { reason, .. } => format!("left, {reason:?}"),
        Order::Closed => "closed".into(),
        Order::Notice(Notice::Assigned { agent }) => format!("served by {}", agent.id),
        Order::Notice(Notice::Queued { position, wait: None }) => format!("Queued {{ position: {position} }}"),
        Order::Notice(Notice::Queued { position, wait: Some(wait) }) => format!("queued at {position} for {wait:?}"),
        Order::Notice(Notice::Refused { reason: Some(reason), text }) => spoken("refused", reason.name(), text),
        Order::Notice(Notice::LeaveMessage { reason, text }) => spoken("leave a message", reason.name(), text),
        Order::Notice(Notice::Reminder { text }) => spoken("reminded", "silent", text),
        Order::Notice(notice) => format!("{notice:?}"),
        Order::MessageLeft { message, .. } => format!("left for later: {}", self::message(message)),
        Order::Consulted { by, briefing, .. } => format!("consulted by {}, lines {}", by.id, briefing.lines.len()),
        Order::ConsultEnded { agent } => format!("{agent} reads along no longer"),
        Order::Whisper { from, text } => format!("{from} whispers {}", text.as_str()),
        Order::Typing => "typing".into(),
        Order::Read { messages, named } if named.is_empty() => format!("read {}", messages.len()),
        Order::Read { messages, named } => {
            let named: Vec<&str> = named.iter().map(|name| name.as_str()).collect();
            format!("read {} named {}", messages.len(), named.join(","))
        }
        Order::Revoke { .. } => "revoke".into(),
        Order::Profile(profile) => format!("profile {}", known(profile)),
        Order::Survey { score, detail } => format!("survey {score:?} {}", detail.as_str()),
        Order::Ack { key } => format!("has come: {}", key.as_str()),
        Order::Refused { command, reason, .. } => format!("refused {command:?}: {}", reason.name()),
    }
}

/// A notice, with what it says if that is not said in a message.
fn spoken(what: &str, why: &str, text: &str) -> String {
    if text.is_empty() { format!("{what}, {why}") } else { format!("{what}, {why}: {text}") }
}

fn message(message: &Message) -> String {
    let from = match &message.from {
        Party::Visitor { .. } => "visitor",
        Party::Agent(card) => card.id.as_str(),
        Party::Bot(bot) => bot.as_str(),
        Party::Tenant => "tenant",
        Party::System => "usher",
    };
    let beside = message.ext.as_ref().map(|ext| format!(" beside {}", ext.as_str())).unwrap_or_default();
    let via = message.via.as_ref().map(|account| format!(" via {account}")).unwrap_or_default();
    match &message.content {
        Content::Text(words) => format!("{from} says {}{beside}{via}", words.as_str()),
        other => format!("{from} sends {other:?}"),
    }
}

/// What is known of a visitor, by the fields' names.
fn known(profile: &Profile) -> String {
    let filled = |field: ProfileField| Some(format!("{} {}", field.name(), profile.value(field)?));
    let tags = Some(profile.tags.len()).filter(|tags| *tags > 0).map(|tags| format!("tags {tags}"));
    ProfileField::ALL.into_iter().filter_map(filled).chain(tags).collect::<Vec<_>>().join(", ")
}
