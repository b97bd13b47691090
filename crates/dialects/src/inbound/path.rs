//! Takes a path apart. Segments are decoded one by one (RFC 3986 §2.1), never the path as a whole, so that `%2F` stays
//! inside its segment and `+` stays a plus.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::condition::Condition;

/// The segments of a path that begins with `/`, not decoded.
pub(crate) fn segments(path: &str) -> Vec<&str> {
    path.strip_prefix('/').unwrap_or(path).split('/').collect()
}

/// One segment as text; `field` is what it stands for.
pub(crate) fn decode<'a>(field: &str, segment: &'a str) -> Result<Cow<'a, str>, Condition> {
    let escapes_are_whole = segment.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let text = percent_decode_str(segment).decode_utf8();
    let wrong = || Condition::invalid(field, "must be UTF-8, percent-encoded where the path needs it");
    text.ok().filter(|_| escapes_are_whole).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_one_by_one() {
        assert_eq!(segments("/v1/a%2Fb/c"), ["v1", "a%2Fb", "c"]);
        assert_eq!(decode("desk", "a%2Fb+%E5%94%AE").unwrap(), "a/b+售");
    }

    #[test]
    fn broken_escapes_are_refused() {
        for segment in ["%", "%4", "%zz", "a%C0%AF", "%ff"] {
            assert!(decode("desk", segment).is_err(), "{segment}");
        }
    }
}
