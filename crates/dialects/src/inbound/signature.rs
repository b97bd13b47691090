//! Checks of keys and signatures. All compare in constant time, so that an answer's delay tells nothing of the secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// Whether `signature` is base64 of HMAC-SHA512 over `data` (Google RBM webhooks).
pub(crate) fn is_hmac_sha512(key: &str, data: &[u8], signature: &str) -> bool {
    let Ok(mac) = Hmac::<Sha512>::new_from_slice(key.as_bytes()) else { return false };
    STANDARD.decode(signature).is_ok_and(|tag| mac.chain_update(data).verify_slice(&tag).is_ok())
}

/// Whether `signature` is base64 of HMAC-SHA1 over `data` (Twilio callbacks).
pub(crate) fn is_hmac_sha1(key: &str, data: &[u8], signature: &str) -> bool {
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return false };
    STANDARD.decode(signature).is_ok_and(|tag| mac.chain_update(data).verify_slice(&tag).is_ok())
}

/// HMAC-SHA256 over `data`; empty, which verifies nothing, if the key can not be used.
pub(crate) fn hmac_sha256(key: &str, data: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
    mac.map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// Whether `tag` is HMAC-SHA256 over `data`.
pub(crate) fn is_hmac_sha256(key: &str, data: &[u8], tag: &[u8]) -> bool {
    Hmac::<Sha256>::new_from_slice(key.as_bytes()).is_ok_and(|mac| mac.chain_update(data).verify_slice(tag).is_ok())
}

/// Whether two secrets are the same. Their hashes are compared, so not even the length shows.
pub(crate) fn same_secret(expected: &str, given: &str) -> bool {
    Sha256::digest(expected).ct_eq(&Sha256::digest(given)).into()
}

/// SHA-256 in lower-case hex: of a key, as the accounts file has it, or of a body.
pub(crate) fn sha256_hex(data: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(data))
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a String can not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
