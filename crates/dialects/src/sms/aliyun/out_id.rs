//! `OutId`: what we give with an SMS and get back with its report. It carries our own ids, so that a report finds its
//! message without any table of ours: `<conversation>.<message>.<leg>`, 70 or 73 of the 256 characters that it may have.

use usher_domain::receipt::Leg;
use usher_domain::{ConversationId, MessageId};

/// Which copy of which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutId {
    pub(super) conversation: ConversationId,
    pub(super) message: MessageId,
    pub(super) leg: Leg,
}

impl OutId {
    pub(super) fn text(&self) -> String {
        format!("{}.{}.{}", self.conversation, self.message, self.leg.name())
    }

    /// `None`: it is none of ours. The vendor's account may send for others too.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (conversation, message) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let leg = Leg::named(parts.next()?)?;
        parts.next().is_none().then_some(Self { conversation, message, leg })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_id_survives_its_text_and_others_are_not_ours() {
        for leg in [Leg::Sms, Leg::Channel] {
            let id = OutId { conversation: ConversationId::from_bits(7), message: MessageId::from_bits(9), leg };
            assert_eq!(OutId::read(&id.text()), Some(id));
            assert!(id.text().len() <= 256);
        }
        for other in ["", "67890", "a.b.sms", &format!("{}.x", "0".repeat(32))] {
            assert_eq!(OutId::read(other), None, "{other}");
        }
    }
}
