//! Facts of desks: what was decided, asked, looked for and refused, and how agents are.

use usher_domain::event::{Fact, Grounds, Rank};
use usher_domain::{AgentId, CalendarId, GroupId, Timestamp};
use wire::event;

use crate::error::DecodeError;
use crate::field::{byte, choice, id, name, optional, optional_name, required};
use crate::wire;

impl TryFrom<event::AssignmentDecided> for Fact {
    type Error = DecodeError;

    fn try_from(fact: event::AssignmentDecided) -> Result<Self, DecodeError> {
        Ok(Self::AssignmentDecided {
            session: id("session", &fact.session)?,
            agent: name("agent", fact.agent, AgentId::new)?,
            placement: required("placement", fact.placement)?,
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
