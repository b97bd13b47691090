//! Instances of delivery as far as clients meet them: mailbox worker, board, announcements, front and peer address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use usher_broker::memory::MemoryBroker;
use usher_broker::{Broker, SenderHandle};
use usher_delivery::http::{self, Http, Mailboxes, Owners, Peers, Settings};
use usher_delivery::mailbox::{self, Board, partition_for};
use usher_dialects::accounts::Accounts;
use usher_domain::conversation::ConversationAct;
use usher_domain::receipt::Report;
use usher_domain::{
    AccountId, Body, ConversationId, DeliveryId, Envelope, Held, MailboxAct, MailboxInput, MailboxOwner, MessageId,
    TenantId, VisitorId,
};
use usher_proto::topics::Topic;
use usher_runtime::topics::{TopicNames, spec};
use usher_runtime::worker::{AtWork, Cadence, Stop, clock};

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const API_KEY: &str = "acme-key";
const PREFIX: &str = "t";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A broker and the instances on it.
pub(crate) struct Ground {
    pub(crate) broker: MemoryBroker,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) settings: Settings,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let broker = MemoryBroker::system();
        broker.create_topics(&Topic::ALL.map(|topic| spec(topic, PREFIX))).expect("topics");
        let settings = Settings { heartbeat: Duration::from_millis(200), ..Settings::new(PREFIX) };
        Self { broker, accounts: accounts(), settings }
    }

    /// An instance with its worker.
    pub(crate) async fn instance(&self, name: &str) -> Instance {
        Instance::start(self, name).await
    }

    /// Puts a message into a visitor's mailbox, as delivery does; answers with its id.
    pub(crate) async fn put(&self, visitor: &str, text: &str) -> MessageId {
        self.put_on("ice", visitor, text).await
    }

    /// The same on this account.
    pub(crate) async fn put_on(&self, account: &str, visitor: &str, text: &str) -> MessageId {
        self.put_payload(account, visitor, text, &json!({ "type": "custom", "text": text })).await
    }

    /// Puts a message into a mailbox that a client is shown as this.
    pub(crate) async fn put_payload(&self, account: &str, visitor: &str, name: &str, payload: &Value) -> MessageId {
        let id = MessageId::derive(&[name.as_bytes()]);
        let held = Held {
            delivery: DeliveryId::from(id),
            message: Some(id),
            payload: payload.to_string().into(),
            expires_at: clock().plus(Duration::from_secs(60)),
            only_if_connected: false,
            release: None,
            ends_watch: false,
        };
        let (tenant, account, visitor) = (TenantId::new("acme"), AccountId::new(account), VisitorId::new(visitor));
        let act = MailboxAct::Put(held);
        self.write(Body::Mailbox(Box::new(MailboxInput { tenant, account, visitor, act }))).await;
        id
    }

    /// Says that the mailbox of this visitor is at this address, as a former owner does whose word comes late.
    pub(crate) async fn misplace(&self, visitor: &str, address: SocketAddr) {
        let (partition, address) = (partition_for(conversation(visitor)), address.to_string());
        self.write(Body::MailboxOwner(MailboxOwner { partition, address })).await;
    }

    async fn write(&self, body: Body) {
        let record = TopicNames::new(PREFIX).outgoing(&Envelope { cause: None, traceparent: None, body });
        self.broker.sender().expect("a sender").send(record).await.expect("written");
    }

    /// What became of messages so far, as the conversation is told.
    pub(crate) fn reports(&self) -> Vec<(MessageId, Report)> {
        let records = self.broker.records(&Topic::Conversations.name(PREFIX)).expect("the topic is there");
        let bodies = records.iter().filter_map(|record| record.payload.as_deref());
        bodies
            .filter_map(|payload| match usher_proto::decode(payload).expect("an envelope").body {
                Body::Conversation(input) => match input.act {
                    ConversationAct::Receipt(receipt) => Some((receipt.message, receipt.report)),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    /// How often the log was told of something that `counts`.
    pub(crate) fn told(&self, counts: impl Fn(&MailboxAct) -> bool) -> usize {
        let records = self.broker.records(&Topic::Mailboxes.name(PREFIX)).expect("the topic is there");
        let acts = records.iter().filter_map(|record| {
            match usher_proto::decode(record.payload.as_deref()?).expect("an envelope").body {
                Body::Mailbox(input) => Some(input.act),
                _ => None,
            }
        });
        acts.filter(|act| counts(act)).count()
    }
}

/// One process, as clients and peers meet it.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    pub(crate) peer: SocketAddr,
    pub(crate) board: Board,
    name: String,
    broker: MemoryBroker,
    work: Stop,
    threads: Vec<JoinHandle<()>>,
    stop: Option<watch::Sender<()>>,
    served: Vec<tokio::task::JoinHandle<()>>,
}

impl Instance {
    async fn start(ground: &Ground, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let peer_listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, peer) = (listener.local_addr().expect("bound"), peer_listener.local_addr().expect("bound"));
        let (board, owners, work) = (Board::default(), Owners::default(), Stop::default());
        let (stop, stopping) = watch::channel(());
        let stopped = move || {
            let mut stopping = stopping.clone();
            async move { drop(stopping.changed().await) }
        };

        let sender = ground.broker.sender().expect("a sender");
        let secret = SecretString::from(SECRET);
        let peers = Peers::new(secret.clone()).expect("a client");
        let mailboxes = Arc::new(Mailboxes::new(board.clone(), owners.clone(), Some(peers)));
        let front = Http::new(ground.settings.clone(), Arc::clone(&ground.accounts), sender.clone(), mailboxes);
        let announcing = mailbox::announce(board.clone(), sender, PREFIX.to_owned(), peer.to_string());
        let announced = stopped();
        let served = vec![
            tokio::spawn(http::serve(listener, front, stopped())),
            tokio::spawn(http::serve_peers(peer_listener, board.clone(), secret, 64, stopped())),
            tokio::spawn(async move {
                tokio::select! {
                    () = announcing => {}
                    () = announced => {}
                }
            }),
        ];
        let threads = vec![worker(&ground.broker, name, &board, &work), reader(&ground.broker, owners, &work)];
        let (name, broker) = (name.to_owned(), ground.broker.clone());
        Self { address, peer, board, name, broker, work, threads, stop: Some(stop), served }
    }

    /// Whether the mailbox of this visitor is here.
    pub(crate) fn owns(&self, visitor: &str) -> bool {
        self.board.owned().borrow().contains(&partition_for(conversation(visitor)))
    }

    /// Ends the process much as a kill does: its servers are gone at once, its worker is thrown out of its group.
    pub(crate) async fn kill(mut self) {
        for served in &self.served {
            served.abort();
        }
        self.end_worker();
    }

    /// Ends the process as SIGTERM does.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        for served in self.served.drain(..) {
            served.await.expect("no panic");
        }
        self.end_worker();
    }

    fn end_worker(&mut self) {
        self.work.now();
        for thread in self.threads.drain(..) {
            thread.join().expect("no panic");
        }
        // It may have left by itself.
        let spec = mailbox::spec(PREFIX, &self.name, 0);
        let _ = self.broker.expire(&spec.group, &spec.input, &spec.name);
    }
}

