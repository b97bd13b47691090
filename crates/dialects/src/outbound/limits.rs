//! How long a text may be on each channel: one table. A longer one is refused before the send, so that its fallback can
//! act; nothing is ever cut silently.

use usher_domain::Dialect;

use super::SendOutcome;

/// The longest text of a message, in characters (Unicode scalar values); `None`: the channel states no limit.
pub const fn text_limit(dialect: Dialect) -> Option<usize> {
    match dialect {
        Dialect::Native => None,
        // "1K" in the vendor's page, without a unit.
        Dialect::Huawei => Some(1_024),
        // Google RCS for Business, "Send messages", size limits.
        Dialect::Rbm => Some(3_072),
        // Twilio's `Body`; longer ones are refused with error 21617.
        Dialect::Sms => Some(1_600),
        // Its limit is of bytes, with `ext`: `BODY_BYTES_MAX_EASEMOB`.
        Dialect::Easemob => None,
        // The vendor's page states none.
        Dialect::Aliyun => None,
    }
}

/// The longest `content` that Huawei's `poll` gives out, in characters (the vendor's page on `poll`).
pub(crate) const POLL_CHARS_MAX_HUAWEI: usize = 500;

/// The most that `body` and `ext` of an Easemob message may have together, in bytes: 5 KB in the vendor's current page
/// (an older one says 40 KB).
pub(crate) const BODY_BYTES_MAX_EASEMOB: usize = 5_120;

/// Google RCS for Business: characters of a suggestion's words, and of what comes back from a tap.
pub(crate) const RBM_LABEL_CHARS_MAX: usize = 25;
/// See [`RBM_LABEL_CHARS_MAX`].
pub(crate) const RBM_POSTBACK_CHARS_MAX: usize = 2_048;
/// Google RCS for Business: suggestions below a message, and on a card.
pub(crate) const RBM_CHOICES_MAX: usize = 11;
/// See [`RBM_CHOICES_MAX`].
pub(crate) const RBM_CARD_CHOICES_MAX: usize = 4;
/// Google RCS for Business: characters of a rich card's title and description.
pub(crate) const RBM_TITLE_CHARS_MAX: usize = 200;
/// See [`RBM_TITLE_CHARS_MAX`].
pub(crate) const RBM_DESCRIPTION_CHARS_MAX: usize = 2_000;

/// Refuses a text that is empty or longer than the channel takes.
pub(crate) fn check_text(dialect: Dialect, text: &str) -> Result<(), SendOutcome> {
    let channel = dialect.name();
    if text.trim().is_empty() {
        return Err(SendOutcome::not_reachable(format!("a message without words can not go out by {channel}")));
    }
    let Some(limit) = text_limit(dialect) else { return Ok(()) };
    let length = text.chars().count();
    if length > limit {
        return Err(SendOutcome::not_reachable(format!(
            "the text has {length} characters, {channel} takes at most {limit}: split it before sending"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_just_the_limit_goes_and_one_more_is_refused() {
        for dialect in Dialect::ALL {
            let Some(limit) = text_limit(dialect) else { continue };
            assert_eq!(check_text(dialect, &"界".repeat(limit)), Ok(()), "{dialect:?} counts characters, not bytes");
            let refusal = check_text(dialect, &"界".repeat(limit + 1));
            assert!(matches!(refusal, Err(SendOutcome::NotReachable { .. })), "{dialect:?}");
        }
    }

    #[test]
    fn the_native_channel_takes_any_length() {
        assert_eq!(check_text(Dialect::Native, &"x".repeat(100_000)), Ok(()));
    }
}
