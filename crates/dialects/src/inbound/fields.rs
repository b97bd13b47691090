//! Reads the fields of a JSON object, each with a sentence that names it by its path when it is wrong. `null` counts as
//! absent. Values are never quoted: they may be personal data.

use serde_json::{Map, Value};

use super::json;
use crate::condition::Condition;

/// One object and where it stands.
pub(crate) struct Fields<'a> {
    prefix: String,
    map: &'a Map<String, Value>,
}

/// The whole body as a JSON value; one that is none is refused as `body`.
pub(crate) fn body(bytes: &[u8]) -> Result<Value, Condition> {
    json::parse(bytes).map_err(|problem| Condition::invalid("body", problem))
}

impl<'a> Fields<'a> {
    /// The fields of the body.
    pub(crate) fn of_body(value: &'a Value) -> Result<Self, Condition> {
        let map = value.as_object().ok_or_else(|| Condition::invalid("body", "must be a JSON object"))?;
        Ok(Self { prefix: String::new(), map })
    }

    /// The fields of a JSON text that stands in a field of its own.
    pub(crate) fn of_inner(value: &'a Value, field: &str) -> Result<Self, Condition> {
        let map = value.as_object().ok_or_else(|| Condition::invalid(field, "must be a JSON object"))?;
        Ok(Self { prefix: format!("{field}."), map })
    }

    /// The path of a field.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The path of the object itself.
    fn itself(&self) -> &str {
        self.prefix.strip_suffix('.').unwrap_or("body")
    }

    /// A refusal of a field.
    pub(crate) fn wrong(&self, name: &str, problem: impl Into<String>) -> Condition {
        Condition::invalid(self.path(name), problem)
    }

    /// Refuses fields that are not in `known`, so that a slip of the pen is seen.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Condition> {
        match self.map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) if is_name(key) => Err(self.wrong(key, format!("is unknown; known are {}", known.join(", ")))),
            Some(_) => {
                Err(Condition::invalid(self.itself(), format!("has an unknown field; known are {}", known.join(", "))))
            }
        }
    }

    /// A field of any type.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A text that may be absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Condition> {
        let text = |value: &'a Value| value.as_str().ok_or_else(|| self.wrong(name, "must be a string"));
        self.value(name).map(text).transpose()
    }

    /// A text that may be absent; an empty one counts as absent.
    pub(crate) fn filled_text(&self, name: &str) -> Result<Option<&'a str>, Condition> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// A text that must be there.
    pub(crate) fn needed_text(&self, name: &str) -> Result<&'a str, Condition> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is missing; it must be a string"))
    }

    /// A text or a number, as text: vendors change their minds (C6). Absent and empty are the same.
    pub(crate) fn text_or_number(&self, name: &str) -> Result<Option<String>, Condition> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(self.wrong(name, "must be a string or a number")),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&self, name: &str) -> Result<Option<u64>, Condition> {
        let count =
            |value: &'a Value| value.as_u64().ok_or_else(|| self.wrong(name, "must be a whole number, 0 or more"));
        self.value(name).map(count).transpose()
    }

    /// True or false; absent is false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Condition> {
        let flag = |value: &'a Value| value.as_bool().ok_or_else(|| self.wrong(name, "must be true or false"));
        Ok(self.value(name).map(flag).transpose()?.unwrap_or(false))
    }

    /// An object that may be absent.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Fields<'a>>, Condition> {
        self.value(name).map(|value| Fields::of_inner(value, &self.path(name))).transpose()
    }

    /// A list that may be absent, which is an empty one.
    pub(crate) fn list(&self, name: &str) -> Result<&'a [Value], Condition> {
        let list = |value: &'a Value| value.as_array().ok_or_else(|| self.wrong(name, "must be a list"));
        Ok(self.value(name).map(list).transpose()?.map_or(&[], Vec::as_slice))
    }
}

/// Whether a key may be told back: a word as programmers write them, which no phone number is.
fn is_name(key: &str) -> bool {
    let starts = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
