//! `conversation.proto`.

use usher_domain::content::Private;
use usher_domain::conversation::{
    AgentAct, AgentInput, BotAct, BotInput, ConversationAct, ConversationInput, Forwarded, Link, PushInput, VisitorAct,
    VisitorInput,
};
use usher_domain::{AccountId, AgentId, TenantId, Timestamp, VisitorId};
use wire::agent_input::{self, Act as WireAgentAct};
use wire::conversation_input::Act as WireAct;
use wire::visitor_input::{self, Act as WireVisitorAct};

use super::content::{optionally_said, said};
use super::profile;
use crate::error::DecodeError;
use crate::field::{id, ids, name, optional, optional_id, required, text, texts, variant, within};
use crate::wire;

impl From<&ConversationInput> for wire::ConversationInput {
    fn from(input: &ConversationInput) -> Self {
        let act = match &input.act {
            ConversationAct::Visitor(visitor) => WireAct::Visitor(visitor.as_ref().into()),
            ConversationAct::Agent(agent) => WireAct::Agent(agent.as_ref().into()),
            ConversationAct::Bot(bot) => WireAct::Bot(bot.as_ref().into()),
            ConversationAct::Push(push) => WireAct::Push(push.as_ref().into()),
            ConversationAct::Placement(placement) => WireAct::Placement(placement.into()),
            ConversationAct::Receipt(receipt) => WireAct::Receipt(receipt.into()),
            ConversationAct::Linked(link) => WireAct::Linked(link.as_ref().into()),
            ConversationAct::Forwarded(forwarded) => WireAct::Forwarded(forwarded.as_ref().into()),
            ConversationAct::SupervisorClose(close) => WireAct::SupervisorClose(close.as_ref().into()),
        };
        Self {
            id: input.id.to_string(),
            conversation: input.conversation.to_string(),
            tenant: input.tenant.to_string(),
            act: Some(act),
        }
    }
}

impl TryFrom<wire::ConversationInput> for ConversationInput {
    type Error = DecodeError;

    fn try_from(input: wire::ConversationInput) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", input.tenant, TenantId::new)?,
            id: id("id", &input.id)?,
            conversation: id("conversation", &input.conversation)?,
            act: variant("act", input.act)?,
        })
    }
}

impl TryFrom<WireAct> for ConversationAct {
    type Error = DecodeError;

    fn try_from(act: WireAct) -> Result<Self, DecodeError> {
        Ok(match act {
            WireAct::Visitor(visitor) => Self::Visitor(Box::new(within("visitor", visitor)?)),
            WireAct::Agent(agent) => Self::Agent(Box::new(within("agent", agent)?)),
            WireAct::Bot(bot) => Self::Bot(Box::new(within("bot", bot)?)),
            WireAct::Push(push) => Self::Push(Box::new(within("push", push)?)),
            WireAct::Placement(placement) => Self::Placement(within("placement", placement)?),
            WireAct::Receipt(receipt) => Self::Receipt(within("receipt", receipt)?),
            WireAct::Linked(link) => Self::Linked(Box::new(within("linked", link)?)),
            WireAct::Forwarded(forwarded) => Self::Forwarded(Box::new(within("forwarded", forwarded)?)),
            WireAct::SupervisorClose(close) => Self::SupervisorClose(Box::new(within("supervisor_close", close)?)),
        })
    }
}

impl From<&Link> for wire::Link {
    fn from(link: &Link) -> Self {
        Self {
            conversation: link.conversation.to_string(),
            account: Some((&link.account).into()),
            visitor: link.visitor.as_str().to_owned(),
            until_ms: link.until.millis(),
        }
    }
}

impl TryFrom<wire::Link> for Link {
    type Error = DecodeError;

    fn try_from(link: wire::Link) -> Result<Self, DecodeError> {
        Ok(Self {
            conversation: id("conversation", &link.conversation)?,
            account: required("account", link.account)?,
            visitor: name("visitor", link.visitor, VisitorId::new)?,
            until: Timestamp::from_millis(link.until_ms),
        })
    }
}

impl From<&Forwarded> for wire::Forwarded {
    fn from(forwarded: &Forwarded) -> Self {
        Self { via: forwarded.via.to_string(), said: Some((&forwarded.said).into()) }
    }
}

impl TryFrom<wire::Forwarded> for Forwarded {
    type Error = DecodeError;

    fn try_from(forwarded: wire::Forwarded) -> Result<Self, DecodeError> {
        let via = name("via", forwarded.via, AccountId::new)?;
        Ok(Self { via, said: required("said", forwarded.said)? })
    }
}

