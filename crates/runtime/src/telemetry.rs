//! Logs and metrics, set up once a process. Neither ever holds personal data: what could, hides itself in `Debug`.

use std::io::IsTerminal;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, LogConfig, LogFormat};

/// Upper bounds of all histograms, in seconds: from a fast commit to the longest that anything may take. The same on
/// every replica, so that the counts of replicas can be added.
const BUCKETS_SECONDS: [f64; 14] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// How often recorded samples are counted. Without it they would pile up in memory until somebody asks for metrics.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Starts logging to standard error, in colour where that is a terminal.
pub fn start_logging(settings: &LogConfig) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&settings.level)
        .map_err(|error| ConfigError::Invalid(format!("log.level: {error}; for example `info`")))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match settings.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| ConfigError::Invalid(format!("logging can not be started: {error}")))
}

/// Starts collecting metrics; the handle renders them as Prometheus text. Somebody must run [`upkeep`].
pub fn start_metrics() -> Result<PrometheusHandle, ConfigError> {
    builder()
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| ConfigError::Invalid(format!("metrics can not be started: {error}")))
}

/// Counts what was recorded, again and again, until the process ends.
pub async fn upkeep(metrics: PrometheusHandle) {
    let mut again = tokio::time::interval(UPKEEP_EVERY);
    loop {
        again.tick().await;
        metrics.run_upkeep();
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new().set_buckets(&BUCKETS_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_histograms_that_replicas_can_add() {
        let recorder = builder().expect("there are buckets").build_recorder();
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!(crate::names::COMMIT_SECONDS).record(0.004);
            metrics::histogram!(crate::names::COMMIT_SECONDS).record(31.0);
        });
        let text = recorder.handle().render();
        for line in [
            "# TYPE usher_commit_seconds histogram",
            "usher_commit_seconds_bucket{le=\"0.002\"} 0",
            "usher_commit_seconds_bucket{le=\"0.005\"} 1",
            "usher_commit_seconds_bucket{le=\"30\"} 1",
            "usher_commit_seconds_bucket{le=\"+Inf\"} 2",
        ] {
            assert!(text.contains(line), "{line} is missing:\n{text}");
        }
    }
}
