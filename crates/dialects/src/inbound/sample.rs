//! For tests: a small accounts file, and requests built by one helper, so that a change of their shape edits one place.

use usher_domain::{Body, ConversationInput, InputId, Timestamp};

use crate::accounts::{Accounts, AccountsFile};
use crate::condition::Condition;
use crate::inbound::replays::Replays;
use crate::inbound::{Accepted, Answer, Request, receive, refuse};

/// The native key of tenant `acme`.
pub(crate) const ACME_KEY: &str = "acme-key";
/// The key of that tenant's supervisors.
pub(crate) const ACME_SUPERVISOR_KEY: &str = "acme-supervisor-key";
/// The native key of tenant `other`.
pub(crate) const OTHER_KEY: &str = "other-key";
/// The instant of every request that names no other.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_619_573_200_000);
/// The fresh id of every request.
pub(crate) fn fresh() -> InputId {
    InputId::from_bits(7)
}

/// Two tenants; `acme` has an account of each dialect.
pub(crate) fn accounts() -> Accounts {
    let text = include_str!("sample.json");
    let file: AccountsFile = serde_json::from_str(text).expect("sample.json is an accounts file");
    Accounts::check(file).expect("sample.json is consistent")
}

/// A request in the making.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) now: Timestamp,
}

impl Sample {
    /// A `POST` of JSON.
    pub(crate) fn post(path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { method: "POST", path: path.into(), query: String::new(), headers, body: body.into(), now: NOW }
    }

    /// The same with a header set.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// The same without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    /// What usher makes of it, as the first call that it hears.
    pub(crate) fn receive(&self) -> Result<Accepted, Condition> {
        self.receive_after(&Replays::default())
    }

    /// What usher makes of it after what it has heard.
    pub(crate) fn receive_after(&self, replays: &Replays) -> Result<Accepted, Condition> {
        self.with(replays, |request| receive(request, &accounts()))
    }

    /// What somebody else makes of it.
    pub(crate) fn with<T>(&self, replays: &Replays, reads: impl FnOnce(&Request<'_>) -> T) -> T {
        let header = |name: &str| {
            let found = self.headers.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| value.as_str())
        };
        let request = Request {
            method: self.method,
            path: &self.path,
            query: &self.query,
            header: &header,
            body: &self.body,
            now: self.now,
            fresh: fresh(),
            replays,
        };
        reads(&request)
    }

    /// The one conversation input that it makes.
    pub(crate) fn input(&self) -> ConversationInput {
        let accepted = self.receive().unwrap_or_else(|condition| panic!("refused: {condition}"));
        match accepted.bodies.into_iter().next() {
            Some(Body::Conversation(input)) => input,
            other => panic!("no conversation input: {other:?}"),
        }
    }

    /// The refusal that it meets: status and sentence.
    pub(crate) fn refusal(&self) -> (u16, String) {
        match self.receive() {
            Ok(accepted) => panic!("accepted: {accepted:?}"),
            Err(condition) => (condition.status(), condition.to_string()),
        }
    }

    /// The answer that it gets.
    pub(crate) fn answer(&self) -> Answer {
        match self.receive() {
            Ok(accepted) => accepted.answer,
            Err(condition) => self.with(&Replays::default(), |request| refuse(&request.head(), &condition)),
        }
    }
}
