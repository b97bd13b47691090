//! Clients against the inbound side of the dialects: an edge that reads and answers, and keeps what it would write.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::net::TcpListener;
use usher_dialects::accounts::Accounts;
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Request, receive, refuse};
use usher_domain::conversation::{AgentAct, ConversationAct, VisitorAct};
use usher_domain::desk::DeskAct;
use usher_domain::receipt::{Leg, Report};
use usher_domain::{Body, Class, Content, ConversationId, InputId, MessageId, SessionId, Target, Timestamp};
use usher_stand_ins::scenario::{BOT, CHAT, DESK, GROUP, HUAWEI, LI, RBM, SMS, TENANT, WANG, WEB};
use usher_stand_ins::{AliyunServer, Person, Refused, Said, Seat, Sms, StandIns};

const PHONE: &str = "+8613512345678";

/// An edge that stand-ins call.
pub(super) struct Edge {
    pub(super) accounts: Arc<Accounts>,
    pub(super) url: String,
    written: Written,
}

impl Edge {
    /// An edge with these accounts.
    pub(super) async fn start(accounts: Accounts) -> Self {
        Self::at(Self::listener().await, accounts)
    }

    async fn listener() -> TcpListener {
        TcpListener::bind("127.0.0.1:0").await.expect("a free port")
    }

    fn at(listener: TcpListener, accounts: Accounts) -> Self {
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (accounts, written) = (Arc::new(accounts), Arc::default());
        let routes = Router::new().fallback(answer).with_state((Arc::clone(&accounts), Arc::clone(&written)));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { accounts, url, written }
    }

    /// What the last request wrote.
    pub(super) fn written(&self) -> ConversationAct {
        match self.written.lock().expect("no panic").pop() {
            Some(Body::Conversation(input)) => input.act,
            other => panic!("an input of a conversation was expected, not {other:?}"),
        }
    }
}

/// Stand-ins, and an edge that they call.
struct World {
    stand_ins: StandIns,
    edge: Edge,
    url: String,
}

impl World {
    async fn start() -> Self {
        let stand_ins = StandIns::start().await.expect("the stand-ins start");
        let listener = Edge::listener().await;
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let edge = Edge::at(listener, super::accounts(&stand_ins, &url));
        Self { stand_ins, edge, url }
    }

    fn written(&self) -> ConversationAct {
        self.edge.written()
    }

    fn desk_act(&self) -> DeskAct {
        match self.edge.written.lock().expect("no panic").pop() {
            Some(Body::Desk(input)) => input.act,
            other => panic!("an input of a desk was expected, not {other:?}"),
        }
    }

    fn visitor_act(&self) -> VisitorAct {
        match self.written() {
            ConversationAct::Visitor(input) => input.act,
            other => panic!("a visitor's act was expected, not {other:?}"),
        }
    }
}

/// What ingest would have written.
type Written = Arc<Mutex<Vec<Body>>>;

