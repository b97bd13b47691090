//! Facts on their way in: one conversion for each, so that an error names the fact it lies in.

use usher_domain::event::{Fact, Grounds, Rank};
use usher_domain::{AgentId, CalendarId, GroupId, Timestamp};
use wire::event::{self, Fact as WireFact};

use crate::error::DecodeError;
use crate::field::{
    byte, choice, id, name, optional, optional_id, optional_instant, optional_name, required, score, within,
};
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

impl TryFrom<event::SessionOpened> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionOpened) -> Result<Self, DecodeError> {
        Ok(Self::SessionOpened { session: id("session", &fact.session)?, with_bot: fact.with_bot })
    }
}

impl TryFrom<event::SessionWaiting> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionWaiting) -> Result<Self, DecodeError> {
        Ok(Self::SessionWaiting {
            session: id("session", &fact.session)?,
            epoch: fact.epoch,
            target: required("target", fact.target)?,
            vip: fact.vip,
        })
    }
}

impl TryFrom<event::SessionPromoted> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionPromoted) -> Result<Self, DecodeError> {
        Ok(Self::SessionPromoted { session: id("session", &fact.session)? })
    }
}

impl TryFrom<event::SessionQueued> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionQueued) -> Result<Self, DecodeError> {
        Ok(Self::SessionQueued { session: id("session", &fact.session)?, position: fact.position })
    }
}

impl TryFrom<event::SessionAssigned> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionAssigned) -> Result<Self, DecodeError> {
        Ok(Self::SessionAssigned {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
        })
    }
}

impl TryFrom<event::SessionLeft> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionLeft) -> Result<Self, DecodeError> {
        Ok(Self::SessionLeft {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
        })
    }
}

impl TryFrom<event::SessionClosed> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionClosed) -> Result<Self, DecodeError> {
        Ok(Self::SessionClosed {
            session: id("session", &fact.session)?,
            reason: choice::<wire::CloseReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::InputIgnored> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::InputIgnored) -> Result<Self, DecodeError> {
        Ok(Self::InputIgnored {
            input: id("input", &fact.input)?,
            command: choice::<wire::Command, _>("command", fact.command)?,
        })
    }
}

impl TryFrom<event::InputRepeated> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::InputRepeated) -> Result<Self, DecodeError> {
        Ok(Self::InputRepeated { input: id("input", &fact.input)? })
    }
}

impl TryFrom<event::InputForwarded> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::InputForwarded) -> Result<Self, DecodeError> {
        Ok(Self::InputForwarded { input: id("input", &fact.input)?, to: id("to", &fact.to)? })
    }
}

impl TryFrom<event::CommandRefused> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::CommandRefused) -> Result<Self, DecodeError> {
        Ok(Self::CommandRefused {
            input: id("input", &fact.input)?,
            command: choice::<wire::Command, _>("command", fact.command)?,
            reason: choice::<wire::Refusal, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::MessageOrdered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageOrdered) -> Result<Self, DecodeError> {
        Ok(Self::MessageOrdered {
            message: id("message", &fact.message)?,
            deadline: optional_instant(fact.deadline_ms),
        })
    }
}

impl TryFrom<event::MessageStatus> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageStatus) -> Result<Self, DecodeError> {
        Ok(Self::MessageStatus {
            message: id("message", &fact.message)?,
            leg: choice::<wire::Leg, _>("leg", fact.leg)?,
            status: choice::<wire::Status, _>("status", fact.status)?,
        })
    }
}

impl TryFrom<event::MessageRevoking> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageRevoking) -> Result<Self, DecodeError> {
        Ok(Self::MessageRevoking { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::MessageRevokeAnswered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageRevokeAnswered) -> Result<Self, DecodeError> {
        Ok(Self::MessageRevokeAnswered { message: id("message", &fact.message)?, revoked: fact.revoked })
    }
}

impl TryFrom<event::MessageOutcome> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageOutcome) -> Result<Self, DecodeError> {
        Ok(Self::MessageOutcome {
            message: id("message", &fact.message)?,
            outcome: choice::<wire::Outcome, _>("outcome", fact.outcome)?,
            reason: choice::<wire::OutcomeReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::DuplicateDelivered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::DuplicateDelivered) -> Result<Self, DecodeError> {
        Ok(Self::DuplicateDelivered { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::ReceiptUnmatched> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::ReceiptUnmatched) -> Result<Self, DecodeError> {
        Ok(Self::ReceiptUnmatched { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::MessageRecalled> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::MessageRecalled) -> Result<Self, DecodeError> {
        Ok(Self::MessageRecalled { message: id("message", &fact.message)? })
    }
}

impl TryFrom<event::ProfileEdited> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::ProfileEdited) -> Result<Self, DecodeError> {
        let field = |number| choice::<wire::ProfileField, _>("fields", number);
        let fields = fact.fields.into_iter().map(field).collect::<Result<_, _>>()?;
        Ok(Self::ProfileEdited { session: id("session", &fact.session)?, fields })
    }
}

impl TryFrom<event::SurveyAnswered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SurveyAnswered) -> Result<Self, DecodeError> {
        Ok(Self::SurveyAnswered {
            session: optional_id("session", fact.session)?,
            score: fact.score.map(score).transpose()?,
        })
    }
}

impl TryFrom<event::SubscriptionChanged> for Fact {
    type Error = DecodeError;

