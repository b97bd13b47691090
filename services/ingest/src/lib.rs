//! HTTP in: functions without state, and a look at what has happened. A request is limited, read by its dialect (`usher-dialects`, pure), written to
//! Kafka with `acks=all`, and answered after that. Never 2xx before the broker has every record of it.
//!
//! * too much under way, or the broker away: 503 with `Retry-After`, the first at once, the second within a second;
//! * connections and heads are limited by number, size and time, and a stop ends within its time
//!   ([`usher_runtime::server`]);
//! * the body is counted while it comes and dropped at the limit; it must come within a deadline;
//! * a panic is our fault and ends one request, with 500;
//! * neither paths nor bodies reach logs and metrics, only the pattern of the path.

mod body;
mod edge;
mod look;
pub mod media;
pub mod names;
mod produce;
#[cfg(test)]
mod tests;
mod trace;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use usher_broker::SenderHandle;
use usher_dialects::accounts::Accounts;
use usher_dialects::inbound::replays::Replays;
use usher_runtime::server::{self, Limits};
use usher_runtime::topics::TopicNames;
use usher_view::Shared;

use media::Media;

/// How long a body may take: vendors send small bodies over good lines.
const BODY_DEADLINE: Duration = Duration::from_secs(5);
/// How long the broker may take: with the rest of the work, the answer is out within a second.
const BROKER_DEADLINE: Duration = Duration::from_millis(900);

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// First part of all topic names.
    pub prefix: String,
    /// Largest body, in bytes. Where a vendor would repeat a refused one for days, its dialect may take more
    /// ([`usher_dialects::inbound::body_bytes_max`]).
    pub body_bytes_max: usize,
    /// Most requests under way at once; with the largest body it bounds the memory.
    pub requests_max: usize,
    /// Most connections at a time.
    pub connections_max: usize,
    /// Whether whoever starts it gives it a view.
    pub view: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (body_bytes_max, requests_max, connections_max) = (64 * 1024, 1_024, 2_048);
        Self { prefix: "usher".to_owned(), body_bytes_max, requests_max, connections_max, view: true }
    }
}

/// Everything that a request needs.
#[derive(Debug)]
pub struct Ingest<S> {
    accounts: Arc<Accounts>,
    sender: S,
    topics: TopicNames,
    body_bytes_max: usize,
    body_deadline: Duration,
    requests: Semaphore,
    replays: Replays,
    media: Option<Arc<Media>>,
    view: Option<Shared>,
}

impl<S: SenderHandle> Ingest<S> {
    /// Ingest for these accounts, writing with this sender.
    pub fn new(settings: Settings, accounts: Arc<Accounts>, sender: S) -> Self {
        Self {
            accounts,
            sender,
            topics: TopicNames::new(&settings.prefix),
            body_bytes_max: settings.body_bytes_max,
            body_deadline: BODY_DEADLINE,
            requests: Semaphore::new(settings.requests_max),
            replays: Replays::default(),
            media: None,
            view: None,
        }
    }

    /// The same, with a store for files; without one their paths are 404.
    #[must_use]
    pub fn with_media(mut self, media: Arc<Media>) -> Self {
        self.media = Some(media);
        self
    }

    /// The same, with a view of what has happened; without one there is nothing to look at.
    #[must_use]
    pub fn with_view(mut self, view: Shared) -> Self {
        self.view = Some(view);
        self
    }

    /// The same, where a body must come within `deadline` instead of 5 s.
    #[must_use]
    pub fn with_body_deadline(mut self, deadline: Duration) -> Self {
        self.body_deadline = deadline;
        self
    }
}

/// All paths of all dialects. Which there are, [`usher_dialects::inbound`] says.
pub fn router<S: SenderHandle>(ingest: Ingest<S>) -> Router {
    Router::new().fallback(edge::handle::<S>).with_state(Arc::new(ingest))
}

/// Serves until `shutdown` is done, then finishes what is under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections_max: usize,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    server::serve(listener, router, Limits::connections(connections_max), shutdown).await;
}
