//! Between instances: the owner of a mailbox tells what waits in it, line by line, for as long as a front listens.
//!
//! `GET /peer/mailboxes/{conversation}?since=<offset>&after=<seq>`, `Authorization: Bearer <stream.peer_secret>` → lines of
//! JSON: `{"snapshot": […]}` first, then `{"put": {…}}`, and `"alive"` when there was nothing to say for a while. 421: it is
//! not the owner.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::watch;
use usher_domain::Timestamp;
use usher_runtime::http::CONNECT_WITHIN;
use usher_runtime::server::{self, Limits};

use super::follow::{Cursor, Ended};
use crate::mailbox::{Board, Change, Subscription, Waiting};

/// How often an owner says something although there is nothing to say.
const ALIVE_EVERY: Duration = Duration::from_secs(3);
/// An owner that is silent for so long is gone, also when its connection still seems to stand.
const SILENT_MAX: Duration = Duration::from_secs(10);
/// Longest line: all payloads of a mailbox, each of their bytes escaped, and what is around them.
const LINE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What an owner says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Snapshot(Vec<Item>),
    Put(Item),
    Alive,
}

/// Something that waits.
#[derive(Serialize, Deserialize)]
struct Item {
    seq: i64,
    delivery: String,
    payload: String,
    expires_at_ms: i64,
}

impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Item({}, {} bytes)", self.seq, self.payload.len())
    }
}

impl Item {
    fn of(waiting: Waiting) -> Self {
        let Waiting { seq, delivery, payload, expires_at } = waiting;
        let (delivery, payload) = (delivery.to_string(), payload.as_str().to_owned());
        Self { seq, delivery, payload, expires_at_ms: expires_at.millis() }
    }

    fn read(self) -> Option<Waiting> {
        let expires_at = Timestamp::from_millis(self.expires_at_ms);
        Some(Waiting { seq: self.seq, delivery: self.delivery.parse().ok()?, payload: self.payload.into(), expires_at })
    }
}

impl Line {
    /// A change as it is told; a front has no use for what is gone.
    fn of(change: Change) -> Self {
        match change {
            Change::Snapshot(all) => Self::Snapshot(all.into_iter().map(Item::of).collect()),
            Change::Put(waiting) => Self::Put(Item::of(waiting)),
            Change::Gone { .. } => Self::Alive,
        }
    }

    /// The change that it tells of, if it tells of one; `Err`: it is none of ours.
    fn read(self) -> Result<Option<Change>, ()> {
        match self {
            Self::Snapshot(all) => {
                let all: Option<Vec<Waiting>> = all.into_iter().map(Item::read).collect();
                Ok(Some(Change::Snapshot(all.ok_or(())?)))
            }
            Self::Put(item) => Ok(Some(Change::Put(item.read().ok_or(())?))),
            Self::Alive => Ok(None),
        }
    }

    fn written(&self) -> Bytes {
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line.into()
    }
}

/// How other instances are asked.
#[derive(Debug, Clone)]
pub struct Peers {
    client: Client,
    secret: SecretString,
}

impl Peers {
    /// Those that share this secret.
    ///
    /// # Errors
    /// The HTTP client can not be made.
    pub fn new(secret: SecretString) -> Result<Self, reqwest::Error> {
        let client = usher_runtime::http::builder().connect_timeout(CONNECT_WITHIN).read_timeout(SILENT_MAX).build()?;
        Ok(Self { client, secret })
    }

    /// Tells what the instance at this address tells of a mailbox, until one of the two ends it.
    pub(super) async fn follow(&self, address: &str, cursor: &mut Cursor) -> Ended {
        let Cursor { conversation, since, after, .. } = cursor;
        let url = format!("http://{address}/peer/mailboxes/{conversation}?since={since}&after={after}");
        let asked = self.client.get(url).bearer_auth(self.secret.expose_secret()).send().await;
        let mut lines = match asked.and_then(reqwest::Response::error_for_status) {
            Ok(answer) => Lines { answer, rest: Vec::new() },
            Err(error) => {
                tracing::debug!(status = ?error.status(), "a mailbox is not told by the one that should own it");
                return Ended::Lost { stood: false };
            }
        };
        let mut stood = false;
        while let Some(Ok(change)) = lines.next().await.map(Line::read) {
            let Some(change) = change else { continue };
            stood = true;
            if !cursor.tell(change).await {
                return Ended::Unheard;
            }
        }
        Ended::Lost { stood }
    }
}

/// An answer taken apart into lines as they come.
struct Lines {
    answer: reqwest::Response,
    rest: Vec<u8>,
}

impl Lines {
    /// The next line; `None`: it ended, broke off, or is none of ours.
    async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return serde_json::from_slice(&line).ok();
            }
            if self.rest.len() > LINE_BYTES_MAX {
                return None;
            }
            self.rest.extend_from_slice(&self.answer.chunk().await.ok()??);
        }
    }
}

/// Answers peers about what is on `board` until `shutdown` is done.
pub async fn serve_peers(
    listener: TcpListener,
    board: Board,
    secret: SecretString,
    connections_max: usize,
    shutdown: impl Future<Output = ()>,
) {
    let (stop, stopping) = watch::channel(());
    let owner = Arc::new(Owner { board, secret, stopping });
    let router = Router::new().route("/peer/mailboxes/{conversation}", get(tell)).with_state(owner);
    let shutdown = async {
        shutdown.await;
        // What is being told ends by it: the fronts go on elsewhere.
        drop(stop);
    };
    server::serve(listener, router, Limits::connections(connections_max), shutdown).await;
}

struct Owner {
    board: Board,
    secret: SecretString,
    /// Closed at a stop.
    stopping: watch::Receiver<()>,
}

impl Owner {
    /// Whether the caller is one of us. The time that it takes tells nothing but the secret's length.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
        let expected = format!("Bearer {}", self.secret.expose_secret());
        expected.as_bytes().ct_eq(given).into()
    }
}

#[derive(Deserialize)]
struct From {
    since: i64,
    after: i64,
}

async fn tell(
    State(owner): State<Arc<Owner>>,
    Path(conversation): Path<String>,
    Query(From { since, after }): Query<From>,
    headers: HeaderMap,
) -> Response {
    if !owner.knows(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(conversation) = conversation.parse() else { return StatusCode::NOT_FOUND.into_response() };
    match owner.board.subscribe(conversation, since) {
        Ok(subscription) => {
            let mut stopping = owner.stopping.clone();
            let lines = lines(subscription, after).take_until(async move { drop(stopping.changed().await) });
            Body::from_stream(lines).into_response()
        }
        Err(_) => StatusCode::MISDIRECTED_REQUEST.into_response(),
    }
}

/// What is told, line by line; ends when this instance owns the mailbox no more, or the front is too slow.
fn lines(subscription: Subscription, after: i64) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(subscription, move |mut subscription| async move {
        let line = match tokio::time::timeout(ALIVE_EVERY, subscription.next()).await {
            Ok(change) => Line::of(behind(after, change?)),
            Err(_) => Line::Alive,
        };
        Some((Ok(line.written()), subscription))
    })
}

/// A snapshot without what the front has.
fn behind(after: i64, change: Change) -> Change {
    match change {
        Change::Snapshot(mut all) => {
            all.retain(|waiting| waiting.seq > after);
            Change::Snapshot(all)
        }
        other => other,
    }
}
