//! What a supervisor does to a session: it is closed, whoever has it. What can not be carried out is told about the desk
//! whose supervisor they are, so that nobody puts facts beside those of another tenant's conversation.

use usher_domain::event::{CloseReason, Fact, Subject};
use usher_domain::supervision::{Supervised, SupervisionCommand, SupervisionRefusal, SupervisorClose};
use usher_domain::{ConversationInput, TenantId};

use super::out::Out;
use super::session;
use super::store::Conversation;

/// Whether the session that they mean runs here, at their desk.
pub(super) fn means(conversation: &Conversation, tenant: &TenantId, close: &SupervisorClose) -> bool {
    let session = conversation.session().filter(|session| session.id == close.session);
    session.is_some_and(|session| session.account.tenant == *tenant && session.account.desk == close.desk)
}

/// Closes the session, or says why not.
pub(super) fn close(
    conversation: &mut Conversation,
    input: &ConversationInput,
    close: &SupervisorClose,
    out: &mut Out<'_>,
) {
    let session = Some(close.session);
    let command = SupervisionCommand::Close;
    let what = Box::new(Supervised { command, warrant: close.warrant.clone(), session, agent: None });
    let means = means(conversation, &input.tenant, close);
    match conversation.session().filter(|_| means) {
        Some(session) => {
            out.event(&input.tenant, Fact::Supervised { input: input.id, what });
            let last = session::close(session, CloseReason::Supervisor, out);
            conversation.close(last);
        }
        None => {
            let reason = SupervisionRefusal::UnknownSession;
            let fact = Fact::SupervisionRefused { input: input.id, what, reason };
            out.event_about(Subject::Desk(close.desk.clone()), &input.tenant, fact);
        }
    }
}
