//! One process of usher: started, killed, started again; its log kept for when a test fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A running process. Dropped, it is killed.
pub struct Child {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    log: PathBuf,
    child: std::process::Child,
}

impl Child {
    /// Starts `program`; what it says is appended to `log`.
    pub fn start(program: &Path, arguments: &[&str], environment: &[(String, String)], log: &Path) -> Result<Self> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let child = spawn(program, &arguments, environment, log)?;
        Ok(Self {
            program: program.to_owned(),
            arguments,
            environment: environment.to_vec(),
            log: log.to_owned(),
            child,
        })
    }

    /// SIGKILL: nothing is flushed, nothing is said.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("the process can not be killed")?;
        self.child.wait().context("the killed process does not end")?;
        Ok(())
    }

    /// The same process again, under the same name.
    pub fn start_again(&mut self) -> Result<()> {
        self.child = spawn(&self.program, &self.arguments, &self.environment, &self.log)?;
        Ok(())
    }

    /// SIGTERM, and waits for an orderly end.
    pub fn stop(&mut self) -> Result<()> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status()?;
        ensure!(asked.success(), "SIGTERM could not be sent");
        let status = self.child.wait()?;
        ensure!(status.success(), "the process ended with {status} after SIGTERM; see {}", self.log.display());
        Ok(())
    }

    /// Fails when the process is no longer there.
    pub fn alive(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        ensure!(ended.is_none(), "{} ended unasked; see {}", self.arguments.join(" "), self.log.display());
        Ok(())
    }

    /// What it said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(
    program: &Path,
    arguments: &[String],
    environment: &[(String, String)],
    log: &Path,
) -> Result<std::process::Child> {
    let out = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    Command::new(program)
        .args(arguments)
        .envs(environment.iter().cloned())
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .spawn()
        .with_context(|| format!("{} can not be started", program.display()))
}
