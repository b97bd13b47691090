//! A pure core as the worker drives it: decode the record, step, encode what changed.

use usher_broker::Record;
use usher_domain::{Body, Core, Timestamp};
use usher_proto::state::StateCodec;

use super::core::{PartitionCore, Step, Undecodable};

/// One partition of the topic that a pure core reads.
#[derive(Debug, Default)]
pub struct PurePartition<C> {
    core: C,
}

impl<C> PurePartition<C> {
    /// The core, for views and tests.
    pub const fn core(&self) -> &C {
        &self.core
    }
}

impl<C> PartitionCore for PurePartition<C>
where
    C: Core,
    C::Value: StateCodec<Key = C::Key>,
{
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Undecodable> {
        let (key, value) = C::Value::decode_record(key, value).map_err(Undecodable)?;
        self.core.restore(key, value);
        Ok(())
    }

    fn step(&mut self, record: &Record, now: Timestamp) -> Result<Step, Undecodable> {
        let payload = record.payload.as_deref().ok_or_else(|| Undecodable("the record has no value".to_owned()))?;
        let envelope = usher_proto::decode(payload).map_err(|error| Undecodable(error.to_string()))?;
        let input = C::input(envelope.body, record.offset).map_err(|body| misplaced(&body))?;
        let effects = self.core.step(input, now);
        let encode = |(key, value): (C::Key, Option<C::Value>)| {
            (C::Value::encode_key(&key), value.as_ref().map(StateCodec::encode_value))
        };
        Ok(Step {
            bodies: effects.bodies,
            state: effects.changes.into_iter().map(encode).collect(),
            traceparent: envelope.traceparent,
        })
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.core.next_wakeup()
    }
}

/// An envelope that is readable and stands on the wrong topic.
fn misplaced(body: &Body) -> Undecodable {
    let (belongs, _) = usher_proto::topics::address(body);
    Undecodable(format!("the envelope belongs on the topic {}", belongs.short_name()))
}
