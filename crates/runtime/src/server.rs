//! The HTTP server of the public and of the admin address. HTTP/1.1: what stands in front of usher ends TLS and HTTP/2.
//! Everything that a caller could use up has an end: connections by number, heads by size and by time, a stop by time.
//! Bodies are the router's own matter, and so is a connection that was upgraded (a WebSocket): it is the router's to count
//! and to end.
//!
//! A head that is far too large is answered here, with 431 or 414, and one that is no HTTP with 400: no route is known
//! yet, so nobody's clients would understand more.

use std::future::Future;
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

/// A caller's connection: one that reads nothing of what it is told ends, and one that asks for it is upgraded.
type Connection =
    http1::UpgradeableConnection<TokioIo<Pin<Box<TimeoutStream<TcpStream>>>>, TowerToHyperService<Router>>;

/// How long nothing is accepted after the system refused to: it has no descriptors or memory left.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Largest head that makes sense, in bytes.
pub const HEAD_BYTES_USUAL: usize = 32 * 1024;

/// What callers may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at a time; further ones wait in the system's own queue until one ends.
    pub connections_max: usize,
    /// How long the head of a request may take. A connection without a request is closed after it too.
    pub head_within: Duration,
    /// Largest head that the router is shown: request line and headers, in bytes. It refuses in its own words what it
    /// finds too large, so this is more than it takes.
    pub head_bytes_max: usize,
    /// How long a caller may take nothing of what it is told: its system's buffers are full, and nobody reads.
    pub write_within: Duration,
    /// How long requests under way may take to end at a stop; then they are cut.
    pub drain_within: Duration,
}

impl Limits {
    /// The usual limits, with so many connections.
    pub const fn connections(connections_max: usize) -> Self {
        Self {
            connections_max,
            // Counted between two requests as well: longer than the minute for which load balancers keep a connection.
            head_within: Duration::from_secs(75),
            head_bytes_max: 2 * HEAD_BYTES_USUAL,
            write_within: Duration::from_secs(30),
            drain_within: Duration::from_secs(5),
        }
    }
}

/// Serves until `shutdown` is done, lets what is under way end within its time, and returns.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: impl Future<Output = ()>) {
    let http = protocol(limits);
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, slot) = tokio::select! {
            () = &mut shutdown => break,
            next = next(&listener, &slots) => next,
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write_within));
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades();
        let stopping = stopping.clone();
        connections.spawn(async move {
            if let Err(error) = until_stopped(connection, stopping).await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(slot);
        });
        while connections.try_join_next().is_some() {}
    }
    drop((listener, stop));
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain_within, ended).await.is_err() {
        tracing::warn!("requests did not end in time at the stop and are cut");
    }
    connections.shutdown().await;
}

/// One connection to its end; at a stop it ends with the request that is under way.
async fn until_stopped(connection: Connection, mut stopping: watch::Receiver<()>) -> hyper::Result<()> {
    let mut connection = pin!(connection);
    tokio::select! {
        ended = &mut connection => return ended,
        // The sender says nothing; it goes away.
        _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

fn protocol(limits: Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_within);
    // The buffer ends a head that does not come to its end, the size one that came whole in few reads.
    http.max_buf_size(limits.head_bytes_max).max_header_size(limits.head_bytes_max);
    http
}

/// The next connection, once there is room for it.
async fn next(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // It is never closed, so there is always a slot in the end.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) if is_the_callers(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
}

/// Whether the caller went away before it was accepted.
fn is_the_callers(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    use super::*;

    const LIMITS: Limits = Limits::connections(1);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: usher\r\n\r\n";

    async fn start(
        limits: Limits,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> (SocketAddr, JoinHandle<()>) {
        let router = Router::new().route("/", get(|| async { "." })).route("/never", get(pending::<&str>));
        // More than the buffers of two systems hold.
        let router = router.route("/much", get(|| async { vec![0; 64 * 1024 * 1024] }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        (address, tokio::spawn(serve(listener, router, limits, shutdown)))
    }

    async fn sending(address: SocketAddr, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(bytes).await.expect("taken");
        stream
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut bytes = [0; 1024];
        let length = stream.read(&mut bytes).await.expect("an answer");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    #[tokio::test]
    async fn no_more_connections_than_allowed_until_one_ends() {
        let (address, _served) = start(LIMITS, pending()).await;
        let mut first = sending(address, REQUEST).await;
        assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
        let mut second = sending(address, REQUEST).await;
        first.write_all(REQUEST).await.expect("still open");
        assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
        let waits = second.try_read(&mut [0; 1]).expect_err("nobody reads the second yet");
        assert_eq!(waits.kind(), ErrorKind::WouldBlock);
        drop(first);
        assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_makes_room_for_others() {
        let (address, _served) = start(LIMITS, pending()).await;
        let mut silent = sending(address, b"GET / HT").await;
        let mut second = sending(address, REQUEST).await;
        assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
        assert_eq!(answer(&mut silent).await, "", "closed");
    }

    #[tokio::test]
    async fn a_caller_who_reads_nothing_is_cut() {
        let limits = Limits { write_within: Duration::from_millis(50), ..LIMITS };
        let (address, _served) = start(limits, pending()).await;
        let _silent = sending(address, b"GET /much HTTP/1.1\r\nhost: usher\r\n\r\n").await;
        let mut second = sending(address, REQUEST).await;
        assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"), "there is room again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_cut_at_a_stop() {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (address, served) = start(Limits::connections(2), async move { drop(stopped.await) }).await;
        let mut never = sending(address, b"GET /never HTTP/1.1\r\nhost: usher\r\n\r\n").await;
        let mut other = sending(address, REQUEST).await;
        assert!(answer(&mut other).await.starts_with("HTTP/1.1 200"), "both are accepted");
        stop.send(()).expect("it serves");
        served.await.expect("no panic");
        assert_eq!(never.read(&mut [0; 1]).await.unwrap_or(0), 0, "closed");
        assert!(TcpListener::bind(address).await.is_ok(), "the port is free");
    }
}
