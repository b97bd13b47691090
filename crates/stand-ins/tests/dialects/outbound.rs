//! Servers against the outbound side of the dialects: each delivery is planned, sent, answered and concluded.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use usher_dialects::accounts::Accounts;
use usher_dialects::outbound::{Next, ProviderRequest, ProviderResponse, SendOutcome, answered, plan};
use usher_domain::delivery::{DeliveryTarget, Notice, Order};
use usher_domain::receipt::Report;
use usher_domain::{
    AccountId, AgentCard, AgentId, BotId, Class, Content, ConversationId, Delivery, DeliveryId, DeskId, Dialect,
    Message, MessageId, Party, PhoneNumber, PlacementId, SessionId, TenantId, Timestamp, VisitorId,
};
use usher_stand_ins::scenario::{BOT, DESK, HUAWEI, LI, RBM, SMS, TENANT, WEB};
use usher_stand_ins::{Answer, Line, RbmCall, Reaction, StandIns};

const PHONE: &str = "+8613512345678";

struct World {
    stand_ins: StandIns,
    accounts: Accounts,
    http: reqwest::Client,
}

impl World {
    async fn start() -> Self {
        let stand_ins = StandIns::start().await.expect("the stand-ins start");
        let accounts = super::accounts(&stand_ins, "http://127.0.0.1:1");
        // Another test may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { stand_ins, accounts, http: reqwest::Client::new() }
    }

    /// One attempt, to its end.
    async fn attempt(&self, delivery: &Delivery) -> SendOutcome {
        let mut next = plan(delivery, &self.accounts, now());
        for step in 1.. {
            match next {
                Next::Done(outcome) => return outcome,
                Next::Hold(act) => panic!("{act:?} waits to be collected"),
                Next::Submit(submission) => panic!("{submission:?} goes by SMPP"),
                Next::Request(request) => {
                    let response = self.exchange(self.granted(request).await).await;
                    next = answered(delivery, &self.accounts, now(), step, &response);
                }
            }
        }
        unreachable!("an attempt ends")
    }

    /// The request with its token, where it needs one.
    async fn granted(&self, request: ProviderRequest) -> ProviderRequest {
        let Some(grant) = request.grant.clone() else { return request };
        let answer = self.exchange(grant.request(now()).expect("a token call")).await;
        request.bearing(&grant.answered(&answer).expect("a token").value)
    }

    async fn exchange(&self, request: ProviderRequest) -> ProviderResponse {
        let method = request.method.parse().expect("a method");
        let mut call = self.http.request(method, request.url).body(request.body);
        for (name, value) in request.headers {
            call = call.header(name, value);
        }
        let response = call.send().await.expect("answered");
        let status = response.status().as_u16();
        ProviderResponse { status, retry_after: None, body: response.bytes().await.expect("a body").to_vec() }
    }
}

pub(super) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    Timestamp::from_millis(i64::try_from(now).expect("before the end of time"))
}

fn li() -> AgentCard {
    AgentCard { id: AgentId::new(LI), name: "Li".to_owned(), avatar: String::new() }
}

fn message_id() -> MessageId {
    MessageId::derive(&[b"message"])
}

fn message() -> Order {
    let message = Message {
        id: message_id(),
        from: Party::Agent(li()),
        content: Content::text("Hi & 你好"),
        ext: None,
        via: None,
    };
    Order::Message { message, class: Class::Service, visitor: None }
}

fn delivery(account: &str, target: DeliveryTarget, order: Order) -> Delivery {
    let (tenant, account) = (TenantId::new(TENANT), AccountId::new(account));
    let conversation = ConversationId::of(&tenant, &account, &VisitorId::new(PHONE));
    Delivery {
        id: DeliveryId::derive(&[format!("{order:?}").as_bytes()]),
        tenant,
        account,
        conversation: Some(conversation),
        session: Some(SessionId { conversation, opened_at: Timestamp::from_millis(5), opened_by: 6 }),
        target,
        order,
        deadline: Some(now().plus(Duration::from_secs(60))),
    }
}

fn to_channel(account: &str, dialect: Dialect, order: Order) -> Delivery {
    delivery(account, DeliveryTarget::Channel { dialect, visitor: VisitorId::new(PHONE) }, order)
}

fn delivered() -> SendOutcome {
    SendOutcome::Done(vec![Report::Sent { provider_id: None }, Report::Delivered])
}

#[tokio::test]
async fn a_workspace_verifies_and_reads_an_assignment() {
    let world = World::start().await;
    let target = DeliveryTarget::Workspace { desk: DeskId::new(DESK), agent: Some(AgentId::new(LI)) };
    let placement = PlacementId { epoch: 3, turn: 2 };
    let order = Order::Assigned { agent: li(), placement, visitor: VisitorId::new(PHONE), briefing: Box::default() };
    let assigned = delivery(WEB, target, order);
    assert_eq!(world.attempt(&assigned).await, SendOutcome::Done(vec![]));
    assert_eq!(world.attempt(&assigned).await, SendOutcome::Done(vec![]), "a repeat");
    let seat = world.stand_ins.workspace.seat(LI, PHONE).await.expect("assigned");
    assert_eq!((seat.placement.as_str(), seat.account.as_str()), ("3.2", WEB));
    assert_eq!(seat.session, assigned.session.expect("a session").to_string());
    assert_eq!(world.stand_ins.workspace.assigned(), [(LI.to_owned(), PHONE.to_owned())]);
}

