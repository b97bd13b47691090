//! The stream of every channel whose visitors collect by it: `GET /v1/stream` and `POST /v1/stream/ack`, in the native
//! API's shape, whatever the channel's dialect is; what the messages in it look like is the dialect's.
//!
//! The token stands in `Authorization: Bearer …`, in `Sec-WebSocket-Protocol` as `token.…` beside `usher.v1` (a browser
//! can set no other header of a WebSocket), or in the query as `token`, in this order. `after` in the query or
//! `Last-Event-ID`, which wins: the client has everything up to there.

use usher_domain::ConversationId;

use super::{Pull, Want, token};
use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::inbound::fields::{self, Fields};
use crate::inbound::{Request, limits};

/// Where streams are.
pub const STREAM: &str = "/v1/stream";
/// Where a client without WebSocket acknowledges.
pub const ACK: &str = "/v1/stream/ack";
/// The subprotocol of the WebSocket.
pub const PROTOCOL: &str = "usher.v1";

/// Stands before a token among the subprotocols.
const TOKEN_PROTOCOL: &str = "token.";

/// Reads a request for one of the two paths.
pub(super) fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Pull, Condition> {
    let acknowledges = request.path == ACK;
    let allowed = if acknowledges { "POST" } else { "GET" };
    if request.method != allowed {
        return Err(Condition::MethodNotAllowed { allowed });
    }
    let missing = || Condition::Unauthorised("send the stream token as `Authorization: Bearer <token>`".to_owned());
    let bearer = token::open(&given(request).ok_or_else(missing)?, accounts, request.now)?;
    let want = if acknowledges {
        Want::Acknowledge { up_to: acknowledged(request)? }
    } else {
        Want::Stream { after: after(request)?, until: bearer.until }
    };
    let token::Bearer { tenant, account, visitor, .. } = bearer;
    let conversation = ConversationId::of(&tenant, &account, &visitor);
    Ok(Pull { tenant, account, visitor, conversation, want, headers: Vec::new() })
}

/// What a frame of a client of a stream acknowledges: `{"ack": 12}`, and nothing else.
///
/// # Errors
/// [`Condition::Invalid`]: it says something else.
pub fn acknowledgement(frame: &[u8]) -> Result<i64, Condition> {
    let body = fields::body(frame)?;
    let fields = Fields::of_body(&body)?;
    fields.only(&["ack"])?;
    let seq = fields.value("ack").and_then(serde_json::Value::as_i64).filter(|seq| *seq >= 0);
    seq.ok_or_else(|| fields.wrong("ack", "must be the sequence number of a message, as a number"))
}

fn acknowledged(request: &Request<'_>) -> Result<i64, Condition> {
    if request.declares("application/json") == Some(false) {
        return Err(Condition::UnsupportedMediaType { expected: "application/json in UTF-8" });
    }
    acknowledgement(request.body)
}

/// The token, wherever it stands.
fn given(request: &Request<'_>) -> Option<String> {
    let bearer = || request.bearer().map(str::to_owned);
    let protocol = || {
        let mut offered = (request.header)("sec-websocket-protocol")?.split(',').map(str::trim);
        offered.find_map(|name| name.strip_prefix(TOKEN_PROTOCOL)).map(str::to_owned)
    };
    bearer().or_else(protocol).or_else(|| of_query(request, "token"))
}

fn after(request: &Request<'_>) -> Result<Option<i64>, Condition> {
    let last = (request.header)("last-event-id").filter(|id| !id.is_empty());
    let (field, text) = match last {
        Some(id) => ("Last-Event-ID", Some(id.to_owned())),
        None => ("after", of_query(request, "after")),
    };
    let wrong = || Condition::invalid(field, "must be the sequence number of a message");
    let read = |text: String| limits::id(field, &text).ok().and_then(|text| text.parse().ok()).ok_or_else(wrong);
    text.map(read).transpose()
}

fn of_query(request: &Request<'_>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(request.query.as_bytes());
    pairs.find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}
