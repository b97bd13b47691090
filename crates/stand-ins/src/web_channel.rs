//! A native channel: a tenant's web page, whose visitors read what comes by signed webhook and write by the native API.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;

use crate::hooks::{Hook, HookReceiver};
use crate::log::NotSeen;

/// The page.
#[derive(Debug)]
pub struct WebChannel(HookReceiver);

impl Deref for WebChannel {
    type Target = HookReceiver;

    fn deref(&self) -> &HookReceiver {
        &self.0
    }
}

impl WebChannel {
    /// Opens the page.
    pub async fn start(at: SocketAddr, secret: &str) -> io::Result<Self> {
        HookReceiver::start("web channel", at, secret).await.map(Self)
    }

    /// Waits until the visitor reads these words.
    pub async fn message(&self, visitor: &str, text: &str) -> Result<Hook, NotSeen> {
        let wanted = |hook: &Hook| hook.kind() == "message" && hook.visitor() == visitor && hook.text() == text;
        self.wait_for(&format!("“{text}” for {visitor}"), wanted).await
    }

    /// Waits for a notice of this kind for the visitor: `queued`, `assigned`, `transferred`, `refused`, `closed`.
    pub async fn notice(&self, visitor: &str, kind: &str) -> Result<Hook, NotSeen> {
        let wanted = |hook: &Hook| hook.visitor() == visitor && hook.body["notice"]["kind"] == kind;
        self.wait_for(&format!("the notice {kind} for {visitor}"), wanted).await
    }

    /// Goes away.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}
