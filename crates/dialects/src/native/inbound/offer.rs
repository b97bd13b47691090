//! What an agent says to an offer. It goes to the desk, which alone knows whether the offer still stands.

use serde_json::json;
use usher_domain::desk::{DeskAct, OfferAnswer};
use usher_domain::{AgentId, Body, DeskInput};

use super::Caller;
use super::agent::placement;
use super::message::session_id;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, limits};

/// Reads an answer. The account's desk is the session's: whose session it really is, the desk sees by the offer.
pub(super) fn receive(caller: &Caller<'_>, session: &str, accepts: bool) -> Result<Accepted, Condition> {
    let fields = &caller.fields;
    fields.only(&["account", "agent", "placement"])?;
    let session = session_id(session)?;
    let account = caller.account()?.stamp(caller.tenant);
    let agent = AgentId::new(limits::id("agent", fields.needed_text("agent")?)?);
    let placement = placement(fields)?;
    let id = caller.key.id_for(&[session.to_string().as_bytes(), agent.as_str().as_bytes()]);
    let desk = account.desk.clone();
    let act = DeskAct::Answer(Box::new(OfferAnswer { account, session, agent, placement, accepts }));
    let input = DeskInput { tenant: caller.tenant.clone(), desk, id, act };
    let answer = json!({ "id": id.to_string(), "conversation": session.conversation.to_string() });
    Ok(Accepted::one(Body::Desk(input), Answer::json(202, &answer)))
}
