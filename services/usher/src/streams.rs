//! The HTTP side of delivery as parts of a process: what waits for visitors' clients, the address where they collect it,
//! and the one by which instances find it at each other.

use std::sync::Arc;

use anyhow::Result;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use usher_broker::Broker;
use usher_delivery::http::{self, Http, Mailboxes, Owners, Peers};
use usher_delivery::mailbox::Board;
use usher_dialects::accounts::Accounts;

use crate::parts::Parts;
use crate::services::{self, Identity};

/// How many connections of peers there may be for each stream that may be open here: a mailbox that is owned here may be
/// followed from every other instance, each as full as this one.
const PEERS_PER_STREAM: usize = 4;

/// Where clients collect, and where peers ask.
pub(crate) struct Addresses {
    /// For clients.
    pub(crate) listener: TcpListener,
    /// What can be set.
    pub(crate) settings: http::Settings,
    /// For peers; `None`: this process is alone.
    pub(crate) peer: Option<PeerAddress>,
}

/// Where peers ask.
pub(crate) struct PeerAddress {
    pub(crate) listener: TcpListener,
    /// As the peers find it.
    pub(crate) address: String,
    pub(crate) secret: SecretString,
}

/// Starts the workers of mailboxes and all that serves clients.
pub(crate) fn start<B: Broker>(
    parts: &mut Parts,
    broker: &B,
    identity: &Identity,
    addresses: Addresses,
    accounts: Arc<Accounts>,
    runtime: &Handle,
) -> Result<()> {
    let Addresses { listener, settings, peer } = addresses;
    let (board, owners) = (Board::default(), Owners::default());
    let peers = peer.as_ref().map(|peer| Peers::new(peer.secret.clone())).transpose()?;
    let peer_address = peer.as_ref().map(|peer| peer.address.clone());
    services::start_mailboxes(parts, broker, identity, &board, peer_address, runtime)?;
    let peers_max = settings.connections_max.saturating_mul(PEERS_PER_STREAM);
    let mailboxes = Arc::new(Mailboxes::new(board.clone(), owners.clone(), peers));
    let front = Http::new(settings, accounts, broker.sender()?, mailboxes);
    serve(parts, "streams", runtime, move |stop| http::serve(listener, front, stop))?;
    if let Some(PeerAddress { listener, secret, .. }) = peer {
        follow_owners(parts, broker, identity, owners)?;
        serve(parts, "peers", runtime, move |stop| http::serve_peers(listener, board, secret, peers_max, stop))?;
    }
    Ok(())
}

/// Starts the reader of who has which mailboxes.
fn follow_owners<B: Broker>(parts: &mut Parts, broker: &B, identity: &Identity, owners: Owners) -> Result<()> {
    let (broker, prefix) = (broker.clone(), identity.prefix.clone());
    parts.thread("owners", move |stop| {
        services::until_reachable(&stop, || {
            crate::topics::check(&broker, &prefix)?;
            Ok(http::follow_owners(&broker, &prefix, &owners, &stop)?)
        })
    })
}

/// Starts a server that ends when it is asked to.
fn serve<F: Future<Output = ()>>(
    parts: &mut Parts,
    name: &str,
    runtime: &Handle,
    server: impl FnOnce(std::pin::Pin<Box<dyn Future<Output = ()> + Send>>) -> F + Send + 'static,
) -> Result<()> {
    let runtime = runtime.clone();
    parts.thread(name, move |stop| {
        runtime.block_on(server(Box::pin(services::asked(stop))));
        Ok(())
    })
}
