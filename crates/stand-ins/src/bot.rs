//! A tenant's bot: told of sessions and messages by signed webhooks; it answers by the native API
//! ([`NativeClient::bot_says`](crate::NativeClient::bot_says)).

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;

use crate::hooks::{Hook, HookReceiver};
use crate::log::NotSeen;

/// The bot.
#[derive(Debug)]
pub struct Bot(HookReceiver);

impl Deref for Bot {
    type Target = HookReceiver;

    fn deref(&self) -> &HookReceiver {
        &self.0
    }
}

impl Bot {
    /// Starts the bot.
    pub async fn start(at: SocketAddr, secret: &str) -> io::Result<Self> {
        HookReceiver::start("bot", at, secret).await.map(Self)
    }

    /// Waits for the visitor's session.
    pub async fn connected(&self, visitor: &str) -> Result<Hook, NotSeen> {
        let wanted = |hook: &Hook| hook.kind() == "session.connected" && hook.visitor() == visitor;
        self.wait_for(&format!("a session of {visitor}"), wanted).await
    }

    /// Waits for a message with these words.
    pub async fn message(&self, text: &str) -> Result<Hook, NotSeen> {
        self.wait_for(&format!("the message “{text}”"), |hook| hook.kind() == "message" && hook.text() == text).await
    }

    /// Goes away.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}
