//! Headers of the CloudEvents Kafka binding in binary mode, on the two topics made for other teams: `events` and
//! `transcripts`. Records on all other topics have none.
//!
//! Source: CloudEvents 1.0.2, <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md>.

use usher_domain::event::Fact;
use usher_domain::{Body, Cause, Envelope, TenantId};

/// The headers of a record on a topic made for others; empty for every other record, and for one that nothing caused
/// (routing writes none).
///
/// `ce_id` is the place of the input in the log and the number of the output, so a reader that sees a record twice can
/// tell; `ce_source` is `/usher/<tenant>`; `ce_time` is the instant of the decision, by the log.
pub fn headers(envelope: &Envelope) -> Vec<(&'static str, Vec<u8>)> {
    let (Some((tenant, kind)), Some(cause)) = (public(&envelope.body), &envelope.cause) else {
        return Vec::new();
    };
    let mut headers = vec![
        ("ce_specversion", b"1.0".to_vec()),
        ("ce_id", id(cause).into_bytes()),
        ("ce_type", format!("usher.{kind}.v1").into_bytes()),
        ("ce_source", source(tenant).into_bytes()),
        ("ce_time", cause.decided_at.utc().to_string().into_bytes()),
        ("content-type", b"application/protobuf".to_vec()),
    ];
    headers.extend(envelope.traceparent.iter().map(|parent| ("traceparent", parent.clone().into_bytes())));
    headers
}

/// Tenant and kind of what other teams may read.
fn public(body: &Body) -> Option<(&TenantId, &'static str)> {
    match body {
        Body::Event(event) => Some((&event.tenant, kind(&event.fact))),
        Body::Transcript(transcript) => Some((&transcript.tenant, "message.archived")),
        Body::Conversation(_)
        | Body::Desk(_)
        | Body::Delivery(_)
        | Body::DeadLetter(_)
        | Body::Mailbox(_)
        | Body::MailboxOwner(_)
        | Body::AccountState(_)
        | Body::Report(_)
        | Body::Tick => None,
    }
}

/// The name of a fact: what it is about, then what happened.
pub const fn kind(fact: &Fact) -> &'static str {
    match fact {
        Fact::SessionOpened { .. } => "session.opened",
        Fact::SessionWaiting { .. } => "session.waiting",
        Fact::SessionPromoted { .. } => "session.promoted",
        Fact::SessionQueued { .. } => "session.queued",
        Fact::SessionAssigned { .. } => "session.assigned",
        Fact::SessionLeft { .. } => "session.left",
        Fact::SessionClosed { .. } => "session.closed",
        Fact::InputIgnored { .. } => "input.ignored",
        Fact::InputRepeated { .. } => "input.repeated",
        Fact::InputForwarded { .. } => "input.forwarded",
        Fact::CommandRefused { .. } => "command.refused",
        Fact::MessageOrdered { .. } => "message.ordered",
        Fact::MessageStatus { .. } => "message.status",
        Fact::MessageRevoking { .. } => "message.revoking",
        Fact::MessageRevokeAnswered { .. } => "message.revoke-answered",
        Fact::MessageOutcome { .. } => "message.outcome",
        Fact::MessageRecalled { .. } => "message.recalled",
        Fact::ProfileEdited { .. } => "profile.edited",
        Fact::DuplicateDelivered { .. } => "message.duplicate-delivered",
        Fact::ReceiptUnmatched { .. } => "receipt.unmatched",
        Fact::SurveyAnswered { .. } => "survey.answered",
        Fact::SurveyInvited { .. } => "survey.invited",
        Fact::SurveyAverages { .. } => "survey.averages",
        Fact::SessionOnHold { .. } => "session.on-hold",
        Fact::SessionConsulted { .. } => "session.consulted",
        Fact::ConsultEnded { .. } => "session.consult-ended",
        Fact::FirstReplyLate { .. } => "session.first-reply-late",
        Fact::VisitorReminded { .. } => "session.visitor-reminded",
        Fact::MessageInvited { .. } => "session.message-invited",
        Fact::MessageLeft { .. } => "session.message-left",
        Fact::SubscriptionChanged { .. } => "subscription.changed",
        Fact::AssignmentDecided { .. } => "assignment.decided",
        Fact::SearchWidened { .. } => "search.widened",
        Fact::OfferMade { .. } => "offer.made",
        Fact::OfferAccepted { .. } => "offer.accepted",
        Fact::OfferDeclined { .. } => "offer.declined",
        Fact::OfferExpired { .. } => "offer.expired",
        Fact::OfferRescinded { .. } => "offer.rescinded",
        Fact::TargetUnknown { .. } => "target.unknown",
        Fact::SessionRefused { .. } => "session.refused",
        Fact::CalendarEnded { .. } => "calendar.ended",
        Fact::TargetRemoved { .. } => "target.removed",
        Fact::AgentPresence { .. } => "agent.presence",
        Fact::PresenceIgnored { .. } => "presence.ignored",
        Fact::AgentDraining { .. } => "agent.draining",
        Fact::AgentWrapsUp { .. } => "agent.wraps-up",
        Fact::SessionsHeld { .. } => "sessions.held",
        Fact::SessionTakenBack { .. } => "session.taken-back",
        Fact::AgentUnknown { .. } => "agent.unknown",
        Fact::DirectoryApplied { .. } => "directory.applied",
        Fact::DirectoryRejected { .. } => "directory.rejected",
        Fact::SessionEntered { .. } => "session.entered",
        Fact::SessionMoved { .. } => "session.moved",
        Fact::AgentServes { .. } => "agent.serves",
        Fact::SessionEnded { .. } => "session.ended",
        Fact::Supervised { .. } => "supervision.carried-out",
        Fact::SupervisionRefused { .. } => "supervision.refused",
        Fact::QueueMoved { .. } => "queue.moved",
    }
}

