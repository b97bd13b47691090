//! `usher ingest | routing | delivery`: one service as a process, with its admin address, until a signal comes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use usher_broker_kafka::KafkaBroker;
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_runtime::admin::{self, Readiness};
use usher_runtime::config::{Config, read_file};

use crate::cli::ServiceArgs;
use crate::media;
use crate::parts::Parts;
use crate::probe::Probe;
use crate::services::{self, Identity};
use crate::signals::asked_to_stop;
use crate::streams::{self, Addresses, PeerAddress};

/// How long parts may take to stop: a commit and the end of open requests.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// What every service process has.
struct Process {
    config: Config,
    admin: SocketAddr,
    broker: KafkaBroker,
    runtime: Runtime,
    parts: Parts,
}

pub(super) fn ingest(args: &ServiceArgs) -> Result<()> {
    let mut process = Process::start(args, 9101)?;
    let accounts = process.accounts()?;
    let listen = process.config.http.listen;
    let listener = process.bind("http.listen", "USHER__HTTP__LISTEN", listen)?;
    tracing::info!(listen = %listener.local_addr()?, "ingest listens");
    let settings = usher_ingest::Settings {
        prefix: process.config.kafka.prefix.clone(),
        body_bytes_max: process.config.http.body_bytes_max,
        requests_max: process.config.http.requests_max,
        connections_max: process.config.http.connections_max,
        view: process.config.http.view,
    };
    let runtime = process.runtime.handle().clone();
    let media = media::open(&process.config.media)?;
    services::start_ingest(&mut process.parts, &process.broker, settings, accounts, media, listener, &runtime)?;
    process.run()
}

pub(super) fn routing(args: &ServiceArgs) -> Result<()> {
    let mut process = Process::start(args, 9102)?;
    let identity = process.identity();
    services::start_routing(&mut process.parts, &process.broker, &identity)?;
    process.run()
}

pub(super) fn delivery(args: &ServiceArgs) -> Result<()> {
    let mut process = Process::start(args, 9103)?;
    let (identity, accounts) = (process.identity(), process.accounts()?);
    let runtime = process.runtime.handle().clone();
    let addresses = process.stream_addresses()?;
    let (parts, broker) = (&mut process.parts, &process.broker);
    services::start_delivery(parts, broker, &identity, Arc::clone(&accounts), &runtime)?;
    streams::start(parts, broker, &identity, addresses, accounts, &runtime)?;
    process.run()
}

impl Process {
    /// `admin_port` is where its admin address is unless the configuration says otherwise.
    fn start(args: &ServiceArgs, admin_port: u16) -> Result<Self> {
        let config = super::config(args)?;
        let admin = config.admin.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], admin_port)));
        usher_runtime::telemetry::start_logging(&config.log)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let broker = super::kafka(&config.kafka)?;
        Ok(Self { config, admin, broker, runtime, parts: Parts::new() })
    }

    fn identity(&self) -> Identity {
        Identity {
            prefix: self.config.kafka.prefix.clone(),
            name: self.config.worker.name.clone(),
            threads: self.config.worker.threads,
            cadence: self.config.worker.cadence(),
        }
    }

    fn accounts(&self) -> Result<Arc<Accounts>> {
        let file: AccountsFile =
            read_file(&self.config.accounts.file).context("accounts.file (or USHER__ACCOUNTS__FILE)")?;
        Ok(Arc::new(Accounts::check(file)?))
    }

    /// Takes the addresses of delivery: the one for clients, and with a secret the one for peers.
    fn stream_addresses(&self) -> Result<Addresses> {
        let config = &self.config.stream;
        let listener = self.bind("stream.listen", "USHER__STREAM__LISTEN", config.listen)?;
        tracing::info!(listen = %listener.local_addr()?, "delivery listens for clients that collect");
        let bind_peer = |secret: &SecretString| -> Result<PeerAddress> {
            let listener = self.bind("stream.peer_listen", "USHER__STREAM__PEER_LISTEN", config.peer_listen)?;
            Ok(PeerAddress { listener, address: config.peer_address(), secret: secret.clone() })
        };
        let peer = config.peer_secret.as_ref().map(bind_peer).transpose()?;
        let usual = usher_delivery::http::Settings::new(&self.config.kafka.prefix);
        let (connections_max, origins) = (config.connections_max, config.origins());
        let settings = usher_delivery::http::Settings { connections_max, origins, ..usual };
        Ok(Addresses { listener, settings, peer })
    }

    /// Serves until a signal asks to stop or a part ends.
    fn run(mut self) -> Result<()> {
        let readiness = Readiness::default();
        self.start_admin(&readiness)?;
        self.start_probe(readiness)?;
        let signal = self.runtime.spawn(asked_to_stop());
        while !signal.is_finished() {
            self.parts.watch(Duration::from_millis(100))?;
        }
        tracing::info!("asked to stop");
        self.parts.end(STOP_WITHIN)
    }

    fn start_admin(&self, readiness: &Readiness) -> Result<()> {
        let metrics = usher_runtime::telemetry::start_metrics()?;
        let listener = self.bind("admin.listen", "USHER__ADMIN__LISTEN", self.admin)?;
        self.runtime.spawn(usher_runtime::telemetry::upkeep(metrics.clone()));
        self.runtime.spawn(admin::serve(listener, readiness.clone(), metrics));
        Ok(())
    }

    fn start_probe(&mut self, readiness: Readiness) -> Result<()> {
        let probe = Probe {
            broker: self.broker.clone(),
            prefix: self.config.kafka.prefix.clone(),
            brokers: self.config.kafka.brokers.clone(),
            workers: self.parts.workers(),
            readiness,
        };
        self.parts.thread("probe", move |stop| probe.run(&stop))
    }

    /// Takes an address; `key` and `variable` set it.
    fn bind(&self, key: &str, variable: &str, listen: SocketAddr) -> Result<TcpListener> {
        self.runtime
            .block_on(TcpListener::bind(listen))
            .with_context(|| format!("{key}: {listen} can not be bound: set another by {key} or {variable}"))
    }
}
