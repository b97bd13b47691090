//! Where the desk core says it has put a session. One for a session that is over or was never known here is answered, so
//! that the desk frees its agent although this core forgot the session (R4).

use usher_domain::delivery::Briefing;
use usher_domain::{ConversationInput, Demand, Place, Placement, Want};

use super::dispatch::repeated;
use super::out::Out;
use super::refused;
use super::session::{self, Taken};
use super::store::Conversation;

/// Applies one placement.
pub(super) fn apply(conversation: &mut Conversation, input: &ConversationInput, said: &Placement, out: &mut Out<'_>) {
    let is_ours = conversation.session().is_some_and(|session| session.id == said.session);
    let briefing = match &said.place {
        Place::Assigned { .. } if is_ours => conversation.briefing(),
        _ => Briefing::default(),
    };
    let Some(session) = is_ours.then(|| conversation.session_mut()).flatten() else {
        return answer_ghost(input, said, out);
    };
    match session::take(session, said, briefing, out) {
        Taken::Yes => {}
        Taken::Overtaken => repeated(input, out),
        Taken::Unwanted => session::answer_unwanted(session, out),
        Taken::Refused => {
            if let Place::Refused { reason, then } = &said.place {
                refused::carry_out(conversation, *reason, then, out);
            }
        }
    }
}

fn answer_ghost(input: &ConversationInput, said: &Placement, out: &mut Out<'_>) {
    let epoch = said.version.epoch.saturating_add(1);
    out.demand(&input.tenant, &said.desk, Demand { session: said.session, epoch, want: Want::Nobody });
}
