//! Lanes: what must stay in order among itself. Different lanes never wait for each other.

use usher_domain::delivery::DeliveryTarget;
use usher_domain::{ConversationId, Delivery, TenantId};

/// The kind of a target. Which agent or desk a workspace order is for does not matter to the order: an agent must leave
/// a session before the next one enters it, also where two workspaces are involved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    /// The conversation's own channel.
    Channel,
    /// The SMS sent instead.
    Sms,
    /// The bot.
    Bot,
    /// The workspace.
    Workspace,
}

/// A lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Everything that one conversation says to one kind of target.
    Conversation(ConversationId, TargetKind),
    /// Notices that belong to no conversation, by their receiver.
    Notices(TenantId, DeliveryTarget),
}

impl Lane {
    /// The lane of an order.
    pub fn of(delivery: &Delivery) -> Self {
        let kind = match &delivery.target {
            DeliveryTarget::Channel { .. } => TargetKind::Channel,
            DeliveryTarget::Sms { .. } => TargetKind::Sms,
            DeliveryTarget::Bot(_) => TargetKind::Bot,
            DeliveryTarget::Workspace { .. } => TargetKind::Workspace,
        };
        match delivery.conversation {
            Some(conversation) => Self::Conversation(conversation, kind),
            None => Self::Notices(delivery.tenant.clone(), delivery.target.clone()),
        }
    }
}
