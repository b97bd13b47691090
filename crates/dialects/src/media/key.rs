//! The key of a file: `{day}-{32 hex digits}.{format}`. The day of its upload says when it ends, the random part can not
//! be guessed, the format says how it is served. A key that is not exactly of this form is no key, so none leads
//! elsewhere in the store.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use usher_domain::{InputId, Timestamp};

use super::Format;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A file's key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    day: u32,
    random: u128,
    format: Format,
}

/// The day of an instant: whole days since 1970-01-01 in UTC.
pub fn day(now: Timestamp) -> u32 {
    u32::try_from(now.millis().div_euclid(DAY_MS)).unwrap_or_default()
}

impl Key {
    /// A new one.
    pub(crate) fn new(now: Timestamp, random: InputId, format: Format) -> Self {
        Self { day: day(now), random: random.bits(), format }
    }

    /// The day on which it was made, as [`day`] counts.
    pub const fn day(&self) -> u32 {
        self.day
    }

    /// What kind of file it is.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether its time is over: `life` after the day of its upload.
    pub(crate) fn has_ended(&self, now: Timestamp, life: Duration) -> bool {
        Timestamp::from_millis((i64::from(self.day) + 1) * DAY_MS).plus(life) <= now
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:032x}.{}", self.day, self.random, self.format.name)
    }
}

/// Who has the key has the file: it is not for logs.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {})", self.day, self.format.name)
    }
}

/// It is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoKey;

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let read = || {
            let (day, rest) = text.split_once('-')?;
            let (random, format) = rest.split_once('.')?;
            let random = u128::from_str_radix(random, 16).ok()?;
            Some(Self { day: day.parse().ok()?, random, format: Format::named(format)? })
        };
        // Written as we write it, and in no other way.
        read().filter(|key| key.to_string() == text).ok_or(NoKey)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(20_778 * DAY_MS + 5);

    fn key() -> Key {
        Key::new(NOW, InputId::from_bits(0x4499), Format::named("jpg").expect("known"))
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        assert_eq!(key().to_string(), "20778-00000000000080008000000000004499.jpg");
        assert_eq!(key().to_string().parse(), Ok(key()));
    }

    #[test]
    fn a_key_ends_its_life_after_the_day_of_its_upload() {
        let life = Duration::from_secs(2 * 86_400);
        let end = Timestamp::from_millis((20_778 + 3) * DAY_MS);
        assert!(!key().has_ended(end.minus(Duration::from_millis(1)), life));
        assert!(key().has_ended(end, life));
    }

    #[test]
    fn nothing_else_is_a_key() {
        for text in [
            "",
            "20778-00000000000000000000000000004499",
            "20778-4499.jpg",
            "020778-00000000000000000000000000004499.jpg",
            "+20778-00000000000000000000000000004499.jpg",
            "20778-0000000000000000000000000000449A.jpg",
            "20778-00000000000000000000000000004499.JPG",
            "20778-00000000000000000000000000004499.bpm",
            "20778-00000000000000000000000000004499.html",
            "../20778-00000000000000000000000000004499.jpg",
        ] {
            assert_eq!(text.parse::<Key>(), Err(NoKey), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_as_a_key_stays_in_its_folder(text in "[0-9]{1,6}-[0-9a-f/.]{1,33}[.a-z/]{0,6}") {
            if let Ok(key) = text.parse::<Key>() {
                prop_assert!(key.to_string() == text && !text.contains('/') && !text.contains(".."));
            }
        }
    }
}
