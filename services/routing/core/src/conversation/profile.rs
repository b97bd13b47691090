//! What is known of the visitor: their side tells it with whatever they do, agents correct it, and the agents' word wins.

use usher_domain::Timestamp;
use usher_domain::delivery::Order;
use usher_domain::event::Fact;
use usher_domain::profile::{Profile, ProfileEdit};
use usher_domain::state::conversation::Phase;

use super::out::Out;
use super::session;
use super::store::Conversation;

/// Takes what the visitor's side tells in the running session. Tags promote it, whatever else is known.
pub(super) fn learn(conversation: &mut Conversation, told: &Profile, out: &mut Out<'_>) {
    if conversation.session().is_none() {
        return;
    }
    if keep(conversation, told, out.now) {
        show(conversation, out);
    }
    if !told.tags.is_empty()
        && let Some(session) = conversation.session_mut()
    {
        session::promote(session, out);
    }
}

/// Takes over, in a session that was opened just now, what is known beside what its first words told.
pub(super) fn begin(conversation: &mut Conversation, told: &Profile, out: &mut Out<'_>) {
    keep(conversation, told, out.now);
    show(conversation, out);
}

/// Takes what an agent writes.
pub(super) fn write(conversation: &mut Conversation, edits: &[ProfileEdit], out: &mut Out<'_>) {
    let Some(session) = conversation.session() else { return };
    let fields = edits.iter().map(|edit| edit.field).collect();
    out.event(&session.account.tenant, Fact::ProfileEdited { session: session.id, fields });
    let known = conversation.known_mut();
    known.since = out.now;
    known.written.extend(edits.iter().map(|edit| (edit.field, edit.value.clone())));
    show(conversation, out);
}

/// Keeps what the visitor's side tells; whether that changes what counts.
fn keep(conversation: &mut Conversation, told: &Profile, now: Timestamp) -> bool {
    let (before, mut latest) = (conversation.profile(), conversation.told());
    latest.learn(told);
    if latest == conversation.told() {
        return false;
    }
    let known = conversation.known_mut();
    (known.told, known.since) = (latest, now);
    conversation.profile() != before
}

/// Brings the session's own copy up to date, and tells the agent who has it.
fn show(conversation: &mut Conversation, out: &mut Out<'_>) {
    let profile = conversation.profile();
    let Some(session) = conversation.session_mut() else { return };
    session.nickname.clone_from(&profile.nickname);
    session.phone.clone_from(&profile.phone);
    if let Phase::Active { agent, .. } = &session.phase {
        session::to_workspace(session, Some(&agent.id), "profile", Order::Profile(Box::new(profile)), out);
    }
}
