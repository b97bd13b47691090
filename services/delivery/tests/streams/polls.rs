//! Polls at any instance: each is told what waits, wherever it is kept, and acknowledges what the one before was told.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use usher_delivery::mailbox::partition_for;
use usher_domain::receipt::Report;
use usher_domain::{AccountId, ConversationId, MessageId, TenantId, VisitorId};

use super::client::asked;
use super::instance::{Ground, Instance, until};

const ACCOUNT: &str = "aicc";
const APP_KEY: &str = "app-1";

/// A page that polls, with its tokens.
struct Page {
    user: String,
    access: String,
    messaging: String,
}

impl Page {
    fn open(ground: &Ground, user: &str) -> Self {
        let secret = json!({ "app_key": APP_KEY, "app_secret": "app-secret-1" });
        let answer = asked(ground, "/apigovernance/api/oauth/tokenByAkSk", &[], &secret);
        let access = format!("Bearer {}", answer["AccessToken"].as_str().expect("a token"));
        let headers = [("x-app-key", APP_KEY), ("authorization", access.as_str())];
        let body = json!({ "userId": user, "userName": user, "channelId": "1011577355744904195", "locale": "zh" });
        let answer = asked(ground, "/apiaccess/ccmessaging/applyToken", &headers, &body);
        let messaging = answer["token"].as_str().expect("a token").to_owned();
        Self { user: user.to_owned(), access, messaging }
    }

    /// The texts that a poll at this instance is told.
    async fn poll(&self, instance: &Instance) -> Vec<String> {
        let path = "apiaccess/ccmessaging/poll";
        let url = format!("http://{}/{path}?receiverId={}&channel=WEB", instance.address, self.user);
        let request = Client::new().get(url).header("x-app-key", APP_KEY).header("authorization", &self.access);
        let answer = request.header("ccmessaging-token", &self.messaging).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        assert_eq!(body["resultCode"], "0");
        let messages = body["downlinkMessages"].as_array().expect("messages");
        messages.iter().map(|message| message["text"].as_str().expect("a text").to_owned()).collect()
    }
}

/// A user of the account whose mailbox is at the owner, once it is at one alone.
async fn user_of(owner: &Instance, other: &Instance) -> String {
    let is_at = |instance: &Instance, user: &str| {
        let (tenant, account, visitor) = (TenantId::new("acme"), AccountId::new(ACCOUNT), VisitorId::new(user));
        instance.board.owned().borrow().contains(&partition_for(ConversationId::of(&tenant, &account, &visitor)))
    };
    let find = || (0..200).map(|n| format!("user{n}")).find(|user| is_at(owner, user) && !is_at(other, user));
    until(|| !other.board.owned().borrow().is_empty() && find().is_some(), "a user of one alone").await;
    find().expect("there is one")
}

#[tokio::test(flavor = "multi_thread")]
async fn poll_acknowledges_what_the_one_before_was_told_at_any_instance() {
    let ground = Ground::new();
    let (one, other) = (ground.instance("one").await, ground.instance("other").await);
    let page = Page::open(&ground, &user_of(&one, &other).await);
    assert!(page.poll(&other).await.is_empty());
    let first = ground.put_on(ACCOUNT, &page.user, "first").await;
    assert_eq!(page.poll(&other).await, ["first"]);
    assert_eq!(ground.reports(), [], "nobody has said that it came");
    let second = ground.put_on(ACCOUNT, &page.user, "second").await;
    assert_eq!(page.poll(&one).await, ["second"], "“first” is not told again");
    let delivered = |ids: &[MessageId]| ids.iter().map(|id| (*id, Report::Delivered)).collect::<Vec<_>>();
    until(|| ground.reports() == delivered(&[first]), "the first receipt").await;
    assert!(page.poll(&other).await.is_empty());
    until(|| ground.reports() == delivered(&[first, second]), "both receipts").await;
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn message_in_parts_is_told_in_one_poll_and_delivered_once() {
    let ground = Ground::new();
    let (one, other) = (ground.instance("one").await, ground.instance("other").await);
    let page = Page::open(&ground, &user_of(&one, &other).await);
    let parts = json!([{ "text": "one" }, { "text": "two" }]);
    let parted = ground.put_payload(ACCOUNT, &page.user, "parts", &parts).await;
    let whole = ground.put_on(ACCOUNT, &page.user, "whole").await;
    assert_eq!(page.poll(&other).await, ["one", "two", "whole"]);
    assert!(page.poll(&one).await.is_empty());
    let delivered = [parted, whole].map(|id| (id, Report::Delivered));
    until(|| ground.reports() == delivered, "one receipt a message").await;
    one.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn poll_without_its_tokens_is_refused_in_the_vendors_shape() {
    let ground = Ground::new();
    let front = ground.instance("front").await;
    let url = format!("http://{}/apiaccess/ccmessaging/poll?receiverId=u&channel=WEB", front.address);
    let answer = Client::new().get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
    assert_eq!(body["resultCode"], "401");
    front.stop().await;
}