impl From<&VisitorInput> for wire::VisitorInput {
    fn from(input: &VisitorInput) -> Self {
        Self {
            account: Some((&input.account).into()),
            visitor: input.visitor.as_str().to_owned(),
            profile: Some((&input.profile).into()),
            ext: optionally_said(&input.ext),
            ack: optionally_said(&input.ack),
            named: optionally_said(&input.named),
            act: Some((&input.act).into()),
        }
    }
}

impl TryFrom<wire::VisitorInput> for VisitorInput {
    type Error = DecodeError;

    fn try_from(input: wire::VisitorInput) -> Result<Self, DecodeError> {
        Ok(Self {
            account: required("account", input.account)?,
            visitor: name("visitor", input.visitor, VisitorId::new)?,
            profile: within("profile", input.profile.unwrap_or_default())?,
            ext: input.ext.map(Private::from),
            ack: input.ack.map(Private::from),
            named: input.named.map(Private::from),
            act: variant("act", input.act)?,
        })
    }
}

impl From<&VisitorAct> for WireVisitorAct {
    fn from(act: &VisitorAct) -> Self {
        match act {
            VisitorAct::Connect { context } => {
                Self::Connect(visitor_input::Connect { context: optionally_said(context) })
            }
            VisitorAct::Message { content, ask } => {
                Self::Message(visitor_input::Say { content: Some(content.into()), ask: ask.as_ref().map(Into::into) })
            }
            VisitorAct::Ask { target } => Self::Ask(visitor_input::Ask { target: Some(target.into()) }),
            VisitorAct::Leave => Self::Leave(visitor_input::Leave {}),
            VisitorAct::Typing => Self::Typing(visitor_input::Typing {}),
            VisitorAct::Read { messages } => Self::Read(visitor_input::Read { messages: texts(messages) }),
            VisitorAct::Survey { session, score, detail } => Self::Survey(visitor_input::Survey {
                session: text(session),
                score: score.clone(),
                detail: said(detail),
            }),
            VisitorAct::Subscription { opted_out } => {
                Self::Subscription(visitor_input::Subscription { opted_out: *opted_out })
            }
        }
    }
}

impl TryFrom<WireVisitorAct> for VisitorAct {
    type Error = DecodeError;

    fn try_from(act: WireVisitorAct) -> Result<Self, DecodeError> {
        Ok(match act {
            WireVisitorAct::Connect(connect) => Self::Connect { context: connect.context.map(Private::from) },
            WireVisitorAct::Message(say) => Self::Message {
                content: required("message.content", say.content)?,
                ask: optional("message.ask", say.ask)?,
            },
            WireVisitorAct::Ask(ask) => Self::Ask { target: required("ask.target", ask.target)? },
            WireVisitorAct::Leave(_) => Self::Leave,
            WireVisitorAct::Typing(_) => Self::Typing,
            WireVisitorAct::Read(read) => Self::Read { messages: ids("read.messages", &read.messages)? },
            WireVisitorAct::Survey(survey) => Self::Survey {
                session: optional_id("survey.session", survey.session)?,
                score: survey.score,
                detail: survey.detail.into(),
            },
            WireVisitorAct::Subscription(change) => Self::Subscription { opted_out: change.opted_out },
        })
    }
}

impl From<&AgentInput> for wire::AgentInput {
    fn from(input: &AgentInput) -> Self {
        Self {
            account: Some((&input.account).into()),
            session: input.session.to_string(),
            agent: input.agent.to_string(),
            act: Some((&input.act).into()),
        }
    }
}

impl TryFrom<wire::AgentInput> for AgentInput {
    type Error = DecodeError;

    fn try_from(input: wire::AgentInput) -> Result<Self, DecodeError> {
        Ok(Self {
            account: required("account", input.account)?,
            session: id("session", &input.session)?,
            agent: name("agent", input.agent, AgentId::new)?,
            act: variant("act", input.act)?,
        })
    }
}

