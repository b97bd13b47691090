//! An HTTP server on its own address that ends when told, or when dropped.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Any free port of this machine.
pub const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How long requests under way may take once the server is told to end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens at `at`; port 0 takes any free one. The same address can be taken again after [`Server::stop`].
    pub async fn start(at: SocketAddr, routes: Router) -> io::Result<Self> {
        let listener = TcpListener::bind(at).await?;
        let address = listener.local_addr()?;
        let (end, ended) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let ending = async {
                // An error means that the server was dropped: that is an end too.
                let _ = ended.await;
            };
            // Serving fails only where accepting does; then the callers of this server see it.
            let _ = axum::serve(listener, routes).with_graceful_shutdown(ending).await;
        });
        Ok(Self { address, end: Some(end), task })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://…`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends: no new connections, requests under way get one second.
    pub async fn stop(mut self) {
        drop(self.end.take());
        if tokio::time::timeout(LAST_WORDS, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end.take());
    }
}
