//! What stands in front of several instances: one address, led to one of them at a time.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Brings each new connection to the instance that it leads to then. Dropped, it cuts them all.
pub struct Ingress {
    address: SocketAddr,
    leads_to: Arc<Mutex<SocketAddr>>,
    task: JoinHandle<()>,
}

impl Ingress {
    /// An address of its own that leads there.
    pub async fn to(instance: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let leads_to = Arc::new(Mutex::new(instance));
        let target = Arc::clone(&leads_to);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let instance = *target.lock().unwrap_or_else(PoisonError::into_inner);
                connections.spawn(carry(client, instance));
            }
        });
        Ok(Self { address, leads_to, task })
    }

    /// `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// New connections lead there from now on.
    pub fn lead_to(&self, instance: SocketAddr) {
        *self.leads_to.lock().unwrap_or_else(PoisonError::into_inner) = instance;
    }
}

impl Drop for Ingress {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An instance that is not there, or goes away, ends the client's connection.
async fn carry(mut client: TcpStream, instance: SocketAddr) {
    if let Ok(mut instance) = TcpStream::connect(instance).await {
        // Whoever ends it first, it is over.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut instance).await;
    }
}
