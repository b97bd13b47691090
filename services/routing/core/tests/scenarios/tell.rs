//! A record that a core wrote, as a line of a scenario: to whom, of which session, and what.

use usher_domain::content::Content;
use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{Delivery, DeliveryTarget, Order};
use usher_domain::desk::DeskAct;
use usher_domain::message::{Message, Party};
use usher_domain::{Body, Demand, Place, Placement, Want, Wish};

use super::words::{Names, Node};

/// The line.
pub(crate) fn line(body: &Body, names: &impl Names) -> String {
    match body {
        Body::Conversation(input) => match &input.act {
            ConversationAct::Placement(placement) => placed(placement, names),
            other => format!("conversation: {}", Node::of(other).sentence(names)),
        },
        Body::Desk(input) => match &input.act {
            DeskAct::Demand(demand) => demanded(demand, names),
            other => format!("desk: {}", Node::of(other).sentence(names)),
        },
        Body::Delivery(delivery) => delivered(delivery, names),
        Body::Event(event) => format!("fact: {}", Node::of(&event.fact).sentence(names)),
        Body::Transcript(_) => "archived".to_owned(),
        other => Node::of(other).sentence(names),
    }
}

fn demanded(demand: &Demand, names: &impl Names) -> String {
    let session = names.session(&demand.session.to_string());
    let want = match &demand.want {
        Want::Nobody => "nobody".to_owned(),
        Want::SetAside => "nobody for now".to_owned(),
        Want::Agent(wish) => {
            let usual = Wish { target: wish.target.clone(), ..Wish::default() };
            let target = Node::of(&wish.target).sentence(names);
            match Node::of(wish).without(&Node::of(&usual)).sentence(names).strip_prefix("wish: ") {
                Some(more) => format!("{target}, {more}"),
                None => target,
            }
        }
    };
    format!("{session} demands {}: {want}", demand.epoch)
}

fn placed(placement: &Placement, names: &impl Names) -> String {
    let session = names.session(&placement.session.to_string());
    let place = match &placement.place {
        Place::Waiting { position, wait: None } => format!("number {position}"),
        other => Node::of(other).sentence(names),
    };
    format!("{session} is placed {}: {place}", placement.version)
}

fn delivered(delivery: &Delivery, names: &impl Names) -> String {
    let session = delivery.session.map(|session| names.session(&session.to_string()));
    let whose = session.or_else(|| Some(names.conversation(&delivery.conversation?.to_string())));
    let about = whose.as_ref().map(|session| format!(", of {session}")).unwrap_or_default();
    let to = match &delivery.target {
        DeliveryTarget::Channel { .. } => format!("to visitor{}", about.replacen(", of", "", 1)),
        DeliveryTarget::Sms { .. } => format!("to the phone{}", about.replacen(',', "", 1)),
        DeliveryTarget::Bot(_) => format!("to the bot{about}"),
        DeliveryTarget::Workspace { agent: Some(agent), .. } => format!("to agent {}{about}", agent.as_str()),
        DeliveryTarget::Workspace { agent: None, .. } => format!("to the workspace{about}"),
    };
    format!("{to}: {}", ordered(&delivery.order, names))
}

fn ordered(order: &Order, names: &impl Names) -> String {
    match order {
        Order::Message { message, .. } => said(message),
        Order::MessageLeft { message, .. } => format!("left for later: {}", said(message)),
        Order::Whisper { from, text } => format!("{} whispers “{}”", from.as_str(), text.as_str()),
        other => Node::of(other).sentence(names),
    }
}

fn said(message: &Message) -> String {
    let who = match &message.from {
        Party::Visitor { .. } => "the visitor".to_owned(),
        Party::Agent(card) => card.id.as_str().to_owned(),
        Party::Bot(_) => "the bot".to_owned(),
        Party::Tenant => "the tenant".to_owned(),
        Party::System => "usher".to_owned(),
    };
    match &message.content {
        Content::Text(text) => format!("{who} says “{}”", text.as_str()),
        other => format!("{who} sends {other:?}"),
    }
}
