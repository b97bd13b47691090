//! How a stand-in behaves: it takes everything, unless a rule says otherwise.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// An answer that a rule gives instead of the stand-in's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The body, JSON; empty: none.
    pub body: String,
}

impl Answer {
    /// A status without a body.
    pub const fn status(status: u16) -> Self {
        Self { status, retry_after: None, body: String::new() }
    }

    /// A status that asks to come again.
    pub const fn later(status: u16, retry_after: u64) -> Self {
        Self { status, retry_after: Some(retry_after), body: String::new() }
    }

    /// A JSON body.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, retry_after: None, body: body.to_string() }
    }
}

/// What happens to a request that a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// It has its effect and the usual answer.
    Take,
    /// It has no effect.
    Refuse(Answer),
    /// It has its effect, but the caller is told something else, as when an answer is lost on the way.
    TakeBut(Answer),
}

/// Holds requests back until it is opened, or dropped.
#[derive(Debug)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    /// Lets the requests on, those that wait and those that come.
    pub fn open(&self) {
        self.0.send_replace(true);
    }
}

struct Rule<T> {
    matches: Box<dyn Fn(&T) -> bool + Send>,
    times_left: Option<usize>,
    gate: Option<watch::Receiver<bool>>,
    reaction: Reaction,
}

/// The rules of one stand-in, the latest first.
pub struct Script<T> {
    rules: Mutex<Vec<Rule<T>>>,
}

impl<T> fmt::Debug for Script<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl<T> Default for Script<T> {
    fn default() -> Self {
        Self { rules: Mutex::default() }
    }
}

impl<T> Script<T> {
    /// The next `times` requests that match.
    pub fn next(&self, times: usize, matches: impl Fn(&T) -> bool + Send + 'static, reaction: Reaction) {
        self.add(Rule { matches: Box::new(matches), times_left: Some(times), gate: None, reaction });
    }

    /// All requests that match, from now on.
    pub fn always(&self, matches: impl Fn(&T) -> bool + Send + 'static, reaction: Reaction) {
        self.add(Rule { matches: Box::new(matches), times_left: None, gate: None, reaction });
    }

    /// Requests that match wait before anything happens to them; then they are taken.
    pub fn hold(&self, matches: impl Fn(&T) -> bool + Send + 'static) -> Gate {
        let (gate, held) = watch::channel(false);
        let matches = Box::new(matches);
        self.add(Rule { matches, times_left: None, gate: Some(held), reaction: Reaction::Take });
        Gate(gate)
    }

    /// Forgets all rules.
    pub fn clear(&self) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn add(&self, rule: Rule<T>) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).insert(0, rule);
    }

    /// What happens to this request, after it was held as long as its rule wants.
    pub(crate) async fn reaction(&self, request: &T) -> Reaction {
        let Some((gate, reaction)) = self.rule_for(request) else { return Reaction::Take };
        if let Some(mut gate) = gate {
            // A gate that was dropped holds nobody.
            let _ = gate.wait_for(|open| *open).await;
        }
        reaction
    }

    fn rule_for(&self, request: &T) -> Option<(Option<watch::Receiver<bool>>, Reaction)> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter_mut().find(|rule| rule.times_left != Some(0) && (rule.matches)(request))?;
        rule.times_left = rule.times_left.map(|left| left - 1);
        Some((rule.gate.clone(), rule.reaction.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rule_for_some_times_lapses_and_the_latest_rule_wins() {
        let script = Script::<u8>::default();
        script.always(|n| *n > 1, Reaction::Refuse(Answer::status(500)));
        script.next(1, |n| *n == 2, Reaction::TakeBut(Answer::status(502)));
        assert_eq!(script.reaction(&1).await, Reaction::Take);
        assert_eq!(script.reaction(&2).await, Reaction::TakeBut(Answer::status(502)));
        assert_eq!(script.reaction(&2).await, Reaction::Refuse(Answer::status(500)));
        script.clear();
        assert_eq!(script.reaction(&2).await, Reaction::Take);
    }

    #[tokio::test]
    async fn a_gate_holds_until_it_is_opened() {
        let script = std::sync::Arc::new(Script::<u8>::default());
        let gate = script.hold(|_| true);
        let held = tokio::spawn({
            let script = std::sync::Arc::clone(&script);
            async move { script.reaction(&1).await }
        });
        tokio::task::yield_now().await;
        assert!(!held.is_finished());
        gate.open();
        assert_eq!(held.await.expect("no panic"), Reaction::Take);
    }
}