    /// Any answer is one; the signature is that of all facts.
    fn try_from(fact: event::SubscriptionChanged) -> Result<Self, DecodeError> {
        Ok(Self::SubscriptionChanged { opted_out: fact.opted_out })
    }
}

impl TryFrom<event::AssignmentDecided> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::AssignmentDecided) -> Result<Self, DecodeError> {
        Ok(Self::AssignmentDecided {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
            candidates: fact.candidates,
            waiting: fact.waiting,
            rank: Rank {
                vip: fact.vip,
                asked_at: Timestamp::from_millis(fact.asked_at_ms),
                priority: byte("priority", fact.priority)?,
                in_turn: fact.in_turn,
            },
            rule: choice::<wire::Rule, _>("rule", fact.rule)?,
            group: optional_name("group", fact.group, GroupId::new)?,
            step: fact.step,
            revision: fact.revision,
        })
    }
}

impl TryFrom<event::SearchWidened> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SearchWidened) -> Result<Self, DecodeError> {
        let groups = fact.groups.into_iter().map(|group| name("groups", group, GroupId::new));
        Ok(Self::SearchWidened {
            session: id("session", &fact.session)?,
            step: fact.step,
            groups: groups.collect::<Result<_, _>>()?,
            anyone: fact.anyone,
            selectors: fact.selectors,
        })
    }
}

impl TryFrom<event::OfferMade> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::OfferMade) -> Result<Self, DecodeError> {
        Ok(Self::OfferMade {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
            until: Timestamp::from_millis(fact.until_ms),
            grounds: Grounds {
                candidates: fact.candidates,
                waiting: fact.waiting,
                rank: Rank {
                    vip: fact.vip,
                    asked_at: Timestamp::from_millis(fact.asked_at_ms),
                    priority: byte("priority", fact.priority)?,
                    in_turn: fact.in_turn,
                },
                rule: choice::<wire::Rule, _>("rule", fact.rule)?,
                group: optional_name("group", fact.group, GroupId::new)?,
                step: fact.step,
                revision: fact.revision,
            },
        })
    }
}

impl TryFrom<event::OfferAccepted> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::OfferAccepted) -> Result<Self, DecodeError> {
        Ok(Self::OfferAccepted {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
        })
    }
}

impl TryFrom<event::OfferDeclined> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::OfferDeclined) -> Result<Self, DecodeError> {
        Ok(Self::OfferDeclined {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
        })
    }
}

impl TryFrom<event::OfferExpired> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::OfferExpired) -> Result<Self, DecodeError> {
        Ok(Self::OfferExpired {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
            misses: fact.misses,
        })
    }
}

impl TryFrom<event::OfferRescinded> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::OfferRescinded) -> Result<Self, DecodeError> {
        Ok(Self::OfferRescinded {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
            reason: choice::<wire::RescindReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::TargetUnknown> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::TargetUnknown) -> Result<Self, DecodeError> {
        Ok(Self::TargetUnknown { session: id("session", &fact.session)?, target: required("target", fact.target)? })
    }
}

impl TryFrom<event::AgentPresence> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::AgentPresence) -> Result<Self, DecodeError> {
        Ok(Self::AgentPresence {
            agent: name("agent", fact.agent, AgentId::new)?,
            presence: choice::<wire::Presence, _>("presence", fact.presence)?,
            reason: choice::<wire::PresenceReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::PresenceIgnored> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::PresenceIgnored) -> Result<Self, DecodeError> {
        Ok(Self::PresenceIgnored {
            agent: name("agent", fact.agent, AgentId::new)?,
            at: Timestamp::from_millis(fact.at_ms),
            said_at: Timestamp::from_millis(fact.said_at_ms),
        })
    }
}

impl TryFrom<event::AgentDraining> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::AgentDraining) -> Result<Self, DecodeError> {
        Ok(Self::AgentDraining {
            agent: name("agent", fact.agent, AgentId::new)?,
            drains: fact.drains,
            reason: choice::<wire::PresenceReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::SessionsHeld> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionsHeld) -> Result<Self, DecodeError> {
        Ok(Self::SessionsHeld {
            agent: name("agent", fact.agent, AgentId::new)?,
            sessions: fact.sessions,
            until: Timestamp::from_millis(fact.until_ms),
        })
    }
}

impl TryFrom<event::SessionTakenBack> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionTakenBack) -> Result<Self, DecodeError> {
        Ok(Self::SessionTakenBack {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            reason: choice::<wire::PresenceReason, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::AgentWrapsUp> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::AgentWrapsUp) -> Result<Self, DecodeError> {
        Ok(Self::AgentWrapsUp {
            agent: name("agent", fact.agent, AgentId::new)?,
            session: id("session", &fact.session)?,
            until: Timestamp::from_millis(fact.until_ms),
        })
    }
}

impl TryFrom<event::AgentUnknown> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::AgentUnknown) -> Result<Self, DecodeError> {
        Ok(Self::AgentUnknown { agent: name("agent", fact.agent, AgentId::new)? })
    }
}

