//! The three services as parts of a process, over any broker: each alone in a process of its own, or all in the demo.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use usher_broker::{Broker, BrokerError};
use usher_delivery::mailbox::{self, Board};
use usher_dialects::accounts::Accounts;
use usher_ingest::media::Media;
use usher_proto::topics::Topic;
use usher_runtime::worker::{Cadence, Stop, WorkerError};
use usher_view::Shared;

use crate::parts::Parts;
use crate::topics;

/// How long a worker waits before it asks for a broker again that was not there at its start.
const START_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Who a process is towards the broker.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// First part of topics, groups and worker names.
    pub(crate) prefix: String,
    /// The process's stable name.
    pub(crate) name: String,
    /// Worker threads a topic.
    pub(crate) threads: usize,
    /// How often to commit.
    pub(crate) cadence: Cadence,
}

/// Starts ingest on `listener`.
pub(crate) fn start_ingest<B: Broker>(
    parts: &mut Parts,
    broker: &B,
    settings: usher_ingest::Settings,
    accounts: Arc<Accounts>,
    media: Arc<Media>,
    listener: TcpListener,
    runtime: &Handle,
) -> Result<()> {
    let sender = broker.sender()?;
    let view = if settings.view { Some(start_view(parts, broker, &settings.prefix)?) } else { None };
    let (runtime, stop, connections_max) = (runtime.clone(), parts.stop(), settings.connections_max);
    parts.thread("ingest", move |_| {
        let sweeps = Arc::clone(&media);
        let sweeping = runtime.spawn(async move { sweeps.sweep_on().await });
        let ingest = usher_ingest::Ingest::new(settings, accounts, sender).with_media(media);
        let ingest = if let Some(view) = view { ingest.with_view(view) } else { ingest };
        let router = usher_ingest::router(ingest);
        runtime.block_on(usher_ingest::serve(listener, router, connections_max, asked(stop)));
        sweeping.abort();
        Ok(())
    })
}

/// Starts to read what has happened, for who looks.
fn start_view<B: Broker>(parts: &mut Parts, broker: &B, prefix: &str) -> Result<Shared> {
    let (broker, prefix, view) = (broker.clone(), prefix.to_owned(), Shared::default());
    let shown = view.clone();
    parts.thread("view", move |stop| {
        usher_view::follow(&broker, &prefix, &shown, &stop);
        Ok(())
    })?;
    Ok(view)
}

/// Starts the workers of routing.
pub(crate) fn start_routing<B: Broker>(parts: &mut Parts, broker: &B, identity: &Identity) -> Result<()> {
    for kind in usher_routing::Kind::ALL {
        for thread in 0..identity.threads {
            let (broker, identity, at_work) = (broker.clone(), identity.clone(), parts.worker());
            parts.thread(&format!("{}-{thread}", kind.name()), move |stop| {
                let spec = kind.spec(&identity.prefix, &identity.name, thread);
                until_reachable(&stop, || {
                    topics::check(&broker, &identity.prefix)?;
                    let (spec, cadence) = (spec.clone(), identity.cadence);
                    Ok(usher_routing::work(&broker, kind, &identity.prefix, spec, cadence, &stop, &at_work)?)
                })
            })?;
        }
    }
    Ok(())
}

/// Starts the workers of delivery.
pub(crate) fn start_delivery<B: Broker>(
    parts: &mut Parts,
    broker: &B,
    identity: &Identity,
    accounts: Arc<Accounts>,
    runtime: &Handle,
) -> Result<()> {
    let account_states = usher_delivery::AccountStates::default();
    let outside = usher_delivery::Outside {
        tokens: usher_delivery::Tokens::default(),
        account_states: account_states.clone(),
        smpp: usher_delivery::smpp::Sessions::start(&accounts, &broker.sender()?, &identity.prefix, runtime),
        client: usher_runtime::http::client()?,
        accounts,
        runtime: runtime.clone(),
        topic: Topic::Deliveries.name(&identity.prefix),
    };
    follow_account_states(parts, broker, identity, account_states)?;
    for thread in 0..identity.threads {
        let (broker, identity, outside) = (broker.clone(), identity.clone(), outside.clone());
        let at_work = parts.worker();
        parts.thread(&format!("delivery-{thread}"), move |stop| {
            let spec = usher_delivery::spec(&identity.prefix, &identity.name, thread);
            until_reachable(&stop, || {
                topics::check(&broker, &identity.prefix)?;
                let (spec, cadence) = (spec.clone(), identity.cadence);
                Ok(usher_delivery::work(&broker, &identity.prefix, spec, cadence, &outside, &stop, &at_work)?)
            })
        })?;
    }
    start_reports(parts, broker, identity)
}

