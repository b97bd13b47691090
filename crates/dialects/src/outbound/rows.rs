//! What the rows of all dialects start from: one accounts file, one delivery, one message, and readers of requests.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::{
    AccountId, AgentCard, AgentId, Class, Content, ConversationId, Delivery, DeliveryId, DeskId, Dialect, Message,
    MessageId, Party, PhoneNumber, SessionId, TenantId, Timestamp, VisitorId,
};

use super::{Next, ProviderRequest, ProviderResponse, SendOutcome, answered, plan};
use crate::accounts::Accounts;

/// The instant of every attempt in the rows.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_614_265_330_250);

/// A visitor whose name is a phone number; must never be seen in `Debug`.
pub(crate) const PHONE: &str = "+8613512345678";

pub(crate) fn accounts() -> Accounts {
    let webhook = |path: &str| json!({ "url": format!("https://acme.example/{path}"), "secret": "whsec_c2VjcmV0" });
    let account = |name: &str, channel: Value| json!({ "account": name, "desk": "acme-desk", "channel": channel });
    let easemob = |user: &str, agent_info: bool| {
        json!({
            "dialect": "easemob", "org": "acme-org", "app": "shop", "user": user, "client_id": "id", "client_secret": "s",
            "token_key": "0123456789abcdef0123456789abcdef", "callback_secret": "callback",
            "base_url": "https://a1.example/", "token": agent_info.then_some("im-token"), "agent_info": agent_info,
        })
    };
    let file = json!({ "tenants": [{
        "tenant": "acme",
        "desks": [{ "desk": "acme-desk", "workspace": webhook("workspace") }],
        "bots": [{ "bot": "helper", "webhook": webhook("bot") }],
        "accounts": [
            account("web", json!({ "dialect": "native", "webhook": webhook("web") })),
            account("cec", json!({
                "dialect": "huawei", "channel_id": "1011577355744904195", "app_key": "key", "app_secret": "secret",
                "token_key": "0123456789abcdef0123456789abcdef",
                "push_url": "https://cec.example/pushMsg", "push_auth": { "kind": "bearer", "token": "push-token" },
            })),
            account("cec polled", json!({
                "dialect": "huawei", "channel_id": "3", "app_key": "key", "app_secret": "secret",
                "token_key": "0123456789abcdef0123456789abcdef", "release_after_ms": 60_000,
            })),
            account("cec oauth", json!({
                "dialect": "huawei", "channel_id": "4", "app_key": "key", "app_secret": "secret",
                "token_key": "0123456789abcdef0123456789abcdef", "push_url": "https://cec.example/pushMsg",
                "push_auth": {
                    "kind": "oauth", "token_url": "https://cec.example/token", "app_key": "push-app",
                    "app_secret": "push-secret",
                },
            })),
            account("cec app", json!({
                "dialect": "huawei", "channel": "APP", "channel_id": "2", "app_key": "key", "app_secret": "secret",
                "token_key": "0123456789abcdef0123456789abcdef",
                "push_url": "https://cec.example/pushMsg", "offline_messages": true,
                "push_auth": { "kind": "ak_sk", "access_key": "app-ak", "secret_key": "app-sk" },
            })),
            account("chat", json!({
                "dialect": "aliyun", "access_keys": [{ "id": "acme-ak", "secret": "secret" }],
                "agent_ids": ["agent-1"], "stream_key": "0123456789abcdef0123456789abcdef",
            })),
            account("im", easemob("kefu", true)),
            account("im silent", easemob("kefu-2", false)),
            account("im rest", {
                let mut channel = easemob("kefu-3", true);
                channel["rest_channel"] = json!({
                    "tenant_id": "5950", "channel_id": "20", "client_id": "channel-client", "client_secret": "channel-secret",
                    "callback_url": "https://acme.example/replies?via=usher",
                });
                channel
            }),
            account("rcs", json!({
                "dialect": "rbm", "agent_id": "acme agent", "client_token": "token",
                "base_url": "https://rcs.example/", "token": "rbm-token",
            })),
            account("rcs asking", json!({
                "dialect": "rbm", "agent_id": "acme agent", "client_token": "token", "check_capabilities": true,
                "base_url": "https://rcs.example/", "labels": { "link": "打开", "place": "地图" },
                "service_account": json!({
                    "client_email": "usher@acme.example", "private_key": include_str!("../rbm/sample_key.pem"),
                    "token_uri": "https://oauth2.example/token",
                }).to_string(),
            })),
            account("smsc", json!({
                "dialect": "sms", "provider": "smpp", "host": "smsc.example", "system_id": "acme", "password": "pw",
                "from": "+15005550006",
            })),
            account("text me", json!({
                "dialect": "sms", "provider": "twilio",
                "base_url": "https://sms.example", "account_sid": "AC1", "auth_token": "auth",
                "from": "+15005550006", "callback_base_url": "https://usher.example",
            })),
            account("text cn", json!({
                "dialect": "sms", "provider": "aliyun", "base_url": "https://dysmsapi.example/",
                "access_key_id": "key-id", "access_key_secret": "key-secret", "sign_name": "阿里云",
                "template_code": "SMS_154950909", "text_param": "text", "callback_token": "rows-callback-token",
            })),
        ],
    }] });
    Accounts::check(serde_json::from_value(file).expect("the accounts file of the rows has the right shape"))
        .expect("the accounts file of the rows is consistent")
}

