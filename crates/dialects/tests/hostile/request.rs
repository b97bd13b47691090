//! A request as it is sent, and what usher makes of it.

use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Head, Place, Request, receive, refuse};
use usher_domain::{Body, InputId, Timestamp};

/// The instant of every request that names no other: 2021-04-28T01:26:40Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_619_573_200_000);

/// A request.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) now: Timestamp,
}

impl Sent {
    pub(crate) fn post(path: &str, media_type: &str, body: &[u8]) -> Self {
        let headers = if media_type.is_empty() { Vec::new() } else { vec![("content-type", media_type.to_owned())] };
        Self { method: "POST", path: path.to_owned(), query: String::new(), headers, body: body.to_vec(), now: NOW }
    }

    /// The same with a header; `None` takes it away.
    pub(crate) fn with_header(mut self, name: &'static str, value: Option<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.extend(value.map(|value| (name, value)));
        self
    }
}

/// What came of it.
pub(crate) struct Told {
    pub(crate) accepted: bool,
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) bodies: Vec<Body>,
}

/// The accounts that the dialects' own rows have.
pub(crate) fn accounts() -> Accounts {
    let file: AccountsFile =
        serde_json::from_str(include_str!("../../src/inbound/sample.json")).expect("an accounts file");
    Accounts::check(file).expect("consistent")
}

/// Where the request leads.
pub(crate) fn place(sent: &Sent) -> Place {
    let header = |name: &str| find(sent, name);
    usher_dialects::inbound::place(&Head { path: &sent.path, header: &header, fresh: InputId::from_bits(7) })
}

/// Hears a request as the edge does.
pub(crate) fn heard(sent: &Sent, replays: &Replays) -> Told {
    thread_local!(static ACCOUNTS: Accounts = accounts());
    let header = |name: &str| find(sent, name);
    let request = Request {
        method: sent.method,
        path: &sent.path,
        query: &sent.query,
        header: &header,
        body: &sent.body,
        now: sent.now,
        fresh: InputId::from_bits(7),
        replays,
    };
    let (bodies, answer, accepted) = match ACCOUNTS.with(|accounts| receive(&request, accounts)) {
        Ok(accepted) => (accepted.bodies, accepted.answer, true),
        Err(condition) => (Vec::new(), refuse(&request.head(), &condition), false),
    };
    Told { accepted, status: answer.status, content_type: answer.content_type, body: answer.body, bodies }
}

fn find<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    sent.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
}
