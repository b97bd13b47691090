//! How text goes into URLs and forms, and how a shared secret becomes an `authorization` header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Percent-encodes all but the unreserved characters of RFC 3986 §2.3. Forms read it too: `%20` for a blank is as good
/// as `+`.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 0xf)]));
        }
    }
    encoded
}

/// Fields as `application/x-www-form-urlencoded`, in the order given.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", percent_encoded(name), percent_encoded(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// `authorization` with a user and a password (RFC 7617).
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// `authorization` with a token (RFC 6750).
pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(percent_encoded("aZ09-._~"), "aZ09-._~");
        assert_eq!(percent_encoded("+86 /?&=%售"), "%2B86%20%2F%3F%26%3D%25%E5%94%AE");
    }

    #[test]
    fn forms_keep_their_order() {
        assert_eq!(form(&[("To", "+1"), ("Body", "a&b")]), "To=%2B1&Body=a%26b");
    }

    #[test]
    fn user_and_password_become_one_header() {
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "the example of RFC 7617 §2");
    }
}
