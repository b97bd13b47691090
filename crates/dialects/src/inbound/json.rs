//! Reads JSON strictly: UTF-8, no key twice in one object, at most [`DEPTH_MAX`] levels, no comments, nothing behind the
//! end. What is wrong is told by position, never by quoting the content.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How many levels arrays and objects may nest: real messages need five.
pub(crate) const DEPTH_MAX: usize = 32;

/// The value in `bytes`, or a sentence that says where it is not JSON as we read it.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { levels_left: DEPTH_MAX }.deserialize(&mut deserializer).map_err(|error| sentence(&error))?;
    deserializer.end().map_err(|error| sentence(&error))?;
    Ok(value)
}

fn sentence(error: &serde_json::Error) -> String {
    format!("must be one JSON value in UTF-8: {error}")
}

/// Builds a [`Value`] and knows how deep it is.
#[derive(Clone, Copy)]
struct Strict {
    levels_left: usize,
}

impl Strict {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let levels_left = self.levels_left.checked_sub(1);
        levels_left.map(|levels_left| Self { levels_left }).ok_or_else(|| E::custom("nested deeper than 32 levels"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
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
    fn errors_do_not_quote_the_content() {
        let error = parse(br#"{"text":"canary","text":"canary"}"#).unwrap_err();
        assert!(!error.contains("canary"), "{error}");
    }
}
