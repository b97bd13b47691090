//! How a call is signed: `ACS3-HMAC-SHA256`, the vendor's signature V3 for RPC calls. All parameters stand in the query,
//! the body is empty
//! (<https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature>).

use usher_domain::Timestamp;
use usher_domain::time::Utc;

use crate::inbound::signature::{hex, hmac_sha256, sha256_hex};
use crate::outbound::percent_encoded;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Who calls.
pub(super) struct Key<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a str,
}

/// The query as it is signed and sent: sorted, everything encoded but the unreserved characters of RFC 3986.
pub(super) fn query(parameters: &[(&str, &str)]) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    let pair = |(name, value): (&str, &str)| format!("{}={}", percent_encoded(name), percent_encoded(value));
    sorted.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// `Authorization` of a `POST` to `/` without a body; `headers` are those that are signed, by lower-case name.
pub(super) fn authorization(key: &Key<'_>, query: &str, headers: &[(&str, &str)]) -> String {
    let mut sorted = headers.to_vec();
    sorted.sort_unstable();
    let canonical: String = sorted.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let names = sorted.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let call = format!("POST\n/\n{query}\n{canonical}\n{names}\n{}", empty_body());
    let signed = format!("{ALGORITHM}\n{}", sha256_hex(call));
    let signature = hex(&hmac_sha256(key.secret, signed.as_bytes()));
    format!("{ALGORITHM} Credential={},SignedHeaders={names},Signature={signature}", key.id)
}

/// `x-acs-content-sha256` of no body.
pub(super) fn empty_body() -> String {
    sha256_hex("")
}

/// `x-acs-date`: UTC to the second.
pub(super) fn date(at: Timestamp) -> String {
    let Utc { year, month, day, hour, minute, second, .. } = at.utc();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the vendor's own client signs it (`alibabacloud_tea_openapi` 0.4.6 for Python).
    #[test]
    fn call_is_signed_as_the_vendors_client_signs_it() {
        let query = query(&[
            ("PhoneNumbers", "8613512345678"),
            ("SignName", "阿里云 测试"),
            ("TemplateCode", "SMS_1"),
            ("TemplateParam", r#"{"content":"50% off & more*~/: 售"}"#),
            ("OutId", "a.b.sms"),
        ]);
        let expected = "OutId=a.b.sms&PhoneNumbers=8613512345678&SignName=%E9%98%BF%E9%87%8C%E4%BA%91%20%E6%B5%8B\
                        %E8%AF%95&TemplateCode=SMS_1&TemplateParam=%7B%22content%22%3A%2250%25%20off%20%26%20more\
                        %2A~%2F%3A%20%E5%94%AE%22%7D";
        assert_eq!(query, expected);
        let headers = [
            ("x-acs-action", "SendSms"),
            ("x-acs-version", "2017-05-25"),
            ("x-acs-date", "2021-02-25T15:02:10Z"),
            ("x-acs-signature-nonce", "nonce-1"),
            ("x-acs-content-sha256", &empty_body()),
            ("host", "dysmsapi.aliyuncs.com"),
        ];
        let expected = "ACS3-HMAC-SHA256 Credential=key-id,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
                        x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=8a115cab4fba578bb9b76187a1474615abdf\
                        848b75b6d8f75fc06470609185c3";
        assert_eq!(authorization(&Key { id: "key-id", secret: "key-secret" }, &query, &headers), expected);
    }

    #[test]
    fn dates_are_utc_to_the_second() {
        assert_eq!(date(Timestamp::from_millis(1_709_251_199_999)), "2024-02-29T23:59:59Z");
        assert_eq!(date(Timestamp::default()), "1970-01-01T00:00:00Z");
    }
}