impl From<&AgentAct> for WireAgentAct {
    fn from(act: &AgentAct) -> Self {
        match act {
            AgentAct::Send { content, terms } => {
                Self::Send(agent_input::Send { content: Some(content.into()), terms: Some(terms.into()) })
            }
            AgentAct::Transfer { target, placement } => Self::Transfer(agent_input::Transfer {
                target: Some(target.into()),
                placement: Some((*placement).into()),
            }),
            AgentAct::Close { placement } => Self::Close(agent_input::Close { placement: Some((*placement).into()) }),
            AgentAct::Typing => Self::Typing(agent_input::Typing {}),
            AgentAct::Read { messages } => Self::Read(agent_input::Read { messages: texts(messages) }),
            AgentAct::Recall { message } => Self::Recall(agent_input::Recall { message: message.to_string() }),
            AgentAct::Profile { edits } => {
                Self::Profile(agent_input::EditProfile { edits: edits.iter().map(Into::into).collect() })
            }
            AgentAct::Hold { placement } => Self::Hold(agent_input::Hold { placement: Some((*placement).into()) }),
            AgentAct::Resume => Self::Resume(agent_input::Resume {}),
            AgentAct::Consult { agent } => Self::Consult(agent_input::Consult { agent: agent.to_string() }),
            AgentAct::Whisper { text } => Self::Whisper(agent_input::Whisper { text: said(text) }),
            AgentAct::EndConsult => Self::EndConsult(agent_input::EndConsult {}),
            AgentAct::InviteSurvey => Self::InviteSurvey(agent_input::InviteSurvey {}),
        }
    }
}

impl TryFrom<WireAgentAct> for AgentAct {
    type Error = DecodeError;

    fn try_from(act: WireAgentAct) -> Result<Self, DecodeError> {
        Ok(match act {
            WireAgentAct::Send(send) => Self::Send {
                content: required("send.content", send.content)?,
                terms: required("send.terms", send.terms)?,
            },
            WireAgentAct::Transfer(transfer) => Self::Transfer {
                target: required("transfer.target", transfer.target)?,
                placement: required("transfer.placement", transfer.placement)?,
            },
            WireAgentAct::Close(close) => Self::Close { placement: required("close.placement", close.placement)? },
            WireAgentAct::Typing(_) => Self::Typing,
            WireAgentAct::Read(read) => Self::Read { messages: ids("read.messages", &read.messages)? },
            WireAgentAct::Recall(recall) => Self::Recall { message: id("recall.message", &recall.message)? },
            WireAgentAct::Profile(profile) => Self::Profile { edits: profile::edits(profile.edits)? },
            WireAgentAct::Hold(hold) => Self::Hold { placement: required("hold.placement", hold.placement)? },
            WireAgentAct::Resume(_) => Self::Resume,
            WireAgentAct::Consult(consult) => {
                Self::Consult { agent: name("consult.agent", consult.agent, AgentId::new)? }
            }
            WireAgentAct::Whisper(whisper) => Self::Whisper { text: whisper.text.into() },
            WireAgentAct::EndConsult(_) => Self::EndConsult,
            WireAgentAct::InviteSurvey(_) => Self::InviteSurvey,
        })
    }
}

impl From<&BotInput> for wire::BotInput {
    fn from(input: &BotInput) -> Self {
        let (content, terms, hand_over) = match &input.act {
            BotAct::Say { content, terms } => (Some(content.into()), Some(terms.into()), None),
            BotAct::HandOver { target } => (None, None, Some(target.into())),
        };
        let (account, session) = (Some((&input.account).into()), input.session.to_string());
        Self { account, session, content, terms, hand_over }
    }
}

impl TryFrom<wire::BotInput> for BotInput {
    type Error = DecodeError;

    fn try_from(input: wire::BotInput) -> Result<Self, DecodeError> {
        let act = match input.hand_over {
            Some(target) => BotAct::HandOver { target: within("hand_over", target)? },
            None => {
                BotAct::Say { content: required("content", input.content)?, terms: required("terms", input.terms)? }
            }
        };
        Ok(Self { account: required("account", input.account)?, session: id("session", &input.session)?, act })
    }
}

impl From<&PushInput> for wire::PushInput {
    fn from(input: &PushInput) -> Self {
        Self {
            account: Some((&input.account).into()),
            visitor: input.visitor.as_str().to_owned(),
            content: Some((&input.content).into()),
            ext: optionally_said(&input.ext),
            terms: Some((&input.terms).into()),
            unarchived: !input.archive,
        }
    }
}

impl TryFrom<wire::PushInput> for PushInput {
    type Error = DecodeError;

    fn try_from(input: wire::PushInput) -> Result<Self, DecodeError> {
        Ok(Self {
            account: required("account", input.account)?,
            visitor: name("visitor", input.visitor, VisitorId::new)?,
            content: required("content", input.content)?,
            ext: input.ext.map(Private::from),
            terms: required("terms", input.terms)?,
            archive: !input.unarchived,
        })
    }
}
