//! The book of a stand-in: what it took, how often each idempotency key was tried, how it reacts.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::log::{Line, Log};
use crate::script::{Answer, Reaction, Script};

/// One request as a stand-in reads it.
pub trait Entry: Clone + Line {
    /// The idempotency key: a repeat with the same one has no second effect.
    fn key(&self) -> String;

    /// What it is about, where the same thing must not come under two keys: the id of a message, say.
    fn subject(&self) -> Option<String>;
}

/// How one key was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Use {
    attempts: usize,
    subject: Option<String>,
    taken: bool,
}

/// The log of what had an effect, the count of attempts and the rules of behaviour. It reads as its [`Log`].
#[derive(Debug)]
pub struct Book<T> {
    name: &'static str,
    log: Log<T>,
    uses: Mutex<BTreeMap<String, Use>>,
    /// How the stand-in behaves.
    pub script: Script<T>,
}

impl<T> Deref for Book<T> {
    type Target = Log<T>;

    fn deref(&self) -> &Log<T> {
        &self.log
    }
}

impl<T: Entry> Book<T> {
    /// An empty book of the stand-in with this name.
    pub fn new(name: &'static str) -> Self {
        Self { name, log: Log::new(name), uses: Mutex::default(), script: Script::default() }
    }

    /// Reads a request: `Ok` when its usual answer is due. Only the first one of a key that is taken is logged.
    pub(crate) async fn take(&self, entry: T) -> Result<(), Answer> {
        self.uses().entry(entry.key()).or_default().attempts += 1;
        match self.script.reaction(&entry).await {
            Reaction::Take => {
                self.enter(entry);
                Ok(())
            }
            Reaction::Refuse(answer) => Err(answer),
            Reaction::TakeBut(answer) => {
                self.enter(entry);
                Err(answer)
            }
        }
    }

    fn enter(&self, entry: T) {
        let mut uses = self.uses();
        let used = uses.entry(entry.key()).or_default();
        if !used.taken {
            (used.taken, used.subject) = (true, entry.subject());
            self.log.push(entry);
        }
    }

    fn uses(&self) -> MutexGuard<'_, BTreeMap<String, Use>> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often a key was tried, taken or not.
    pub fn attempts(&self, key: &str) -> usize {
        self.uses().get(key).map_or(0, |used| used.attempts)
    }

    /// All attempts.
    pub fn attempts_in_all(&self) -> usize {
        self.uses().values().map(|used| used.attempts).sum()
    }

    /// Whether this request was taken before: a provider that is idempotent answers it as it answered then.
    pub fn took(&self, key: &str) -> bool {
        self.uses().get(key).is_some_and(|used| used.taken)
    }

    /// A sentence for each thing that had more than one effect: it came under several keys.
    pub fn second_effects(&self) -> Vec<String> {
        let mut keys = BTreeMap::<String, usize>::new();
        for used in self.uses().values().filter(|used| used.taken) {
            if let Some(subject) = &used.subject {
                *keys.entry(subject.clone()).or_default() += 1;
            }
        }
        let twice = keys.into_iter().filter(|(_, count)| *count > 1);
        twice.map(|(subject, count)| format!("the {} got {subject} under {count} keys", self.name)).collect()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Said(&'static str, &'static str);

    impl Line for Said {
        fn line(&self) -> String {
            self.1.to_owned()
        }
    }

    impl Entry for Said {
        fn key(&self) -> String {
            self.0.to_owned()
        }

        fn subject(&self) -> Option<String> {
            Some(self.1.to_owned())
        }
    }

    #[tokio::test]
    async fn a_repeat_is_counted_and_has_no_effect() {
        let book = Book::new("phone");
        assert_eq!(book.take(Said("key", "hi")).await, Ok(()));
        assert_eq!(book.take(Said("key", "hi")).await, Ok(()));
        assert_eq!((book.attempts("key"), book.all().len()), (2, 1));
        assert_eq!(book.second_effects(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn the_same_thing_under_another_key_is_a_second_effect() {
        let book = Book::new("phone");
        book.take(Said("a", "hi")).await.expect("taken");
        book.take(Said("b", "hi")).await.expect("taken");
        assert_eq!(book.second_effects(), ["the phone got hi under 2 keys"]);
    }

    #[tokio::test]
    async fn a_refused_request_has_no_effect_and_a_lost_answer_has_one() {
        let book = Book::new("phone");
        book.script.next(1, |_| true, Reaction::Refuse(Answer::status(503)));
        assert_eq!(book.take(Said("a", "hi")).await, Err(Answer::status(503)));
        assert!(!book.took("a") && book.all().is_empty());
        book.script.next(1, |_| true, Reaction::TakeBut(Answer::status(502)));
        assert_eq!(book.take(Said("a", "hi")).await, Err(Answer::status(502)));
        assert!(book.took("a"));
        assert_eq!(book.all().len(), 1);
    }
}
