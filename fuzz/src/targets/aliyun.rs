//! Aliyun: any parameters, rightly signed (ACS3-HMAC-SHA256).

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::chosen;
use crate::edge::Call;

/// The instant of all calls, as Aliyun's clients write it.
const DATE: &str = "2021-04-28T01:26:40Z";
const SIGNED: &str = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
const GOOD: &[u8] = b"AIAgentId=agent-1&ReceiverId=A&SessionId=s&Text=hi&Type=custom";

pub fn fuzz(data: &[u8]) {
    let Some((in_query, parameters)) = chosen(&[true, false], data) else { return };
    call(parameters, in_query);
    assert!(call(GOOD, true), "a good call is accepted");
}

fn call(parameters: &[u8], in_query: bool) -> bool {
    let (query, body) = if in_query { (canonical(parameters), &b""[..]) } else { (String::new(), parameters) };
    let hash = hex(&Sha256::digest(body));
    let headers = [
        ("host", "usher.example"),
        ("x-acs-action", "SendMessageChatText"),
        ("x-acs-content-sha256", hash.as_str()),
        ("x-acs-date", DATE),
        ("x-acs-signature-nonce", "nonce"),
        ("x-acs-version", "2020-11-09"),
    ];
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let request = format!("POST\n/\n{query}\n{lines}\n{SIGNED}\n{hash}");
    let signed = format!("ACS3-HMAC-SHA256\n{}", hex(&Sha256::digest(request)));
    let mac = Hmac::<Sha256>::new_from_slice(b"acme-access-key-secret").expect("any length").chain_update(signed);
    let signature = hex(&mac.finalize().into_bytes());
    let authorization = format!("ACS3-HMAC-SHA256 Credential=LTAI-acme,SignedHeaders={SIGNED},Signature={signature}");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers: Vec<_> = headers.into_iter().chain([form, ("authorization", authorization.as_str())]).collect();
    Call { method: "POST", path: "/", query: &query, headers: &headers, body }.heard().is_some()
}

/// The parameters in order, each escaped as RFC 3986 says.
fn canonical(parameters: &[u8]) -> String {
    let text = String::from_utf8_lossy(parameters);
    let mut pairs: Vec<(&str, &str)> = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    pairs.sort_unstable();
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
