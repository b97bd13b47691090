//! One verb, one file.

mod desk;
pub(crate) mod directory;
mod explain;
pub(crate) mod replay;
mod service;
mod tail;
mod topics;

use std::time::Duration;

use anyhow::{Context, Result};
use usher_broker_kafka::{KafkaBroker, KafkaSettings};
use usher_runtime::config::{Config, KafkaConfig};

use crate::cli::{Cli, Command, ServiceArgs};

/// How long a Kafka may take to answer somebody who waits at a terminal.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(4);

pub(crate) fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Demo { kafka } => crate::demo::run(kafka),
        Command::Ingest(args) => service::ingest(&args),
        Command::Routing(args) => service::routing(&args),
        Command::Delivery(args) => service::delivery(&args),
        Command::Topics(command) => topics::run(command),
        Command::Directory(command) => directory::run(command),
        Command::Desk(command) => desk::run(command),
        Command::Tail(args) => tail::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Replay(args) => replay::run(&args),
    }
}

fn config(args: &ServiceArgs) -> Result<Config> {
    Ok(Config::load(args.config.as_deref())?)
}

/// The Kafka of the configuration, once it has answered; for verbs that do one thing and end.
fn reached(config: &KafkaConfig) -> Result<KafkaBroker> {
    let broker = kafka(config)?;
    broker.answers(ANSWER_WITHIN).with_context(|| {
        format!("no Kafka answers at {}: set kafka.brokers or USHER__KAFKA__BROKERS", config.brokers)
    })?;
    Ok(broker)
}

fn kafka(config: &KafkaConfig) -> Result<KafkaBroker> {
    let settings = KafkaSettings { brokers: config.brokers.clone(), extra: config.options.clone() };
    Ok(KafkaBroker::new(settings)?)
}
