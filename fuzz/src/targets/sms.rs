//! SMS providers' callbacks: any form, rightly signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::chosen;
use crate::edge::Call;

const STATUS: &str = "/callbacks/sms/acme/sms/0198f0a0000080008000000000000001/0198f0a0000080008000000000000002/sms";
const ALIYUN_REPORTS: &str = "/webhooks/sms/acme/sms%20cn/reports/sample-callback-token";
const ALIYUN_INCOMING: &str = "/webhooks/sms/acme/sms%20cn/incoming/sample-callback-token";

pub fn fuzz(data: &[u8]) {
    let paths = [STATUS, "/webhooks/sms/acme/sms", ALIYUN_REPORTS, ALIYUN_INCOMING];
    let Some((path, body)) = chosen(&paths, data) else { return };
    if path.starts_with("/webhooks/sms/acme/sms%20cn") {
        Call::post(path, &[("content-type", "application/json")], body).heard();
    } else {
        twilio(path, body);
    }
    assert!(twilio(STATUS, b"MessageStatus=delivered&MessageSid=SM1"), "a good call is accepted");
}

/// X-Twilio-Signature: the URL, then each name and value, sorted by name.
fn twilio(path: &str, body: &[u8]) -> bool {
    let mut fields: Vec<(String, String)> = form(body);
    fields.sort();
    let mut signed = format!("https://usher.example{path}");
    fields.iter().for_each(|(name, value)| signed.extend([name.as_str(), value.as_str()]));
    let mac = Hmac::<Sha1>::new_from_slice(b"auth-token").expect("any length").chain_update(signed);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("x-twilio-signature", signature.as_str())];
    Call::post(path, &headers, body).heard().is_some()
}

/// Plain fields only: what is escaped is signed otherwise and refused, which is a way to be gone too.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}
