//! Two tenants, one message: a callback that one of them signs with its own key, which fits, about a message of the
//! other. The edge can not know whose the message is; the core does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::{Digest, Sha256};
use usher_dialects::accounts::{Accounts, AccountsFile};
use usher_dialects::inbound::replays::Replays;
use usher_dialects::inbound::{Request, receive};
use usher_domain::Effects;
use usher_domain::event::{Fact, Outcome, Status, Subject};
use usher_domain::{AccountId, Body, ConversationInput, Event, InputId, TenantId, Timestamp};
use usher_routing_core::conversation::{ConversationCore, Input};

const OWNER: &str = "owner";
const STRANGER: &str = "stranger";

/// Each of the two has a key, a desk and an SMS account of the same name; everything else differs.
fn accounts() -> Accounts {
    let tenant = |name: &str| {
        let key: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
        let desk = format!("{name}-desk");
        json!({
            "tenant": name, "api_key_sha256": [key],
            "desks": [{ "desk": desk, "workspace": {
                "url": "http://localhost/workspace", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            }}],
            "accounts": [{ "account": "texts", "desk": desk, "channel": {
                "dialect": "sms", "provider": "twilio",
                "base_url": "http://localhost", "account_sid": "AC1", "auth_token": name,
                "from": "+4915112345678", "callback_base_url": "https://usher.example",
            }}],
        })
    };
    let file = json!({ "tenants": [tenant(OWNER), tenant(STRANGER)] });
    let file: AccountsFile = serde_json::from_value(file).expect("an accounts file");
    Accounts::check(file).expect("consistent")
}

/// What the edge makes of a request.
fn input(path: &str, headers: &[(&str, String)], body: &str) -> ConversationInput {
    let header = |name: &str| headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str());
    let request = Request {
        method: "POST",
        path,
        query: "",
        header: &header,
        body: body.as_bytes(),
        now: Timestamp::default(),
        fresh: InputId::derive(&[path.as_bytes()]),
        replays: &Replays::default(),
    };
    match receive(&request, &accounts()).expect("accepted").bodies.remove(0) {
        Body::Conversation(input) => input,
        other => panic!("no input of a conversation: {other:?}"),
    }
}

/// A push of the owner's server, with a deadline.
fn push() -> ConversationInput {
    let headers = [("content-type", "application/json".to_owned()), ("authorization", format!("Bearer {OWNER}"))];
    let body = json!({ "account": "texts", "visitor": "+12223334444", "text": "your code", "ttl_ms": 60_000 });
    input("/v1/pushes", &headers, &body.to_string())
}

/// A status callback about the pushed message, signed by this tenant's auth token, as it comes to this tenant's path.
fn delivered(tenant: &str, leg: &str) -> ConversationInput {
    let ConversationInput { id, conversation, .. } = push();
    let path = format!("/callbacks/sms/{tenant}/texts/{conversation}/{id}/{leg}");
    let signed = format!("https://usher.example{path}MessageStatusdelivered");
    let mac = Hmac::<sha1::Sha1>::new_from_slice(tenant.as_bytes()).expect("any length").chain_update(signed);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("x-twilio-signature", STANDARD.encode(mac.finalize().into_bytes())),
    ];
    input(&path, &headers, "MessageStatus=delivered")
}

fn pushed() -> ConversationCore {
    let mut core = ConversationCore::new();
    let _ = core.step(Input::Act(push()), Timestamp::default());
    core
}

fn facts<K, V>(effects: &Effects<K, V>) -> Vec<&Event> {
    effects.bodies.iter().filter_map(|body| if let Body::Event(event) = body { Some(event) } else { None }).collect()
}

#[test]
fn callback_of_another_tenant_settles_nothing() {
    for leg in ["channel", "sms"] {
        let mut core = pushed();
        let effects = core.step(Input::Act(delivered(STRANGER, leg)), Timestamp::default());
        assert!(effects.changes.is_empty(), "{leg}: {:?}", effects.changes);
        let [Event { tenant, subject, fact: Fact::ReceiptUnmatched { .. } }] = facts(&effects)[..] else {
            panic!("{leg}: {:?}", effects.bodies)
        };
        assert_eq!(*tenant, TenantId::new(STRANGER));
        assert_eq!(*subject, Subject::Account(AccountId::new("texts")), "no fact of the owner's conversation");
    }
}

#[test]
fn callback_of_the_own_tenant_settles_the_message() {
    let effects = pushed().step(Input::Act(delivered(OWNER, "channel")), Timestamp::default());
    let facts: Vec<&Fact> = facts(&effects).into_iter().map(|event| &event.fact).collect();
    assert!(
        matches!(
            facts[..],
            [
                Fact::MessageStatus { status: Status::Delivered, .. },
                Fact::MessageOutcome { outcome: Outcome::Delivered, .. }
            ]
        ),
        "{facts:?}"
    );
}
