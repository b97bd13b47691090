//! Facts on their way out.

use usher_domain::event::Fact;
use wire::event::{self, Fact as WireFact};

use crate::field::{text, texts};
use crate::wire;

impl From<&Fact> for WireFact {
    fn from(fact: &Fact) -> Self {
        match fact {
            Fact::SessionOpened { session, with_bot } => {
                Self::SessionOpened(event::SessionOpened { session: session.to_string(), with_bot: *with_bot })
            }
            Fact::SessionWaiting { session, epoch, target, vip } => Self::SessionWaiting(event::SessionWaiting {
                session: session.to_string(),
                epoch: *epoch,
                target: Some(target.into()),
                vip: *vip,
            }),
            Fact::SessionPromoted { session } => {
                Self::SessionPromoted(event::SessionPromoted { session: session.to_string() })
            }
            Fact::SessionQueued { session, position } => {
                Self::SessionQueued(event::SessionQueued { session: session.to_string(), position: *position })
            }
            Fact::SessionAssigned { session, agent, placement } => Self::SessionAssigned(event::SessionAssigned {
                session: session.to_string(),
                agent: agent.to_string(),
                placement: Some((*placement).into()),
            }),
            Fact::SessionLeft { session, agent } => {
                Self::SessionLeft(event::SessionLeft { session: session.to_string(), agent: agent.to_string() })
            }
            Fact::SessionClosed { session, reason } => Self::SessionClosed(event::SessionClosed {
                session: session.to_string(),
                reason: wire::CloseReason::from(*reason).into(),
            }),
            Fact::InputIgnored { input, command } => Self::InputIgnored(event::InputIgnored {
                input: input.to_string(),
                command: wire::Command::from(*command).into(),
            }),
            Fact::InputRepeated { input } => Self::InputRepeated(event::InputRepeated { input: input.to_string() }),
            Fact::InputForwarded { input, to } => {
                Self::InputForwarded(event::InputForwarded { input: input.to_string(), to: to.to_string() })
            }
            Fact::CommandRefused { input, command, reason } => Self::CommandRefused(event::CommandRefused {
                input: input.to_string(),
                command: wire::Command::from(*command).into(),
                reason: wire::Refusal::from(*reason).into(),
            }),
            Fact::MessageOrdered { message, deadline } => Self::MessageOrdered(event::MessageOrdered {
                message: message.to_string(),
                deadline_ms: deadline.map(|at| at.millis()),
            }),
            Fact::MessageStatus { message, leg, status } => Self::MessageStatus(event::MessageStatus {
                message: message.to_string(),
                leg: wire::Leg::from(*leg).into(),
                status: wire::Status::from(*status).into(),
            }),
            Fact::MessageRevoking { message } => {
                Self::MessageRevoking(event::MessageRevoking { message: message.to_string() })
            }
            Fact::MessageRevokeAnswered { message, revoked } => {
                Self::MessageRevokeAnswered(event::MessageRevokeAnswered {
                    message: message.to_string(),
                    revoked: *revoked,
                })
            }
            Fact::MessageOutcome { message, outcome, reason } => Self::MessageOutcome(event::MessageOutcome {
                message: message.to_string(),
                outcome: wire::Outcome::from(*outcome).into(),
                reason: wire::OutcomeReason::from(*reason).into(),
            }),
            Fact::MessageRecalled { message } => {
                Self::MessageRecalled(event::MessageRecalled { message: message.to_string() })
            }
            Fact::ProfileEdited { session, fields } => Self::ProfileEdited(event::ProfileEdited {
                session: session.to_string(),
                fields: fields.iter().map(|field| wire::ProfileField::from(*field).into()).collect(),
            }),
            Fact::DuplicateDelivered { message } => {
                Self::DuplicateDelivered(event::DuplicateDelivered { message: message.to_string() })
            }
            Fact::ReceiptUnmatched { message } => {
                Self::ReceiptUnmatched(event::ReceiptUnmatched { message: message.to_string() })
            }
            Fact::SurveyAnswered { session, score } => {
                Self::SurveyAnswered(event::SurveyAnswered { session: text(session), score: score.map(u32::from) })
            }
            Fact::SurveyInvited { session } => {
                Self::SurveyInvited(event::SurveyInvited { session: session.to_string() })
            }
            Fact::SurveyAverages { session, agent, of_agent, group, of_group } => {
                Self::SurveyAverages(event::SurveyAverages {
                    session: session.to_string(),
                    agent: agent.to_string(),
                    of_agent: Some((*of_agent).into()),
                    group: text(group),
                    of_group: of_group.map(Into::into),
                })
            }
            Fact::SessionOnHold { session, agent } => {
                Self::SessionOnHold(event::SessionOnHold { session: session.to_string(), agent: agent.to_string() })
            }
            Fact::SessionConsulted { session, agent, by } => Self::SessionConsulted(event::SessionConsulted {
                session: session.to_string(),
                agent: agent.to_string(),
                by: by.to_string(),
            }),
            Fact::ConsultEnded { session, agent } => {
                Self::ConsultEnded(event::ConsultEnded { session: session.to_string(), agent: agent.to_string() })
            }
            Fact::FirstReplyLate { session, agent, placement, requeues } => {
                Self::FirstReplyLate(event::FirstReplyLate {
                    session: session.to_string(),
                    agent: agent.to_string(),
                    placement: Some((*placement).into()),
                    requeues: *requeues,
                })
            }
            Fact::VisitorReminded { session } => {
                Self::VisitorReminded(event::VisitorReminded { session: session.to_string() })
            }
            Fact::MessageInvited { session, reason } => Self::MessageInvited(event::MessageInvited {
                session: session.to_string(),
                reason: wire::RefusedReason::from(*reason).into(),
            }),
            Fact::MessageLeft { session, message } => {
                Self::MessageLeft(event::MessageLeft { session: session.to_string(), message: message.to_string() })
            }
            Fact::SubscriptionChanged { opted_out } => {
                Self::SubscriptionChanged(event::SubscriptionChanged { opted_out: *opted_out })
            }
            Fact::AssignmentDecided { session, agent, placement, grounds } => {
                Self::AssignmentDecided(event::AssignmentDecided {
                    session: session.to_string(),
                    agent: agent.to_string(),
                    placement: Some((*placement).into()),
                    candidates: grounds.candidates,
                    waiting: grounds.waiting,
                    vip: grounds.rank.vip,
                    asked_at_ms: grounds.rank.asked_at.millis(),
                    priority: grounds.rank.priority.into(),
                    in_turn: grounds.rank.in_turn,
                    rule: wire::Rule::from(grounds.rule).into(),
                    group: text(&grounds.group),
                    step: grounds.step,
                    revision: grounds.revision,
                })
            }
            Fact::SearchWidened { session, step, groups, anyone, selectors } => {
                Self::SearchWidened(event::SearchWidened {
                    session: session.to_string(),
                    step: *step,
                    groups: texts(groups),
                    anyone: *anyone,
                    selectors: *selectors,
                })
            }
            Fact::OfferMade { session, agent, placement, until, grounds } => Self::OfferMade(event::OfferMade {
                session: session.to_string(),
                agent: agent.to_string(),
                placement: Some((*placement).into()),
                until_ms: until.millis(),
                candidates: grounds.candidates,
                waiting: grounds.waiting,
                vip: grounds.rank.vip,
                asked_at_ms: grounds.rank.asked_at.millis(),
                priority: grounds.rank.priority.into(),
                in_turn: grounds.rank.in_turn,
                rule: wire::Rule::from(grounds.rule).into(),
                group: text(&grounds.group),
                step: grounds.step,
                revision: grounds.revision,
            }),
            Fact::OfferAccepted { session, agent, placement } => Self::OfferAccepted(event::OfferAccepted {
                session: session.to_string(),
                agent: agent.to_string(),
                placement: Some((*placement).into()),
            }),
            Fact::OfferDeclined { session, agent, placement } => Self::OfferDeclined(event::OfferDeclined {
                session: session.to_string(),
                agent: agent.to_string(),
                placement: Some((*placement).into()),
            }),
            Fact::OfferExpired { session, agent, placement, misses } => Self::OfferExpired(event::OfferExpired {
                session: session.to_string(),
                agent: agent.to_string(),
                placement: Some((*placement).into()),
                misses: *misses,
            }),
            Fact::OfferRescinded { session, agent, placement, reason } => Self::OfferRescinded(event::OfferRescinded {
                session: session.to_string(),
                agent: agent.to_string(),
                placement: Some((*placement).into()),
                reason: wire::RescindReason::from(*reason).into(),
            }),
            Fact::TargetUnknown { session, target } => {
                Self::TargetUnknown(event::TargetUnknown { session: session.to_string(), target: Some(target.into()) })
            }
            Fact::AgentPresence { agent, presence, reason } => Self::AgentPresence(event::AgentPresence {
                agent: agent.to_string(),
                presence: wire::Presence::from(*presence).into(),
                reason: wire::PresenceReason::from(*reason).into(),
            }),
            Fact::PresenceIgnored { agent, at, said_at } => Self::PresenceIgnored(event::PresenceIgnored {
                agent: agent.to_string(),
                at_ms: at.millis(),
                said_at_ms: said_at.millis(),
            }),
            Fact::AgentDraining { agent, drains, reason } => Self::AgentDraining(event::AgentDraining {
                agent: agent.to_string(),
                drains: *drains,
                reason: wire::PresenceReason::from(*reason).into(),
            }),
            Fact::SessionsHeld { agent, sessions, until } => Self::SessionsHeld(event::SessionsHeld {
                agent: agent.to_string(),
                sessions: *sessions,
                until_ms: until.millis(),
            }),
            Fact::SessionTakenBack { session, agent, reason } => Self::SessionTakenBack(event::SessionTakenBack {
                session: session.to_string(),
                agent: agent.to_string(),
                reason: wire::PresenceReason::from(*reason).into(),
            }),
            Fact::AgentWrapsUp { agent, session, until } => Self::AgentWrapsUp(event::AgentWrapsUp {
                agent: agent.to_string(),
                session: session.to_string(),
                until_ms: until.millis(),
            }),
            Fact::AgentUnknown { agent } => Self::AgentUnknown(event::AgentUnknown { agent: agent.to_string() }),
            Fact::DirectoryApplied { revision, agents, groups } => Self::DirectoryApplied(event::DirectoryApplied {
                revision: *revision,
                agents: *agents,
                groups: *groups,
            }),
            Fact::DirectoryRejected { revision, expected, staged } => {
                Self::DirectoryRejected(event::DirectoryRejected {
                    revision: *revision,
                    expected: *expected,
                    staged: *staged,
                })
            }
            Fact::SessionRefused { session, placement, group, reason, waiting, then } => {
                Self::SessionRefused(event::SessionRefused {
                    session: session.to_string(),
                    placement: Some((*placement).into()),
                    group: text(group),
                    reason: wire::RefusedReason::from(*reason).into(),
                    waiting: *waiting,
                    then: Some(then.into()),
                })
            }
            Fact::CalendarEnded { calendar, until } => {
                Self::CalendarEnded(event::CalendarEnded { calendar: calendar.to_string(), until_ms: until.millis() })
            }
            Fact::TargetRemoved { session, group } => {
                Self::TargetRemoved(event::TargetRemoved { session: session.to_string(), group: text(group) })
            }
            Fact::SessionEntered { session, epoch, line, vip, asked_at, weight } => {
                Self::SessionEntered(event::SessionEntered {
                    session: session.to_string(),
                    epoch: *epoch,
                    line: Some(line.into()),
                    vip: *vip,
                    asked_at_ms: asked_at.millis(),
                    weight: *weight,
                })
            }
            Fact::AgentServes { agent, groups, capacity } => Self::AgentServes(event::AgentServes {
                agent: agent.to_string(),
                groups: texts(groups),
                capacity: *capacity,
            }),
            Fact::SessionMoved { session, line } => {
                Self::SessionMoved(event::SessionMoved { session: session.to_string(), line: Some(line.into()) })
            }
            Fact::SessionEnded { session } => Self::SessionEnded(event::SessionEnded { session: session.to_string() }),
            Fact::Supervised { input, what } => {
                Self::Supervised(event::SupervisorActed { input: input.to_string(), what: Some(what.as_ref().into()) })
            }
            Fact::SupervisionRefused { input, what, reason } => Self::SupervisionRefused(event::SupervisorRefused {
                input: input.to_string(),
                what: Some(what.as_ref().into()),
                reason: wire::SupervisionRefusal::from(*reason).into(),
            }),
            Fact::QueueMoved { input, to, sessions } => Self::QueueMoved(event::QueueMoved {
                input: input.to_string(),
                to: Some(to.into()),
                sessions: *sessions,
            }),
        }
    }
}
