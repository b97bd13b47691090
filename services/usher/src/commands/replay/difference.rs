//! One output that is not as it was, named so that somebody can look at it, without anything personal.

use std::fmt;

use super::recorded::{Named, Place};

/// How it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Other bytes stand there.
    Different {
        /// Where.
        there: Place,
    },
    /// Nothing stands there.
    Missing,
    /// It stands there and is not made again.
    Unexpected {
        /// Where.
        there: Place,
    },
    /// It stands there a second time.
    Twice {
        /// Where.
        there: Place,
    },
}

impl How {
    /// Where the record stands.
    pub(super) const fn there(self) -> Option<Place> {
        match self {
            Self::Missing => None,
            Self::Different { there } | Self::Unexpected { there } | Self::Twice { there } => Some(there),
        }
    }
}

/// What is known of it.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    pub(super) how: How,
    /// The replay's own bytes.
    pub(super) replayed: Option<Vec<u8>>,
    /// What it is: `event.session_queued`.
    pub(super) what: String,
    /// Which fields differ.
    pub(super) fields: Vec<String>,
}

impl Difference {
    pub(super) const fn new(how: How, replayed: Option<Vec<u8>>) -> Self {
        Self { how, replayed, what: String::new(), fields: Vec::new() }
    }

    pub(super) fn write(&self, named: &Named, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Named { topic, partition, offset, index } = named;
        write!(f, "  output {index} of {} {partition}/{offset}, {}: ", topic.short_name(), self.what)?;
        match self.how {
            How::Different { there } => writeln!(f, "other bytes at {there}")?,
            How::Missing => writeln!(f, "not recorded")?,
            How::Unexpected { there } => writeln!(f, "recorded at {there} and not made again")?,
            How::Twice { there } => writeln!(f, "recorded once more at {there}")?,
        }
        self.fields.iter().try_for_each(|field| writeln!(f, "    {field}"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.topic.short_name(), self.partition, self.offset)
    }
}
