//! How an agent is: `POST /v1/desks/{desk}/agents/{agent}/presence`.

use serde_json::json;
use usher_domain::desk::{DeskAct, Presence, PresenceSaid};
use usher_domain::{AgentId, Body, DeskId, DeskInput};

use super::Caller;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, limits, path};

/// Reads a presence. Agents are known to the desk core only, so any agent of a desk of this tenant is taken.
pub(super) fn receive(caller: &Caller<'_>, desk: &str, agent: &str) -> Result<Accepted, Condition> {
    caller.fields.only(&["presence"])?;
    let desk = DeskId::new(limits::id("desk", &path::decode("desk", desk)?)?);
    let agent = AgentId::new(limits::id("agent", &path::decode("agent", agent)?)?);
    if caller.accounts.workspace(caller.tenant, &desk).is_none() {
        return Err(Condition::NotFound("desk: there is no such desk".to_owned()));
    }
    let presence = Presence::named(caller.fields.needed_text("presence")?)
        .ok_or_else(|| caller.fields.wrong("presence", "must be online, busy, away, break or offline"))?;
    let id = caller.key.id_for(&[desk.as_str().as_bytes(), agent.as_str().as_bytes()]);
    let act = DeskAct::Presence(PresenceSaid::new(agent, presence));
    let input = DeskInput { tenant: caller.tenant.clone(), desk, id, act };
    Ok(Accepted::one(Body::Desk(input), Answer::json(202, &json!({ "id": id.to_string() }))))
}
