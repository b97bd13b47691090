//! The three services as parts of a process, over any broker: each alone in a process of its own, or all in the demo.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use usher_broker::{Broker, BrokerError};
use usher_dialects::accounts::Accounts;
use usher_proto::topics::Topic;
use usher_runtime::worker::{Cadence, Stop, WorkerError};

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
    listener: TcpListener,
    runtime: &Handle,
) -> Result<()> {
    let sender = broker.sender()?;
    let (runtime, stop, connections_max) = (runtime.clone(), parts.stop(), settings.connections_max);
    parts.thread("ingest", move |_| {
        let router = usher_ingest::router(usher_ingest::Ingest::new(settings, accounts, sender));
        runtime.block_on(usher_ingest::serve(listener, router, connections_max, asked(stop)));
        Ok(())
    })
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
    let outside = usher_delivery::Outside {
        client: usher_runtime::http::client()?,
        accounts,
        runtime: runtime.clone(),
        topic: Topic::Deliveries.name(&identity.prefix),
    };
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
    Ok(())
}

/// A broker that is away is waited for; wrong topics and everything else end the part with a sentence.
fn until_reachable(stop: &Stop, mut work: impl FnMut() -> Result<()>) -> Result<()> {
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
