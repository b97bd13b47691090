//! Configuration: defaults in the crate, overlaid by a file, overlaid by `USHER__SECTION__KEY` in the environment.
//! Unknown keys are refused, and a refusal names the key or the fix. Secrets stand as references, `{ env: NAME }` or
//! `{ file: PATH }`, and are resolved here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File, FileFormat, Value, ValueKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::worker::Cadence;

/// The prefix of environment variables.
pub const ENVIRONMENT: &str = "USHER";

/// All that a service is configured by. Each part gets its own slice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The broker.
    pub kafka: KafkaConfig,
    /// The public address of ingest.
    pub http: HttpConfig,
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
    /// The accounts file (YAML).
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
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
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
    #[error("{place}: {source}")]
    Wrong {
        /// Which file.
        place: String,
        /// What.
        source: config::ConfigError,
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
        let wrong = |source| ConfigError::Wrong { place: place.clone(), source };
        let mut builder =
            config::Config::builder().add_source(File::from_str(include_str!("defaults.toml"), FileFormat::Toml));
        if let Some(file) = file {
            builder = builder.add_source(File::from(file));
        }
        let environment = Environment::with_prefix(ENVIRONMENT).separator("__").try_parsing(true);
        let config: Self =
            builder.add_source(environment).build().and_then(config::Config::try_deserialize).map_err(wrong)?;
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
        Ok(self)
    }
}

/// Reads a YAML or TOML file of another shape (accounts, directory) and resolves its references to secrets.
pub fn read_file<T: DeserializeOwned>(file: &Path) -> Result<T, ConfigError> {
    read(&file.display().to_string(), config::Config::builder().add_source(File::from(file)))
}

/// Reads YAML that is already in memory; `place` names it in errors.
pub fn read_yaml<T: DeserializeOwned>(place: &str, yaml: &str) -> Result<T, ConfigError> {
    read(place, config::Config::builder().add_source(File::from_str(yaml, FileFormat::Yaml)))
}

fn read<T: DeserializeOwned>(
    place: &str,
    builder: config::ConfigBuilder<config::builder::DefaultState>,
) -> Result<T, ConfigError> {
    let wrong = |source| ConfigError::Wrong { place: place.to_owned(), source };
    let mut tree: Value = builder.build().and_then(config::Config::try_deserialize).map_err(wrong)?;
    resolve(&mut tree, "", place)?;
    T::deserialize(tree).map_err(wrong)
}

/// Replaces every `{ env: NAME }` and `{ file: PATH }` below `value` by the text it refers to.
fn resolve(value: &mut Value, key: &str, place: &str) -> Result<(), ConfigError> {
    if let Some(text) = reference(value, key, place)? {
        value.kind = ValueKind::String(text);
        return Ok(());
    }
    match &mut value.kind {
        ValueKind::Table(table) => {
            table.iter_mut().try_for_each(|(name, value)| resolve(value, &format!("{key}.{name}"), place))
        }
        ValueKind::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, value)| resolve(value, &format!("{key}[{index}]"), place)),
        _ => Ok(()),
    }
}

fn reference(value: &Value, key: &str, place: &str) -> Result<Option<String>, ConfigError> {
    let ValueKind::Table(table) = &value.kind else { return Ok(None) };
    let broken = |problem: String| ConfigError::Reference {
        place: place.to_owned(),
        key: key.trim_start_matches('.').to_owned(),
        problem,
    };
    let mut entries = table.iter();
    match (entries.next(), entries.next()) {
        (Some((kind, name)), None) if kind == "env" => {
            let name = name.to_string();
            let text = std::env::var(&name).map_err(|_| broken(format!("the environment has no variable `{name}`")))?;
            Ok(Some(text))
        }
        (Some((kind, path)), None) if kind == "file" => {
            let path = path.to_string();
            let text = std::fs::read_to_string(&path).map_err(|error| broken(format!("`{path}`: {error}")))?;
            Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        name: String,
        secrets: Vec<String>,
    }

    #[test]
    fn defaults_are_a_whole_configuration() {
        let config = Config::load(None).expect("defaults alone are enough");
        assert_eq!(config.kafka.prefix, "usher");
        assert_eq!(config.worker.cadence(), Cadence::default());
    }

    #[test]
    fn references_are_resolved_wherever_they_stand() {
        let path = std::env::temp_dir().join(format!("usher-config-{}", std::process::id()));
        std::fs::write(&path, "from a file\n").expect("the temporary folder is writable");
        let yaml = format!("name: 售前\nsecrets:\n  - {{ file: {} }}\n  - plain\n", path.display());
        let sample: Sample = read_yaml("sample", &yaml).expect("readable");
        std::fs::remove_file(&path).expect("it is there");
        assert_eq!(sample, Sample { name: "售前".into(), secrets: vec!["from a file".into(), "plain".into()] });
    }

    #[test]
    fn a_reference_that_leads_nowhere_names_key_and_fix() {
        let error = read_yaml::<Sample>("accounts.yaml", "name: a\nsecrets: [{ env: USHER_NO_SUCH_VARIABLE }]")
            .expect_err("the variable is not set");
        assert_eq!(
            error.to_string(),
            "accounts.yaml: secrets[0]: the environment has no variable `USHER_NO_SUCH_VARIABLE`"
        );
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = read_yaml::<Sample>("x", "name: a\nsecrets: []\nnmae: b").expect_err("nmae is unknown");
        assert!(error.to_string().contains("nmae"), "{error}");
    }
}
