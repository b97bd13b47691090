//! A visitor of a Huawei channel, as the vendor's web page behaves: two tokens first, then `sendAsync`.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::client::{self, Refused, Reply};

/// What a Huawei channel is called, and the credentials of its callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuaweiChannel {
    /// `channelId`, `to` of what visitors send.
    pub channel_id: String,
    /// `x-app-key`.
    pub app_key: String,
    /// The secret beside it.
    pub app_secret: String,
}

/// One visitor. Tokens are fetched when they are first needed, and again after a 401.
#[derive(Debug)]
pub struct HuaweiClient {
    url: String,
    channel: HuaweiChannel,
    user: String,
    tokens: Mutex<Option<Tokens>>,
}

#[derive(Debug, Clone)]
struct Tokens {
    access: String,
    ccmessaging: String,
}

impl HuaweiClient {
    /// The visitor `user` of a channel, at the usher at `url`.
    pub fn new(url: &str, channel: HuaweiChannel, user: &str) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        Self { url, channel, user: user.to_owned(), tokens: Mutex::new(None) }
    }

    /// Opens a session with the bot.
    pub async fn connect(&self) -> Result<Reply, Refused> {
        self.send_async("CONNECT", "TEXT", "").await
    }

    /// Says something.
    pub async fn chat(&self, text: &str) -> Result<Reply, Refused> {
        self.send_async("CHAT", "TEXT", text).await
    }

    /// Asks for a human.
    pub async fn ask(&self) -> Result<Reply, Refused> {
        self.send_async("TRANS2AGENT", "TEXT", "").await
    }

    /// Leaves.
    pub async fn disconnect(&self) -> Result<Reply, Refused> {
        self.send_async("DISCONNECT", "TEXT", "").await
    }

    /// One `sendAsync` with the fields of the vendor's samples; success is `resultCode` "0".
    pub async fn send_async(&self, control: &str, media: &str, content: &str) -> Result<Reply, Refused> {
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
        let body = json!({
            "content": content,
            "controlType": control,
            "from": self.user,
            "mediaType": media,
            "senderNickname": self.user,
            "sourceType": "CUSTOMER",
            "timestamp": timestamp,
            "to": self.channel.channel_id,
            "userAgent": null,
            "senderAvatar": null,
            "channel": "WEB",
            "messageId": Uuid::new_v4().simple().to_string(),
        });
        successful(self.post(&body).await?)
    }

    /// Any body to `sendAsync`, with tokens; answers with any status.
    pub async fn post(&self, body: &Value) -> Result<Reply, Refused> {
        let mut tokens = self.tokens.lock().await;
        let reply = match tokens.as_ref() {
            Some(tokens) => self.sent_with(tokens, body).await?,
            None => Reply { status: 401, retry_after: None, body: Value::Null },
        };
        if reply.status != 401 {
            return Ok(reply);
        }
        let fresh = self.fetch_tokens().await?;
        let reply = self.sent_with(&fresh, body).await?;
        *tokens = Some(fresh);
        Ok(reply)
    }

    async fn sent_with(&self, tokens: &Tokens, body: &Value) -> Result<Reply, Refused> {
        let request = client::http()
            .post(format!("{}/apiaccess/ccmessaging/sendAsync", self.url))
            .header("ccmessaging-token", &tokens.ccmessaging)
            .header("x-app-key", &self.channel.app_key)
            .bearer_auth(&tokens.access)
            .json(body);
        client::sent(request).await
    }

    /// `tokenByAkSk`, then `applyToken`.
    async fn fetch_tokens(&self) -> Result<Tokens, Refused> {
        let HuaweiChannel { channel_id, app_key, app_secret } = &self.channel;
        let credentials = json!({ "app_key": app_key, "app_secret": app_secret });
        let by_secret =
            client::http().post(format!("{}/apigovernance/api/oauth/tokenByAkSk", self.url)).json(&credentials);
        let access = client::sent(by_secret).await?.accepted()?.field("AccessToken").to_owned();
        let user = json!({
            "userId": self.user, "userName": self.user, "channelId": channel_id, "locale": "zh",
        });
        let apply = client::http()
            .post(format!("{}/apiaccess/ccmessaging/applyToken", self.url))
            .header("x-app-key", app_key)
            .bearer_auth(&access)
            .json(&user);
        let ccmessaging = successful(client::sent(apply).await?)?.field("token").to_owned();
        Ok(Tokens { access, ccmessaging })
    }
}

/// The vendor's pages: success is `resultCode` "0", not HTTP 200 alone.
fn successful(reply: Reply) -> Result<Reply, Refused> {
    match reply.field("resultCode") {
        "0" => reply.accepted(),
        _ => Err(Refused::Status { status: reply.status, body: reply.body.to_string() }),
    }
}
