//! What a stand-in got, in order, and waiting for what has not come yet.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// How long a wait takes at most, unless it says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How one entry of a log reads in a sentence. Stand-ins see invented customers only, so it may say what was said.
pub trait Line {
    /// One line, without a line break.
    fn line(&self) -> String;
}

/// What was waited for did not come in time; says what came instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct NotSeen {
    name: &'static str,
    what: String,
    patience: Duration,
    lines: Vec<String>,
}

impl fmt::Display for NotSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} did not get {} within {:?}; ", self.name, self.what, self.patience)?;
        match self.lines.as_slice() {
            [] => f.write_str("it got nothing"),
            lines => write!(f, "it got:\n  {}", lines.join("\n  ")),
        }
    }
}

/// Entries in the order of their coming. They are never taken away.
#[derive(Debug)]
pub struct Log<T> {
    name: &'static str,
    entries: Mutex<Vec<T>>,
    changed: watch::Sender<()>,
}

impl<T: Clone + Line> Log<T> {
    /// An empty log of the stand-in with this name.
    pub fn new(name: &'static str) -> Self {
        Self { name, entries: Mutex::default(), changed: watch::Sender::new(()) }
    }

    /// Notes an entry.
    pub(crate) fn push(&self, entry: T) {
        self.entries().push(entry);
        self.changed.send_replace(());
    }

    fn entries(&self) -> MutexGuard<'_, Vec<T>> {
        // Entries are only ever pushed, so a panic elsewhere leaves nothing half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that came so far.
    pub fn all(&self) -> Vec<T> {
        self.entries().clone()
    }

    /// How many of those that came so far are wanted.
    pub fn count(&self, wanted: impl Fn(&T) -> bool) -> usize {
        self.entries().iter().filter(|entry| wanted(entry)).count()
    }

    /// The first that is wanted, waited for if it has not come; `what` completes "did not get …".
    pub async fn wait_for(&self, what: &str, wanted: impl Fn(&T) -> bool) -> Result<T, NotSeen> {
        self.wait_until(what, |entries| entries.iter().find(|entry| wanted(entry)).cloned()).await
    }

    /// What `pick` makes of all entries, as soon as it makes something of them.
    pub async fn wait_until<U>(&self, what: &str, pick: impl Fn(&[T]) -> Option<U>) -> Result<U, NotSeen> {
        self.wait_within(PATIENCE, what, pick).await
    }

    /// As [`Log::wait_until`], with a patience of its own.
    pub async fn wait_within<U>(
        &self,
        patience: Duration,
        what: &str,
        pick: impl Fn(&[T]) -> Option<U>,
    ) -> Result<U, NotSeen> {
        let mut changed = self.changed.subscribe();
        let seen = async {
            loop {
                if let Some(picked) = pick(&self.entries()) {
                    return picked;
                }
                // The sender lives in `self`, so this can not fail while we wait.
                let _ = changed.changed().await;
            }
        };
        tokio::time::timeout(patience, seen).await.map_err(|_| NotSeen {
            name: self.name,
            what: what.to_owned(),
            patience,
            lines: self.entries().iter().map(Line::line).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    impl Line for &'static str {
        fn line(&self) -> String {
            (*self).to_owned()
        }
    }

    #[tokio::test]
    async fn a_wait_ends_with_the_entry_that_comes_later() {
        let log = Arc::new(Log::new("log"));
        let waiting = tokio::spawn({
            let log = Arc::clone(&log);
            async move { log.wait_for("b", |entry| *entry == "b").await }
        });
        log.push("a");
        log.push("b");
        assert_eq!(waiting.await.expect("no panic"), Ok("b"));
    }

    #[tokio::test]
    async fn a_wait_in_vain_says_what_came_instead() {
        let log = Log::<&str>::new("workspace");
        let impatient = Duration::from_millis(1);
        let never = |_: &[&str]| None::<()>;
        let nothing = log.wait_within(impatient, "an answer", never).await.expect_err("nothing came");
        assert_eq!(nothing.to_string(), "the workspace did not get an answer within 1ms; it got nothing");
        log.push("a");
        log.push("b");
        let other = log.wait_within(impatient, "c", never).await.expect_err("c did not come");
        assert_eq!(other.to_string(), "the workspace did not get c within 1ms; it got:\n  a\n  b");
    }
}
