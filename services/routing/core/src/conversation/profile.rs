//! What is known of the visitor: their side tells it with whatever they do, agents correct it, and the agents' word wins.

use usher_domain::delivery::Order;
use usher_domain::event::Fact;
use usher_domain::profile::{Profile, ProfileEdit};
use usher_domain::state::conversation::Phase;

use super::out::Out;
use super::session;
use super::store::Conversation;

/// Takes what the visitor's side tells in the running session. Tags promote it, whatever else is known.
pub(super) fn learn(conversation: &mut Conversation, told: &Profile, out: &mut Out<'_>) {
    if conversation.session().is_none() || *told == Profile::default() {
        return;
    }
    change(conversation, out, |known| known.learn(told));
    if !told.tags.is_empty()
        && let Some(session) = conversation.session_mut()
    {
        session::promote(session, out);
    }
}

/// Takes over, in a session that was opened just now, what is known beside what its first words told.
pub(super) fn begin(conversation: &mut Conversation, told: &Profile, out: &mut Out<'_>) {
    change(conversation, out, |known| known.learn(told));
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

/// Changes what the visitor's side told, and shows it where that is news.
fn change(conversation: &mut Conversation, out: &mut Out<'_>, act: impl FnOnce(&mut Profile)) {
    let before = conversation.profile();
    let mut told = conversation.told();
    act(&mut told);
    if told == conversation.told() {
        return;
    }
    let known = conversation.known_mut();
    known.told = told;
    known.since = out.now;
    if conversation.profile() != before {
        show(conversation, out);
    }
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
