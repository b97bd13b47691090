//! A receipt of an SMSC: the TLVs where they are given, else the text that most SMSCs write (SMPP 3.4, appendix B): `id:…
//! sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…`.

use usher_domain::ProviderId;
use usher_domain::report::Fate;

use super::Delivered;
use crate::accounts::ReceiptId;
use crate::sms::smpp::provider_id::of_receipt;

/// Of which part it speaks and what it says; `None` inside: nothing final. `None`: it names no part, or says nothing that
/// is known.
pub(super) fn read(delivered: &Delivered<'_>, written: ReceiptId) -> Option<(ProviderId, Option<Fate>)> {
    let text = Text(delivered.text);
    let id = match delivered.receipted_message_id.filter(|id| !id.trim().is_empty()) {
        Some(id) => id.to_owned(),
        None => text.value("id:")?,
    };
    let said = delivered.message_state.and_then(by_number);
    let said = said.or_else(|| by_name(&text.value("stat:")?))?;
    Some((of_receipt(&id, written)?, fate(said, text.value("err:"))))
}

/// The states of a message, by the names that stand in texts.
fn by_number(state: u8) -> Option<&'static str> {
    Some(match state {
        // 0 and 9 are of SMPP 5.0.
        0 => "SCHEDULED",
        1 => "ENROUTE",
        2 => "DELIVRD",
        3 => "EXPIRED",
        4 => "DELETED",
        5 => "UNDELIV",
        6 => "ACCEPTD",
        7 => "UNKNOWN",
        8 => "REJECTD",
        9 => "SKIPPED",
        _ => return None,
    })
}

fn by_name(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    (0..=9).filter_map(by_number).find(|known| name.starts_with(&known[..known.len().min(7)]))
}

/// What a state comes to. A network is known to call undelivered what has arrived; only what the SMSC refused to begin
/// with certainly has not.
fn fate(state: &str, error: Option<String>) -> Option<Fate> {
    let reason = match error.filter(|code| is_code(code)) {
        Some(code) => format!("the SMSC reported {state}, error {code}"),
        None => format!("the SMSC reported {state}"),
    };
    match state {
        "DELIVRD" => Some(Fate::Delivered),
        "REJECTD" => Some(Fate::Refused { reason }),
        "EXPIRED" | "DELETED" | "UNDELIV" | "UNKNOWN" | "SKIPPED" => Some(Fate::Undelivered { reason }),
        _ => None,
    }
}

/// Zeros say that there was none; longer ones are no codes.
fn is_code(code: &str) -> bool {
    (1..=6).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && code.bytes().any(|byte| byte != b'0')
}

/// The text of a receipt: words before which a name stands. What was sent is quoted at its end, after `text:`, and is not
/// looked into.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// The word after a name, whatever the case of the name.
    fn value(&self, name: &str) -> Option<String> {
        let ours = self.0.to_ascii_lowercase();
        let end = find(&ours, b"text:").unwrap_or(ours.len());
        let mut from = 0;
        let start = loop {
            let at = from + find(ours.get(from..end)?, name.as_bytes())?;
            // `done id:` is another name than `id:`.
            if at == 0 || ours[at - 1].is_ascii_whitespace() {
                break at + name.len();
            }
            from = at + 1;
        };
        let rest = self.0[start..end].trim_ascii_start();
        let word = rest.split(|byte| byte.is_ascii_whitespace()).next()?;
        let word = std::str::from_utf8(word).ok().filter(|word| !word.is_empty() && word.len() <= 65)?;
        Some(word.to_owned())
    }
}

fn find(text: &[u8], name: &[u8]) -> Option<usize> {
    text.windows(name.len()).position(|window| window == name)
}
