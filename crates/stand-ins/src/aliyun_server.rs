//! The tenant's own server, as it sends to one customer's page by Alibaba Cloud's `SendMessageChatText`.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::client::{self, Refused, Reply};
use crate::signature;

/// A caller with an access key, on behalf of one agent.
#[derive(Debug, Clone)]
pub struct AliyunServer {
    url: String,
    key: String,
    secret: String,
    agent: String,
}

impl AliyunServer {
    /// Calls the usher at `ingest_url`, which stands where the vendor's endpoint did.
    pub fn new(ingest_url: &str, key: &str, secret: &str, agent: &str) -> Self {
        let text = str::to_owned;
        Self { url: text(ingest_url.trim_end_matches('/')), key: text(key), secret: text(secret), agent: text(agent) }
    }

    /// Sends a text; `kind` is `announcement` or `custom`. Every try is signed anew, as the vendor's clients do.
    pub async fn send(&self, receiver: &str, kind: &str, text: &str) -> Result<Reply, Refused> {
        client::patiently(|| self.attempt(receiver, kind, text)).await?.accepted()
    }

    async fn attempt(&self, receiver: &str, kind: &str, text: &str) -> Result<Reply, Refused> {
        let said = [
            ("AIAgentId", self.agent.as_str()),
            ("NeedArchiving", "true"),
            ("ReceiverId", receiver),
            ("SessionId", "stand-in"),
            ("Text", text),
            ("Type", kind),
        ];
        let query = said.map(|(name, value)| format!("{name}={}", escaped(value))).join("&");
        let headers = [
            ("host", self.url.split_once("://").map_or("", |(_, host)| host).to_owned()),
            ("x-acs-action", "SendMessageChatText".to_owned()),
            ("x-acs-content-sha256", signature::sha256_hex("")),
            ("x-acs-date", instant(SystemTime::now())),
            ("x-acs-signature-nonce", Uuid::new_v4().to_string()),
            ("x-acs-version", "2020-11-09".to_owned()),
        ];
        let authorization = signature::of_aliyun(&self.key, &self.secret, &query, &headers);
        let request = client::http().post(format!("{}/?{query}", self.url)).header("authorization", authorization);
        let others = headers.into_iter().filter(|(name, _)| *name != "host");
        client::sent(others.fold(request, |request, (name, value)| request.header(name, value))).await
    }
}

/// Percent-encoded, a blank as `%20`: how the vendor's clients sign.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// An instant as `2026-11-21T16:28:04Z`; days become a date as Howard Hinnant's `civil_from_days` says.
fn instant(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + 400 * era + next;
    format!("{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn instants_are_written_as_the_vendor_does() {
        let rows = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_278_484, "2026-11-21T16:28:04Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
        ];
        for (seconds, text) in rows {
            assert_eq!(instant(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn texts_are_escaped_for_the_signature() {
        assert_eq!(escaped("a+b*c~ 售"), "a%2Bb%2Ac~%20%E5%94%AE");
    }
}
