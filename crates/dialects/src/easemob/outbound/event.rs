//! What usher tells a visitor's client: commands that the page hides, read by its program. Session events stand in
//! `ext.weichat.event` with `eventName` and `eventObj`; the spelling of their names, with one `r` in `Transfered`, is the
//! vendor's, and so is what its web client reads in `eventObj`.
//!
//! | order | `action` | what stands in `ext.weichat` |
//! | --- | --- | --- |
//! | in line | `ServiceSessionCreatedEvent` | `event` with `sessionId`, `visitorUserWaitingNumber` |
//! | somebody has them | `ServiceSessionOpenedEvent` | `event` with `sessionId`, `userId`, `agentUserNiceName`, `avatar` |
//! | handed on to an agent | `transfer` | `event` `ServiceSessionTransferedEvent` with `userId` |
//! | handed on to a group | `ServiceSessionTransferedToAgentQueueEvent` | `event` with `queueName` |
//! | nobody will have them | `ServiceSessionAbortedEvent` | `event` |
//! | the session is over | `ServiceSessionClosedEvent` | `event` |
//! | what they think of it | (a blank text) | `ctrlType` `inviteEnquiry`, `ctrlArgs` |
//! | what was sent has come | `KF-ACK` | `ack_for_msg_id` |
//! | a message is taken back | `KEFU_MESSAGE_RECALL` | `recall_msg_id`: the `msgId` that the message had |

use serde_json::{Value, json};
use usher_domain::content::Private;
use usher_domain::delivery::Notice;
use usher_domain::{AgentCard, Delivery, MessageId, Target};

use super::said::{Said, agent, beside_blank};
use crate::accounts::EasemobSettings;

/// What usher itself tells; `None`: there is no command for it, and it was said in a message.
pub(super) fn of_notice(notice: &Notice, delivery: &Delivery, settings: &EasemobSettings) -> Option<Said> {
    let session = delivery.session.map(|session| session.to_string());
    Some(match notice {
        Notice::Queued { position, .. } => {
            event("ServiceSessionCreatedEvent", json!({ "sessionId": session, "visitorUserWaitingNumber": position }))
        }
        Notice::Assigned { agent: card } => opened(card, session, settings),
        Notice::Transferred { target } => transferred(target),
        Notice::Refused { .. } => event("ServiceSessionAbortedEvent", Value::Null),
        Notice::Closed { .. } => closed(),
        Notice::Invitation => invitation(delivery),
        Notice::LeaveMessage { .. } | Notice::Reminder { .. } => return None,
    })
}

/// The session is over.
pub(super) fn closed() -> Said {
    event("ServiceSessionClosedEvent", Value::Null)
}

/// What the client sent under this name has come.
pub(super) fn ack(key: &Private) -> Said {
    command("KF-ACK", json!({ "ack_for_msg_id": key.as_str() }))
}

/// The client hides this message.
pub(super) fn recall(message: MessageId) -> Said {
    command("KEFU_MESSAGE_RECALL", json!({ "recall_msg_id": message.to_string() }))
}

fn opened(card: &AgentCard, session: Option<String>, settings: &EasemobSettings) -> Said {
    let mut about = json!({ "userId": card.id.as_str(), "sessionId": session });
    if settings.agent_info {
        about["agentUserNiceName"] = json!(card.name);
        about["avatar"] = json!(card.avatar);
    }
    let mut said = event("ServiceSessionOpenedEvent", about);
    said.ext["weichat"]["agent"] = agent(card, settings);
    said
}

/// The page shows `eventObj` as null; the web client reads fields of it, so there is an object.
fn transferred(target: &Target) -> Said {
    match &target.agent {
        Some(agent) => event("ServiceSessionTransferedEvent", json!({ "userId": agent.as_str() })),
        None => {
            let group = target.group.as_ref().map(|group| group.as_str());
            event("ServiceSessionTransferedToAgentQueueEvent", json!({ "queueName": group }))
        }
    }
}

/// The invitation's id is a number, as the page shows it; it comes back with the answer and nothing depends on it.
fn invitation(delivery: &Delivery) -> Said {
    let [_, _, _, _, _, _, _, _, _, _, _, _, bytes @ ..] = delivery.id.bits().to_be_bytes();
    let args = json!({
        "inviteId": u32::from_be_bytes(bytes), "serviceSessionId": delivery.session.map(|session| session.to_string()),
        "detail": null, "summary": null,
    });
    beside_blank(json!({ "weichat": { "ctrlType": "inviteEnquiry", "ctrlArgs": args } }))
}

fn event(name: &'static str, about: Value) -> Said {
    let action = if name == "ServiceSessionTransferedEvent" { "transfer" } else { name };
    command(action, json!({ "event": { "eventName": name, "eventObj": about } }))
}

fn command(action: &'static str, weichat: Value) -> Said {
    Said { kind: "cmd", body: json!({ "action": action }), ext: json!({ "weichat": weichat }) }
}
