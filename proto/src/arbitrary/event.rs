//! Public facts.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::event::{
    Average, CloseReason, Command, Fact, Grounds, Outcome, OutcomeReason, PresenceReason, Rank, Refusal, RescindReason,
    Rule, Status, Subject,
};
use usher_domain::supervision::SupervisionRefusal;
use usher_domain::{Event, Timestamp};

use super::base::{
    account_id, agent_id, conversation_id, desk_id, group_id, input_id, message_id, session_id, tenant, timestamp,
};
use super::conversation::profile_field;
use super::desk::presence;
use super::place::{leg, placement_id, refused_reason, target};
use super::policy::{calendar_id, exception};
use super::supervision::supervised;

/// Any fact with its subject.
pub fn event() -> BoxedStrategy<Event> {
    let subject = prop_oneof![
        conversation_id().prop_map(Subject::Conversation),
        desk_id().prop_map(Subject::Desk),
        account_id().prop_map(Subject::Account),
    ];
    let fact = prop_oneof![6 => of_queue(), 8 => of_session(), 4 => of_input(), 8 => of_message(), 5 => of_offer(), 8 => of_desk(), 6 => of_presence()];
    (tenant(), subject, fact).prop_map(|(tenant, subject, fact)| Event { tenant, subject, fact }).boxed()
}

fn of_session() -> BoxedStrategy<Fact> {
    prop_oneof![
        (session_id(), any::<bool>()).prop_map(|(session, with_bot)| Fact::SessionOpened { session, with_bot }),
        (session_id(), any::<u32>(), target(), any::<bool>())
            .prop_map(|(session, epoch, target, vip)| { Fact::SessionWaiting { session, epoch, target, vip } }),
        session_id().prop_map(|session| Fact::SessionPromoted { session }),
        (session_id(), any::<u32>()).prop_map(|(session, position)| Fact::SessionQueued { session, position }),
        (session_id(), agent_id(), placement_id()).prop_map(|(session, agent, placement)| Fact::SessionAssigned {
            session,
            agent,
            placement
        }),
        (session_id(), agent_id()).prop_map(|(session, agent)| Fact::SessionLeft { session, agent }),
        (session_id(), close_reason()).prop_map(|(session, reason)| Fact::SessionClosed { session, reason }),
        (of(session_id()), of(any::<u8>())).prop_map(|(session, score)| Fact::SurveyAnswered { session, score }),
        (session_id(), vec(profile_field(), 0..3))
            .prop_map(|(session, fields)| Fact::ProfileEdited { session, fields }),
        any::<bool>().prop_map(|opted_out| Fact::SubscriptionChanged { opted_out }),
        of_serving(),
    ]
    .boxed()
}

fn of_serving() -> BoxedStrategy<Fact> {
    let average = || any::<(u64, u64)>().prop_map(|(count, sum)| Average { count, sum });
    prop_oneof![
        session_id().prop_map(|session| Fact::SurveyInvited { session }),
        (session_id(), agent_id(), average(), of(group_id()), of(average())).prop_map(
            |(session, agent, of_agent, group, of_group)| Fact::SurveyAverages {
                session,
                agent,
                of_agent,
                group,
                of_group
            }
        ),
        (session_id(), agent_id()).prop_map(|(session, agent)| Fact::SessionOnHold { session, agent }),
        (session_id(), agent_id(), agent_id()).prop_map(|(session, agent, by)| Fact::SessionConsulted {
            session,
            agent,
            by
        }),
        (session_id(), agent_id()).prop_map(|(session, agent)| Fact::ConsultEnded { session, agent }),
        (session_id(), agent_id(), placement_id(), any::<bool>()).prop_map(|(session, agent, placement, requeues)| {
            Fact::FirstReplyLate { session, agent, placement, requeues }
        }),
        session_id().prop_map(|session| Fact::VisitorReminded { session }),
        (session_id(), refused_reason()).prop_map(|(session, reason)| Fact::MessageInvited { session, reason }),
        (session_id(), message_id()).prop_map(|(session, message)| Fact::MessageLeft { session, message }),
    ]
    .boxed()
}

fn of_input() -> BoxedStrategy<Fact> {
    prop_oneof![
        (input_id(), command()).prop_map(|(input, command)| Fact::InputIgnored { input, command }),
        input_id().prop_map(|input| Fact::InputRepeated { input }),
        (input_id(), conversation_id()).prop_map(|(input, to)| Fact::InputForwarded { input, to }),
        (input_id(), command(), refusal()).prop_map(|(input, command, reason)| Fact::CommandRefused {
            input,
            command,
            reason
        }),
    ]
    .boxed()
}

