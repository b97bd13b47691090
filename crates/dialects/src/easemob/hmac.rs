//! The signature of the customer service's REST channel, the same in both directions:
//! base64(HMAC-SHA256(secret, `VERB \n PATH \n X-Auth-Expires \n md5(CONTENT)`)), sent as
//! `Authorization: hmac {client_id}:{signature}`. The vendor's page does not say how the MD5 is printed; we read and write
//! lower-case hex.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};

use crate::inbound::signature::{hex, hmac_sha256};

/// The signature of one call. `expires` is the header as it is sent.
pub(super) fn sign(secret: &SecretString, verb: &str, path: &str, expires: &str, content: &[u8]) -> String {
    let text = format!("{verb}\n{path}\n{expires}\n{}", hex(&Md5::digest(content)));
    STANDARD.encode(hmac_sha256(secret.expose_secret(), text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reckoned with openssl:
    /// `printf 'POST\n/api/tenants/5950/rest/channels/20/messages\n1489490514142\n%s' "$(printf '{}' | md5sum | cut -c-32)"
    /// | openssl dgst -sha256 -hmac 02a0693ba5a57560df1f26a991204cb0 -binary | base64`
    #[test]
    fn signature_is_that_of_another_program() {
        let secret = "02a0693ba5a57560df1f26a991204cb0".into();
        let path = "/api/tenants/5950/rest/channels/20/messages";
        assert_eq!(sign(&secret, "POST", path, "1489490514142", b"{}"), "TGi0ve1NUqoDVd3o+AdMZd+HKfUFNkynpOTMXNkVDVU=");
    }
}
