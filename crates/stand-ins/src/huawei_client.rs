//! A visitor of a Huawei channel, as the vendor's web page behaves: two tokens first, then `sendAsync`, files by
//! `uploadFileStream` and `downloadFileStream`, and `poll` where nothing is pushed. A token that comes in an answer takes
//! the place of the one before.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::client::{self, Refused, Reply};

/// Who writes, and what takes its place.
const CCMESSAGING_TOKEN: &str = "ccmessaging-token";

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

    /// Sends a picture, a sound or another file: uploads it, then names it in a message of this media type.
    pub async fn send_file(&self, media: &str, format: &str, bytes: &[u8]) -> Result<Reply, Refused> {
        let key = self.upload(format, bytes).await?;
        self.send_async("CHAT", media, &format!("{key},{format}")).await
    }

    /// Sends a card.
    pub async fn card(&self, title: &str, link: &str) -> Result<Reply, Refused> {
        let card =
            json!({ "title": title, "description": "", "mediaFileId": "", "mediaFileType": "", "redirectUrl": link });
        self.send_async("CHAT", "WEBCARD", &card.to_string()).await
    }

    /// Uploads a file; answers with its key.
    pub async fn upload(&self, format: &str, bytes: &[u8]) -> Result<String, Refused> {
        let body = json!({ "fileType": format, "channel": "WEB", "fileStream": STANDARD.encode(bytes) });
        let reply = self.call(|usher| usher.post_to("uploadFileStream", &body)).await?;
        match reply.field("returnCode") {
            "0" => Ok(reply.field("objectKey").to_owned()),
            _ => Err(Refused::Status { status: reply.status, body: reply.body.to_string() }),
        }
    }

    /// Downloads a file that a message names.
    pub async fn download(&self, key: &str, format: &str) -> Result<Vec<u8>, Refused> {
        let body = json!({ "fileId": format!("local/{key}"), "fileType": format, "channel": "WEB" });
        let reply = successful(self.call(|usher| usher.post_to("downloadFileStream", &body)).await?)?;
        Ok(STANDARD.decode(reply.field("fileStream")).unwrap_or_default())
    }

    /// Asks the delivery at `url` for what waits.
    pub async fn poll(&self, url: &str) -> Result<Vec<Value>, Refused> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("receiverId", &self.user)
            .append_pair("channel", "WEB")
            .finish();
        let address = format!("{}/apiaccess/ccmessaging/poll?{query}", url.trim_end_matches('/'));
        let reply = successful(self.call(|_| client::http().get(&address)).await?)?;
        Ok(reply.body["downlinkMessages"].as_array().cloned().unwrap_or_default())
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
        successful(client::patiently(|| self.post(&body)).await?)
    }

    /// Any body to `sendAsync`, with tokens; answers with any status.
    pub async fn post(&self, body: &Value) -> Result<Reply, Refused> {
        self.call(|usher| usher.post_to("sendAsync", body)).await
    }

    fn post_to(&self, name: &str, body: &Value) -> reqwest::RequestBuilder {
        client::http().post(format!("{}/apiaccess/ccmessaging/{name}", self.url)).json(body)
    }

    /// One call with tokens, and once more with new ones after a 401.
    async fn call(&self, request: impl Fn(&Self) -> reqwest::RequestBuilder) -> Result<Reply, Refused> {
        let mut tokens = self.tokens.lock().await;
        if let Some(known) = tokens.as_mut() {
            let reply = self.sent_with(known, request(self)).await?;
            if reply.status != 401 {
                return Ok(reply);
            }
        }
        let mut fresh = self.fetch_tokens().await?;
        let reply = self.sent_with(&mut fresh, request(self)).await?;
        *tokens = Some(fresh);
        Ok(reply)
    }

    async fn sent_with(&self, tokens: &mut Tokens, request: reqwest::RequestBuilder) -> Result<Reply, Refused> {
        let request = request
            .header(CCMESSAGING_TOKEN, &tokens.ccmessaging)
            .header("x-app-key", &self.channel.app_key)
            .bearer_auth(&tokens.access);
        let (reply, renewed) = client::sent_for(request, CCMESSAGING_TOKEN).await?;
        if let Some(token) = renewed {
            tokens.ccmessaging = token;
        }
        Ok(reply)
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
