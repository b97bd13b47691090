//! Where Google gives tokens: a service account shows an assertion that its key has signed, and gets one for an hour.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};

/// The service account of the stand-in.
const EMAIL: &str = "usher@stand-in.example";
/// Its key; Google has only the public half.
const KEY: &str = include_str!("key.pem");
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The tokens of one provider: only the last one given counts.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    given: AtomicU64,
    /// How many of them were called back.
    called_back: AtomicU64,
}

impl Tokens {
    /// How many were given.
    pub(super) fn given(&self) -> u64 {
        self.given.load(Ordering::SeqCst)
    }

    /// No token that was given so far is taken any more.
    pub(super) fn call_back(&self) {
        self.called_back.store(self.given(), Ordering::SeqCst);
    }

    /// Whether this `Authorization` is one that counts.
    pub(super) fn admit(&self, authorization: &str) -> bool {
        let number = authorization.strip_prefix("Bearer stand-in-").and_then(|number| number.parse::<u64>().ok());
        number.is_some_and(|number| self.called_back.load(Ordering::SeqCst) < number && number <= self.given())
    }

    /// One more token counts; answers with its number.
    pub(super) fn give_unasked(&self) -> u64 {
        self.given.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Answers a token call: a token, or why there is none.
    pub(super) fn give(&self, grant_type: &str, assertion: &str) -> Result<Value, &'static str> {
        if grant_type != GRANT_TYPE {
            return Err("unsupported_grant_type");
        }
        if !is_good(assertion, now_seconds()) {
            return Err("invalid_grant");
        }
        let number = self.give_unasked();
        Ok(json!({ "access_token": format!("stand-in-{number}"), "expires_in": 3599, "token_type": "Bearer" }))
    }
}

/// Google's key file of the service account, with tokens at this address.
pub(crate) fn key_file(token_uri: &str) -> String {
    json!({
        "type": "service_account",
        "project_id": "stand-in",
        "private_key_id": "stand-in-1",
        "private_key": KEY,
        "client_email": EMAIL,
        "client_id": "100000000000000000000",
        "token_uri": token_uri,
    })
    .to_string()
}

/// Whether an assertion is signed by the account's key and says what Google wants.
fn is_good(assertion: &str, now: u64) -> bool {
    let Some((signed, signature)) = assertion.rsplit_once('.') else { return false };
    let Some((header, claims)) = signed.split_once('.') else { return false };
    let (Some(header), Some(claims), Ok(signature)) =
        (decoded(header), decoded(claims), URL_SAFE_NO_PAD.decode(signature))
    else {
        return false;
    };
    let issued = claims["iat"].as_u64().unwrap_or_default();
    let ends = claims["exp"].as_u64().unwrap_or_default();
    header["alg"] == "RS256"
        && claims["iss"] == EMAIL
        && claims["scope"] == "https://www.googleapis.com/auth/rcsbusinessmessaging"
        && claims["aud"] == "https://oauth2.googleapis.com/token"
        && issued <= now + 60
        && now < ends
        && ends <= issued + 3_600
        && is_signed(signed.as_bytes(), &signature)
}

fn decoded(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn is_signed(message: &[u8], signature: &[u8]) -> bool {
    let Ok(der) = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()) else { return false };
    let Ok(pair) = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()).verify(message, signature).is_ok()
}

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
