//! One verb, one file.

pub(crate) mod directory;
mod service;
mod tail;
mod topics;

use anyhow::Result;
use usher_broker_kafka::{KafkaBroker, KafkaSettings};
use usher_runtime::config::{Config, KafkaConfig};

use crate::cli::{Cli, Command, ServiceArgs};

pub(crate) fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Demo { kafka } => crate::demo::run(kafka),
        Command::Ingest(args) => service::ingest(&args),
        Command::Routing(args) => service::routing(&args),
        Command::Delivery(args) => service::delivery(&args),
        Command::Topics(command) => topics::run(command),
        Command::Directory(command) => directory::run(command),
        Command::Tail(args) => tail::run(&args),
    }
}

fn config(args: &ServiceArgs) -> Result<Config> {
    Ok(Config::load(args.config.as_deref())?)
}

fn kafka(config: &KafkaConfig) -> Result<KafkaBroker> {
    let settings = KafkaSettings { brokers: config.brokers.clone(), extra: config.options.clone() };
    Ok(KafkaBroker::new(settings)?)
}
