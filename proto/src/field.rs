//! How single fields become domain values and back: what is required, what an id looks like, how instants and spans are
//! counted. Each decoding function takes the field's name first, so that an error can say where it lies.

use std::str::FromStr;
use std::time::Duration;

use prost::UnknownEnumValue;
use usher_domain::ids::MalformedId;
use usher_domain::{PhoneNumber, Timestamp};

use crate::error::{DecodeError, Problem};

/// A message or variant that must be there.
pub(crate) fn required<W, D>(field: &'static str, value: Option<W>) -> Result<D, DecodeError>
where
    D: TryFrom<W, Error = DecodeError>,
{
    let value = value.ok_or_else(|| DecodeError::missing(field))?;
    D::try_from(value).map_err(|error| error.inside(field))
}

/// A message that may be absent.
pub(crate) fn optional<W, D>(field: &'static str, value: Option<W>) -> Result<Option<D>, DecodeError>
where
    D: TryFrom<W, Error = DecodeError>,
{
    value.map(D::try_from).transpose().map_err(|error| error.inside(field))
}

/// The variant of a `oneof`, whose own errors name the variant.
pub(crate) fn variant<W, D>(oneof: &'static str, value: Option<W>) -> Result<D, DecodeError>
where
    D: TryFrom<W, Error = DecodeError>,
{
    D::try_from(value.ok_or_else(|| DecodeError::no_variant(oneof))?)
}

/// A message inside a variant.
pub(crate) fn within<W, D>(field: &'static str, value: W) -> Result<D, DecodeError>
where
    D: TryFrom<W, Error = DecodeError>,
{
    D::try_from(value).map_err(|error| error.inside(field))
}

/// An enum's number, 0 being "not set".
pub(crate) fn choice<W, D>(field: &'static str, number: i32) -> Result<D, DecodeError>
where
    W: TryFrom<i32, Error = UnknownEnumValue>,
    D: TryFrom<W, Error = DecodeError>,
{
    let known = W::try_from(number).map_err(|UnknownEnumValue(number)| Problem::UnknownChoice(number).into());
    known.and_then(D::try_from).map_err(|error: DecodeError| error.inside(field))
}

/// What decoding an enum's zero value ends with; [`choice`] adds the field.
pub(crate) fn unspecified<D>() -> Result<D, DecodeError> {
    Err(Problem::Missing.into())
}

/// A text id: any text but the empty one, which on the wire is the same as not set.
pub(crate) fn name<D>(field: &'static str, text: String, new: impl FnOnce(String) -> D) -> Result<D, DecodeError> {
    if text.is_empty() { Err(DecodeError::missing(field)) } else { Ok(new(text)) }
}

/// A text id that may be absent.
pub(crate) fn optional_name<D>(
    field: &'static str,
    text: Option<String>,
    new: impl FnOnce(String) -> D,
) -> Result<Option<D>, DecodeError> {
    text.map(|text| name(field, text, new)).transpose()
}

/// An id with a form of its own.
pub(crate) fn id<D: FromStr<Err = MalformedId>>(field: &'static str, text: &str) -> Result<D, DecodeError> {
    if text.is_empty() {
        return Err(DecodeError::missing(field));
    }
    text.parse().map_err(|malformed| DecodeError::from(Problem::Malformed(malformed)).inside(field))
}

/// An id with a form of its own that may be absent.
pub(crate) fn optional_id<D: FromStr<Err = MalformedId>>(
    field: &'static str,
    text: Option<String>,
) -> Result<Option<D>, DecodeError> {
    text.map(|text| id(field, &text)).transpose()
}

/// Ids with a form of their own.
pub(crate) fn ids<D: FromStr<Err = MalformedId>>(field: &'static str, texts: &[String]) -> Result<Vec<D>, DecodeError> {
    texts.iter().map(|text| id(field, text)).collect()
}

/// A phone number, whose type has its own reader.
pub(crate) fn phone(field: &'static str, text: &str) -> Result<PhoneNumber, DecodeError> {
    PhoneNumber::parse(text).map_err(|malformed| DecodeError::from(Problem::Malformed(malformed)).inside(field))
}

/// A phone number that may be absent.
pub(crate) fn optional_phone(field: &'static str, text: Option<String>) -> Result<Option<PhoneNumber>, DecodeError> {
    text.map(|text| phone(field, &text)).transpose()
}

/// The text of something that shows itself.
pub(crate) fn text(value: &Option<impl ToString>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

/// The texts of things that show themselves.
pub(crate) fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// A span in whole milliseconds; what is finer is cut off, what is longer than 2^64 ms saturates.
pub(crate) fn span_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// An instant that may be absent.
pub(crate) fn optional_instant(ms: Option<i64>) -> Option<Timestamp> {
    ms.map(Timestamp::from_millis)
}

/// A survey's score; the type that carries it ends at 255.
pub(crate) fn score(score: u32) -> Result<u8, DecodeError> {
    byte("score", score)
}

/// A number that the domain keeps in a byte.
pub(crate) fn byte(field: &'static str, number: u32) -> Result<u8, DecodeError> {
    u8::try_from(number).map_err(|_| DecodeError::from(Problem::TooLarge { max: u8::MAX.into() }).inside(field))
}

/// Messages of a list.
pub(crate) fn list<W, D>(field: &'static str, values: Vec<W>) -> Result<Vec<D>, DecodeError>
where
    D: TryFrom<W, Error = DecodeError>,
{
    values.into_iter().map(|value| within(field, value)).collect()
}

/// A span that may be absent, in whole milliseconds.
pub(crate) fn optional_span_ms(span: Option<Duration>) -> Option<u64> {
    span.map(span_ms)
}

/// A span that may be absent.
pub(crate) fn optional_span(ms: Option<u64>) -> Option<Duration> {
    ms.map(Duration::from_millis)
}