async fn answer(
    State((accounts, written)): State<(Arc<Accounts>, Written)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let request = Request {
        method: method.as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        header: &header,
        body: &body,
        now: Timestamp::from_millis(i64::try_from(now).expect("before the end of time")),
        fresh: InputId::from_bits(1),
        replays: &Replays::default(),
    };
    let answer = match receive(&request, &accounts) {
        Ok(accepted) => {
            written.lock().expect("no panic").extend(accepted.bodies);
            accepted.answer
        }
        Err(condition) => refuse(&request.head(), &condition),
    };
    let status = StatusCode::from_u16(answer.status).expect("a status");
    (status, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}

fn session() -> SessionId {
    let conversation = ConversationId::of(
        &usher_domain::TenantId::new(TENANT),
        &usher_domain::AccountId::new(WEB),
        &usher_domain::VisitorId::new("B"),
    );
    SessionId { conversation, opened_at: Timestamp::from_millis(1), opened_by: 2 }
}

fn seat() -> Seat {
    let text = str::to_owned;
    Seat { account: text(WEB), session: session().to_string(), agent: text(LI), placement: text("3.2") }
}

#[tokio::test]
async fn a_visitor_of_the_native_api_is_understood() {
    let world = World::start().await;
    let client = world.stand_ins.native_client(&world.url);
    let person = Person::new(WEB, "D").tags(&["vip1"]).nickname("小丁").phone(PHONE).group(GROUP);
    client.message(&person, "Hi").await.expect("accepted");
    let asked = Target { agent: None, group: Some(usher_domain::GroupId::new(GROUP)), ..Target::default() };
    assert_eq!(world.visitor_act(), VisitorAct::Message { content: Content::text("Hi"), ask: Some(asked) });
    client.ask(&Person::new(RBM, PHONE).agent(WANG).group(GROUP)).await.expect("accepted");
    assert!(matches!(world.visitor_act(), VisitorAct::Ask { target: Target { agent: Some(_), group: Some(_), .. } }));
    client.connect(&Person::new(WEB, "D")).await.expect("accepted");
    assert_eq!(world.visitor_act(), VisitorAct::Connect { context: None });
    client.leave(&Person::new(WEB, "D")).await.expect("accepted");
    assert_eq!(world.visitor_act(), VisitorAct::Leave);
}

#[tokio::test]
async fn an_agent_of_the_native_api_is_understood() {
    let world = World::start().await;
    let client = world.stand_ins.native_client(&world.url);
    let said = Said::text("Hi").ttl(std::time::Duration::from_secs(3)).class("promotion").fallback_to(PHONE);
    let falls_back = Seat { account: RBM.to_owned(), ..seat() };
    client.send(&falls_back, &said).await.expect("accepted");
    let ConversationAct::Agent(input) = world.written() else { panic!("an agent's act was expected") };
    let AgentAct::Send { terms, .. } = input.act else { panic!("a message was expected") };
    assert_eq!((input.session, terms.class), (session(), Class::Promotion));
    assert_eq!(terms.ttl, Some(std::time::Duration::from_secs(3)));
    client.transfer(&seat(), &json!({ "agent": WANG })).await.expect("accepted");
    client.accept(&seat()).await.expect("accepted");
    assert!(matches!(world.desk_act(), DeskAct::Answer(answer) if answer.accepts && answer.session == session()));
    client.decline(&seat()).await.expect("accepted");
    assert!(matches!(world.desk_act(), DeskAct::Answer(answer) if !answer.accepts && answer.agent.as_str() == LI));
    client.close(&seat()).await.expect("accepted");
    let ConversationAct::Agent(input) = world.written() else { panic!("an agent's act was expected") };
    assert!(matches!(input.act, AgentAct::Close { placement } if placement.to_string() == "3.2"));
    client.presence(DESK, LI, "online").await.expect("accepted");
    assert!(matches!(world.edge.written.lock().expect("no panic").pop(), Some(Body::Desk(_))));
}

#[tokio::test]
async fn a_push_and_a_bot_are_understood() {
    let world = World::start().await;
    let client = world.stand_ins.native_client(&world.url);
    client.push(RBM, PHONE, &Said::text("Hi")).await.expect("accepted");
    assert!(matches!(world.written(), ConversationAct::Push(_)));
    client.bot_says(RBM, &session().to_string(), &Said::text("Hi")).await.expect("accepted");
    assert!(matches!(world.written(), ConversationAct::Bot(input) if input.account.bot.is_some()), "{BOT}");
}

#[tokio::test]
async fn a_push_by_aliyuns_interface_is_understood_and_a_wrong_secret_is_told() {
    let world = World::start().await;
    let text = "仅剩 3 台 a+b*c~&=/";
    let server = world.stand_ins.aliyun_server(&world.url);
    server.send("xiaoming01", "announcement", text).await.expect("accepted");
    let ConversationAct::Push(push) = world.written() else { panic!("no push") };
    assert_eq!((push.content, push.account.account.as_str()), (Content::text(text), CHAT));
    assert!(push.ext.is_some_and(|ext| ext.as_str().contains(r#""type":"announcement""#)));
    let stranger = AliyunServer::new(&world.url, "LTAIacme", "another", "acme-shop-agent");
    let refused = stranger.send("xiaoming01", "custom", text).await.expect_err("refused");
    assert!(matches!(&refused, Refused::Status { status: 401, body } if body.contains("SignatureDoesNotMatch")));
}

#[tokio::test]
async fn a_wrong_api_key_is_told_with_the_status() {
    let world = World::start().await;
    let stranger = usher_stand_ins::NativeClient::new(&world.url, "wrong");
    let refused = stranger.leave(&Person::new(WEB, "D")).await.expect_err("refused");
    assert!(matches!(refused, Refused::Status { status: 401, .. }), "{refused}");
}

#[tokio::test]
async fn a_huawei_visitor_gets_tokens_and_is_understood() {
    let world = World::start().await;
    let visitor = world.stand_ins.huawei_client(&world.url, "session_1619573111751_user_1619573111751");
    visitor.connect().await.expect("accepted");
    assert!(matches!(world.visitor_act(), VisitorAct::Connect { .. }));
    visitor.chat("Version").await.expect("accepted");
    assert_eq!(world.visitor_act(), VisitorAct::Message { content: Content::text("Version"), ask: None });
    visitor.ask().await.expect("accepted");
    assert!(matches!(world.visitor_act(), VisitorAct::Ask { .. }), "{HUAWEI}");
    visitor.disconnect().await.expect("accepted");
    assert_eq!(world.visitor_act(), VisitorAct::Leave);
    let refused = visitor.send_async("SHOUT", "TEXT", "Hi").await.expect_err("no such controlType");
    assert!(matches!(refused, Refused::Status { status: 400, .. }), "{refused}");
}

#[tokio::test]
async fn what_google_tells_is_understood() {
    let world = World::start().await;
    let google = world.stand_ins.rbm_webhook(&world.url);
    google.text(PHONE, "Hi").await.expect("accepted");
    assert_eq!(world.visitor_act(), VisitorAct::Message { content: Content::text("Hi"), ask: None });
    let id = MessageId::derive(&[b"one"]).hyphenated();
    let report = || match world.written() {
        ConversationAct::Receipt(receipt) => receipt.report,
        other => panic!("a receipt was expected, not {other:?}"),
    };
    google.delivered(PHONE, &id).await.expect("accepted");
    assert_eq!(report(), Report::Delivered);
    google.read(PHONE, &id).await.expect("accepted");
    assert_eq!(report(), Report::Read);
    google.ttl_revoked(PHONE, &id).await.expect("accepted");
    assert_eq!(report(), Report::TtlRevoked);
    google.ttl_revoke_failed(PHONE, &id).await.expect("accepted");
    assert_eq!(report(), Report::TtlRevokeFailed);
    assert_eq!(google.challenge("our secret").await.expect("accepted").body, "our secret");
    assert_eq!(google.raw(b"{}", "forged").await.expect("answered").status, 401);
}

#[tokio::test]
async fn what_a_phone_writes_is_understood() {
    let world = World::start().await;
    let webhook = world.stand_ins.sms_webhook(&world.url);
    world.stand_ins.sms.incoming(&webhook, PHONE, "Hi & 你好").await.expect("accepted");
    assert_eq!(world.visitor_act(), VisitorAct::Message { content: Content::text("Hi & 你好"), ask: None });
    world.stand_ins.sms.incoming(&webhook, PHONE, "stop").await.expect("accepted");
    assert_eq!(world.visitor_act(), VisitorAct::Subscription { opted_out: true });
}

#[tokio::test]
async fn what_the_sms_provider_reports_is_understood() {
    let world = World::start().await;
    let conversation = session().conversation;
    let message = MessageId::derive(&[b"one"]);
    let sms = Sms {
        sid: "SM1".to_owned(),
        to: PHONE.to_owned(),
        from: "acme".to_owned(),
        body: "Hi".to_owned(),
        status_callback: format!("{}/callbacks/sms/{TENANT}/{SMS}/{conversation}/{message}/sms", world.url),
        key: String::new(),
    };
    world.stand_ins.sms.report(&sms, "delivered").await.expect("accepted");
    let ConversationAct::Receipt(receipt) = world.written() else { panic!("a receipt was expected") };
    assert_eq!((receipt.message, receipt.leg, receipt.report), (message, Leg::Sms, Report::Delivered));
}
