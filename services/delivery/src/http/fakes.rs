//! What is around a front: a log that may be away, an owner that tells what it is given.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::net::TcpListener;
use usher_broker::{Outgoing, SendError, SenderHandle, Sent};
use usher_dialects::pull::{Pull, Want};
use usher_domain::{AccountId, Body, ConversationId, DeliveryId, MailboxAct, TenantId, VisitorId};

use super::{Mailboxes, Owners, Peers};
use crate::mailbox::{Board, partition_for};

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A log that keeps what it is told, and may be away.
#[derive(Clone, Debug, Default)]
pub(super) struct FakeLog {
    told: Arc<Mutex<Vec<MailboxAct>>>,
    weather: Arc<Mutex<Weather>>,
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Weather {
    /// It is written.
    #[default]
    Fine,
    /// It is not written.
    Away,
    /// It is written, but of this kind nobody hears so.
    Unheard(fn(&MailboxAct) -> bool),
}

impl FakeLog {
    pub(super) fn told(&self) -> Vec<MailboxAct> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }
}

impl SenderHandle for FakeLog {
    async fn send(&self, record: Outgoing) -> Result<Sent, SendError> {
        let unavailable = Err(SendError::Unavailable("away".to_owned()));
        let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(weather, Weather::Away) {
            return unavailable;
        }
        let body = usher_proto::decode(&record.payload.expect("a record")).expect("an envelope").body;
        let Body::Mailbox(input) = body else { panic!("not about a mailbox") };
        let is_unheard = matches!(weather, Weather::Unheard(is_unheard) if is_unheard(&input.act));
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(input.act);
        if is_unheard { unavailable } else { Ok(Sent { partition: 0, offset: told.len() as i64 }) }
    }
}

/// A visitor's client that wants this.
pub(super) fn pull(want: Want) -> Pull {
    let (tenant, account, visitor) = (TenantId::new("acme"), AccountId::new("ice"), VisitorId::new("v"));
    let conversation = ConversationId::of(&tenant, &account, &visitor);
    Pull { tenant, account, visitor, conversation, want, headers: Vec::new() }
}

/// An owner at an address of its own, in whose mailbox as many things wait, numbered from 0.
#[derive(Clone)]
pub(super) struct FakeOwner {
    pub(super) address: String,
    waiting: i64,
    asked: Arc<AtomicUsize>,
}

#[derive(Deserialize)]
struct From {
    after: i64,
}

impl FakeOwner {
    pub(super) async fn with(waiting: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let owner = Self { address, waiting, asked: Arc::default() };
        let router = Router::new().route("/peer/mailboxes/{conversation}", get(tell)).with_state(owner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        owner
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A snapshot, and silence.
async fn tell(State(owner): State<FakeOwner>, Query(From { after }): Query<From>) -> axum::body::Body {
    owner.asked.fetch_add(1, Ordering::Relaxed);
    let item = |seq: i64| {
        let delivery = DeliveryId::from_bits(1).to_string();
        let payload = serde_json::json!({ "text": seq.to_string() }).to_string();
        serde_json::json!({ "seq": seq, "delivery": delivery, "payload": payload, "expires_at_ms": i64::MAX })
    };
    let items: Vec<_> = (after + 1..owner.waiting).map(item).collect();
    let line = format!("{}\n", serde_json::json!({ "snapshot": items }));
    let lines = stream::iter([Ok::<_, std::convert::Infallible>(line)]).chain(stream::pending());
    axum::body::Body::from_stream(lines)
}

/// A front that owns nothing, and what it is told of owners.
pub(super) fn front() -> (Arc<Mailboxes>, Owners) {
    let owners = Owners::default();
    let peers = Peers::new(SecretString::from("0123456789abcdef0123456789abcdef")).expect("a client");
    (Arc::new(Mailboxes::new(Board::default(), owners.clone(), Some(peers))), owners)
}

/// The mailbox is at this owner.
pub(super) fn is_at(owners: &Owners, conversation: ConversationId, owner: &FakeOwner) {
    owners.set(partition_for(conversation), &owner.address);
}

/// Waits until something holds.
pub(super) async fn until(holds: impl Fn() -> bool, what: &str) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not within {} s: {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
