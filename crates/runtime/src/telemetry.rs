//! Logs and metrics, set up once a process. Neither ever holds personal data: what could, hides itself in `Debug`.

use std::io::IsTerminal;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, LogConfig, LogFormat};

/// Upper bounds of all histograms, in seconds: from a fast commit to the longest that anything may take. The same on
/// every replica, so that the counts of replicas can be added.
const BUCKETS_SECONDS: [f64; 14] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// Targets of crates that log what they read and write: PDUs of SMPP, with numbers, texts and the password of the bind.
const NEVER_LOGGED: [&str; 3] = ["rusmpp", "rusmpp::codec::encode", "rusmpp::codec::decode"];

/// How often recorded samples are counted. Without it they would pile up in memory until somebody asks for metrics.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Starts logging to standard error, in colour where that is a terminal.
pub fn start_logging(settings: &LogConfig) -> Result<(), ConfigError> {
    let filter = filter(&settings.level)?;
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

/// What is logged, at `level` and never of [`NEVER_LOGGED`].
fn filter(level: &str) -> Result<EnvFilter, ConfigError> {
    let wrong = |error: &dyn std::fmt::Display| ConfigError::Invalid(format!("log.level: {error}; for example `info`"));
    let filter = EnvFilter::try_new(level).map_err(|error| wrong(&error))?;
    NEVER_LOGGED.iter().try_fold(filter, |filter, target| {
        let directive = format!("{target}=off").parse().map_err(|error| wrong(&error))?;
        Ok(filter.add_directive(directive))
    })
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
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("one thread").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_crate_that_logs_what_it_reads_is_never_heard_whatever_the_level() {
        for level in ["trace", "debug,rusmpp=trace", "rusmpp::codec::decode=trace,rusmpp::codec::encode=debug,info"] {
            let (written, filter) = (Written::default(), filter(level).expect("a level"));
            let writer = written.clone();
            let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || writer.clone());
            tracing::subscriber::with_default(builder.finish(), || {
                tracing::error!(target: "rusmpp::codec::decode", "+8613512345678");
                tracing::error!(target: "rusmpp::codec::encode", "password");
                tracing::error!(target: "rusmppc::connection::smpp", "+8613512345678");
                tracing::error!("something else");
            });
            let text = String::from_utf8(written.0.lock().expect("one thread").clone()).expect("text");
            assert!(text.contains("something else"), "{level}: {text}");
            assert!(!text.contains("password") && !text.contains("8613512345678"), "{level}: {text}");
        }
    }

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
