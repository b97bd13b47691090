//! A caller of usher's native API: the tenant's backend, its workspace, its bot.

use std::time::Duration;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::client::{self, Refused, Reply};
use crate::workspace::Seat;

/// The caller. Every method answers with a 2xx reply, or with what was said instead; [`NativeClient::post`] with any.
#[derive(Debug, Clone)]
pub struct NativeClient {
    url: String,
    key: String,
}

/// A visitor as a call names them, and whom they ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person(Map<String, Value>);

impl Person {
    /// The visitor of an account.
    pub fn new(account: &str, visitor: &str) -> Self {
        Self(fields(json!({ "account": account, "visitor": visitor })))
    }

    /// With marks; any makes them a VIP.
    pub fn tags(self, tags: &[&str]) -> Self {
        self.with("tags", json!(tags))
    }

    /// As the channel shows them.
    pub fn nickname(self, nickname: &str) -> Self {
        self.with("nickname", json!(nickname))
    }

    /// Where an SMS reaches them.
    pub fn phone(self, phone: &str) -> Self {
        self.with("phone", json!(phone))
    }

    /// Asks for this skill group.
    pub fn group(self, group: &str) -> Self {
        self.with("group", json!(group))
    }

    /// Asks for this agent.
    pub fn agent(self, agent: &str) -> Self {
        self.with("agent", json!(agent))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

/// A message to a visitor, with the terms under which it must arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said(Map<String, Value>);

impl Said {
    /// Words.
    pub fn text(text: &str) -> Self {
        Self(fields(json!({ "text": text })))
    }

    /// A `content`.
    pub fn content(content: &Value) -> Self {
        Self(fields(json!({ "content": content })))
    }

    /// Must arrive within this time.
    pub fn ttl(self, ttl: Duration) -> Self {
        self.with("ttl_ms", json!(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX)))
    }

    /// `authentication`, `transaction`, `promotion` or `service`.
    pub fn class(self, class: &str) -> Self {
        self.with("class", json!(class))
    }

    /// The number for the SMS instead.
    pub fn fallback_to(self, phone: &str) -> Self {
        self.with("fallback", json!({ "to": phone }))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// `first` with all fields of `more`.
fn joined(first: Value, more: &Map<String, Value>) -> Value {
    let mut all = fields(first);
    all.extend(more.clone());
    Value::Object(all)
}

impl NativeClient {
    /// A caller of the usher at `url` with this API key.
    pub fn new(url: &str, key: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), key: key.to_owned() }
    }

    /// Any call, with an `Idempotency-Key` or without; answers with any status.
    pub async fn post(&self, path: &str, body: &Value, idempotency_key: Option<&str>) -> Result<Reply, Refused> {
        let mut request = client::http().post(format!("{}{path}", self.url)).bearer_auth(&self.key).json(body);
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        client::sent(request).await
    }

    async fn call(&self, path: &str, body: &Value) -> Result<Reply, Refused> {
        let key = Uuid::new_v4().to_string();
        client::patiently(|| self.post(path, body, Some(&key))).await?.accepted()
    }

    /// Keeps a file of this type; answers with its key.
    pub async fn keep(&self, media_type: &str, bytes: &[u8]) -> Result<String, Refused> {
        let request = client::http().post(format!("{}/v1/media", self.url)).bearer_auth(&self.key);
        let request = request.header("content-type", media_type.to_owned()).body(bytes.to_vec());
        Ok(client::sent(request).await?.accepted()?.field("key").to_owned())
    }

    /// The file with this key.
    pub async fn file(&self, key: &str) -> Result<Vec<u8>, Refused> {
        let request = client::http().get(format!("{}/v1/media/{}", self.url, segment(key))).bearer_auth(&self.key);
        client::bytes(request).await
    }

    /// A visitor says something; if a group or an agent is named they ask for a human too.
    pub async fn message(&self, person: &Person, text: &str) -> Result<Reply, Refused> {
        self.call("/v1/messages", &joined(json!({ "text": text }), &person.0)).await
    }

    /// A token with which the visitor's page may collect what waits for it.
    pub async fn stream_token(&self, account: &str, visitor: &str) -> Result<String, Refused> {
        let reply = self.call("/v1/stream-tokens", &json!({ "account": account, "visitor": visitor })).await?;
        Ok(reply.field("token").to_owned())
    }

    /// A visitor asks for a human.
    pub async fn ask(&self, person: &Person) -> Result<Reply, Refused> {
        self.call("/v1/asks", &Value::Object(person.0.clone())).await
    }

    /// A visitor opens a session and says nothing.
    pub async fn connect(&self, person: &Person) -> Result<Reply, Refused> {
        self.call("/v1/connect", &Value::Object(person.0.clone())).await
    }

    /// A visitor ends their session.
    pub async fn leave(&self, person: &Person) -> Result<Reply, Refused> {
        self.call("/v1/leave", &Value::Object(person.0.clone())).await
    }

    /// An agent says how they are: `online`, `busy`, `away`, `break`, `offline`.
    pub async fn presence(&self, desk: &str, agent: &str, presence: &str) -> Result<Reply, Refused> {
        self.say_presence(desk, agent, &json!({ "presence": presence })).await
    }

    /// The same with all that may stand beside it: `presence`, `at_ms`, `lease_ms`, `drain`.
    pub async fn say_presence(&self, desk: &str, agent: &str, word: &Value) -> Result<Reply, Refused> {
        self.call(&format!("/v1/desks/{}/agents/{}/presence", segment(desk), segment(agent)), word).await
    }

    /// An agent answers.
    pub async fn send(&self, seat: &Seat, said: &Said) -> Result<Reply, Refused> {
        let body = joined(json!({ "account": seat.account, "agent": seat.agent }), &said.0);
        self.call(&format!("/v1/sessions/{}/messages", seat.session), &body).await
    }

    /// An agent hands the session on: `to` is `{ "agent": … }` or `{ "group": … }`.
    pub async fn transfer(&self, seat: &Seat, to: &Value) -> Result<Reply, Refused> {
        let body = json!({
            "account": seat.account, "agent": seat.agent, "placement": seat.placement, "to": to,
        });
        self.call(&format!("/v1/sessions/{}/transfer", seat.session), &body).await
    }

    /// An agent ends the session.
    pub async fn close(&self, seat: &Seat) -> Result<Reply, Refused> {
        let body = json!({ "account": seat.account, "agent": seat.agent, "placement": seat.placement });
        self.call(&format!("/v1/sessions/{}/close", seat.session), &body).await
    }

    /// An agent takes the session that they were asked for.
    pub async fn accept(&self, offer: &Seat) -> Result<Reply, Refused> {
        self.answer(offer, "accept").await
    }

    /// An agent does not take the session that they were asked for.
    pub async fn decline(&self, offer: &Seat) -> Result<Reply, Refused> {
        self.answer(offer, "decline").await
    }

    async fn answer(&self, offer: &Seat, word: &str) -> Result<Reply, Refused> {
        let body = json!({ "account": offer.account, "agent": offer.agent, "placement": offer.placement });
        self.call(&format!("/v1/sessions/{}/{word}", offer.session), &body).await
    }

    /// An agent asks the visitor what they think of the session.
    pub async fn invite(&self, seat: &Seat) -> Result<Reply, Refused> {
        let body = json!({ "account": seat.account, "agent": seat.agent });
        self.call(&format!("/v1/sessions/{}/invite-survey", seat.session), &body).await
    }

    /// A visitor says what they think of their session, in stars and words.
    pub async fn rate(&self, person: &Person, score: u8, detail: &str) -> Result<Reply, Refused> {
        self.call("/v1/surveys", &joined(json!({ "score": score, "detail": detail }), &person.0)).await
    }

    /// What usher shows at a path.
    pub async fn look(&self, path: &str) -> Result<Reply, Refused> {
        let get = || client::sent(client::http().get(format!("{}{path}", self.url)).bearer_auth(&self.key));
        client::patiently(get).await?.accepted()
    }

    /// The account's bot says something in a session.
    pub async fn bot_says(&self, account: &str, session: &str, said: &Said) -> Result<Reply, Refused> {
        let body = joined(json!({ "account": account }), &said.0);
        self.call(&format!("/v1/sessions/{session}/bot-messages"), &body).await
    }

    /// The tenant's server pushes a message; opens no session.
    pub async fn push(&self, account: &str, visitor: &str, said: &Said) -> Result<Reply, Refused> {
        self.call("/v1/pushes", &joined(json!({ "account": account, "visitor": visitor }), &said.0)).await
    }
}

/// A name as one segment of a path.
fn segment(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_fields_of_the_api() {
        let person = Person::new("web", "D").tags(&["vip1"]).group("售前");
        let expected = json!({ "account": "web", "visitor": "D", "tags": ["vip1"], "group": "售前", "text": "Hi" });
        assert_eq!(joined(json!({ "text": "Hi" }), &person.0), expected);
        let said = Said::text("Hi").ttl(Duration::from_secs(3)).class("promotion").fallback_to("+8613512345678");
        let expected = json!({
            "text": "Hi", "ttl_ms": 3_000, "class": "promotion", "fallback": { "to": "+8613512345678" },
        });
        assert_eq!(Value::Object(said.0), expected);
    }

    #[test]
    fn a_name_is_one_segment() {
        assert_eq!(segment("a b/售"), "a%20b%2F%E5%94%AE");
    }
}