/// Starts the workers that find the messages of SMSCs' reports.
fn start_reports<B: Broker>(parts: &mut Parts, broker: &B, identity: &Identity) -> Result<()> {
    for thread in 0..identity.threads {
        let (broker, identity, at_work) = (broker.clone(), identity.clone(), parts.worker());
        parts.thread(&format!("reports-{thread}"), move |stop| {
            let spec = usher_delivery::reports::spec(&identity.prefix, &identity.name, thread);
            until_reachable(&stop, || {
                topics::check(&broker, &identity.prefix)?;
                let (spec, cadence) = (spec.clone(), identity.cadence);
                Ok(usher_delivery::reports::work(&broker, &identity.prefix, spec, cadence, &stop, &at_work)?)
            })
        })?;
    }
    Ok(())
}

/// Starts the reader of what vendors say of accounts.
fn follow_account_states<B: Broker>(
    parts: &mut Parts,
    broker: &B,
    identity: &Identity,
    states: usher_delivery::AccountStates,
) -> Result<()> {
    let (broker, prefix) = (broker.clone(), identity.prefix.clone());
    parts.thread("account-states", move |stop| {
        until_reachable(&stop, || {
            topics::check(&broker, &prefix)?;
            Ok(usher_delivery::follow_account_states(&broker, &prefix, &states, &stop)?)
        })
    })
}

/// Starts the workers of what waits to be collected. What they have at work is shown on `board`, and told to the other
/// instances as what this one has at `peer_address`; without one, nobody else serves clients.
pub(crate) fn start_mailboxes<B: Broker>(
    parts: &mut Parts,
    broker: &B,
    identity: &Identity,
    board: &Board,
    peer_address: Option<String>,
    runtime: &Handle,
) -> Result<()> {
    for thread in 0..identity.threads {
        let (broker, identity, board) = (broker.clone(), identity.clone(), board.clone());
        let at_work = parts.worker();
        parts.thread(&format!("mailbox-{thread}"), move |stop| {
            let spec = mailbox::spec(&identity.prefix, &identity.name, thread);
            until_reachable(&stop, || {
                topics::check(&broker, &identity.prefix)?;
                let (spec, cadence) = (spec.clone(), identity.cadence);
                Ok(mailbox::work(&broker, &identity.prefix, spec, cadence, &board, &stop, &at_work)?)
            })
        })?;
    }
    let Some(address) = peer_address else { return Ok(()) };
    let (sender, board, prefix, runtime) = (broker.sender()?, board.clone(), identity.prefix.clone(), runtime.clone());
    parts.thread("mailbox-owners", move |stop| {
        runtime.block_on(async {
            tokio::select! {
                () = mailbox::announce(board, sender, prefix, address) => {}
                () = asked(stop) => {}
            }
        });
        Ok(())
    })
}

/// A broker that is away is waited for; wrong topics and everything else end the part with a sentence.
pub(crate) fn until_reachable(stop: &Stop, mut work: impl FnMut() -> Result<()>) -> Result<()> {
    loop {
        let Err(error) = work() else { return Ok(()) };
        if !is_away(&error) || stop.is_asked() {
            return Err(error);
        }
        tracing::warn!(problem = format!("{error:#}"), "waiting for the broker");
        std::thread::sleep(START_AGAIN_AFTER);
    }
}

fn is_away(error: &anyhow::Error) -> bool {
    let broker = error.downcast_ref::<BrokerError>();
    let worker = error.downcast_ref::<WorkerError>();
    matches!(broker, Some(BrokerError::Unavailable(_)))
        || matches!(worker, Some(WorkerError::Broker(BrokerError::Unavailable(_))))
}

/// Ends when the parts are asked to stop.
pub(crate) async fn asked(stop: Stop) {
    while !stop.is_asked() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