/// A delivery of the account to its visitor.
pub(crate) fn to_channel(account: &str, dialect: Dialect, order: Order) -> Delivery {
    to(account, DeliveryTarget::Channel { dialect, visitor: VisitorId::new(PHONE) }, order)
}

/// A delivery to the workspace of Li.
pub(crate) fn to_workspace(order: Order) -> Delivery {
    to("web", DeliveryTarget::Workspace { desk: DeskId::new("acme-desk"), agent: Some(AgentId::new("li")) }, order)
}

pub(crate) fn to_sms(order: Order) -> Delivery {
    let to_number = PhoneNumber::parse(PHONE).expect("E.164");
    to("rcs", DeliveryTarget::Sms { account: AccountId::new("text me"), to: to_number }, order)
}

pub(crate) fn to(account: &str, target: DeliveryTarget, order: Order) -> Delivery {
    let (tenant, account) = (TenantId::new("acme"), AccountId::new(account));
    let conversation = ConversationId::of(&tenant, &account, &VisitorId::new(PHONE));
    Delivery {
        id: DeliveryId::from_bits(7),
        tenant,
        account,
        conversation: Some(conversation),
        session: Some(SessionId { conversation, opened_at: Timestamp::from_millis(5), opened_by: 6 }),
        target,
        order,
        deadline: None,
    }
}

pub(crate) fn li() -> AgentCard {
    AgentCard { id: AgentId::new("li"), name: "Li".to_owned(), avatar: "https://acme.example/li.png".to_owned() }
}

/// A message of Li.
pub(crate) fn message(content: Content) -> Order {
    let message = Message { id: message_id(), from: Party::Agent(li()), content, ext: None, via: None };
    Order::Message { message, class: Class::Service, visitor: None }
}

pub(crate) fn message_id() -> MessageId {
    MessageId::from_bits(9)
}

/// The request that the first step must be.
pub(crate) fn requested(delivery: &Delivery) -> ProviderRequest {
    match plan(delivery, &accounts(), NOW) {
        Next::Request(request) => request,
        other => panic!("a request was expected, not {other:?}"),
    }
}

/// The outcome that must come before any request.
pub(crate) fn ended(delivery: &Delivery) -> SendOutcome {
    match plan(delivery, &accounts(), NOW) {
        Next::Done(outcome) => outcome,
        other => panic!("an outcome was expected, not {other:?}"),
    }
}

/// What follows from an answer with this status and body to request number `step`.
pub(crate) fn then(delivery: &Delivery, step: usize, status: u16, body: &str) -> Next {
    let response = ProviderResponse { status, retry_after: None, body: body.as_bytes().to_vec() };
    answered(delivery, &accounts(), NOW, step, &response)
}

/// The outcome after an answer with this status and body.
pub(crate) fn outcome_of(delivery: &Delivery, status: u16, body: &str) -> SendOutcome {
    match then(delivery, 1, status, body) {
        Next::Done(outcome) => outcome,
        other => panic!("an outcome was expected, not {other:?}"),
    }
}

pub(crate) fn json_of(request: &ProviderRequest) -> Value {
    serde_json::from_slice(&request.body).expect("the body is JSON")
}

pub(crate) fn headers_of(request: &ProviderRequest) -> BTreeMap<&'static str, &str> {
    request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
