//! How a push shows who it comes from: a bearer token, one fetched by OAuth, or a signature with an access key.
//!
//! The vendor's page gives the header of a signed push as `auth-v2/{accessKey}/{timestamp}/{SignedHeaders}`, says that
//! `timestamp` of the body goes into the signature, and leaves the form that is signed open. Ours is:
//!
//! ```text
//! prefix    = auth-v2/{accessKey}/{timestamp of the body}/content-type
//! text      = prefix \n POST \n {path} \n {query, without ?} \n content-type:application/json \n {hex SHA-256 of the body}
//! signature = hex HMAC-SHA256(secretKey, text)
//! header    = Authorization: {prefix}/{signature}
//! ```
//!
//! Everything that a receiver acts on is covered, and a repeat is seen by the timestamp and the `messageCode`.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use usher_domain::Timestamp;

use crate::accounts::PushAuth;
use crate::inbound::signature::{hex, hmac_sha256, sha256_hex};
use crate::outbound::{ProviderRequest, Token, TokenGrant, bearer, path_and_query};

/// What the signature covers beside method, path, query and body.
const SIGNED_HEADERS: &str = "content-type";
/// The type of every push.
pub(super) const JSON: &str = "application/json";

/// What a push shows.
pub(super) struct Shown {
    /// Header names and values.
    pub(super) headers: Vec<(&'static str, String)>,
    /// How the token comes that is still missing.
    pub(super) grant: Option<TokenGrant>,
}

/// What a push of `body` to `url` shows at `now`, which is the body's `timestamp` too.
pub(super) fn shown(auth: &PushAuth, url: &str, body: &[u8], now: Timestamp) -> Shown {
    let mut shown = Shown { headers: vec![("content-type", JSON.to_owned())], grant: None };
    match auth {
        PushAuth::Bearer { token } => shown.headers.push(("authorization", bearer(token.expose_secret()))),
        PushAuth::Oauth { token_url, app_key, app_secret } => {
            shown.headers.push(("x-app-key", app_key.clone()));
            shown.grant = Some(grant(token_url.clone(), app_key.clone(), app_secret.clone()));
        }
        PushAuth::AkSk { access_key, secret_key } => {
            let signed = signed(access_key, secret_key.expose_secret(), url, body, now);
            shown.headers.push(("authorization", signed));
        }
    }
    shown
}

/// `tokenByAkSk`: `{"app_key","app_secret"}` → `{"AccessToken","Expires"}`, in seconds as text.
fn grant(url: String, app_key: String, app_secret: SecretString) -> TokenGrant {
    let (name, secret) = (format!("huawei {url} {app_key}"), app_secret.clone());
    let ask = move |_| {
        let body = json!({ "app_key": app_key, "app_secret": app_secret.expose_secret() });
        Ok(ProviderRequest {
            method: "POST",
            url: url.clone(),
            headers: vec![("content-type", JSON.to_owned())],
            body: body.to_string().into_bytes(),
            grant: None,
        })
    };
    TokenGrant::new(name, &secret, ask, |answer| Token::named(answer, "AccessToken", "Expires"))
}

fn signed(access_key: &str, secret_key: &str, url: &str, body: &[u8], now: Timestamp) -> String {
    let prefix = format!("auth-v2/{access_key}/{}/{SIGNED_HEADERS}", now.millis());
    let (path, query) = path_and_query(url);
    let text = format!("{prefix}\nPOST\n{path}\n{query}\ncontent-type:{JSON}\n{}", sha256_hex(body));
    format!("{prefix}/{}", hex(&hmac_sha256(secret_key, text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_changes_with_all_that_it_covers() {
        let sign = |key: &str, secret: &str, url: &str, body: &[u8], at: i64| {
            signed(key, secret, url, body, Timestamp::from_millis(at))
        };
        let base = sign("ak", "sk", "https://a/p?q", b"{}", 1);
        assert!(base.starts_with("auth-v2/ak/1/content-type/"), "{base}");
        let others = [
            sign("ak2", "sk", "https://a/p?q", b"{}", 1),
            sign("ak", "sk2", "https://a/p?q", b"{}", 1),
            sign("ak", "sk", "https://a/p2?q", b"{}", 1),
            sign("ak", "sk", "https://a/p?q2", b"{}", 1),
            sign("ak", "sk", "https://a/p?q", b"{} ", 1),
            sign("ak", "sk", "https://a/p?q", b"{}", 2),
        ];
        let signature = |header: &str| header.rsplit('/').next().map(str::to_owned);
        for other in others {
            assert_ne!(signature(&other), signature(&base), "{other}");
        }
    }
}
