//! Configuration: defaults in the crate, overlaid by a file, overlaid by `USHER__SECTION__KEY` in the environment.
//! Unknown keys are refused, and a refusal names the key or the fix. Secrets stand as references, `{ env: NAME }` or
//! `{ file: PATH }`, and are resolved here.

mod media;
mod read;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File, FileFormat};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use media::MediaConfig;
pub use read::{read_file, read_yaml};

use crate::worker::Cadence;

/// The prefix of environment variables.
pub const ENVIRONMENT: &str = "USHER";

/// Shortest secret between instances, in bytes.
const PEER_SECRET_BYTES_MIN: usize = 32;

/// All that a service is configured by. Each part gets its own slice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The broker.
    pub kafka: KafkaConfig,
    /// The public address of ingest.
    pub http: HttpConfig,
    /// The public address of delivery, and the one for its peers.
    pub stream: StreamConfig,
    /// Files beside messages.
    pub media: MediaConfig,
    /// Health and metrics.
    pub admin: AdminConfig,
    /// Tenants and their accounts.
    pub accounts: AccountsConfig,
    /// Who this process is and how it commits.
    pub worker: WorkerConfig,
    /// What it says of itself.
    pub log: LogConfig,
}

/// The broker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:port`, several divided by commas.
    pub brokers: String,
    /// First part of every topic, group and `transactional.id`.
    pub prefix: String,
    /// Further options of librdkafka, for example `security.protocol`.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

/// The public address of ingest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Largest body, in bytes.
    pub body_bytes_max: usize,
    /// Most requests at a time; what comes beyond is told to come again.
    pub requests_max: usize,
    /// Most connections at a time; further ones wait until one ends.
    pub connections_max: usize,
    /// Whether desks and sessions can be looked at: for it ingest reads topic `events` and keeps what it tells about now.
    pub view: bool,
}

/// The public address of delivery, where visitors' clients collect, and the one by which its instances reach each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamConfig {
    /// Where it listens for streams and polls.
    pub listen: SocketAddr,
    /// Most streams at a time, and most connections without one; what comes beyond is told to come again, or waits.
    pub connections_max: usize,
    /// The origins of the pages that may connect, divided by commas, for example `https://www.acme.example`; `*`: all.
    /// Whoever connects shows a token, never a cookie.
    pub origins: String,
    /// Where it listens for other instances of delivery. Never reachable from outside: what is told there is personal.
    pub peer_listen: SocketAddr,
    /// `host:port` at which the others find `peer_listen`; absent: `peer_listen` itself.
    pub peer_address: Option<String>,
    /// What instances show each other, the same for all, at least 32 bytes. Absent: this one is alone, and serves only
    /// the mailboxes that it owns.
    pub peer_secret: Option<SecretString>,
}

impl StreamConfig {
    /// The origins, each by itself.
    pub fn origins(&self) -> Vec<String> {
        self.origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect()
    }

    /// Where other instances find this one.
    pub fn peer_address(&self) -> String {
        self.peer_address.clone().unwrap_or_else(|| self.peer_listen.to_string())
    }
}

/// Health and metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Where `/healthz`, `/readyz` and `/metrics` are; absent: a port of each service's own on 127.0.0.1.
    pub listen: Option<SocketAddr>,
}

/// Tenants and their accounts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsConfig {
    /// The accounts file (YAML). A relative path in a configuration file begins at that file's folder; elsewhere, where
    /// the process was started.
    pub file: PathBuf,
}

/// Who this process is and how it commits.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// Stable and unique, for example the pod's name: a restarted process takes over from its former self by it.
    pub name: String,
    /// Worker threads a topic.
    pub threads: usize,
    /// A transaction takes what comes for this long.
    pub commit_after_ms: u64,
    /// Or this many records.
    pub records_max: usize,
}

/// What a process says of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// `text` or `json`.
    pub format: LogFormat,
    /// A filter as `tracing-subscriber` reads it, for example `info` or `usher_runtime=debug,info`.
    pub level: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("log.format: there is no format `{name}`; there are text and json")),
        }
    }
}

impl WorkerConfig {
    /// How often to commit.
    pub fn cadence(&self) -> Cadence {
        Cadence {
            commit_after: Duration::from_millis(self.commit_after_ms),
            records_max: self.records_max,
            ..Cadence::default()
        }
    }
}

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Unreadable, a key unknown, a value wrong.
    #[error("{place}: {problem}")]
    Wrong {
        /// Which file.
        place: String,
        /// What, without the value that is wrong: it may be a secret.
        problem: String,
    },
    /// A reference leads nowhere.
    #[error("{place}: {key}: {problem}")]
    Reference {
        /// Which file.
        place: String,
        /// Where in it.
        key: String,
        /// What is missing.
        problem: String,
    },
    /// A value that no process could run with.
    #[error("configuration: {0}")]
    Invalid(String),
}

