//! Tokens that a provider gives for a secret (RFC 6749): what is asked, and what the answer says. Who makes the call keeps
//! the token, by its key, until shortly before it ends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use usher_domain::{TenantId, Timestamp};

use super::{ProviderRequest, ProviderResponse, SendOutcome};
use crate::inbound::signature::sha256_hex;

/// What makes the token call at an instant.
type Ask = dyn Fn(Timestamp) -> Result<ProviderRequest, SendOutcome> + Send + Sync;

/// How the token of a request is come by. It goes as `authorization: Bearer …`.
#[derive(Clone)]
pub struct TokenGrant {
    name: String,
    key: String,
    ask: Arc<Ask>,
    read: fn(&Value) -> Option<Token>,
}

/// A token, and how long it is good for from when it was given.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token itself.
    pub value: SecretString,
    /// How long it is good for.
    pub lifetime: Duration,
}

impl TokenGrant {
    /// A grant. `name` says for people what it is of, without the secret; `secret` is what its token is given for. `ask`
    /// makes the token call; `read` finds the token in the answer's JSON.
    pub(crate) fn new(
        name: String,
        secret: &SecretString,
        ask: impl Fn(Timestamp) -> Result<ProviderRequest, SendOutcome> + Send + Sync + 'static,
        read: fn(&Value) -> Option<Token>,
    ) -> Self {
        let key = format!("{name:?} {}", sha256_hex(secret.expose_secret()));
        Self { name, key, ask: Arc::new(ask), read }
    }

    /// The grant of this tenant: what one of them has been given, no other uses.
    pub(super) fn of(self, tenant: &TenantId) -> Self {
        Self { key: format!("{:?} {}", tenant.as_str(), self.key), ..self }
    }

    /// By what its token is kept: whoever has the same tenant, name and secret may use the same token. The secret stands
    /// in it as a hash, so logs have the name instead.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it is of, without secrets.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The token call. `now` goes into what is signed.
    ///
    /// # Errors
    /// The account's credentials can not be used.
    pub fn request(&self, now: Timestamp) -> Result<ProviderRequest, SendOutcome> {
        (self.ask)(now)
    }

    /// Reads the answer. Whatever a refusal says is about our credentials, so 404 too is a mistake that people must mend.
    ///
    /// # Errors
    /// `Rejected` or `Retry`: there is no token, and nothing was sent.
    pub fn answered(&self, response: &ProviderResponse) -> Result<Token, SendOutcome> {
        match SendOutcome::of_status(response) {
            None => self.token_in(&response.body).ok_or_else(|| {
                SendOutcome::rejected("the token call's answer has no token and lifetime: is its address right?")
            }),
            Some(SendOutcome::Retry { after, .. }) => {
                Err(SendOutcome::Retry { reason: format!("the token call was answered {}", response.status), after })
            }
            Some(_) => Err(SendOutcome::rejected(format!(
                "the token call was answered {}: are the account's credentials right?",
                response.status
            ))),
        }
    }

    fn token_in(&self, body: &[u8]) -> Option<Token> {
        (self.read)(&serde_json::from_slice(body).ok()?)
    }
}

impl Token {
    /// The token under these names; the lifetime is in seconds, as a number or as text.
    pub(crate) fn named(answer: &Value, token: &str, lifetime: &str) -> Option<Self> {
        let value = answer.get(token)?.as_str().filter(|text| !text.is_empty())?;
        let seconds = match answer.get(lifetime)? {
            Value::String(text) => text.parse().ok()?,
            number => number.as_u64()?,
        };
        Some(Self { value: value.into(), lifetime: Duration::from_secs(seconds) })
    }

    /// The token in an answer as RFC 6749 §5.1 has it.
    pub(crate) fn standard(answer: &Value) -> Option<Self> {
        Self::named(answer, "access_token", "expires_in")
    }
}

impl fmt::Debug for TokenGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenGrant({})", self.name)
    }
}

/// The key stands for all of it.
impl PartialEq for TokenGrant {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for TokenGrant {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grant() -> TokenGrant {
        grant_for("name", "secret")
    }

    fn grant_for(name: &str, secret: &str) -> TokenGrant {
        let unused = |_| Err(SendOutcome::rejected("unused"));
        TokenGrant::new(name.to_owned(), &secret.into(), unused, Token::standard)
    }

    #[test]
    fn a_token_is_of_one_tenant_one_name_and_one_secret() {
        let (one, two) = (TenantId::new("one"), TenantId::new("two"));
        assert_eq!(grant().of(&one), grant().of(&one));
        assert_ne!(grant().of(&one), grant().of(&two));
        assert_ne!(grant(), grant_for("other", "secret"));
        assert_ne!(grant(), grant_for("name", "other"));
        let shown = format!("{:?} {}", grant().of(&one), grant().name());
        assert_eq!(shown, "TokenGrant(name) name", "no hash either");
    }

    fn response(status: u16, body: &Value) -> ProviderResponse {
        ProviderResponse { status, retry_after: Some(Duration::from_secs(7)), body: body.to_string().into_bytes() }
    }

    #[test]
    fn a_token_has_a_lifetime_as_number_or_text() {
        for seconds in [json!(3_599), json!("3599")] {
            let answer = response(200, &json!({ "access_token": "t", "expires_in": seconds }));
            let token = grant().answered(&answer).expect("a token");
            assert_eq!((token.value.expose_secret(), token.lifetime.as_secs()), ("t", 3_599));
        }
    }

    #[test]
    fn without_a_token_it_is_our_mistake_or_worth_another_try() {
        let unusable = [json!({}), json!({ "access_token": "", "expires_in": 1 }), json!({ "access_token": "t" })];
        for body in unusable {
            assert!(matches!(grant().answered(&response(200, &body)), Err(SendOutcome::Rejected { .. })), "{body}");
        }
        for status in [400, 401, 403, 404] {
            let refused = grant().answered(&response(status, &json!({ "error": "invalid_grant" })));
            assert!(matches!(refused, Err(SendOutcome::Rejected { .. })), "{status}");
        }
        for status in [429, 500, 503] {
            let Err(SendOutcome::Retry { after, .. }) = grant().answered(&response(status, &json!({}))) else {
                panic!("{status} is not tried again")
            };
            assert_eq!(after, Some(Duration::from_secs(7)));
        }
    }
}
