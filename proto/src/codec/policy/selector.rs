//! Labels of agents, and what a session asks of them.

use usher_domain::policy::{Compare, Label, Selector};
use wire::label_value::Value;

use crate::error::DecodeError;
use crate::field::{choice, name, optional_span, optional_span_ms, required, unspecified, variant};
use crate::wire;

impl From<&Label> for wire::LabelValue {
    fn from(label: &Label) -> Self {
        let value = match label {
            Label::Text(text) => Value::Text(text.clone()),
            Label::Number(number) => Value::Number(*number),
        };
        Self { value: Some(value) }
    }
}

impl TryFrom<wire::LabelValue> for Label {
    type Error = DecodeError;

    fn try_from(label: wire::LabelValue) -> Result<Self, DecodeError> {
        variant("value", label.value)
    }
}

impl TryFrom<Value> for Label {
    type Error = DecodeError;

    fn try_from(value: Value) -> Result<Self, DecodeError> {
        Ok(match value {
            Value::Text(text) => Self::Text(text),
            Value::Number(number) => Self::Number(number),
        })
    }
}

impl From<Compare> for wire::Compare {
    fn from(compare: Compare) -> Self {
        match compare {
            Compare::Equal => Self::Equal,
            Compare::NotEqual => Self::NotEqual,
            Compare::AtLeast => Self::AtLeast,
            Compare::AtMost => Self::AtMost,
        }
    }
}

impl TryFrom<wire::Compare> for Compare {
    type Error = DecodeError;

    fn try_from(compare: wire::Compare) -> Result<Self, DecodeError> {
        Ok(match compare {
            wire::Compare::Unspecified => return unspecified(),
            wire::Compare::Equal => Self::Equal,
            wire::Compare::NotEqual => Self::NotEqual,
            wire::Compare::AtLeast => Self::AtLeast,
            wire::Compare::AtMost => Self::AtMost,
        })
    }
}

impl From<&Selector> for wire::Selector {
    fn from(selector: &Selector) -> Self {
        Self {
            label: selector.label.clone(),
            compare: wire::Compare::from(selector.compare).into(),
            value: Some((&selector.value).into()),
            within_ms: optional_span_ms(selector.within),
        }
    }
}

impl TryFrom<wire::Selector> for Selector {
    type Error = DecodeError;

    fn try_from(selector: wire::Selector) -> Result<Self, DecodeError> {
        Ok(Self {
            label: name("label", selector.label, String::from)?,
            compare: choice::<wire::Compare, _>("compare", selector.compare)?,
            value: required("value", selector.value)?,
            within: optional_span(selector.within_ms),
        })
    }
}
