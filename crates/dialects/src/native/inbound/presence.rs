//! How an agent is: `POST /v1/desks/{desk}/agents/{agent}/presence`. The same call once more is a sign of life.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::json;
use usher_domain::desk::{DeskAct, Presence, PresenceSaid};
use usher_domain::{AgentId, Body, DeskId, DeskInput, Timestamp};

use super::Caller;
use crate::condition::Condition;
use crate::inbound::{Accepted, Answer, limits, path};

/// How long a presence may hold: a second to a day.
const LEASE_MS: RangeInclusive<u64> = 1_000..=86_400_000;

/// So far a workspace's clock may be ahead of ours. After a word from further ahead nothing would count that is said of
/// its agent until then.
const AHEAD: Duration = Duration::from_secs(3_600);

/// Reads a presence. Agents are known to the desk core only, so any agent of a desk of this tenant is taken.
pub(super) fn receive(caller: &Caller<'_>, desk: &str, agent: &str, now: Timestamp) -> Result<Accepted, Condition> {
    caller.fields.only(&["presence", "at_ms", "lease_ms", "drain"])?;
    let desk = DeskId::new(limits::id("desk", &path::decode("desk", desk)?)?);
    let agent = AgentId::new(limits::id("agent", &path::decode("agent", agent)?)?);
    if caller.accounts.workspace(caller.tenant, &desk).is_none() {
        return Err(Condition::NotFound("desk: there is no such desk".to_owned()));
    }
    let presence = Presence::named(caller.fields.needed_text("presence")?)
        .ok_or_else(|| caller.fields.wrong("presence", "must be online, busy, away, break or offline"))?;
    let id = caller.key.id_for(&[desk.as_str().as_bytes(), agent.as_str().as_bytes()]);
    let (at, lease, drain) = (said_at(caller, now)?, lease(caller)?, caller.fields.flag("drain")?);
    let act = DeskAct::Presence(PresenceSaid { agent, presence, at, lease, drain });
    let input = DeskInput { tenant: caller.tenant.clone(), desk, id, act };
    Ok(Accepted::one(Body::Desk(input), Answer::json(202, &json!({ "id": id.to_string() }))))
}

/// The workspace's own instant.
fn said_at(caller: &Caller<'_>, now: Timestamp) -> Result<Option<Timestamp>, Condition> {
    let Some(ms) = caller.fields.count("at_ms")? else { return Ok(None) };
    let at = i64::try_from(ms).ok().map(Timestamp::from_millis).filter(|at| *at <= now.plus(AHEAD));
    let problem = "must be in milliseconds by a clock, which is no more than an hour ahead of ours";
    at.map(Some).ok_or_else(|| caller.fields.wrong("at_ms", problem))
}

fn lease(caller: &Caller<'_>) -> Result<Option<Duration>, Condition> {
    match caller.fields.count("lease_ms")? {
        Some(ms) if !LEASE_MS.contains(&ms) => {
            let problem = format!("must be {} to {} (a day)", LEASE_MS.start(), LEASE_MS.end());
            Err(caller.fields.wrong("lease_ms", problem))
        }
        ms => Ok(ms.map(Duration::from_millis)),
    }
}
