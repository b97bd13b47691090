//! Reads `traceparent` (W3C Trace Context, <https://www.w3.org/TR/trace-context/#traceparent-header>). One that is
//! malformed counts as absent, as the standard says.

/// The header as it is to be passed on.
pub(crate) fn parent(header: &str) -> Option<String> {
    let mut parts = header.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let whole = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    let named = trace.bytes().any(|digit| digit != b'0') && span.bytes().any(|digit| digit != b'0');
    // Later versions may have more parts; version 00 has none, and ff is forbidden.
    let fits = version != "ff" && (version != "00" || parts.next().is_none());
    (whole && named && fits).then(|| format!("00-{trace}-{span}-{flags}"))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::parent;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn well_formed_parents_are_passed_on_and_others_count_as_absent() {
        assert_eq!(parent(GOOD).as_deref(), Some(GOOD));
        assert_eq!(parent(&format!("cc{}-more", &GOOD[2..])).as_deref(), Some(GOOD));
        let wrong = [
            String::new(),
            GOOD.to_uppercase(),
            format!("ff{}", &GOOD[2..]),
            format!("{GOOD}-more"),
            GOOD[..GOOD.len() - 1].to_owned(),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01".to_owned(),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01".to_owned(),
        ];
        for text in wrong {
            assert_eq!(parent(&text), None, "{text}");
        }
    }
}
