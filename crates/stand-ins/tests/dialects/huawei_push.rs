//! The receiver of Huawei's pushes checks with code of its own who they come from: a token, a signature, or a token that
//! it has given.

use serde_json::{Value, json};
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_dialects::outbound::{Next, ProviderRequest, ProviderResponse, SendOutcome, answered, plan};
use usher_domain::delivery::{DeliveryTarget, Notice, Order};
use usher_domain::{AccountId, Delivery, DeliveryId, Dialect, TenantId, VisitorId};
use usher_stand_ins::{ANYWHERE, HuaweiPush, PushKey};

use super::outbound::now;

/// A receiver that wants to see this key, and accounts that push to it with `auth`.
struct World {
    push: HuaweiPush,
    accounts: Accounts,
    http: reqwest::Client,
}

impl World {
    async fn start(key: PushKey, auth: impl Fn(&HuaweiPush) -> Value) -> Self {
        let push = HuaweiPush::start_with(ANYWHERE, key).await.expect("started");
        // A query too: it is part of what is signed.
        let url = format!("{}?from=usher&x=%2F", push.url());
        let hook = json!({ "url": "http://127.0.0.1:1", "secret": "whsec_c2VjcmV0" });
        let file = json!({ "tenants": [{
            "tenant": "acme",
            "desks": [{ "desk": "acme-desk", "workspace": hook }],
            "accounts": [{ "account": "huawei", "desk": "acme-desk", "channel": {
                "dialect": "huawei", "channel_id": "1", "app_key": "app", "app_secret": "secret",
                "token_key": "0123456789abcdef0123456789abcdef", "push_url": url, "push_auth": auth(&push),
            } }],
        }] });
        let file: AccountsFile = serde_json::from_value(file).expect("an accounts file");
        // Another test may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { push, accounts: Accounts::check(file).expect("consistent"), http: reqwest::Client::new() }
    }

    /// One attempt of a notice with this number.
    async fn attempt(&self, number: u128) -> SendOutcome {
        let delivery = Delivery {
            id: DeliveryId::from_bits(number),
            tenant: TenantId::new("acme"),
            account: AccountId::new("huawei"),
            conversation: None,
            session: None,
            target: DeliveryTarget::Channel { dialect: Dialect::Huawei, visitor: VisitorId::new("visitor") },
            order: Order::Notice(Notice::Queued { position: 1, wait: None }),
            deadline: None,
        };
        let Next::Request(mut request) = plan(&delivery, &self.accounts, now()) else { panic!("nothing goes out") };
        if let Some(grant) = request.grant.take() {
            let token = self.exchange(grant.request(now()).expect("a token call")).await;
            request = request.bearing(&grant.answered(&token).expect("a token").value);
        }
        let response = self.exchange(request).await;
        match answered(&delivery, &self.accounts, now(), 1, &response) {
            Next::Done(outcome) => outcome,
            next => panic!("it goes on: {next:?}"),
        }
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

fn signed(access_key: &str, secret_key: &str) -> PushKey {
    PushKey::Signed { access_key: access_key.to_owned(), secret_key: secret_key.to_owned() }
}

#[tokio::test]
async fn a_signed_push_is_taken_and_one_of_another_key_is_not() {
    let auth = |secret: &str| {
        let auth = json!({ "kind": "ak_sk", "access_key": "ak", "secret_key": secret });
        move |_: &HuaweiPush| auth.clone()
    };
    let world = World::start(signed("ak", "sk"), auth("sk")).await;
    assert_eq!(world.attempt(1).await, SendOutcome::silent());
    assert_eq!(world.push.all().len(), 1);
    for (key, secret) in [(signed("ak", "sk"), "other"), (signed("other", "sk"), "sk")] {
        let world = World::start(key, auth(secret)).await;
        assert!(matches!(world.attempt(1).await, SendOutcome::Rejected { .. }));
        assert_eq!(world.push.all().len(), 0);
    }
}

#[tokio::test]
async fn a_push_with_oauth_bears_the_token_that_it_was_given() {
    let key = PushKey::Oauth { app_key: "push-app".to_owned(), app_secret: "push-secret".to_owned() };
    let auth = |push: &HuaweiPush| json!({ "kind": "oauth", "token_url": push.token_url(), "app_key": "push-app", "app_secret": "push-secret" });
    let world = World::start(key, auth).await;
    assert_eq!(world.attempt(1).await, SendOutcome::silent());
    assert_eq!((world.push.all().len(), world.push.tokens_given()), (1, 1));
}
