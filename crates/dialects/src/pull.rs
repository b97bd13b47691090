//! HTTP into delivery: a visitor's client collects what waits for it. Delivery hands a request to [`receive`] and gets back
//! who calls and what they want; what waits is then streamed as [`frame`]s say it, or told at once by [`told`].
//!
//! | path | what | who reads it |
//! | --- | --- | --- |
//! | `GET /v1/stream` | a stream: WebSocket, or server-sent events | [`stream`], for every channel with a `stream_key` |
//! | `POST /v1/stream/ack` | what a client without WebSocket has shown | [`stream`] |
//! | `GET /apiaccess/ccmessaging/poll` | what waits now | `huawei` |
//!
//! Refusals have the shape of the path's dialect: [`crate::inbound::refuse`].

pub mod stream;
#[cfg(test)]
mod tests;
mod token;

use usher_domain::content::Private;
use usher_domain::{AccountId, ConversationId, DeliveryId, TenantId, Timestamp, VisitorId};

use crate::accounts::Accounts;
use crate::condition::Condition;
use crate::huawei;
use crate::inbound::{Answer, Request, no_such_path};

pub(crate) use token::{LIFE as TOKEN_LIFE, seal as seal_token};

/// A client that wants what waits for its visitor. `Debug` shows nothing of who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Pull {
    /// Whose tenant.
    pub tenant: TenantId,
    /// On which account.
    pub account: AccountId,
    /// Who, as the channel names them.
    pub visitor: VisitorId,
    /// Their conversation, as ingest derives it.
    pub conversation: ConversationId,
    /// What it wants.
    pub want: Want,
    /// What stands beside the answer to a poll: header names (lower-case) and values.
    pub headers: Vec<(&'static str, String)>,
}

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// All that waits, then whatever comes.
    Stream {
        /// Nothing up to this sequence number: the client has it. It is not acknowledged by that.
        after: Option<i64>,
        /// When the client must show a new token.
        until: Timestamp,
    },
    /// To say that it has shown everything up to this sequence number.
    Acknowledge {
        /// Which.
        up_to: i64,
    },
    /// What waits now, in one answer.
    Poll {
        /// Also which of its visitor's messages somebody has read.
        reads: bool,
    },
}

impl std::fmt::Debug for Pull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pull({}, {:?})", self.conversation, self.want)
    }
}

/// One thing that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// Its place: rises inside a conversation, and is what an acknowledgement names.
    pub seq: i64,
    /// The same for the same thing, however often it is shown.
    pub delivery: DeliveryId,
    /// What it is: JSON on one line, as the dialect's client reads it.
    pub payload: &'a Private,
}

/// The paths of this list; an ingress brings them to delivery, all others to ingest.
pub const PATHS: [&str; 3] = [stream::STREAM, stream::ACK, huawei::pull::POLL];

/// The pattern of a path, when it is one of delivery's.
pub fn pattern(path: &str) -> Option<&'static str> {
    PATHS.into_iter().find(|known| *known == path)
}

/// Reads a request: who wants what, or why not.
///
/// # Errors
/// The condition to be said with [`crate::inbound::refuse`].
pub fn receive(request: &Request<'_>, accounts: &Accounts) -> Result<Pull, Condition> {
    match pattern(request.path) {
        Some(stream::STREAM | stream::ACK) => stream::receive(request, accounts),
        Some(huawei::pull::POLL) => huawei::pull::receive(request, accounts),
        _ => Err(no_such_path()),
    }
}

/// What a poll is answered when this waits, in order; Huawei alone has polls.
pub fn told(pull: &Pull, waiting: &[Waiting<'_>]) -> Answer {
    huawei::pull::told(pull, waiting)
}

/// What a stream says of one thing that waits: `{"seq","id","message"}`. The payload stands in it as its dialect wrote it.
pub fn frame(waiting: &Waiting<'_>) -> String {
    let Waiting { seq, delivery, payload } = waiting;
    format!(r#"{{"seq":{seq},"id":"{delivery}","message":{}}}"#, payload.as_str())
}