impl TryFrom<event::DirectoryApplied> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::DirectoryApplied) -> Result<Self, DecodeError> {
        Ok(Self::DirectoryApplied { revision: fact.revision, agents: fact.agents, groups: fact.groups })
    }
}

impl TryFrom<event::DirectoryRejected> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::DirectoryRejected) -> Result<Self, DecodeError> {
        Ok(Self::DirectoryRejected { revision: fact.revision, expected: fact.expected, staged: fact.staged })
    }
}

impl TryFrom<event::SessionRefused> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionRefused) -> Result<Self, DecodeError> {
        Ok(Self::SessionRefused {
            session: id("session", &fact.session)?,
            placement: required("placement", fact.placement)?,
            group: optional_name("group", fact.group, GroupId::new)?,
            reason: choice::<wire::RefusedReason, _>("reason", fact.reason)?,
            waiting: fact.waiting,
            then: optional("then", fact.then)?.unwrap_or_default(),
        })
    }
}

impl TryFrom<event::CalendarEnded> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::CalendarEnded) -> Result<Self, DecodeError> {
        let calendar = name("calendar", fact.calendar, CalendarId::new)?;
        Ok(Self::CalendarEnded { calendar, until: Timestamp::from_millis(fact.until_ms) })
    }
}

impl TryFrom<event::TargetRemoved> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::TargetRemoved) -> Result<Self, DecodeError> {
        Ok(Self::TargetRemoved {
            session: id("session", &fact.session)?,
            group: optional_name("group", fact.group, GroupId::new)?,
        })
    }
}

impl TryFrom<event::SessionEntered> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionEntered) -> Result<Self, DecodeError> {
        Ok(Self::SessionEntered {
            session: id("session", &fact.session)?,
            epoch: fact.epoch,
            line: required("line", fact.line)?,
            vip: fact.vip,
            asked_at: Timestamp::from_millis(fact.asked_at_ms),
            weight: fact.weight,
        })
    }
}

impl TryFrom<event::AgentServes> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::AgentServes) -> Result<Self, DecodeError> {
        let groups = fact.groups.into_iter().map(|group| name("groups", group, GroupId::new));
        Ok(Self::AgentServes {
            agent: name("agent", fact.agent, AgentId::new)?,
            groups: groups.collect::<Result<_, _>>()?,
            capacity: fact.capacity,
        })
    }
}

impl TryFrom<event::SessionMoved> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionMoved) -> Result<Self, DecodeError> {
        Ok(Self::SessionMoved { session: id("session", &fact.session)?, line: required("line", fact.line)? })
    }
}

impl TryFrom<event::SessionEnded> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SessionEnded) -> Result<Self, DecodeError> {
        Ok(Self::SessionEnded { session: id("session", &fact.session)? })
    }
}

impl TryFrom<event::SupervisorActed> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SupervisorActed) -> Result<Self, DecodeError> {
        Ok(Self::Supervised { input: id("input", &fact.input)?, what: Box::new(required("what", fact.what)?) })
    }
}

impl TryFrom<event::SupervisorRefused> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::SupervisorRefused) -> Result<Self, DecodeError> {
        Ok(Self::SupervisionRefused {
            input: id("input", &fact.input)?,
            what: Box::new(required("what", fact.what)?),
            reason: choice::<wire::SupervisionRefusal, _>("reason", fact.reason)?,
        })
    }
}

impl TryFrom<event::QueueMoved> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::QueueMoved) -> Result<Self, DecodeError> {
        Ok(Self::QueueMoved { input: id("input", &fact.input)?, to: required("to", fact.to)?, sessions: fact.sessions })
    }
}