impl Config {
    /// The configuration of a process: defaults, then `file`, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let place = file.map_or("configuration".to_owned(), |file| file.display().to_string());
        let defaults = File::from_str(include_str!("defaults.toml"), FileFormat::Toml);
        let mut builder = config::Config::builder().add_source(defaults);
        if let Some(file) = file {
            builder = builder.add_source(read::source(file)?).add_source(read::accounts_beside(file)?);
        }
        let environment = Environment::with_prefix(ENVIRONMENT).separator("__").try_parsing(true);
        let config: Self = builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| read::wrong(&place, &error))?;
        config.validated()
    }

    fn validated(self) -> Result<Self, ConfigError> {
        let invalid = |problem: &str| Err(ConfigError::Invalid(problem.to_owned()));
        let name_fits = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        if !name_fits(&self.kafka.prefix) {
            return invalid("kafka.prefix takes letters, digits, `-`, `_` and `.`");
        }
        if !name_fits(&self.worker.name) {
            return invalid("worker.name takes letters, digits, `-`, `_` and `.`; the pod's name is a good one");
        }
        if self.worker.threads == 0 || self.worker.records_max == 0 {
            return invalid("worker.threads and worker.records_max are at least 1");
        }
        if self.http.connections_max == 0 {
            return invalid("http.connections_max is at least 1: with 0 nobody could connect");
        }
        if self.stream.connections_max == 0 {
            return invalid("stream.connections_max is at least 1: with 0 nobody could connect");
        }
        if self.stream.peer_secret.as_ref().is_some_and(|secret| secret.expose_secret().len() < PEER_SECRET_BYTES_MIN) {
            return invalid("stream.peer_secret has at least 32 bytes: openssl rand -hex 32");
        }
        if let Some(problem) = self.media.problem() {
            return invalid(problem);
        }
        if self.http.body_bytes_max == 0 || self.http.requests_max == 0 {
            return invalid(
                "http.body_bytes_max and http.requests_max are at least 1: with 0 nothing would be taken in",
            );
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_a_whole_configuration() {
        let config = Config::load(None).expect("defaults alone are enough");
        assert_eq!(config.kafka.prefix, "usher");
        assert_eq!(config.worker.cadence(), Cadence::default());
    }

    /// A configuration file in a folder of its own, loaded.
    fn loaded(test: &str, toml: &str) -> (PathBuf, Result<Config, ConfigError>) {
        let folder = std::env::temp_dir().join(format!("usher-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let file = folder.join("usher.toml");
        std::fs::write(&file, toml).expect("the temporary folder is writable");
        let config = Config::load(Some(&file));
        std::fs::remove_dir_all(&folder).expect("it is there");
        (folder, config)
    }

    #[test]
    fn accounts_are_looked_for_beside_the_configuration_file() {
        let (folder, config) = loaded("beside", "[accounts]\nfile = \"here/accounts.yaml\"\n");
        assert_eq!(config.expect("readable").accounts.file, folder.join("here/accounts.yaml"));
        let (_, config) = loaded("absolute", "[accounts]\nfile = \"/etc/usher/accounts.yaml\"\n");
        assert_eq!(config.expect("readable").accounts.file, Path::new("/etc/usher/accounts.yaml"));
        let (_, config) = loaded("absent", "[log]\nlevel = \"debug\"\n");
        assert_eq!(config.expect("readable").accounts.file, Path::new("accounts.yaml"), "the default stays as it is");
    }

    #[test]
    fn an_instance_is_found_where_it_listens_unless_it_says_otherwise() {
        let stream = |toml: &str| loaded("stream", toml).1.expect("readable").stream;
        let alone = stream("[stream]\norigins = \"https://a.example, https://b.example\"");
        assert_eq!(alone.peer_address(), "127.0.0.1:8082");
        assert_eq!(alone.origins(), ["https://a.example", "https://b.example"]);
        let secret = "0123456789abcdef0123456789abcdef";
        let said = format!("[stream]\npeer_address = \"delivery-0:8082\"\npeer_secret = \"{secret}\"");
        let named = stream(&said);
        assert_eq!(named.peer_address(), "delivery-0:8082");
        assert!(!format!("{named:?}").contains(secret));
    }

    #[test]
    fn a_refusal_names_the_key_and_what_it_takes() {
        for (toml, said) in [
            ("[log]\nformat = \"xml\"", "log.format: there is no format `xml`; there are text and json"),
            ("[http]\nbody_bytes_max = 0", "http.body_bytes_max and http.requests_max are at least 1"),
            ("[http]\nrequests_max = 0", "http.body_bytes_max and http.requests_max are at least 1"),
            ("[http]\nconnections_max = 0", "http.connections_max is at least 1"),
            ("[stream]\nconnections_max = 0", "stream.connections_max is at least 1"),
            ("[stream]\npeer_secret = \"short\"", "stream.peer_secret has at least 32 bytes"),
            ("[media]\nkeep_days = 0", "media.bytes_max, media.at_once_max and media.keep_days are at least 1"),
            ("[media]\npublic_url = \"https://a.example\"", "media.public_url and media.link_key stand together"),
            (
                "[media]\npublic_url = \"https://a.example\"\nlink_key = \"short\"",
                "media.link_key has at least 32 bytes",
            ),
            ("[worker]\nthreads = 0", "worker.threads and worker.records_max are at least 1"),
            ("[worker]\nname = \"a b\"", "worker.name takes letters"),
        ] {
            let error = loaded("refusal", toml).1.expect_err(toml).to_string();
            assert!(error.contains(said), "{toml}: {error}");
        }
    }
}
