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
        other => format!("{other:?}"),
    }
}

fn demand(demand: &Demand) -> String {
    match &demand.want {
        Want::Agent(wish) => {
            let Wish { target, vip, asked_at, .. } = &**wish;
            let vip = if *vip { ", vip" } else { "" };
            format!("{} wants {}{vip}, asked at {asked_at}", demand.epoch, self::target(target))
        }
        Want::Nobody => format!("{} wants nobody", demand.epoch),
    }
}

fn target(target: &Target) -> String {
    match (&target.agent, &target.group) {
        (Some(agent), _) => agent.to_string(),
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
            format!("offered {}{group}, waited {:?}, until {}", offer.placement, offer.waited, offer.until)
        }
        Order::OfferWithdrawn { placement, reason, .. } => format!("offer {placement} withdrawn, {}", reason.name()),
        Order::Left { reason, .. } => format!("left, {reason:?}"),
        Order::Closed => "closed".into(),
        Order::Notice(Notice::Assigned { agent }) => format!("served by {}", agent.id),
        Order::Notice(notice) => format!("{notice:?}"),
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
