//! Facts on their way in: one conversion for each, so that an error names the fact it lies in.

mod conversation;
mod desk;

use usher_domain::event::Fact;
use wire::event::Fact as WireFact;

use crate::error::DecodeError;
use crate::field::within;
use crate::wire;

impl TryFrom<WireFact> for Fact {
    type Error = DecodeError;

    fn try_from(fact: WireFact) -> Result<Self, DecodeError> {
        match fact {
            WireFact::SessionOpened(fact) => within("session_opened", fact),
            WireFact::SessionWaiting(fact) => within("session_waiting", fact),
            WireFact::SessionPromoted(fact) => within("session_promoted", fact),
            WireFact::SessionQueued(fact) => within("session_queued", fact),
            WireFact::SessionAssigned(fact) => within("session_assigned", fact),
            WireFact::SessionLeft(fact) => within("session_left", fact),
            WireFact::SessionClosed(fact) => within("session_closed", fact),
            WireFact::InputIgnored(fact) => within("input_ignored", fact),
            WireFact::InputRepeated(fact) => within("input_repeated", fact),
            WireFact::InputForwarded(fact) => within("input_forwarded", fact),
            WireFact::CommandRefused(fact) => within("command_refused", fact),
            WireFact::MessageOrdered(fact) => within("message_ordered", fact),
            WireFact::MessageStatus(fact) => within("message_status", fact),
            WireFact::MessageRevoking(fact) => within("message_revoking", fact),
            WireFact::MessageOutcome(fact) => within("message_outcome", fact),
            WireFact::DuplicateDelivered(fact) => within("duplicate_delivered", fact),
            WireFact::ReceiptUnmatched(fact) => within("receipt_unmatched", fact),
            WireFact::SurveyAnswered(fact) => within("survey_answered", fact),
            WireFact::AssignmentDecided(fact) => within("assignment_decided", fact),
            WireFact::SearchWidened(fact) => within("search_widened", fact),
            WireFact::TargetUnknown(fact) => within("target_unknown", fact),
            WireFact::AgentPresence(fact) => within("agent_presence", fact),
            WireFact::AgentUnknown(fact) => within("agent_unknown", fact),
            WireFact::DirectoryApplied(fact) => within("directory_applied", fact),
            WireFact::DirectoryRejected(fact) => within("directory_rejected", fact),
            WireFact::TargetRemoved(fact) => within("target_removed", fact),
            WireFact::SessionRefused(fact) => within("session_refused", fact),
            WireFact::CalendarEnded(fact) => within("calendar_ended", fact),
            WireFact::MessageRevokeAnswered(fact) => within("message_revoke_answered", fact),
            WireFact::SubscriptionChanged(fact) => within("subscription_changed", fact),
            WireFact::SurveyInvited(fact) => within("survey_invited", fact),
            WireFact::SurveyAverages(fact) => within("survey_averages", fact),
            WireFact::SessionOnHold(fact) => within("session_on_hold", fact),
            WireFact::SessionConsulted(fact) => within("session_consulted", fact),
            WireFact::ConsultEnded(fact) => within("consult_ended", fact),
            WireFact::FirstReplyLate(fact) => within("first_reply_late", fact),
            WireFact::VisitorReminded(fact) => within("visitor_reminded", fact),
            WireFact::MessageInvited(fact) => within("message_invited", fact),
            WireFact::MessageLeft(fact) => within("message_left", fact),
            WireFact::MessageRecalled(fact) => within("message_recalled", fact),
            WireFact::ProfileEdited(fact) => within("profile_edited", fact),
            WireFact::SessionEntered(fact) => within("session_entered", fact),
            WireFact::SessionMoved(fact) => within("session_moved", fact),
            WireFact::AgentServes(fact) => within("agent_serves", fact),
            WireFact::SessionEnded(fact) => within("session_ended", fact),
            WireFact::Supervised(fact) => within("supervised", fact),
            WireFact::SupervisionRefused(fact) => within("supervision_refused", fact),
            WireFact::QueueMoved(fact) => within("queue_moved", fact),
            WireFact::OfferMade(fact) => within("offer_made", fact),
            WireFact::OfferAccepted(fact) => within("offer_accepted", fact),
            WireFact::OfferDeclined(fact) => within("offer_declined", fact),
            WireFact::OfferExpired(fact) => within("offer_expired", fact),
            WireFact::OfferRescinded(fact) => within("offer_rescinded", fact),
            WireFact::PresenceIgnored(fact) => within("presence_ignored", fact),
            WireFact::AgentDraining(fact) => within("agent_draining", fact),
            WireFact::SessionsHeld(fact) => within("sessions_held", fact),
            WireFact::SessionTakenBack(fact) => within("session_taken_back", fact),
            WireFact::AgentWrapsUp(fact) => within("agent_wraps_up", fact),
        }
    }
}
