//! A provider that answers as it is told, orders to it, and a partition driven by hand.

#![allow(clippy::unwrap_used, dead_code, reason = "tests, each of which uses its part")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::runtime::Runtime;
use usher_broker::{Position, Record};
use usher_delivery::{DeliveryPartition, Outside, factory};
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::{Leg, Report};
use usher_domain::{
    AccountId, Body, BotId, Class, Content, ConversationId, Delivery, DeliveryId, DeskId, Dialect, Envelope, Message,
    MessageId, Party, PhoneNumber, TenantId, Timestamp, VisitorId,
};
use usher_runtime::worker::{Finished, PartitionCore};

/// The instant at which tests begin; their clock is moved by hand.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// How long a test waits for a condition before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// One answer of the provider.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Status(u16),
    WithHeader(u16, &'static str, String),
    Body(Vec<u8>),
    /// None, for as long as the test lasts.
    Never,
}

/// What the provider has been asked, by path and idempotency key, and what it will answer (200 when told nothing).
#[derive(Clone, Default)]
pub(crate) struct Provider {
    pub(crate) asked: Arc<Mutex<Vec<(String, String)>>>,
    script: Arc<Mutex<BTreeMap<String, VecDeque<Answer>>>>,
}

impl Provider {
    /// The next answers on this path.
    pub(crate) fn will(&self, path: &str, answers: &[Answer]) {
        self.script.lock().unwrap().entry(path.to_owned()).or_default().extend(answers.iter().cloned());
    }

    /// The keys asked for on this path so far.
    pub(crate) fn keys(&self, path: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(asked, _)| asked.starts_with(path)).map(|(_, key)| key.clone()).collect()
    }

    fn next_answer(&self, path: &str) -> Answer {
        let mut script = self.script.lock().unwrap();
        script.get_mut(path).and_then(VecDeque::pop_front).unwrap_or(Answer::Status(200))
    }
}

async fn answer(State(provider): State<Provider>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let key = request.headers().get("webhook-id").map_or("", |id| id.to_str().unwrap()).to_owned();
    provider.asked.lock().unwrap().push((path.clone(), key));
    match provider.next_answer(&path) {
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::WithHeader(status, name, value) => {
            (StatusCode::from_u16(status).unwrap(), [(name, value)]).into_response()
        }
        Answer::Body(body) => body.into_response(),
        Answer::Never => std::future::pending().await,
    }
}

/// A provider, the partition before it, and a clock.
pub(crate) struct Stage {
    runtime: Runtime,
    pub(crate) provider: Provider,
    pub(crate) partition: DeliveryPartition,
    outside: Outside,
    pub(crate) now: Timestamp,
    next: i64,
    /// Everything that came out, by offset.
    pub(crate) out: BTreeMap<i64, Vec<Body>>,
    /// The position of the last transaction.
    pub(crate) committed: Position,
}

impl Stage {
    /// A partition at its very beginning.
    pub(crate) fn new() -> Self {
        Self::resumed(Position::default())
    }

