//! A file's settings one by one, each with its path, so that whatever is wrong is told with the place and the fix.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;

/// One setting, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// For example `groups.sales.offer.within`.
    pub(super) path: String,
    value: Value,
}

/// Settings by name.
#[derive(Debug)]
pub(super) struct Settings {
    path: String,
    entries: BTreeMap<String, Value>,
}

impl Field {
    /// The whole file.
    pub(super) fn file(value: Value) -> Self {
        Self { path: String::new(), value }
    }

    /// Whether `none` stands there, which takes back what is inherited.
    pub(super) fn is_none(&self) -> bool {
        self.value == "none"
    }

    /// Whether a single word or number stands there.
    pub(super) fn is_scalar(&self) -> bool {
        !self.value.is_object() && !self.value.is_array()
    }

    /// Settings by name.
    pub(super) fn settings(self) -> Result<Settings> {
        match self.value {
            Value::Object(entries) => Ok(Settings { path: self.path, entries: entries.into_iter().collect() }),
            _ => self.wrong("is no list of settings; write `name: value` lines below it"),
        }
    }

    /// Some of a kind, by their number.
    pub(super) fn list(self) -> Result<Vec<Field>> {
        match self.value {
            Value::Array(values) => {
                let field = |(number, value)| Field { path: format!("{}[{number}]", self.path), value };
                Ok(values.into_iter().enumerate().map(field).collect())
            }
            _ => self.wrong("is no list; write [a, b] or a line beginning with `-` for each"),
        }
    }

    /// A text.
    pub(super) fn text(&self) -> Result<String> {
        match &self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) | Value::Bool(_) => self.wrong("is no text; write it in quotes"),
            _ => self.wrong("is no text"),
        }
    }

    /// A name: a text that is not empty.
    pub(super) fn name(&self) -> Result<String> {
        let name = self.text()?;
        if name.is_empty() { self.wrong("a name is missing") } else { Ok(name) }
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Result<bool> {
        match self.value {
            Value::Bool(flag) => Ok(flag),
            _ => self.wrong("must be true or false"),
        }
    }

    /// A whole number from `least` on.
    pub(super) fn number(&self, least: u32) -> Result<u32> {
        let number = self.value.as_u64().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| *number >= least) {
            Some(number) => Ok(number),
            None => self.wrong(&format!("must be a whole number of at least {least}")),
        }
    }

    /// A whole number of any sign.
    pub(super) fn integer(&self) -> Option<i64> {
        self.value.as_i64()
    }

    /// A span of time that is not shorter than `least`: `20s`, `5m`, `8h`, `2d`, also one behind the other.
    pub(super) fn span(&self, least: Duration) -> Result<Duration> {
        const FORM: &str = "is no span of time; write for example 500ms, 20s, 5m, 8h or 1h30m";
        let Some(span) = self.value.as_str().and_then(span_of) else { return self.wrong(FORM) };
        if span < least {
            return self.wrong(&format!("must be at least {}", words_of(least)));
        }
        Ok(span)
    }

    /// What is wrong with it, and how it would be right.
    pub(super) fn wrong<T>(&self, what: &str) -> Result<T> {
        if self.path.is_empty() { bail!("the file {what}") } else { bail!("{}: {what}", self.path) }
    }
}

impl Settings {
    /// Takes one setting out, if it stands there.
    pub(super) fn take(&mut self, key: &str) -> Option<Field> {
        let value = self.entries.remove(key)?;
        Some(Field { path: self.path_of(key), value })
    }

    /// Takes one setting out that must stand there.
    pub(super) fn needed(&mut self, key: &str) -> Result<Field> {
        match self.take(key) {
            Some(field) => Ok(field),
            None => bail!("{}: is missing", self.path_of(key)),
        }
    }

    /// Everything that is left, by name.
    pub(super) fn rest(self) -> impl Iterator<Item = (String, Field)> {
        let path = self.path;
        self.entries.into_iter().map(move |(key, value)| {
            let path = join(&path, &key);
            (key, Field { path, value })
        })
    }

    /// Calls these settings by another path, one that names what they are about.
    pub(super) fn called(self, path: String) -> Self {
        Self { path, ..self }
    }

    /// Nothing may be left: what is, is not known.
    pub(super) fn end(self, known: &[&str]) -> Result<()> {
        match self.entries.keys().next() {
            Some(key) => bail!("{}: there is no such setting; known here are {}", self.path_of(key), known.join(", ")),
            None => Ok(()),
        }
    }

    fn path_of(&self, key: &str) -> String {
        join(&self.path, key)
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Units of spans, the longer ones first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A span of time from its text.
fn span_of(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let unit_at = rest.find(|sign: char| !sign.is_ascii_digit())?;
        let (digits, behind) = rest.split_at(unit_at);
        let next_at = behind.find(|sign: char| sign.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at(next_at);
        let (_, ms) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(ms)?)?;
        rest = next;
    }
    Some(Duration::from_millis(total))
}

/// The text of a span.
pub(super) fn words_of(span: Duration) -> String {
    let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let whole = UNITS.into_iter().find(|(_, unit)| ms >= *unit && ms.is_multiple_of(*unit));
    whole.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", ms / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_with_their_units() {
        let ms = |text: &str| span_of(text).map(|span| span.as_millis());
        for (text, span) in [
            ("500ms", Some(500)),
            ("20s", Some(20_000)),
            ("1h30m", Some(5_400_000)),
            ("2d", Some(172_800_000)),
            ("0s", Some(0)),
            ("20", None),
            ("s", None),
            ("20 s", None),
            ("-5m", None),
            ("5min", None),
            ("99999999999999999999d", None),
            ("999999999999999d", None),
            ("", None),
        ] {
            assert_eq!(ms(text), span, "{text}");
        }
    }

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["500ms", "20s", "90m", "8h", "400d"] {
            assert_eq!(span_of(text).map(words_of).as_deref(), Some(text));
        }
    }
}
