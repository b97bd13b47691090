//! Reads JSON strictly: UTF-8, no key twice in one object, at most [`DEPTH_MAX`] levels and [`VALUES_MAX`] values, no
//! comments, nothing behind the end. What is wrong is told by position, never by quoting the content.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How many levels arrays and objects may nest: real messages need five.
pub(crate) const DEPTH_MAX: usize = 32;
/// How many values may stand in one text. A value of two bytes can become some hundreds in memory, so the bound on bytes
/// bounds nothing else. The most that is meant well are reports of SMS in batches, eleven values each: so many of them
/// fill the largest body that is taken.
pub(crate) const VALUES_MAX: usize = 20_000;

/// The value in `bytes`, or a sentence that says where it is not JSON as we read it.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict { levels_left: DEPTH_MAX, values_left: &Cell::new(VALUES_MAX) };
    let value = strict.deserialize(&mut deserializer).map_err(|error| sentence(&error))?;
    deserializer.end().map_err(|error| sentence(&error))?;
    Ok(value)
}

fn sentence(error: &serde_json::Error) -> String {
    format!("must be one JSON value in UTF-8: {error}")
}

/// Builds a [`Value`] and knows how deep it is, and how many there may still be.
#[derive(Clone, Copy)]
struct Strict<'a> {
    levels_left: usize,
    values_left: &'a Cell<usize>,
}

impl Strict<'_> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1);
        let inside = levels_left.map(|levels_left| Self { levels_left, ..self });
        inside.ok_or_else(|| E::custom("nested deeper than 32 levels"))
    }

    fn one_more<E: Error>(self) -> Result<(), E> {
        let left = self.values_left.get().checked_sub(1).ok_or_else(|| E::custom("more than 20000 values"))?;
        self.values_left.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.one_more()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inside)?;
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("one object has the same key twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,1.5,true,null,"ü\n"],"b":{}}"#;
        assert_eq!(parse(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn what_is_not_strict_json_is_refused() {
        let rows: [(&str, &[u8]); 9] = [
            ("empty", b""),
            ("truncated", b"{\"a\":"),
            ("comment", b"{} // no"),
            ("two commas", b"{\"a\":1,,\"b\":2}"),
            ("single quotes", b"{'a':1}"),
            ("second value", b"{} {}"),
            ("same key twice", b"{\"a\":1,\"a\":2}"),
            ("lone surrogate", b"{\"a\":\"\\ud800\"}"),
            ("not UTF-8", b"{\"a\":\"\xc0\xaf\"}"),
        ];
        for (label, bytes) in rows {
            assert!(parse(bytes).is_err(), "{label}");
        }
    }

    #[test]
    fn depth_ends_at_32() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert!(parse(nested(DEPTH_MAX + 1).as_bytes()).unwrap_err().contains("32 levels"));
        assert!(parse("[".repeat(60_000).as_bytes()).is_err());
    }

    #[test]
    fn values_end_at_20000_wherever_they_stand() {
        // The list and its lists, each with a number in it.
        let lists = |lists: usize| format!("[{}]", vec!["[0]"; lists].join(","));
        assert!(parse(lists(VALUES_MAX / 2 - 1).as_bytes()).is_ok());
        assert!(parse(lists(VALUES_MAX / 2).as_bytes()).unwrap_err().contains("20000 values"));
        let fields = (0..VALUES_MAX).map(|key| format!("\"{key}\":0")).collect::<Vec<_>>().join(",");
        assert!(parse(format!("{{{fields}}}").as_bytes()).unwrap_err().contains("20000 values"));
    }

    #[test]
    fn errors_do_not_quote_the_content() {
        let error = parse(br#"{"text":"canary","text":"canary"}"#).unwrap_err();
        assert!(!error.contains("canary"), "{error}");
    }
}