fn worker(broker: &MemoryBroker, name: &str, board: &Board, stop: &Stop) -> JoinHandle<()> {
    let (broker, board, stop) = (broker.clone(), board.clone(), stop.clone());
    let spec = mailbox::spec(PREFIX, name, 0);
    std::thread::spawn(move || {
        let ended = mailbox::work(&broker, PREFIX, spec, Cadence::default(), &board, &stop, &AtWork::default());
        ended.expect("it works until it is asked to stop");
    })
}

fn reader(broker: &MemoryBroker, owners: Owners, stop: &Stop) -> JoinHandle<()> {
    let (broker, stop) = (broker.clone(), stop.clone());
    std::thread::spawn(move || http::follow_owners(&broker, PREFIX, &owners, &stop).expect("it reads until it stops"))
}

/// The conversation of a visitor of the aliyun account.
pub(crate) fn conversation(visitor: &str) -> ConversationId {
    ConversationId::of(&TenantId::new("acme"), &AccountId::new("ice"), &VisitorId::new(visitor))
}

/// A visitor whose mailbox is at one instance and not at the other; waits until the partitions are shared out.
pub(crate) async fn visitor_of(owner: &Instance, other: &Instance) -> String {
    let names = || (0..200).map(|number| format!("visitor{number}"));
    until(|| !other.board.owned().borrow().is_empty(), "partitions at both").await;
    until(|| names().any(|name| owner.owns(&name) && !other.owns(&name)), "a visitor of one alone").await;
    names().find(|name| owner.owns(name) && !other.owns(name)).expect("there is one")
}

/// Waits until something holds.
pub(crate) async fn until(holds: impl Fn() -> bool, what: &str) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "not within {} s: {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn accounts() -> Arc<Accounts> {
    let hook = json!({"url": "http://localhost/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    let file: Value = json!({"tenants": [{
        "tenant": "acme",
        "api_key_sha256": ["afacab3575137afa4e00d9cbcafcb14c9ae25f779d964eb0ea5b2c4eb5dfd163"],
        "desks": [{"desk": "acme-desk", "workspace": hook}],
        "accounts": [{"account": "ice", "desk": "acme-desk", "channel": {
            "dialect": "aliyun",
            "access_keys": [{"id": "LTAI-acme", "secret": "acme-access-key-secret"}],
            "agent_ids": ["agent-1"],
            "stream_key": "stream-0123456789abcdef0123456789",
        }}, {"account": "aicc", "desk": "acme-desk", "channel": {
            "dialect": "huawei",
            "channel_id": "1011577355744904195",
            "app_key": "app-1",
            "app_secret": "app-secret-1",
            "token_key": "0123456789abcdef0123456789abcdef",
        }}],
    }]});
    let file = serde_json::from_value(file).expect("an accounts file");
    Arc::new(Accounts::check(file).expect("it is consistent"))
}
