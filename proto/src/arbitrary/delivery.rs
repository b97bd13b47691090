//! Orders to the outside.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::Delivery;
use usher_domain::delivery::{Briefing, DeliveryTarget, LeftReason, Line, Notice, Offer, Order, WithdrawnReason};

use super::base::{
    account_id, agent_id, bot_id, conversation_id, delivery_id, desk_id, group_id, input_id, message_id, phone,
    private, session_id, span, tenant, text, timestamp, visitor,
};
use super::conversation::{dialect, profile};
use super::event::{command, refusal};
use super::message::{class, message};
use super::place::{self, agent_card, placement_id, refused_reason};

/// Any order.
pub fn delivery() -> BoxedStrategy<Delivery> {
    let whose = (tenant(), account_id(), of(conversation_id()), of(session_id()));
    (delivery_id(), whose, target(), order(), of(timestamp()))
        .prop_map(|(id, (tenant, account, conversation, session), target, order, deadline)| Delivery {
            id,
            tenant,
            account,
            conversation,
            session,
            target,
            order,
            deadline,
        })
        .boxed()
}

fn target() -> BoxedStrategy<DeliveryTarget> {
    prop_oneof![
        (dialect(), visitor()).prop_map(|(dialect, visitor)| DeliveryTarget::Channel { dialect, visitor }),
        (account_id(), phone()).prop_map(|(account, to)| DeliveryTarget::Sms { account, to }),
        bot_id().prop_map(DeliveryTarget::Bot),
        (desk_id(), of(agent_id())).prop_map(|(desk, agent)| DeliveryTarget::Workspace { desk, agent }),
    ]
    .boxed()
}

fn order() -> BoxedStrategy<Order> {
    prop_oneof![
        (message(), class(), of(visitor())).prop_map(|(message, class, visitor)| Order::Message {
            message,
            class,
            visitor
        }),
        (visitor(), of(private())).prop_map(|(visitor, context)| Order::Connected { visitor, context }),
        (agent_card(), placement_id(), visitor(), briefing()).prop_map(|(agent, placement, visitor, briefing)| {
            Order::Assigned { agent, placement, visitor, briefing: Box::new(briefing) }
        }),
        offer().prop_map(|offer| Order::Offered(Box::new(offer))),
        (agent_id(), placement_id(), select(WithdrawnReason::ALL.to_vec()))
            .prop_map(|(agent, placement, reason)| Order::OfferWithdrawn { agent, placement, reason }),
        (agent_id(), left_reason()).prop_map(|(agent, reason)| Order::Left { agent, reason }),
        Just(Order::Closed),
        notice().prop_map(Order::Notice),
        Just(Order::Typing),
        (vec(message_id(), 0..3), vec(private(), 0..3)).prop_map(|(messages, named)| Order::Read { messages, named }),
        message_id().prop_map(|message| Order::Revoke { message }),
        profile().prop_map(|profile| Order::Profile(Box::new(profile))),
        (of(any::<u8>()), private()).prop_map(|(score, detail)| Order::Survey { score, detail }),
        private().prop_map(|key| Order::Ack { key }),
        (command(), refusal(), input_id()).prop_map(|(command, reason, input)| Order::Refused {
            command,
            reason,
            input
        }),
        (message(), visitor()).prop_map(|(message, visitor)| Order::MessageLeft { message, visitor }),
        (agent_id(), agent_card(), visitor(), briefing()).prop_map(|(agent, by, visitor, briefing)| {
            Order::Consulted { agent, by, visitor, briefing: Box::new(briefing) }
        }),
        agent_id().prop_map(|agent| Order::ConsultEnded { agent }),
        (agent_id(), private()).prop_map(|(from, text)| Order::Whisper { from, text }),
    ]
    .boxed()
}

fn briefing() -> BoxedStrategy<Briefing> {
    let line = (message(), timestamp()).prop_map(|(message, at)| Line { message, at });
    (profile(), vec(line, 0..3), any::<bool>())
        .prop_map(|(profile, lines, truncated)| Briefing { profile, lines, truncated })
        .boxed()
}

fn offer() -> BoxedStrategy<Offer> {
    (agent_id(), placement_id(), visitor(), of(group_id()), any::<(bool, u32)>(), timestamp())
        .prop_map(|(agent, placement, visitor, group, (vip, waited), until)| Offer {
            agent,
            placement,
            visitor,
            group,
            vip,
            waited: Duration::from_millis(waited.into()),
            until,
        })
        .boxed()
}

fn left_reason() -> BoxedStrategy<LeftReason> {
    use LeftReason::{Closed, Idle, OnHold, Reassigned, Transferred, Unanswered, VisitorLeft};
    select(vec![Closed, VisitorLeft, Idle, Transferred, Reassigned, OnHold, Unanswered]).boxed()
}

fn notice() -> BoxedStrategy<Notice> {
    prop_oneof![
        (any::<u32>(), of(span())).prop_map(|(position, wait)| Notice::Queued { position, wait }),
        agent_card().prop_map(|agent| Notice::Assigned { agent }),
        place::target().prop_map(|target| Notice::Transferred { target }),
        Just(Notice::Invitation),
        (of(refused_reason()), text()).prop_map(|(reason, text)| Notice::Refused { reason, text }),
        (refused_reason(), text()).prop_map(|(reason, text)| Notice::LeaveMessage { reason, text }),
        text().prop_map(|text| Notice::Reminder { text }),
        any::<bool>().prop_map(|by_agent| Notice::Closed { by_agent }),
    ]
    .boxed()
}