fn of_message() -> BoxedStrategy<Fact> {
    prop_oneof![
        (message_id(), of(timestamp())).prop_map(|(message, deadline)| Fact::MessageOrdered { message, deadline }),
        (message_id(), leg(), status()).prop_map(|(message, leg, status)| Fact::MessageStatus { message, leg, status }),
        message_id().prop_map(|message| Fact::MessageRevoking { message }),
        (message_id(), any::<bool>()).prop_map(|(message, revoked)| Fact::MessageRevokeAnswered { message, revoked }),
        (message_id(), outcome(), outcome_reason()).prop_map(|(message, outcome, reason)| Fact::MessageOutcome {
            message,
            outcome,
            reason
        }),
        message_id().prop_map(|message| Fact::MessageRecalled { message }),
        message_id().prop_map(|message| Fact::DuplicateDelivered { message }),
        message_id().prop_map(|message| Fact::ReceiptUnmatched { message }),
    ]
    .boxed()
}

fn of_desk() -> BoxedStrategy<Fact> {
    let decided = (session_id(), agent_id(), placement_id(), grounds());
    prop_oneof![
        decided.prop_map(|(session, agent, placement, grounds)| Fact::AssignmentDecided {
            session,
            agent,
            placement,
            grounds
        }),
        (session_id(), any::<(u32, bool, u32)>(), vec(group_id(), 0..3)).prop_map(
            |(session, (step, anyone, selectors), groups)| Fact::SearchWidened {
                session,
                step,
                groups,
                anyone,
                selectors
            }
        ),
        (session_id(), target()).prop_map(|(session, target)| Fact::TargetUnknown { session, target }),
        agent_id().prop_map(|agent| Fact::AgentUnknown { agent }),
        any::<(u64, u32, u32)>().prop_map(|(revision, agents, groups)| Fact::DirectoryApplied {
            revision,
            agents,
            groups
        }),
        any::<(u64, u32, u32)>().prop_map(|(revision, expected, staged)| Fact::DirectoryRejected {
            revision,
            expected,
            staged
        }),
        (session_id(), of(group_id())).prop_map(|(session, group)| Fact::TargetRemoved { session, group }),
    ]
    .boxed()
}

fn of_presence() -> BoxedStrategy<Fact> {
    let reason = || select(PresenceReason::ALL.to_vec());
    prop_oneof![
        (agent_id(), presence(), reason()).prop_map(|(agent, presence, reason)| Fact::AgentPresence {
            agent,
            presence,
            reason
        }),
        (agent_id(), timestamp(), timestamp()).prop_map(|(agent, at, said_at)| Fact::PresenceIgnored {
            agent,
            at,
            said_at
        }),
        (agent_id(), any::<bool>(), reason()).prop_map(|(agent, drains, reason)| Fact::AgentDraining {
            agent,
            drains,
            reason
        }),
        (agent_id(), any::<u32>(), timestamp()).prop_map(|(agent, sessions, until)| Fact::SessionsHeld {
            agent,
            sessions,
            until
        }),
        (session_id(), agent_id(), reason()).prop_map(|(session, agent, reason)| Fact::SessionTakenBack {
            session,
            agent,
            reason
        }),
        (agent_id(), session_id(), timestamp()).prop_map(|(agent, session, until)| Fact::AgentWrapsUp {
            agent,
            session,
            until
        }),
    ]
    .boxed()
}

fn of_offer() -> BoxedStrategy<Fact> {
    let offer = || (session_id(), agent_id(), placement_id());
    prop_oneof![
        (offer(), timestamp(), grounds()).prop_map(|((session, agent, placement), until, grounds)| {
            Fact::OfferMade { session, agent, placement, until, grounds }
        }),
        offer().prop_map(|(session, agent, placement)| Fact::OfferAccepted { session, agent, placement }),
        offer().prop_map(|(session, agent, placement)| Fact::OfferDeclined { session, agent, placement }),
        (offer(), any::<u32>()).prop_map(|((session, agent, placement), misses)| Fact::OfferExpired {
            session,
            agent,
            placement,
            misses
        }),
        (offer(), select(RescindReason::ALL.to_vec())).prop_map(|((session, agent, placement), reason)| {
            Fact::OfferRescinded { session, agent, placement, reason }
        }),
    ]
    .boxed()
}

