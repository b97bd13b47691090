//! What an agent's workspace does. What can not be carried out is refused to that workspace with the reason, never
//! silently dropped.

use usher_domain::conversation::{AgentAct, AgentInput};
use usher_domain::delivery::{Briefing, DeliveryTarget, Order};
use usher_domain::event::{CloseReason, Command, Fact, Refusal};
use usher_domain::state::conversation::Session;
use usher_domain::{AgentCard, InputId, Party};

use super::dispatch::ignored;
use super::message;
use super::out::{Behalf, Out};
use super::owner;
use super::profile;
use super::say;
use super::session;
use super::store::Conversation;
use super::survey;

/// Applies one input of a workspace.
pub(super) fn apply(conversation: &mut Conversation, input: InputId, said: &AgentInput, out: &mut Out<'_>) {
    let session = conversation.session().filter(|session| session::is_of(session, &said.account, said.session));
    let allowed = session.ok_or(Refusal::Closed).and_then(|session| {
        let agent = session::may(session, said)?;
        possible(conversation, session, &said.act).map(|()| agent)
    });
    match (allowed, &said.act) {
        (Ok(agent), act) => carry_out(conversation, input, agent, act, out),
        // Somebody types or reads whose session has just moved: nothing is lost, so nobody is troubled.
        (Err(Refusal::NotAssigned), act @ (AgentAct::Typing | AgentAct::Read { .. })) => {
            ignored(&said.account.tenant, input, command(act), out);
        }
        (Err(reason), act) => refuse(conversation, input, said, command(act), reason, out),
    }
}

/// Whether there is what the agent means: a message can be taken back that was said to the visitor in this session, where
/// the channel can do that; and a consult needs a second agent.
fn possible(conversation: &Conversation, session: &Session, act: &AgentAct) -> Result<(), Refusal> {
    match act {
        AgentAct::Recall { message } => {
            let said = conversation.message(*message).is_some_and(|message| message.session == Some(session.id));
            match (said, session.account.can_recall()) {
                (false, _) => Err(Refusal::NoSuchMessage),
                (true, false) => Err(Refusal::NotPossible),
                (true, true) => Ok(()),
            }
        }
        // Nobody reads along with themselves, and there is nobody to whisper to but a second agent.
        AgentAct::Consult { agent } if session.phase.agent().is_some_and(|first| first.id == *agent) => {
            Err(Refusal::NotPossible)
        }
        AgentAct::Whisper { .. } | AgentAct::EndConsult if session::consulted(session).is_none() => {
            Err(Refusal::NotPossible)
        }
        _ => Ok(()),
    }
}

fn carry_out(conversation: &mut Conversation, input: InputId, agent: AgentCard, act: &AgentAct, out: &mut Out<'_>) {
    let briefing = if let AgentAct::Consult { .. } = act { conversation.briefing() } else { Briefing::default() };
    let Some(session) = conversation.session_mut() else { return };
    match act {
        AgentAct::Send { content, terms } => {
            session.typing_told = None;
            say::in_session(conversation, input, Party::Agent(agent), content, terms, out);
        }
        AgentAct::Transfer { target, .. } => session::transfer(session, target, out),
        AgentAct::Close { .. } => {
            let last = session::close(session, CloseReason::Agent, out);
            conversation.close(last);
        }
        AgentAct::Typing if session::show_typing(session, out) => {}
        AgentAct::Read { messages } if session::mark_read(session, messages, out) => {}
        AgentAct::Hold { .. } => session::hold(session, out),
        AgentAct::Resume => {
            session::take_up(session, out);
        }
        AgentAct::Consult { agent: second } => session::consult(session, agent, second, briefing, out),
        AgentAct::Whisper { text } => session::whisper(session, &agent.id, text, out),
        AgentAct::EndConsult => session::end_consult(session, out),
        AgentAct::InviteSurvey if survey::invite(session, out) => {}
        AgentAct::Typing | AgentAct::Read { .. } | AgentAct::InviteSurvey => {
            let tenant = session.account.tenant.clone();
            ignored(&tenant, input, command(act), out);
        }
        AgentAct::Recall { message } => {
            message::recall(conversation, *message, out);
            conversation.strike(*message);
        }
        AgentAct::Profile { edits } => profile::write(conversation, edits, out),
    }
}

fn refuse(
    conversation: &Conversation,
    input: InputId,
    said: &AgentInput,
    command: Command,
    reason: Refusal,
    out: &mut Out<'_>,
) {
    let subject = owner::subject_for(conversation, out.conversation, &said.account);
    out.event_about(subject, &said.account.tenant, Fact::CommandRefused { input, command, reason });
    let target = DeliveryTarget::Workspace { desk: said.account.desk.clone(), agent: Some(said.agent.clone()) };
    let behalf = Behalf { account: &said.account, session: Some(said.session) };
    out.deliver("refused", behalf, target, Order::Refused { command, reason, input });
}

fn command(act: &AgentAct) -> Command {
    match act {
        AgentAct::Send { .. } => Command::Send,
        AgentAct::Transfer { .. } => Command::Transfer,
        AgentAct::Close { .. } => Command::Close,
        AgentAct::Typing => Command::Typing,
        AgentAct::Read { .. } => Command::Read,
        AgentAct::Recall { .. } => Command::Recall,
        AgentAct::Profile { .. } => Command::Profile,
        AgentAct::Hold { .. } => Command::Hold,
        AgentAct::Resume => Command::Resume,
        AgentAct::Consult { .. } => Command::Consult,
        AgentAct::Whisper { .. } => Command::Whisper,
        AgentAct::EndConsult => Command::EndConsult,
        AgentAct::InviteSurvey => Command::InviteSurvey,
    }
}