    /// A partition that goes on here.
    pub(crate) fn resumed(position: Position) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let provider = Provider::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(provider.clone());
        runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
        let outside = Outside {
            client: usher_runtime::http::client().unwrap(),
            accounts: Arc::new(accounts(&url)),
            runtime: runtime.handle().clone(),
            topic: "usher.deliveries.v1".to_owned(),
        };
        let mut partition = factory(outside.clone())(3);
        partition.resume(&position);
        let next = position.offset;
        Self { runtime, provider, partition, outside, now: NOW, next, out: BTreeMap::new(), committed: position }
    }

    /// The partition is taken away and given again: a new one goes on from the committed position.
    pub(crate) fn rebuild(&mut self) {
        self.partition = factory(self.outside.clone())(3);
        self.partition.resume(&self.committed);
        self.next = self.committed.offset;
    }

    /// The next record of the partition; answers with its offset.
    pub(crate) fn record(&mut self, payload: Option<Vec<u8>>) -> i64 {
        let record = Record {
            partition: 3,
            offset: self.next,
            timestamp_ms: self.now.millis(),
            key: Some(b"key".to_vec()),
            payload,
        };
        let step = self.partition.step(&record, self.now).unwrap();
        assert_eq!(step.bodies, [], "a record leads to nothing before its order is over");
        self.next += 1;
        record.offset
    }

    /// The next record, with this order.
    pub(crate) fn order(&mut self, delivery: &Delivery) -> i64 {
        self.record(Some(bytes_of(delivery)))
    }

    /// What the worker does in a turn.
    pub(crate) fn turn(&mut self) {
        for Finished { offset, step } in self.partition.collect(self.now) {
            assert!(self.out.insert(offset, step.bodies).is_none(), "offset {offset} is over twice");
        }
        self.committed = self.partition.position(self.next);
        self.partition.committed(&self.committed);
    }

    /// Turns until the condition holds. Where nothing is under way, the clock moves to the next thing that is due.
    pub(crate) fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        loop {
            self.turn();
            if condition(self) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
            match self.partition.next_wakeup() {
                Some(due) if !self.partition.is_busy() => self.now = self.now.max(due),
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Turns until the order at this offset is over; answers with what it led to.
    pub(crate) fn ended(&mut self, offset: i64) -> Vec<Body> {
        self.until("the order is over", |stage| stage.out.contains_key(&offset));
        self.out[&offset].clone()
    }

    /// Turns until the order at this offset is over; answers with its reports and the reason of its dead letter.
    pub(crate) fn reports(&mut self, offset: i64) -> (Vec<Report>, Option<String>) {
        let mut dead = None;
        let mut reports = Vec::new();
        for body in self.ended(offset) {
            match body {
                Body::Conversation(input) => match input.act {
                    ConversationAct::Receipt(receipt) => reports.push(receipt.report),
                    other => panic!("not a receipt: {other:?}"),
                },
                Body::DeadLetter(letter) => dead = Some(letter.reason),
                other => panic!("neither receipt nor dead letter: {other:?}"),
            }
        }
        (reports, dead)
    }
}

/// The bytes of an order's record.
pub(crate) fn bytes_of(delivery: &Delivery) -> Vec<u8> {
    let body = Body::Delivery(Box::new(delivery.clone()));
    usher_proto::encode(&Envelope { cause: None, traceparent: Some(TRACE.to_owned()), body })
}

/// The trace that all orders belong to.
pub(crate) const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Accounts whose endpoints are all at `url`; those of tenant account `refused` are where nobody listens.
fn accounts(url: &str) -> Accounts {
    let webhook =
        |path: &str| json!({ "url": format!("{url}{path}"), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let native = |name: &str, webhook: serde_json::Value| json!({ "account": name, "desk": "desk", "channel": { "dialect": "native", "webhook": webhook } });
    let nowhere =
        json!({ "url": format!("http://{}/", closed_address()), "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let malformed = json!({ "url": "not a url", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
    let rbm = json!({ "account": "rbm", "desk": "desk", "channel": {
        "dialect": "rbm", "agent_id": "agent", "client_token": "token", "base_url": url, "token": "token" } });
    let sms = json!({ "account": "sms", "desk": "desk", "channel": {
        "dialect": "sms", "base_url": url, "account_sid": "AC1", "auth_token": "token", "from": "+15005550006",
        "callback_base_url": "https://usher.example" } });
    let tenant = json!({
        "tenant": "tenant",
        "desks": [{ "desk": "desk", "workspace": webhook("/workspace") }],
        "bots": [{ "bot": "bot", "webhook": webhook("/bot") }],
        "accounts": [native("native", webhook("/native")), native("nowhere", nowhere), native("malformed", malformed), rbm, sms],
    });
    let file: AccountsFile = serde_json::from_value(json!({ "tenants": [tenant] })).unwrap();
    Accounts::check(file).unwrap()
}

/// An address where nobody listens: it was free a moment ago.
fn closed_address() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The `n`th message of a conversation to its native channel.
pub(crate) fn message(account: &str, conversation: u128, n: u64) -> Delivery {
    let id = MessageId::derive(&[&conversation.to_be_bytes(), &n.to_be_bytes()]);
    let message = Message { id, from: Party::Tenant, content: Content::text("hello") };
    let dialect = if account == "rbm" { Dialect::Rbm } else { Dialect::Native };
    Delivery {
        id: DeliveryId::from(id),
        tenant: TenantId::new("tenant"),
        account: AccountId::new(account),
        conversation: Some(ConversationId::from_bits(conversation)),
        session: None,
        target: DeliveryTarget::Channel { dialect, visitor: VisitorId::new("+8613500000000") },
        order: Order::Message { message, class: Class::Service, visitor: None },
        deadline: None,
    }
}

/// The same message as an SMS.
pub(crate) fn fallback(conversation: u128, n: u64) -> Delivery {
    let to = PhoneNumber::parse("+8613500000000").unwrap();
    Delivery { target: DeliveryTarget::Sms { account: AccountId::new("sms"), to }, ..message("rbm", conversation, n) }
}

/// An order to the workspace.
pub(crate) fn to_workspace(conversation: u128, n: u64) -> Delivery {
    let target = DeliveryTarget::Workspace { desk: DeskId::new("desk"), agent: None };
    let visitor = VisitorId::new("visitor");
    let order = match message("native", conversation, n).order {
        Order::Message { message, class, .. } => Order::Message { message, class, visitor: Some(visitor) },
        other => other,
    };
    Delivery { target, order, ..message("native", conversation, n) }
}

/// An order to a bot.
pub(crate) fn to_bot(bot: &str, conversation: u128) -> Delivery {
    let id = DeliveryId::derive(&[b"bot", &conversation.to_be_bytes()]);
    let order = Order::Connected { visitor: VisitorId::new("visitor"), context: None };
    Delivery { id, target: DeliveryTarget::Bot(BotId::new(bot)), order, ..message("native", conversation, 0) }
}

/// The leg of the only receipt.
pub(crate) fn leg(bodies: &[Body]) -> Leg {
    match bodies {
        [Body::Conversation(input)] => match &input.act {
            ConversationAct::Receipt(receipt) => receipt.leg,
            other => panic!("not a receipt: {other:?}"),
        },
        other => panic!("not one receipt: {other:?}"),
    }
}
