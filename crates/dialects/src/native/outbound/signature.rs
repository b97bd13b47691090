//! The signature of Standard Webhooks: `v1,` and the base64 HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A signing secret that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webhook's secret in the accounts file is not base64 (`whsec_` may stand before it)")]
pub(super) struct WrongSecret;

/// Whether it is one that signs.
pub(crate) fn is_signing_secret(secret: &SecretString) -> bool {
    key(secret).is_ok()
}

fn key(secret: &SecretString) -> Result<Vec<u8>, WrongSecret> {
    let text = secret.expose_secret();
    let key = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| WrongSecret)?;
    if key.is_empty() { Err(WrongSecret) } else { Ok(key) }
}

/// The value of `webhook-signature`.
pub(super) fn sign(secret: &SecretString, id: &str, seconds: &str, body: &[u8]) -> Result<String, WrongSecret> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(secret)?).map_err(|_| WrongSecret)?;
    for part in [id.as_bytes(), b".", seconds.as_bytes(), b".", body] {
        mac.update(part);
    }
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn signed_with(secret: &str) -> Result<String, WrongSecret> {
        sign(&SecretString::from(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", BODY)
    }

    #[test]
    fn the_vector_of_the_specification_is_met() {
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").as_deref(), Ok(expected));
        assert_eq!(signed_with("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").as_deref(), Ok(expected));
    }

    #[test]
    fn a_secret_that_is_no_base64_or_empty_is_refused() {
        for secret in ["", "whsec_", "not base64!", "whsec_%%%"] {
            assert_eq!(signed_with(secret), Err(WrongSecret), "{secret}");
        }
    }
}
