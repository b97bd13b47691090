//! What outlives a session.

use std::time::Duration;

use usher_domain::account::Survey;
use usher_domain::state::conversation::{Last, OptOut, Owner, Seen, SeenInput};
use usher_domain::{AccountId, AgentId, GroupId, TenantId, Timestamp};

use crate::error::DecodeError;
use crate::field::{id, name, optional, optional_instant, optional_name, span_ms, text};
use crate::wire::conversation_state as wire;

impl From<&Seen> for wire::Seen {
    fn from(seen: &Seen) -> Self {
        let input = |input: &SeenInput| wire::seen::Input { id: input.id, at_ms: input.at.millis() };
        Self { inputs: seen.inputs.iter().map(input).collect() }
    }
}

impl TryFrom<wire::Seen> for Seen {
    type Error = DecodeError;

    /// Any numbers will do; the signature is that of all messages.
    fn try_from(seen: wire::Seen) -> Result<Self, DecodeError> {
        let input = |input: wire::seen::Input| SeenInput { id: input.id, at: Timestamp::from_millis(input.at_ms) };
        Ok(Self { inputs: seen.inputs.into_iter().map(input).collect() })
    }
}

impl From<&Last> for wire::Last {
    fn from(last: &Last) -> Self {
        let (session, agent) = (last.session.to_string(), text(&last.agent));
        Self {
            session,
            agent,
            closed_at_ms: last.closed_at.millis(),
            owner: last.owner.as_ref().map(Into::into),
            lasts_ms: Some(span_ms(last.lasts)),
            rated: last.rated,
            group: text(&last.group),
            told_at_ms: last.told_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<wire::Last> for Last {
    type Error = DecodeError;

    fn try_from(last: wire::Last) -> Result<Self, DecodeError> {
        Ok(Self {
            session: id("session", &last.session)?,
            owner: optional("owner", last.owner)?,
            agent: optional_name("agent", last.agent, AgentId::new)?,
            closed_at: Timestamp::from_millis(last.closed_at_ms),
            lasts: last.lasts_ms.map_or(Survey::default().lasts, Duration::from_millis),
            rated: last.rated,
            group: optional_name("group", last.group, GroupId::new)?,
            told_at: optional_instant(last.told_at_ms),
        })
    }
}

impl From<&Owner> for wire::Owner {
    fn from(owner: &Owner) -> Self {
        Self { tenant: owner.tenant.to_string(), account: owner.account.to_string() }
    }
}

impl TryFrom<wire::Owner> for Owner {
    type Error = DecodeError;

    fn try_from(owner: wire::Owner) -> Result<Self, DecodeError> {
        Ok(Self {
            tenant: name("tenant", owner.tenant, TenantId::new)?,
            account: name("account", owner.account, AccountId::new)?,
        })
    }
}

impl From<&OptOut> for wire::OptOut {
    fn from(opt_out: &OptOut) -> Self {
        Self { since_ms: opt_out.since.millis() }
    }
}

impl TryFrom<wire::OptOut> for OptOut {
    type Error = DecodeError;

    /// Any instant will do; the signature is that of all messages.
    fn try_from(opt_out: wire::OptOut) -> Result<Self, DecodeError> {
        Ok(Self { since: Timestamp::from_millis(opt_out.since_ms) })
    }
}
