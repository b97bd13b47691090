//! Logs and metrics, set up once a process. Neither ever holds personal data: what could, hides itself in `Debug`.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, LogConfig, LogFormat};

/// Starts logging to standard error.
pub fn start_logging(settings: &LogConfig) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&settings.level)
        .map_err(|error| ConfigError::Invalid(format!("log.level: {error}; for example `info`")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| ConfigError::Invalid(format!("logging can not be started: {error}")))
}

/// Starts collecting metrics; the handle renders them as Prometheus text.
pub fn start_metrics() -> Result<PrometheusHandle, ConfigError> {
    PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| ConfigError::Invalid(format!("metrics can not be started: {error}")))
}