#[tokio::test]
async fn a_bot_and_a_page_verify_what_they_are_told() {
    let world = World::start().await;
    let connected = Order::Connected { visitor: VisitorId::new(PHONE), context: None };
    let to_bot = delivery(HUAWEI, DeliveryTarget::Bot(BotId::new(BOT)), connected);
    assert_eq!(world.attempt(&to_bot).await, SendOutcome::Done(vec![]));
    world.stand_ins.bot.connected(PHONE).await.expect("told");
    assert_eq!(world.attempt(&to_channel(WEB, Dialect::Native, message())).await, delivered());
    world.stand_ins.web.message(PHONE, "Hi & 你好").await.expect("shown");
    let notice = Order::Notice(Notice::Queued { position: 2, wait: None });
    assert_eq!(world.attempt(&to_channel(WEB, Dialect::Native, notice)).await, SendOutcome::Done(vec![]));
    world.stand_ins.web.notice(PHONE, "queued").await.expect("shown");
    assert_eq!((world.stand_ins.bot.forged(), world.stand_ins.web.forged()), (0, 0));
}

#[tokio::test]
async fn huawei_takes_a_push() {
    let world = World::start().await;
    assert_eq!(world.attempt(&to_channel(HUAWEI, Dialect::Huawei, message())).await, delivered());
    let push = world.stand_ins.huawei_push.message(PHONE, "Hi & 你好").await.expect("pushed");
    assert_eq!((push.field("sourceType"), push.field("senderNickname")), ("AGENT", "Li"));
    let closed = Order::Notice(Notice::Closed { by_agent: true });
    assert_eq!(world.attempt(&to_channel(HUAWEI, Dialect::Huawei, closed)).await, SendOutcome::Done(vec![]));
    world.stand_ins.huawei_push.control(PHONE, "DISCONNECT", "AGENT").await.expect("pushed");
}

#[tokio::test]
async fn google_takes_a_message_once_and_a_revoke() {
    let world = World::start().await;
    let rbm = &world.stand_ins.rbm;
    let send = to_channel(RBM, Dialect::Rbm, message());
    rbm.script.next(1, |call: &RbmCall| call.sends("Hi & 你好"), Reaction::TakeBut(Answer::status(503)));
    assert!(matches!(world.attempt(&send).await, SendOutcome::Retry { .. }));
    assert_eq!(world.attempt(&send).await, SendOutcome::Done(vec![Report::Sent { provider_id: None }]));
    let id = rbm.message("Hi & 你好").await.expect("sent");
    assert_eq!((id.parse(), rbm.all().len(), rbm.attempts(&id)), (Ok(message_id()), 1, 2));
    let revoke = to_channel(RBM, Dialect::Rbm, Order::Revoke { message: message_id() });
    let answer = |revoked| SendOutcome::Done(vec![Report::RevokeAnswered { revoked }]);
    assert_eq!(world.attempt(&revoke).await, answer(true));
    rbm.script.always(move |call: &RbmCall| call.revokes(&id), Reaction::Refuse(Answer::status(404)));
    assert_eq!(world.attempt(&revoke).await, answer(false));
    let typing = to_channel(RBM, Dialect::Rbm, Order::Typing);
    assert_eq!(world.attempt(&typing).await, SendOutcome::Done(vec![]));
    let named = vec!["google-1".into(), "google-2".into()];
    let read = to_channel(RBM, Dialect::Rbm, Order::Read { messages: vec![message_id()], named });
    for _ in 0..2 {
        assert_eq!(world.attempt(&read).await, SendOutcome::Done(vec![]));
    }
    let is_read = |call: &&RbmCall| matches!(call, RbmCall::Event { kind, .. } if kind == "READ");
    let read_ids: Vec<String> = rbm.all().iter().filter(is_read).map(RbmCall::line).collect();
    assert_eq!(read_ids.len(), 2, "one event a message, however often it is tried: {read_ids:?}");
    assert!(rbm.tokens_given() > 0, "each call bears a token that was given for a signed assertion");
    rbm.wait_for("typing", |call| matches!(call, RbmCall::Event { kind, .. } if kind == "IS_TYPING"))
        .await
        .expect("sent");
}

#[tokio::test]
async fn the_sms_provider_takes_a_fallback_once() {
    let world = World::start().await;
    let to = PhoneNumber::parse(PHONE).expect("E.164");
    let fallback = delivery(RBM, DeliveryTarget::Sms { account: AccountId::new(SMS), to }, message());
    for _ in 0..2 {
        let SendOutcome::Done(reports) = world.attempt(&fallback).await else { panic!("it was not taken") };
        assert!(matches!(reports.as_slice(), [Report::Sent { provider_id: Some(sid) }] if sid.starts_with("SM")));
    }
    let sms = world.stand_ins.sms.sms("Hi & 你好").await.expect("sent");
    assert_eq!((sms.to.as_str(), sms.from.as_str()), (PHONE, "acme"));
    let path = format!("/callbacks/sms/{TENANT}/{SMS}/{}/{}/sms", fallback.conversation.expect("one"), message_id());
    assert_eq!(sms.status_callback, format!("http://127.0.0.1:1{path}"));
    assert_eq!((world.stand_ins.sms.all().len(), world.stand_ins.sms.attempts(&sms.key)), (1, 2));
    assert_eq!(world.stand_ins.second_effects(), Vec::<String>::new());
}
