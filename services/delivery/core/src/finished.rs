//! The finished offsets beyond the committed one, as text for the commit metadata: W bits, as hex.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::WINDOW;

/// Hex digits of the whole text.
const DIGITS: usize = WINDOW as usize / 4;

/// Which offsets from a base on are finished already. Bit i stands for offset base + i; as text, the first hex digit
/// holds the first four offsets, its highest bit the first of them. No offset at all is the empty text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FinishedBeyond {
    /// Distances from the base, each below [`WINDOW`].
    distances: BTreeSet<u8>,
}

/// A commit metadata that is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedFinished;

impl fmt::Display for MalformedFinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the commit metadata is neither empty nor {DIGITS} hex digits")
    }
}

impl std::error::Error for MalformedFinished {}

impl FinishedBeyond {
    /// Those of `offsets` that lie in the window above `base`.
    pub fn of(base: i64, offsets: impl IntoIterator<Item = i64>) -> Self {
        let distance = |offset: i64| offset.checked_sub(base).and_then(|distance| u8::try_from(distance).ok());
        Self { distances: offsets.into_iter().filter_map(distance).collect() }
    }

    /// The offsets, counted from `base`.
    pub fn offsets(&self, base: i64) -> impl Iterator<Item = i64> {
        self.distances.iter().map(move |distance| base.saturating_add(i64::from(*distance)))
    }
}

impl fmt::Display for FinishedBeyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.distances.is_empty() {
            return Ok(());
        }
        for digit in 0..DIGITS {
            let bit = |i: usize| u8::from(self.distances.contains(&((digit * 4 + i) as u8))) << (3 - i);
            write!(f, "{:x}", (0..4).map(bit).sum::<u8>())?;
        }
        Ok(())
    }
}

impl FromStr for FinishedBeyond {
    type Err = MalformedFinished;

    fn from_str(text: &str) -> Result<Self, MalformedFinished> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() != DIGITS {
            return Err(MalformedFinished);
        }
        let mut distances = BTreeSet::new();
        for (digit, symbol) in text.chars().enumerate() {
            let value = symbol.to_digit(16).ok_or(MalformedFinished)?;
            distances.extend((0..4).filter(|i| value >> (3 - i) & 1 == 1).map(|i| (digit * 4 + i) as u8));
        }
        Ok(Self { distances })
    }
}
