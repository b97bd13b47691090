//! HTTP into delivery: visitors' clients collect what waits for them, by a stream (WebSocket or server-sent events) or by
//! polls. A client talks to any instance, its *front*; what waits is known by the instance that has its partition of topic
//! `mailboxes` at work, the *owner*. The front follows the owner, through the board when it is the same process, else by a
//! stream between peers, and begins anew with the next owner when one goes away; the client notices nothing.
//!
//! * a front says `Seen` in the log before it shows anything and again while it serves, and shows nothing when it could
//!   not say so: what nobody was shown may become an SMS;
//! * a message is acknowledged by its client alone; the front writes that to the log itself;
//! * streams, requests, bytes towards a slow client and times are bounded; a stop ends streams with a word of why;
//! * neither tokens, paths nor payloads reach logs and metrics.

mod edge;
#[cfg(test)]
mod fakes;
mod follow;
mod keeper;
mod owners;
mod peer;
mod poll;
mod stream;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower_http::cors::{AllowOrigin, CorsLayer};
use usher_broker::SenderHandle;
use usher_dialects::accounts::Accounts;
use usher_dialects::inbound::replays::Replays;
use usher_domain::ConnectionId;
use usher_runtime::server::{self, Limits};
use uuid::Uuid;

pub use follow::Mailboxes;
pub use owners::{Owners, follow_owners};
pub use peer::{Peers, serve_peers};

use keeper::Log;

/// How long streams may take to say goodbye at a stop.
const GOODBYE_WITHIN: Duration = Duration::from_secs(5);

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// First part of all topic names.
    pub prefix: String,
    /// Most streams at a time; as many connections without one are taken beside them.
    pub connections_max: usize,
    /// Origins of the pages that may connect; `*`: all.
    pub origins: Vec<String>,
    /// How often a stream says something although there is nothing to say.
    pub heartbeat: Duration,
}

impl Settings {
    /// The usual ones under a prefix.
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            connections_max: 4_096,
            origins: vec!["*".to_owned()],
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// Everything that a request needs.
#[derive(Debug)]
pub struct Http<S> {
    accounts: Arc<Accounts>,
    log: Log<S>,
    mailboxes: Arc<Mailboxes>,
    origins: Vec<String>,
    heartbeat: Duration,
    streams: Arc<Semaphore>,
    streams_max: usize,
    /// This instance towards the log: what it shows to polls, it shows by one connection.
    polls: ConnectionId,
    replays: Replays,
    /// Closed when the process is asked to stop.
    stopping: watch::Receiver<()>,
    stop: watch::Sender<()>,
}

impl<S: SenderHandle> Http<S> {
    /// The HTTP side for these accounts, which writes with this sender and follows these mailboxes.
    pub fn new(settings: Settings, accounts: Arc<Accounts>, sender: S, mailboxes: Arc<Mailboxes>) -> Self {
        let (stop, stopping) = watch::channel(());
        Self {
            accounts,
            log: Log::new(sender, &settings.prefix),
            mailboxes,
            origins: settings.origins,
            heartbeat: settings.heartbeat,
            streams: Arc::new(Semaphore::new(settings.connections_max)),
            streams_max: settings.connections_max,
            polls: fresh_connection(),
            replays: Replays::default(),
            stopping,
            stop,
        }
    }

    /// Whether pages of this origin may connect.
    fn lets(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == "*" || allowed == origin)
    }

    fn cors(&self) -> CorsLayer {
        let origins: Vec<HeaderValue> = self.origins.iter().filter_map(|origin| origin.parse().ok()).collect();
        let origins = if self.lets("*") { AllowOrigin::any() } else { AllowOrigin::list(origins) };
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("last-event-id")])
            .max_age(Duration::from_secs(600))
    }
}

/// Serves until `shutdown` is done; streams are told to come again elsewhere and end, each with its word in the log.
pub async fn serve<S: SenderHandle>(
    listener: TcpListener,
    http: Http<S>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let http = Arc::new(http);
    let router = router(Arc::clone(&http));
    let limits = Limits::connections(http.streams_max.saturating_mul(2));
    let stopping = Arc::clone(&http);
    let shutdown = async move {
        shutdown.await;
        // Nobody listens any more only when no stream is there.
        let _ = stopping.stop.send(());
    };
    server::serve(listener, router, limits, shutdown).await;
    let all = u32::try_from(http.streams_max).unwrap_or(u32::MAX);
    if tokio::time::timeout(GOODBYE_WITHIN, http.streams.acquire_many(all)).await.is_err() {
        tracing::warn!("streams did not end in time at the stop; their leases end by themselves");
    }
}

/// All paths; which there are, [`usher_dialects::pull`] says.
fn router<S: SenderHandle>(http: Arc<Http<S>>) -> Router {
    let cors = http.cors();
    Router::new().fallback(edge::handle::<S>).layer(cors).with_state(http)
}

fn fresh_connection() -> ConnectionId {
    ConnectionId::from_bits(Uuid::new_v4().as_u128())
}
