//! What supervisors do at a desk, with a key of their own: overrule it. Whether it can be done, only the cores can say;
//! they answer by an event under the id that the call is answered with.
//!
//! | path below `/v1/desks/{desk}` | fields (`?`: may be absent), beside `by` and `reason` |
//! | --- | --- |
//! | `/sessions/{session}/assign` | `agent`, `placement`? |
//! | `/sessions/{session}/requeue` | `placement` |
//! | `/sessions/{session}/close` | |
//! | `/agents/{agent}/drain`, `/agents/{agent}/undrain` | |
//! | `/move` | `from`?: { `group`? or `agent`? }, `to`: { `group`? or `agent`? } |

use serde_json::json;
use usher_domain::conversation::ConversationAct;
use usher_domain::desk::DeskAct;
use usher_domain::supervision::{MovedQueue, Supervision, SupervisionOrder, SupervisorClose, Warrant};
use usher_domain::{AgentId, Body, ConversationInput, DeskId, DeskInput, GroupId, InputId, SessionId, Target};

use super::Caller;
use super::agent::placement;
use super::message::session_id;
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::path::segments;
use crate::inbound::{Accepted, Answer, limits, path};

/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 512;

/// One call; what stands in its path is not decoded yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SupervisorCall<'p> {
    desk: &'p str,
    act: Act<'p>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act<'p> {
    Assign(&'p str),
    Requeue(&'p str),
    Close(&'p str),
    Drain(&'p str),
    Undrain(&'p str),
    Move,
}

impl<'p> SupervisorCall<'p> {
    /// The call at this path.
    pub(super) fn at(path: &'p str) -> Option<Self> {
        let (desk, act) = match *segments(path).as_slice() {
            ["v1", "desks", desk, "sessions", session, "assign"] => (desk, Act::Assign(session)),
            ["v1", "desks", desk, "sessions", session, "requeue"] => (desk, Act::Requeue(session)),
            ["v1", "desks", desk, "sessions", session, "close"] => (desk, Act::Close(session)),
            ["v1", "desks", desk, "agents", agent, "drain"] => (desk, Act::Drain(agent)),
            ["v1", "desks", desk, "agents", agent, "undrain"] => (desk, Act::Undrain(agent)),
            ["v1", "desks", desk, "move"] => (desk, Act::Move),
            _ => return None,
        };
        Some(Self { desk, act })
    }

    /// Its path with names instead of values.
    pub(super) const fn pattern(self) -> &'static str {
        match self.act {
            Act::Assign(_) => "/v1/desks/{desk}/sessions/{session}/assign",
            Act::Requeue(_) => "/v1/desks/{desk}/sessions/{session}/requeue",
            Act::Close(_) => "/v1/desks/{desk}/sessions/{session}/close",
            Act::Drain(_) => "/v1/desks/{desk}/agents/{agent}/drain",
            Act::Undrain(_) => "/v1/desks/{desk}/agents/{agent}/undrain",
            Act::Move => "/v1/desks/{desk}/move",
        }
    }
}

/// Reads a command. Agents and groups are known to the desk core only, so any name is taken.
pub(super) fn receive(caller: &Caller<'_>, call: SupervisorCall<'_>) -> Result<Accepted, Condition> {
    let fields = &caller.fields;
    known_only(fields, call.act)?;
    let desk = caller.desk(call.desk)?;
    let warrant = warrant(fields)?;
    match call.act {
        Act::Close(session) => close(caller, desk, session_id(session)?, warrant),
        act => {
            let order = order(fields, act)?;
            let id = caller.key.id_for(&[desk.as_str().as_bytes(), whom(&order).as_bytes()]);
            let act = DeskAct::Supervision(Box::new(Supervision { warrant, order }));
            let input = DeskInput { tenant: caller.tenant.clone(), desk, id, act };
            Ok(accepted(Body::Desk(input), id))
        }
    }
}

fn known_only(fields: &Fields<'_>, act: Act<'_>) -> Result<(), Condition> {
    match act {
        Act::Assign(_) => fields.only(&["by", "reason", "agent", "placement"]),
        Act::Requeue(_) => fields.only(&["by", "reason", "placement"]),
        Act::Close(_) | Act::Drain(_) | Act::Undrain(_) => fields.only(&["by", "reason"]),
        Act::Move => fields.only(&["by", "reason", "from", "to"]),
    }
}

fn close(caller: &Caller<'_>, desk: DeskId, session: SessionId, warrant: Warrant) -> Result<Accepted, Condition> {
    let conversation = session.conversation;
    let id = caller.key.id_for(&[&conversation.bits().to_be_bytes()]);
    let act = ConversationAct::SupervisorClose(Box::new(SupervisorClose { warrant, desk, session }));
    Ok(accepted(Body::Conversation(ConversationInput { tenant: caller.tenant.clone(), id, conversation, act }), id))
}

fn accepted(body: Body, id: InputId) -> Accepted {
    Accepted::one(body, Answer::json(202, &json!({ "id": id.to_string() })))
}

fn order(fields: &Fields<'_>, act: Act<'_>) -> Result<SupervisionOrder, Condition> {
    let named = |agent: &str| Ok(AgentId::new(limits::id("agent", &path::decode("agent", agent)?)?));
    Ok(match act {
        Act::Assign(session) => SupervisionOrder::Assign {
            session: session_id(session)?,
            agent: AgentId::new(limits::id("agent", fields.needed_text("agent")?)?),
            placement: fields.text("placement")?.map(|_| placement(fields)).transpose()?,
        },
        // Named, so that a second call does not take the session from its next agent too.
        Act::Requeue(session) | Act::Close(session) => {
            SupervisionOrder::Requeue { session: session_id(session)?, placement: Some(placement(fields)?) }
        }
        Act::Drain(agent) => SupervisionOrder::Drain { agent: named(agent)?, drains: true },
        Act::Undrain(agent) => SupervisionOrder::Drain { agent: named(agent)?, drains: false },
        Act::Move => SupervisionOrder::Move { from: from(fields)?, to: to(fields)? },
    })
}

/// What the command is about: the same key for another must be another id.
fn whom(order: &SupervisionOrder) -> String {
    match order {
        SupervisionOrder::Assign { session, .. } | SupervisionOrder::Requeue { session, .. } => session.to_string(),
        SupervisionOrder::Drain { agent, .. } => agent.to_string(),
        SupervisionOrder::Move { .. } => String::new(),
    }
}

fn warrant(fields: &Fields<'_>) -> Result<Warrant, Condition> {
    let by = limits::id("by", fields.needed_text("by")?)?.to_owned();
    let why = fields.needed_text("reason")?;
    if why.is_empty() || why.len() > REASON_BYTES_MAX {
        return Err(fields.wrong("reason", format!("must be 1 to {REASON_BYTES_MAX} bytes")));
    }
    // It is printed at terminals.
    if why.chars().any(char::is_control) {
        return Err(fields.wrong("reason", "must not contain control characters"));
    }
    Ok(Warrant { by, why: why.into() })
}

fn from(fields: &Fields<'_>) -> Result<MovedQueue, Condition> {
    let Some(from) = fields.object("from")? else { return Ok(MovedQueue::All) };
    let (agent, group) = line(&from)?;
    let agent = agent.map(MovedQueue::Agent);
    Ok(agent.or(group.map(MovedQueue::Group)).unwrap_or(MovedQueue::Default))
}

fn to(fields: &Fields<'_>) -> Result<Target, Condition> {
    let missing = || fields.wrong("to", "is missing; it must be an object with `group` or `agent`, or an empty one");
    let (agent, group) = line(&fields.object("to")?.ok_or_else(missing)?)?;
    Ok(Target { agent, group, ..Target::default() })
}

/// One line: an agent's, a group's, or with neither the default one.
fn line(fields: &Fields<'_>) -> Result<(Option<AgentId>, Option<GroupId>), Condition> {
    fields.only(&["group", "agent"])?;
    let named = |name: &'static str| -> Result<Option<&str>, Condition> {
        fields.filled_text(name)?.map(|text| limits::id(name, text)).transpose()
    };
    let (agent, group) = (named("agent")?.map(AgentId::new), named("group")?.map(GroupId::new));
    if agent.is_some() && group.is_some() {
        return Err(fields.wrong("agent", "stands beside a group; name one of the two"));
    }
    Ok((agent, group))
}
