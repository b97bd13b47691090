//! What can be looked at: `GET /v1/desks/{desk}` and `GET /v1/sessions/{session}/explain`. With the tenant's key or a
//! supervisor's.

use usher_domain::{DeskId, SessionId, TenantId};

use super::message::session_id;
use super::{desk_of, looker_of};
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::Request;
use crate::inbound::path::segments;

/// Of how many minutes the service level is told unless the caller says otherwise, and at most.
const MINUTES: (u32, u32) = (15, 60);
/// How many seconds a session may have waited to count as answered in time, unless the caller says otherwise, and at most.
const WITHIN_S: (u32, u32) = (20, 3_600);

/// What somebody wants to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// A desk in numbers.
    Desk {
        /// Whose.
        tenant: TenantId,
        /// Which; the tenant has it.
        desk: DeskId,
        /// Of how many minutes the service level is told.
        minutes: u32,
        /// How many seconds count as in time.
        within_s: u32,
    },
    /// Why a session is where it is.
    Session {
        /// Whose.
        tenant: TenantId,
        /// Which.
        session: SessionId,
    },
}

/// The pattern of a path, when there is something to look at.
pub fn pattern(path: &str) -> Option<&'static str> {
    match segments(path).as_slice() {
        ["v1", "desks", _] => Some("/v1/desks/{desk}"),
        ["v1", "sessions", _, "explain"] => Some("/v1/sessions/{session}/explain"),
        _ => None,
    }
}

/// Reads the request; it has no body.
///
/// # Errors
/// Why it is refused.
pub fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Look, Condition> {
    if request.method != "GET" {
        return Err(Condition::MethodNotAllowed { allowed: "GET" });
    }
    let tenant = looker_of(request, accounts)?;
    match *segments(request.path).as_slice() {
        ["v1", "sessions", session, "explain"] => {
            Ok(Look::Session { tenant: tenant.clone(), session: session_id(session)? })
        }
        ["v1", "desks", desk] => Ok(Look::Desk {
            tenant: tenant.clone(),
            desk: desk_of(accounts, tenant, desk)?,
            minutes: number(request, "minutes", MINUTES)?.max(1),
            within_s: number(request, "within_s", WITHIN_S)?,
        }),
        _ => Err(crate::inbound::no_such_path()),
    }
}

fn number(request: &Request<'_>, name: &str, (usual, most): (u32, u32)) -> Result<u32, Condition> {
    let given = form_urlencoded::parse(request.query.as_bytes()).find(|(key, _)| key == name);
    let Some((_, text)) = given else { return Ok(usual) };
    let wrong = || Condition::invalid(name, format!("must be a whole number, at most {most}"));
    text.parse().ok().filter(|number| *number <= most).ok_or_else(wrong)
}
