//! Why bytes are no record of usher. An error names the field and what is wrong with it, never what the field holds:
//! it goes to logs and dead letters.

use std::fmt;

use usher_domain::ids::MalformedId;

/// Bytes that are no record of usher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// Names of fields, innermost first.
    path: Vec<&'static str>,
    problem: Problem,
}

/// What is wrong with a field, or with the whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("the record has {bytes} bytes; at most {limit} are read")]
    TooLong { bytes: usize, limit: usize },
    #[error("the bytes are not the protobuf message that the topic should hold: {0}")]
    NotProtobuf(#[from] prost::DecodeError),
    #[error("is not set")]
    Missing,
    #[error("is not set, or holds something that this version of usher does not know")]
    NoVariant,
    #[error("has the value {0}, which this version of usher does not know: a newer one wrote it")]
    UnknownChoice(i32),
    #[error("is malformed: {0}")]
    Malformed(#[from] MalformedId),
    #[error("is larger than {max}")]
    TooLarge { max: u64 },
}

impl DecodeError {
    /// This field, inside which the error lies.
    pub(crate) fn inside(mut self, field: &'static str) -> Self {
        self.path.push(field);
        self
    }

    /// A required field that is not there.
    pub(crate) fn missing(field: &'static str) -> Self {
        Self::from(Problem::Missing).inside(field)
    }

    /// A `oneof` in which nothing known is set.
    pub(crate) fn no_variant(oneof: &'static str) -> Self {
        Self::from(Problem::NoVariant).inside(oneof)
    }

    /// The field it lies in, from the outside in: `conversation.visitor.account.tenant`. Empty when it lies in none.
    pub fn field(&self) -> String {
        self.path.iter().rev().copied().collect::<Vec<_>>().join(".")
    }
}

impl From<Problem> for DecodeError {
    fn from(problem: Problem) -> Self {
        Self { path: Vec::new(), problem }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}", self.problem)
        } else {
            write!(f, "field `{}` {}", self.field(), self.problem)
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::NotProtobuf(cause) => Some(cause),
            Problem::Malformed(cause) => Some(cause),
            _ => None,
        }
    }
}
