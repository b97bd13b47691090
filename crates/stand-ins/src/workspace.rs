//! A tenant's own desktop: where agents sit. It is told of sessions by signed webhooks and acts by the native API.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;

use crate::hooks::{Hook, HookReceiver};
use crate::log::NotSeen;

/// The workspace of one desk.
#[derive(Debug)]
pub struct Workspace(HookReceiver);

/// What an agent holds of a session: all that a command must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The account of the conversation.
    pub account: String,
    /// The session.
    pub session: String,
    /// The agent.
    pub agent: String,
    /// The placement under which they have it, `epoch.turn`.
    pub placement: String,
}

impl Deref for Workspace {
    type Target = HookReceiver;

    fn deref(&self) -> &HookReceiver {
        &self.0
    }
}

impl Workspace {
    /// Opens the workspace.
    pub async fn start(at: SocketAddr, secret: &str) -> io::Result<Self> {
        HookReceiver::start("workspace", at, secret).await.map(Self)
    }

    /// Waits until `agent` has a session of `visitor`; the latest one, if there are several.
    pub async fn seat(&self, agent: &str, visitor: &str) -> Result<Seat, NotSeen> {
        let what = format!("a session of {visitor} for {agent}");
        let wanted =
            |hook: &&Hook| hook.kind() == "session.assigned" && hook.agent() == agent && hook.visitor() == visitor;
        self.wait_until(&what, |hooks| hooks.iter().rev().find(wanted).map(seat_of)).await
    }

    /// Waits until `agent` is asked whether they take a session of `visitor`; the latest offer, if there are several.
    pub async fn offer(&self, agent: &str, visitor: &str) -> Result<Seat, NotSeen> {
        let what = format!("an offer of {visitor} for {agent}");
        let wanted =
            |hook: &&Hook| hook.kind() == "session.offered" && hook.agent() == agent && hook.visitor() == visitor;
        self.wait_until(&what, |hooks| hooks.iter().rev().find(wanted).map(seat_of)).await
    }

    /// Waits until an offer is withdrawn, and says why.
    pub async fn withdrawn(&self, offer: &Seat) -> Result<String, NotSeen> {
        let what = format!("the end of offer {} for {}", offer.placement, offer.agent);
        let is = |hook: &Hook| {
            hook.kind() == "session.offer-withdrawn"
                && (hook.field("session"), hook.agent()) == (offer.session.as_str(), offer.agent.as_str())
                && hook.field("placement") == offer.placement
        };
        self.wait_for(&what, is).await.map(|hook| hook.field("reason").to_owned())
    }

    /// Waits for a message with these words.
    pub async fn message(&self, text: &str) -> Result<Hook, NotSeen> {
        self.wait_for(&format!("the message “{text}”"), |hook| hook.kind() == "message" && hook.text() == text).await
    }

    /// Waits for a file of this format.
    pub async fn file(&self, format: &str) -> Result<Hook, NotSeen> {
        let is = |hook: &Hook| hook.kind() == "message" && hook.body["message"]["content"]["format"] == format;
        self.wait_for(&format!("a file of format {format}"), is).await
    }

    /// Who was assigned, in order: (agent, visitor).
    pub fn assigned(&self) -> Vec<(String, String)> {
        let hooks = self.all();
        let assigned = hooks.iter().filter(|hook| hook.kind() == "session.assigned");
        assigned.map(|hook| (hook.agent().to_owned(), hook.visitor().to_owned())).collect()
    }

    /// Closes the desktop, as one that is down.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}

fn seat_of(hook: &Hook) -> Seat {
    let field = |name| hook.field(name).to_owned();
    Seat { account: field("account"), session: field("session"), agent: field("agent"), placement: field("placement") }
}
