//! What receipts say of a message, whatever their order: a join that never goes back.

use usher_domain::MessageId;
use usher_domain::event::{Fact, Status};
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::conversation::OpenMessage;

use crate::conversation::out::Out;

/// Joins a report into the status of its copy, and says so when that rises. Whether it rose.
pub(super) fn join(message: &mut OpenMessage, id: MessageId, leg: Leg, report: &Report, out: &mut Out<'_>) -> bool {
    let status = match leg {
        Leg::Channel => &mut message.status,
        Leg::Sms => &mut message.sms_status,
    };
    let Some(said) = meaning(report).filter(|said| *said > *status) else { return false };
    *status = said;
    out.event(&message.tenant, Fact::MessageStatus { message: id, leg, status: said });
    true
}

/// The status that a report means; `None`: it says nothing of the message's way.
fn meaning(report: &Report) -> Option<Status> {
    match report {
        Report::Sent { .. } => Some(Status::Sent),
        Report::Delivered => Some(Status::Delivered),
        Report::Read => Some(Status::Read),
        Report::NotReachable { .. } | Report::Failed { .. } => Some(Status::Failed),
        Report::Expired { .. } | Report::TtlRevoked | Report::TtlRevokeFailed => Some(Status::Expired),
        Report::RevokeAnswered { .. } => None,
    }
}
