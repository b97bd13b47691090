//! What is known of a visitor.

use usher_domain::Timestamp;
use usher_domain::profile::ProfileEdit;
use usher_domain::state::conversation::Known;

use crate::error::DecodeError;
use crate::field::within;
use crate::wire::conversation_state as wire;

impl From<&Known> for wire::Known {
    fn from(known: &Known) -> Self {
        let written = known.written.iter().map(|(field, value)| ProfileEdit { field: *field, value: value.clone() });
        Self {
            told: Some((&known.told).into()),
            written: written.map(|edit| (&edit).into()).collect(),
            since_ms: known.since.millis(),
        }
    }
}

impl TryFrom<wire::Known> for Known {
    type Error = DecodeError;

    fn try_from(known: wire::Known) -> Result<Self, DecodeError> {
        let edit = |edit| within("written", edit).map(|ProfileEdit { field, value }| (field, value));
        Ok(Self {
            told: within("told", known.told.unwrap_or_default())?,
            written: known.written.into_iter().map(edit).collect::<Result<_, _>>()?,
            since: Timestamp::from_millis(known.since_ms),
        })
    }
}
