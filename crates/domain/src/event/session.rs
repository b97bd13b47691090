//! Which session a fact is about. No arm for all others: whoever adds a fact says it.

use super::Fact;
use crate::ids::SessionId;

impl Fact {
    /// The session that the fact names, if it names one.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::SessionOpened { session, .. }
            | Self::SessionWaiting { session, .. }
            | Self::SessionPromoted { session }
            | Self::SessionQueued { session, .. }
            | Self::SessionAssigned { session, .. }
            | Self::SessionLeft { session, .. }
            | Self::SessionClosed { session, .. }
            | Self::ProfileEdited { session, .. }
            | Self::SurveyInvited { session, .. }
            | Self::SurveyAverages { session, .. }
            | Self::SessionOnHold { session, .. }
            | Self::SessionConsulted { session, .. }
            | Self::ConsultEnded { session, .. }
            | Self::FirstReplyLate { session, .. }
            | Self::VisitorReminded { session, .. }
            | Self::MessageInvited { session, .. }
            | Self::MessageLeft { session, .. }
            | Self::AssignmentDecided { session, .. }
            | Self::SearchWidened { session, .. }
            | Self::OfferMade { session, .. }
            | Self::OfferAccepted { session, .. }
            | Self::OfferDeclined { session, .. }
            | Self::OfferExpired { session, .. }
            | Self::OfferRescinded { session, .. }
            | Self::TargetUnknown { session, .. }
            | Self::TargetRemoved { session, .. }
            | Self::SessionRefused { session, .. }
            | Self::SessionTakenBack { session, .. }
            | Self::AgentWrapsUp { session, .. }
            | Self::SessionEntered { session, .. }
            | Self::SessionMoved { session, .. }
            | Self::SessionEnded { session } => Some(*session),
            Self::SurveyAnswered { session, .. } => *session,
            Self::Supervised { what, .. } | Self::SupervisionRefused { what, .. } => what.session,
            Self::InputIgnored { .. }
            | Self::InputRepeated { .. }
            | Self::InputForwarded { .. }
            | Self::CommandRefused { .. }
            | Self::MessageOrdered { .. }
            | Self::MessageStatus { .. }
            | Self::MessageRevoking { .. }
            | Self::MessageRevokeAnswered { .. }
            | Self::MessageOutcome { .. }
            | Self::MessageRecalled { .. }
            | Self::DuplicateDelivered { .. }
            | Self::ReceiptUnmatched { .. }
            | Self::SubscriptionChanged { .. }
            | Self::AgentPresence { .. }
            | Self::PresenceIgnored { .. }
            | Self::AgentDraining { .. }
            | Self::SessionsHeld { .. }
            | Self::AgentUnknown { .. }
            | Self::AgentServes { .. }
            | Self::CalendarEnded { .. }
            | Self::DirectoryApplied { .. }
            | Self::DirectoryRejected { .. }
            | Self::QueueMoved { .. } => None,
        }
    }
}
