//! An agent's page in the workspace: it says that the agent is there, and says so again before the lease ends. When the
//! page dies nobody says anything.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::client::Refused;
use crate::native_client::NativeClient;

/// A page that is open; dropped, it is dead.
#[derive(Debug)]
pub struct AgentPage(JoinHandle<()>);

impl AgentPage {
    /// Opens the page of an agent who is online, for whom it gives a sign of life each third of `lease`. Answers when the
    /// first one was taken; later ones that are refused are told on standard error.
    pub async fn open(client: &NativeClient, desk: &str, agent: &str, lease: Duration) -> Result<Self, Refused> {
        // Each sign of life is the very same word: its instant is when the agent came.
        let word = json!({ "presence": "online", "at_ms": now_ms(), "lease_ms": ms(lease) });
        client.say_presence(desk, agent, &word).await?;
        let (client, desk, agent) = (client.clone(), desk.to_owned(), agent.to_owned());
        Ok(Self(tokio::spawn(async move { stay(&client, &desk, &agent, &word, lease / 3).await })))
    }

    /// The page dies without a word.
    pub fn die(self) {
        drop(self);
    }
}

impl Drop for AgentPage {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn stay(client: &NativeClient, desk: &str, agent: &str, word: &Value, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        if let Err(refused) = client.say_presence(desk, agent, word).await {
            eprintln!("the page of {agent} is not heard: {refused}");
        }
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, ms)
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
