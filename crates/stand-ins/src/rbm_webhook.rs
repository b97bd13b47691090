//! What Google tells usher: user messages, user events and server events, Pub/Sub-shaped and signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{self, Refused, Reply};
use crate::signature;

/// Google, as it calls the webhook of one agent.
#[derive(Debug, Clone)]
pub struct RbmWebhook {
    url: String,
    client_token: String,
    agent_id: String,
}

impl RbmWebhook {
    /// Calls `/webhooks/rbm/{tenant}/{account}` of the usher at `ingest_url`.
    pub fn new(ingest_url: &str, tenant: &str, account: &str, client_token: &str, agent_id: &str) -> Self {
        Self {
            url: format!("{}/webhooks/rbm/{tenant}/{account}", ingest_url.trim_end_matches('/')),
            client_token: client_token.to_owned(),
            agent_id: agent_id.to_owned(),
        }
    }

    /// The visitor writes.
    pub async fn text(&self, phone: &str, text: &str) -> Result<Reply, Refused> {
        let id = Uuid::new_v4().to_string();
        self.signed(&json!({
            "senderPhoneNumber": phone, "messageId": id, "text": text, "agentId": self.agent_id, "eventId": id,
        }))
        .await
    }

    /// The visitor taps on a suggested reply, which comes with its words; one on an action has none.
    pub async fn tap(&self, phone: &str, postback: &str, words: Option<&str>) -> Result<Reply, Refused> {
        let mut response = json!({ "postbackData": postback });
        if let Some(words) = words {
            response["text"] = json!(words);
        }
        let id = Uuid::new_v4().to_string();
        self.signed(&json!({
            "senderPhoneNumber": phone, "messageId": id, "suggestionResponse": response, "agentId": self.agent_id,
            "eventId": id,
        }))
        .await
    }

    /// The carrier of a region suspends the agent, launches it, ….
    pub async fn launch_state(&self, region: &str, state: &str) -> Result<Reply, Refused> {
        let event = json!({
            "eventId": Uuid::new_v4().to_string(), "agentId": self.agent_id, "regionId": region,
            "newLaunchState": state, "actingParty": "stand-in",
        });
        let data = event.to_string();
        let body = json!({
            "message": { "data": STANDARD.encode(&data), "attributes": { "type": "agent_launch_event" } },
        });
        let signature = signature::of_google(&self.client_token, data.as_bytes());
        client::sent(client::http().post(&self.url).header("x-goog-signature", signature).json(&body)).await?.accepted()
    }

    /// The message reached the device.
    pub async fn delivered(&self, phone: &str, message_id: &str) -> Result<Reply, Refused> {
        self.user_event("DELIVERED", phone, message_id).await
    }

    /// The message was opened.
    pub async fn read(&self, phone: &str, message_id: &str) -> Result<Reply, Refused> {
        self.user_event("READ", phone, message_id).await
    }

    /// The message's time was over and it was taken back.
    pub async fn ttl_revoked(&self, phone: &str, message_id: &str) -> Result<Reply, Refused> {
        self.server_event("TTL_EXPIRATION_REVOKED", phone, message_id).await
    }

    /// The message's time was over and it could not be taken back.
    pub async fn ttl_revoke_failed(&self, phone: &str, message_id: &str) -> Result<Reply, Refused> {
        self.server_event("TTL_EXPIRATION_REVOKE_FAILED", phone, message_id).await
    }

    /// User events name the phone `senderPhoneNumber`, server events `phoneNumber`.
    async fn user_event(&self, kind: &str, phone: &str, message_id: &str) -> Result<Reply, Refused> {
        self.signed(&json!({
            "senderPhoneNumber": phone, "eventType": kind, "eventId": Uuid::new_v4().to_string(),
            "messageId": message_id, "agentId": self.agent_id,
        }))
        .await
    }

    async fn server_event(&self, kind: &str, phone: &str, message_id: &str) -> Result<Reply, Refused> {
        self.signed(&json!({
            "phoneNumber": phone, "messageId": message_id, "agentId": self.agent_id, "eventType": kind,
            "eventId": Uuid::new_v4().to_string(), "sendTime": "2026-01-01T00:00:00Z",
        }))
        .await
    }

    /// Any payload, rightly signed.
    pub async fn signed(&self, payload: &Value) -> Result<Reply, Refused> {
        let data = payload.to_string();
        let signature = signature::of_google(&self.client_token, data.as_bytes());
        client::patiently(|| self.raw(data.as_bytes(), &signature)).await?.accepted()
    }

    /// Any bytes with any signature; answers with any status.
    pub async fn raw(&self, data: &[u8], signature: &str) -> Result<Reply, Refused> {
        let body = json!({
            "message": {
                "data": STANDARD.encode(data),
                "messageId": Uuid::new_v4().to_string(),
                "publishTime": "2026-01-01T00:00:00Z",
            },
            "subscription": "projects/stand-in/subscriptions/rbm",
        });
        client::sent(client::http().post(&self.url).header("x-goog-signature", signature).json(&body)).await
    }

    /// Google's check of a new webhook; the answer should be the secret.
    pub async fn challenge(&self, secret: &str) -> Result<Reply, Refused> {
        let body = json!({ "clientToken": self.client_token, "secret": secret });
        client::sent(client::http().post(&self.url).json(&body)).await?.accepted()
    }
}
