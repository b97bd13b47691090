//! A customer's page that collects what waits for it: a stream of server-sent events, each message shown once and then
//! acknowledged.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::client::{self, Refused};
use crate::log::{Line, Log, NotSeen};

/// A message that the page has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The same for the same thing, however often it came.
    pub id: String,
    /// What it is, as the channel's client reads it.
    pub message: Value,
}

impl Line for Shown {
    fn line(&self) -> String {
        self.message.to_string()
    }
}

/// The page. It closes when it is dropped.
#[derive(Debug)]
pub struct ChatPage {
    shown: Arc<Log<Shown>>,
    reading: JoinHandle<()>,
}

impl Deref for ChatPage {
    type Target = Log<Shown>;

    fn deref(&self) -> &Log<Shown> {
        &self.shown
    }
}

impl Drop for ChatPage {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl ChatPage {
    /// Opens the page with a token of `/v1/stream-tokens`.
    ///
    /// # Errors
    /// The stream was refused.
    pub async fn open(streams_url: &str, token: &str) -> Result<Self, Refused> {
        let (url, token) = (streams_url.trim_end_matches('/').to_owned(), token.to_owned());
        let response = client::streaming().get(format!("{url}/v1/stream")).bearer_auth(&token);
        let response = response.header("accept", "text/event-stream").send().await.map_err(Refused::NoAnswer)?;
        let status = response.status().as_u16();
        if status != 200 {
            let body = response.text().await.unwrap_or_default();
            return Err(Refused::Status { status, body });
        }
        let shown = Arc::new(Log::new("page"));
        let reading = tokio::spawn(read(response, Arc::clone(&shown), url, token));
        Ok(Self { shown, reading })
    }

    /// Waits until the customer reads these words.
    pub async fn message(&self, kind: &str, text: &str) -> Result<Shown, NotSeen> {
        let wanted = |shown: &Shown| shown.message["type"] == kind && shown.message["text"] == text;
        self.wait_for(&format!("“{text}”, {kind}"), wanted).await
    }
}

/// Reads the stream to its end.
async fn read(mut response: reqwest::Response, shown: Arc<Log<Shown>>, url: String, token: String) {
    let mut pending = Vec::new();
    while let Ok(Some(bytes)) = response.chunk().await {
        pending.extend_from_slice(&bytes);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let Some(data) = line.strip_prefix(b"data:") else { continue };
            let frame: Value = serde_json::from_slice(data).unwrap_or_default();
            let (Some(seq), Some(id)) = (frame["seq"].as_i64(), frame["id"].as_str()) else { continue };
            if shown.count(|entry| entry.id == id) == 0 {
                shown.push(Shown { id: id.to_owned(), message: frame["message"].clone() });
            }
            // What is not acknowledged comes again; the next acknowledgement covers it too.
            let _ = client::sent(acknowledgement(&url, &token, seq)).await;
        }
    }
}

fn acknowledgement(url: &str, token: &str, seq: i64) -> reqwest::RequestBuilder {
    client::http().post(format!("{url}/v1/stream/ack")).bearer_auth(token).json(&json!({ "ack": seq }))
}
