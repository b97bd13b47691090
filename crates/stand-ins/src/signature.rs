//! The signatures of the outside world, written here a second time on purpose: a stand-in that shared code with
//! usher would share its mistakes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// `webhook-signature` of Standard Webhooks; `None` when the secret is not base64.
pub(crate) fn of_webhook(secret: &str, id: &str, seconds: &str, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// `X-Goog-Signature`: over the bytes that `message.data` decodes to.
pub(crate) fn of_google(client_token: &str, data: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(client_token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(data);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// `X-Twilio-Signature`: over the URL and the sorted fields, name and value without anything between.
pub(crate) fn of_twilio(auth_token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The signature of a Huawei push with an access key; `prefix` is the header up to it.
pub(crate) fn of_huawei(
    secret_key: &str,
    prefix: &str,
    uri: &axum::http::Uri,
    content_type: &str,
    body: &[u8],
) -> String {
    let lines = [
        prefix.to_owned(),
        "POST".to_owned(),
        uri.path().to_owned(),
        uri.query().unwrap_or_default().to_owned(),
        format!("content-type:{content_type}"),
        Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect(),
    ];
    let mut mac = Hmac::<Sha256>::new_from_slice(secret_key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(lines.join("\n").as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `authorization` of Alibaba Cloud's ACS3-HMAC-SHA256 for a POST at `/` without a body. `query` is encoded and sorted,
/// `headers` are sorted; all of them are covered.
pub(crate) fn of_aliyun(key: &str, secret: &str, query: &str, headers: &[(&str, String)]) -> String {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("POST\n/\n{query}\n{lines}\n{names}\n{}", sha256_hex(""));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("ACS3-HMAC-SHA256\n{}", sha256_hex(&canonical)).as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature={signature}")
}

/// `security` of Easemob's callbacks: MD5 in lower-case hex of the call's id, the secret and the instant.
pub(crate) fn of_easemob(call: &str, secret: &str, timestamp: &str) -> String {
    Md5::digest(format!("{call}{secret}{timestamp}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 as lower-case hex: how an accounts file keeps API keys.
pub(crate) fn sha256_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_standard_webhooks_is_met() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signature = of_webhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn the_vector_of_twilio_is_met() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ];
        let signature = of_twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signature, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "the example of Twilio's page on security");
    }

    #[test]
    fn a_key_is_kept_as_its_hash() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
