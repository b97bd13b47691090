//! Who may command a session: its own account, its active agent, and for what moves it only under the current
//! placement (R6).

use usher_domain::conversation::{AgentAct, AgentInput};
use usher_domain::event::Refusal;
use usher_domain::state::conversation::{Phase, Session};
use usher_domain::{Account, AgentCard, PlacementId, SessionId};

use super::asked;

/// Whether this is the session that a command of this account names; one of another account might as well not exist.
pub(in crate::conversation) fn is_of(session: &Session, account: &Account, named: SessionId) -> bool {
    session.id == named && session.account.tenant == account.tenant && session.account.account == account.account
}

/// The agent, if they may do this now. The placement is looked at first: who names an old one has missed something and
/// shall hear `moved`, whoever has the session by now.
pub(in crate::conversation) fn may(session: &Session, said: &AgentInput) -> Result<AgentCard, Refusal> {
    let current = match &session.phase {
        Phase::OnHold { held, .. } => Some(*held),
        _ => asked(session).map(|asked| asked.version),
    };
    match (current, named_placement(&said.act)) {
        (Some(current), Some(named)) if current != named => return Err(Refusal::Moved),
        _ => {}
    }
    match (&session.phase, &said.act) {
        (Phase::Active { .. }, AgentAct::Resume) => Err(Refusal::NotPossible),
        (Phase::Active { agent, .. }, _) if agent.id == said.agent => Ok(agent.clone()),
        (Phase::Active { watch, .. }, AgentAct::Whisper { .. } | AgentAct::EndConsult)
            if watch.consulted.as_ref() == Some(&said.agent) =>
        {
            Ok(AgentCard { id: said.agent.clone(), name: String::new(), avatar: String::new() })
        }
        (Phase::OnHold { agent, .. }, AgentAct::Resume | AgentAct::Close { .. }) if agent.id == said.agent => {
            Ok(agent.clone())
        }
        _ => Err(Refusal::NotAssigned),
    }
}

fn named_placement(act: &AgentAct) -> Option<PlacementId> {
    match act {
        AgentAct::Transfer { placement, .. } | AgentAct::Close { placement } | AgentAct::Hold { placement } => {
            Some(*placement)
        }
        AgentAct::Send { .. }
        | AgentAct::Typing
        | AgentAct::Read { .. }
        | AgentAct::Recall { .. }
        | AgentAct::Profile { .. }
        | AgentAct::Resume
        | AgentAct::Consult { .. }
        | AgentAct::Whisper { .. }
        | AgentAct::EndConsult
        | AgentAct::InviteSurvey => None,
    }
}
