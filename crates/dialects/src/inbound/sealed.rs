//! Tokens that an edge gives out: signed, not stored, so every replica with the same key can check them. What they claim
//! and how long that counts is the dialect's.
//!
//! `<base64url of JSON>.<base64url of HMAC-SHA256 over the first part>`. A dialect puts its own name for the kind into
//! the claims, so that a token of one kind is none of another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::signature::{hmac_sha256, is_hmac_sha256};

/// The token that claims this.
pub(crate) fn seal(key: &SecretString, claims: &impl Serialize) -> String {
    let said = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap_or_default());
    let tag = hmac_sha256(key.expose_secret(), said.as_bytes());
    format!("{said}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// What a token claims; `None` when it is not signed by this key.
pub(crate) fn open<T: DeserializeOwned>(key: &SecretString, text: &str) -> Option<T> {
    let (said, tag) = text.split_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    if !is_hmac_sha256(key.expose_secret(), said.as_bytes(), &tag) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).ok()?).ok()
}

/// What a token says of itself, proven by nothing: only good for finding the key that it must be opened with.
pub(crate) fn unproven<T: DeserializeOwned>(text: &str) -> Option<T> {
    let (said, _) = text.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).ok()?).ok()
}