fn grounds() -> BoxedStrategy<Grounds> {
    (any::<(u32, u32, bool, i64)>(), rule(), of(group_id()), any::<(u32, u64, u8, bool)>())
        .prop_map(|((candidates, waiting, vip, asked_at), rule, group, (step, revision, priority, in_turn))| {
            let rank = Rank { vip, asked_at: Timestamp::from_millis(asked_at), priority, in_turn };
            Grounds { candidates, waiting, rank, rule, group, step, revision }
        })
        .boxed()
}

fn of_queue() -> BoxedStrategy<Fact> {
    prop_oneof![
        (session_id(), any::<u32>(), target(), any::<bool>(), timestamp(), any::<u32>()).prop_map(
            |(session, epoch, line, vip, asked_at, weight)| {
                Fact::SessionEntered { session, epoch, line, vip, asked_at, weight }
            }
        ),
        (agent_id(), vec(group_id(), 0..3), any::<u32>()).prop_map(|(agent, groups, capacity)| Fact::AgentServes {
            agent,
            groups,
            capacity
        }),
        (session_id(), placement_id(), of(group_id()), refused_reason(), any::<u32>(), exception()).prop_map(
            |(session, placement, group, reason, waiting, then)| {
                Fact::SessionRefused { session, placement, group, reason, waiting, then }
            }
        ),
        (calendar_id(), timestamp()).prop_map(|(calendar, until)| Fact::CalendarEnded { calendar, until }),
        (session_id(), target()).prop_map(|(session, line)| Fact::SessionMoved { session, line }),
        session_id().prop_map(|session| Fact::SessionEnded { session }),
        (input_id(), supervised()).prop_map(|(input, what)| Fact::Supervised { input, what: Box::new(what) }),
        (input_id(), supervised(), select(SupervisionRefusal::ALL.to_vec()))
            .prop_map(|(input, what, reason)| { Fact::SupervisionRefused { input, what: Box::new(what), reason } }),
        (input_id(), target(), any::<u32>()).prop_map(|(input, to, sessions)| Fact::QueueMoved { input, to, sessions }),
    ]
    .boxed()
}

fn close_reason() -> BoxedStrategy<CloseReason> {
    use CloseReason::{Agent, Idle, Refused, Supervisor, Visitor};
    select(vec![Agent, Visitor, Idle, Refused, Supervisor]).boxed()
}

pub(super) fn command() -> BoxedStrategy<Command> {
    use Command::{
        Accept, Ask, Close, Connect, Consult, Decline, EndConsult, HandOver, Hold, InviteSurvey, Leave, Profile, Read,
        Recall, Resume, Send, Transfer, Typing, Whisper,
    };
    let first = [Connect, Ask, Leave, Typing, Read, Send, Transfer, Close, Recall, Profile, HandOver, Accept, Decline];
    let further = [Hold, Resume, Consult, Whisper, EndConsult, InviteSurvey];
    select([first.as_slice(), &further].concat()).boxed()
}

pub(super) fn refusal() -> BoxedStrategy<Refusal> {
    use Refusal::{Closed, Moved, NoSuchMessage, NotAssigned, NotPossible, OfferGone};
    select(vec![Closed, NotAssigned, Moved, NoSuchMessage, NotPossible, OfferGone]).boxed()
}

fn status() -> BoxedStrategy<Status> {
    use Status::{Accepted, Delivered, Expired, Failed, Read, Sent};
    select(vec![Accepted, Sent, Expired, Failed, Delivered, Read]).boxed()
}

fn outcome() -> BoxedStrategy<Outcome> {
    use Outcome::{Delivered, Failed, FellBack, FellBackAtRisk, Suppressed};
    select(vec![Delivered, FellBack, FellBackAtRisk, Suppressed, Failed]).boxed()
}

fn outcome_reason() -> BoxedStrategy<OutcomeReason> {
    use OutcomeReason::{
        Critical, FallbackOff, NeverSubmitted, NoEvidence, NoNumber, NoText, NotReachable, OptedOut, Recalled, Receipt,
        Revoked, TtlRevoked,
    };
    select(vec![
        Receipt,
        NotReachable,
        TtlRevoked,
        NeverSubmitted,
        Critical,
        Revoked,
        NoEvidence,
        OptedOut,
        NoNumber,
        FallbackOff,
        NoText,
        Recalled,
    ])
    .boxed()
}

fn rule() -> BoxedStrategy<Rule> {
    select(Rule::ALL.to_vec()).boxed()
}
