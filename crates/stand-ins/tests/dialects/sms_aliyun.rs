//! Alibaba Cloud's SMS service, which checks signatures with code of its own: `SendSms` out, reports and what phones
//! write in.

use serde_json::json;
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_dialects::outbound::{Next, ProviderRequest, ProviderResponse, SendOutcome, answered, plan};
use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::{Leg, Report};
use usher_domain::{
    AccountId, Class, Content, ConversationId, Delivery, DeliveryId, Dialect, Message, MessageId, Party, TenantId,
    Timestamp, VisitorId,
};
use usher_stand_ins::{ANYWHERE, AliyunSmsProvider, Answer, Reaction};

use super::inbound::Edge;
use super::outbound::now;

/// The service, and usher's both sides before it.
struct World {
    service: AliyunSmsProvider,
    edge: Edge,
    http: reqwest::Client,
}

impl World {
    async fn start(secret: &str) -> Self {
        let service = AliyunSmsProvider::start(ANYWHERE, "key-id", "key-secret", "SMS_1").await.expect("started");
        let hook = json!({ "url": "http://127.0.0.1:1", "secret": "whsec_c2VjcmV0" });
        let file = json!({ "tenants": [{
            "tenant": "acme",
            "desks": [{ "desk": "acme-desk", "workspace": hook }],
            "accounts": [{ "account": "cn", "desk": "acme-desk", "channel": {
                "dialect": "sms", "provider": "aliyun", "base_url": service.url(), "access_key_id": "key-id",
                "access_key_secret": secret, "sign_name": "阿克米 (测试)", "template_code": "SMS_1",
                "callback_token": "callback-token-0",
            } }],
        }] });
        let file: AccountsFile = serde_json::from_value(file).expect("an accounts file");
        // Another test may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let edge = Edge::start(Accounts::check(file).expect("consistent")).await;
        Self { service, edge, http: reqwest::Client::new() }
    }

    fn webhook(&self, kind: &str) -> String {
        format!("{}/webhooks/sms/acme/cn/{kind}/callback-token-0", self.edge.url)
    }

    /// The request of one attempt.
    fn planned(&self, delivery: &Delivery, now: Timestamp) -> ProviderRequest {
        match plan(delivery, &self.edge.accounts, now) {
            Next::Request(request) => request,
            next => panic!("no request: {next:?}"),
        }
    }

    async fn concluded(&self, delivery: &Delivery, request: ProviderRequest) -> SendOutcome {
        let mut call = self.http.request(request.method.parse().expect("a method"), request.url).body(request.body);
        for (name, value) in request.headers {
            call = call.header(name, value);
        }
        let response = call.send().await.expect("answered");
        let status = response.status().as_u16();
        let body = response.bytes().await.expect("a body").to_vec();
        let response = ProviderResponse { status, retry_after: None, body };
        match answered(delivery, &self.edge.accounts, now(), 1, &response) {
            Next::Done(outcome) => outcome,
            next => panic!("it goes on: {next:?}"),
        }
    }

    async fn attempt(&self, delivery: &Delivery) -> SendOutcome {
        self.concluded(delivery, self.planned(delivery, now())).await
    }
}

fn message_id() -> MessageId {
    MessageId::from_bits(9)
}

/// A message as an SMS; `number` tells one order from the next.
fn sms(number: u128, to: &str) -> Delivery {
    let content = Content::text("50% off & more*~/: 售");
    let message = Message { id: message_id(), from: Party::Tenant, content, ext: None, via: None };
    let (tenant, account, visitor) = (TenantId::new("acme"), AccountId::new("cn"), VisitorId::new(to));
    Delivery {
        id: DeliveryId::from_bits(number),
        conversation: Some(ConversationId::of(&tenant, &account, &visitor)),
        tenant,
        account,
        session: None,
        target: DeliveryTarget::Channel { dialect: Dialect::Sms, visitor },
        order: Order::Message { message, class: Class::Service, visitor: None },
        deadline: None,
    }
}

#[tokio::test]
async fn sms_is_taken_and_its_report_finds_the_message() {
    let world = World::start("key-secret").await;
    let delivery = sms(1, "+8613512345678");
    let outcome = world.attempt(&delivery).await;
    let taken = world.service.all().pop().expect("taken");
    assert_eq!(outcome, SendOutcome::Done(vec![Report::Sent { provider_id: Some(taken.biz_id.clone()) }]));
    assert_eq!(
        (taken.to.as_str(), taken.template_param.as_str()),
        ("8613512345678", r#"{"content":"50% off & more*~/: 售"}"#)
    );
    for (success, expected) in [(true, "Delivered"), (false, "Failed")] {
        world.service.report(&world.webhook("reports"), &taken, success).await.expect("taken");
        let ConversationAct::Receipt(receipt) = world.edge.written() else { panic!("no receipt") };
        assert_eq!((receipt.message, receipt.leg), (message_id(), Leg::Channel));
        assert!(format!("{:?}", receipt.report).starts_with(expected), "{receipt:?}");
    }
}

#[tokio::test]
async fn what_the_service_refuses_ends_as_its_code_says() {
    let world = World::start("key-secret").await;
    let illegal = world.attempt(&sms(1, "+861")).await;
    assert!(matches!(illegal, SendOutcome::NotReachable { .. }), "{illegal:?}");
    let delivery = sms(2, "+8613512345678");
    let request = world.planned(&delivery, now());
    let first = world.concluded(&delivery, request.clone()).await;
    let again = world.concluded(&delivery, request).await;
    assert!(matches!(first, SendOutcome::Done(_)) && matches!(again, SendOutcome::Retry { .. }), "a used nonce");
    let busy = json!({ "Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "m", "RequestId": "r" });
    world.service.script.always(|_| true, Reaction::Refuse(Answer::json(200, &busy)));
    let limited = world.attempt(&sms(3, "+8613512345678")).await;
    assert!(matches!(limited, SendOutcome::Retry { after: Some(_), .. }), "{limited:?}");
    let stranger = World::start("another-secret").await.attempt(&sms(4, "+8613512345678")).await;
    assert!(matches!(stranger, SendOutcome::Rejected { .. }), "{stranger:?}");
}

#[tokio::test]
async fn what_a_phone_writes_to_the_service_is_understood() {
    let world = World::start("key-secret").await;
    for (words, act) in [
        ("你好", VisitorAct::Message { content: Content::text("你好"), ask: None }),
        ("TD", VisitorAct::Subscription { opted_out: true }),
    ] {
        world.service.incoming(&world.webhook("incoming"), "13512345678", words).await.expect("taken");
        let ConversationAct::Visitor(said) = world.edge.written() else { panic!("not of the visitor") };
        assert_eq!((said.act, said.visitor.as_str()), (act, "+8613512345678"));
    }
    let elsewhere = world.webhook("incoming").replace("callback-token-0", "callback-token-1");
    assert!(world.service.incoming(&elsewhere, "13512345678", "你好").await.is_err(), "another token");
}
