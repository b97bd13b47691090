//! A visitor's page: the project's own JavaScript client, run by Node.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A page that is open; what it shows is kept.
pub struct Page {
    child: Child,
    lines: Receiver<String>,
    shown: Vec<String>,
}

impl Page {
    /// Opens a page that collects at `url` with this token, and waits until its stream stands.
    pub fn open(url: &str, token: &str) -> Result<Self> {
        let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("page.mjs");
        let mut child = Command::new("node")
            .arg("--experimental-websocket")
            .arg(program)
            .args([url, token])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("node can not be started: install Node 20 or later")?;
        let out = child.stdout.take().context("the page has no output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Nobody reads any more once the page is closed.
                let _ = sender.send(line);
            }
        });
        let mut page = Self { child, lines, shown: Vec::new() };
        page.wait_for("connected", Duration::from_secs(30))?;
        Ok(page)
    }

    /// Waits until the page shows this.
    pub fn shows(&mut self, text: &str, within: Duration) -> Result<()> {
        self.wait_for(&format!("shown {text}"), within)
    }

    /// All that it has shown, in order.
    pub fn shown(&mut self) -> &[String] {
        self.shown.extend(self.lines.try_iter().filter_map(shown));
        &self.shown
    }

    fn wait_for(&mut self, wanted: &str, within: Duration) -> Result<()> {
        let end = Instant::now() + within;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                bail!("the page did not say “{wanted}” within {} s; it has shown {:?}", within.as_secs(), self.shown);
            };
            let is_it = line == wanted;
            self.shown.extend(shown(line));
            if is_it {
                return Ok(());
            }
        }
    }
}

fn shown(line: String) -> Option<String> {
    line.strip_prefix("shown ").map(str::to_owned)
}

impl Drop for Page {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
