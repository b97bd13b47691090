//! What an agent's workspace does in a session. Whether the session is the agent's, only its core can say.

use usher_domain::conversation::{AgentAct, AgentInput, ConversationAct};
use usher_domain::state::conversation::Session;
use usher_domain::{AgentId, MessageId, PlacementId};

use super::call::SessionCall;
use super::message::{said_only, session_id, terms};
use super::visitor::{reads, target};
use super::{Caller, content, profile};
use crate::accounts::AccountSettings;
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::{Accepted, limits};

/// Reads one command of an agent.
pub(super) fn receive(caller: &Caller<'_>, session: &str, call: SessionCall) -> Result<Accepted, Condition> {
    let fields = &caller.fields;
    known_only(fields, call)?;
    let session = session_id(session)?;
    let settings = caller.account()?;
    let agent = AgentId::new(limits::id("agent", fields.needed_text("agent")?)?);
    let act = act(fields, settings, call)?;
    let input = AgentInput { account: settings.stamp(caller.tenant), session, agent, act };
    Ok(caller.accept(session.conversation, ConversationAct::Agent(Box::new(input))))
}

fn known_only(fields: &Fields<'_>, call: SessionCall) -> Result<(), Condition> {
    match call {
        SessionCall::Message
        | SessionCall::BotMessage
        | SessionCall::HandOver
        | SessionCall::Accept
        | SessionCall::Decline => said_only(fields, &["account", "agent"]),
        SessionCall::Typing | SessionCall::Resume | SessionCall::EndConsult | SessionCall::InviteSurvey => {
            fields.only(&["account", "agent"])
        }
        SessionCall::Read => fields.only(&["account", "agent", "messages"]),
        SessionCall::Transfer => fields.only(&["account", "agent", "placement", "to"]),
        SessionCall::Close | SessionCall::Hold => fields.only(&["account", "agent", "placement"]),
        SessionCall::Consult => fields.only(&["account", "agent", "consulted"]),
        SessionCall::Whisper => fields.only(&["account", "agent", "text"]),
        SessionCall::Recall => fields.only(&["account", "agent", "message"]),
        SessionCall::Profile => fields.only(&["account", "agent", "profile"]),
    }
}

fn act(fields: &Fields<'_>, settings: &AccountSettings, call: SessionCall) -> Result<AgentAct, Condition> {
    Ok(match call {
        SessionCall::Message
        | SessionCall::BotMessage
        | SessionCall::HandOver
        | SessionCall::Accept
        | SessionCall::Decline => AgentAct::Send { content: content::said(fields)?, terms: terms(fields, settings)? },
        SessionCall::Typing => AgentAct::Typing,
        SessionCall::Read => AgentAct::Read { messages: reads(fields, Session::UNREAD_MAX)? },
        SessionCall::Transfer => transfer(fields)?,
        SessionCall::Close => AgentAct::Close { placement: placement(fields)? },
        SessionCall::Recall => AgentAct::Recall { message: message(fields)? },
        SessionCall::Profile => AgentAct::Profile { edits: profile::edits(fields)? },
        SessionCall::Hold => AgentAct::Hold { placement: placement(fields)? },
        SessionCall::Resume => AgentAct::Resume,
        SessionCall::Consult => {
            AgentAct::Consult { agent: AgentId::new(limits::id("consulted", fields.needed_text("consulted")?)?) }
        }
        SessionCall::Whisper => {
            let text = limits::words("text", fields.needed_text("text")?, limits::TEXT_BYTES_MAX)?;
            AgentAct::Whisper { text: text.into() }
        }
        SessionCall::EndConsult => AgentAct::EndConsult,
        SessionCall::InviteSurvey => AgentAct::InviteSurvey,
    })
}

fn transfer(fields: &Fields<'_>) -> Result<AgentAct, Condition> {
    let missing = || fields.wrong("to", "is missing; it must be an object with `agent` or `group`");
    let to = fields.object("to")?.ok_or_else(missing)?;
    to.only(&["agent", "group", "where"])?;
    let target = target(&to)?;
    if target.is_empty() {
        return Err(missing());
    }
    Ok(AgentAct::Transfer { target, placement: placement(fields)? })
}

fn message(fields: &Fields<'_>) -> Result<MessageId, Condition> {
    let wrong = |_| fields.wrong("message", "must be a message id: 32 hex digits");
    fields.needed_text("message")?.parse().map_err(wrong)
}

pub(super) fn placement(fields: &Fields<'_>) -> Result<PlacementId, Condition> {
    let text = fields.needed_text("placement")?;
    text.parse().map_err(|_| fields.wrong("placement", "must be the placement as it was told, for example \"3.2\""))
}
