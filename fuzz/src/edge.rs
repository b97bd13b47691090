//! A call as ingest would hand it to the dialects, and what must hold of the answer.

use std::sync::LazyLock;

use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Accepted, Request, receive, refuse};
use usher_domain::{Body, Envelope, InputId, Timestamp};

/// The accounts of the dialects' own tests: one of each dialect under tenant `acme`.
pub static ACCOUNTS: LazyLock<Accounts> = LazyLock::new(|| {
    let text = include_str!("../../crates/dialects/src/inbound/sample.json");
    let file: AccountsFile = serde_json::from_str(text).expect("an accounts file");
    Accounts::check(file).expect("a consistent one")
});

/// The instant of every call: that of the vendors' samples.
pub const NOW: Timestamp = Timestamp::from_millis(1_619_573_200_000);

/// A call in the making.
pub struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

impl<'a> Call<'a> {
    /// A `POST` of JSON.
    pub fn post(path: &'a str, headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Self {
        Self { method: "POST", path, query: "", headers, body }
    }

    /// What usher makes of it; `None` when it is refused, rightly.
    pub fn heard(&self) -> Option<Accepted> {
        let header = |name: &str| {
            let found = self.headers.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| *value)
        };
        let request = Request {
            method: self.method,
            path: self.path,
            query: self.query,
            header: &header,
            body: self.body,
            now: NOW,
            fresh: InputId::from_bits(7),
            replays: &Replays::default(),
        };
        match receive(&request, &ACCOUNTS) {
            Ok(accepted) => {
                accepted.bodies.iter().for_each(written_and_read);
                Some(accepted)
            }
            Err(condition) => {
                let answer = refuse(&request.head(), &condition);
                assert!(!condition.to_string().is_empty(), "a refusal says why");
                assert!(answer.status >= 200 && answer.status < 600, "a status: {}", answer.status);
                None
            }
        }
    }
}

/// What goes to a topic comes back as it was, and can be shown to people.
pub fn written_and_read(body: &Body) {
    let envelope = Envelope { cause: None, traceparent: None, body: body.clone() };
    let bytes = usher_proto::encode(&envelope);
    assert_eq!(usher_proto::decode(&bytes).as_ref(), Ok(&envelope));
    let _ = usher_proto::show(&bytes, true);
}