fn id(cause: &Cause) -> String {
    format!("{}/{}/{}/{}", cause.topic, cause.partition, cause.offset, cause.index)
}

/// A URI reference: what may not stand in a path segment (RFC 3986 §2.3) is percent-encoded.
fn source(tenant: &TenantId) -> String {
    let mut source = String::from("/usher/");
    for byte in tenant.as_str().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => source.push(char::from(byte)),
            _ => source.push_str(&format!("%{byte:02X}")),
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_domain::event::Subject;
    use usher_domain::{AgentId, DeskId, Event, Timestamp};

    use super::*;
    use crate::arbitrary;

    fn agent_unknown(tenant: &str) -> Envelope {
        Envelope {
            cause: Some(Cause {
                topic: "usher.desks.v1".to_owned(),
                partition: 3,
                offset: 1234,
                index: 2,
                count: 5,
                decided_at: Timestamp::from_millis(1_619_573_122_352),
                worker_epoch: 9,
            }),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
            body: Body::Event(Event {
                tenant: TenantId::new(tenant),
                subject: Subject::Desk(DeskId::new("main")),
                fact: Fact::AgentUnknown { agent: AgentId::new("li") },
            }),
        }
    }

    fn texts(envelope: &Envelope) -> Vec<(&'static str, String)> {
        headers(envelope).into_iter().map(|(name, value)| (name, String::from_utf8(value).unwrap())).collect()
    }

    #[test]
    fn event_carries_the_headers_of_binary_mode() {
        let expected = [
            ("ce_specversion", "1.0"),
            ("ce_id", "usher.desks.v1/3/1234/2"),
            ("ce_type", "usher.agent.unknown.v1"),
            ("ce_source", "/usher/acme%20%E5%BA%97"),
            ("ce_time", "2021-04-28T01:25:22.352Z"),
            ("content-type", "application/protobuf"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ];
        assert_eq!(texts(&agent_unknown("acme 店")), expected.map(|(name, value)| (name, value.to_owned())));
    }

    #[test]
    fn record_without_trace_has_no_traceparent_and_without_cause_no_headers() {
        let mut envelope = agent_unknown("acme");
        envelope.traceparent = None;
        assert!(texts(&envelope).iter().all(|(name, _)| *name != "traceparent"));
        envelope.cause = None;
        assert_eq!(headers(&envelope), []);
    }

    proptest! {
        #[test]
        fn only_records_for_other_teams_have_headers(envelope in arbitrary::envelope()) {
            let made_for_others = matches!(envelope.body, Body::Event(_) | Body::Transcript(_));
            prop_assert_eq!(!headers(&envelope).is_empty(), made_for_others && envelope.cause.is_some());
        }
    }
}
