//! A Kafka of a test's own, which it may kill.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Away from the port that `deploy/kafka/start` takes by itself; two above are used too.
const PORT: &str = "19192";

/// Running, or killed and able to come back with its data. Dropped, it is stopped and its data is removed.
pub struct OwnKafka(());

impl OwnKafka {
    /// Starts it, empty.
    pub fn start() -> Result<Self> {
        script("start", &[PORT])?;
        Ok(Self(()))
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{PORT}")
    }

    /// SIGKILL.
    pub fn kill(&self) -> Result<()> {
        script("stop", &[PORT, "--kill"])
    }

    /// With the data it had.
    pub fn start_again(&self) -> Result<()> {
        script("start", &[PORT, "--keep"])
    }
}

impl Drop for OwnKafka {
    fn drop(&mut self) {
        if let Err(error) = script("stop", &[PORT]) {
            eprintln!("{error:#}");
        }
    }
}

fn script(name: &str, arguments: &[&str]) -> Result<()> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kafka").join(name);
    let output = Command::new(&path).args(arguments).output().with_context(|| path.display().to_string())?;
    ensure!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    Ok(())
}
