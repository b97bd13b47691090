//! A pure core as the worker drives it: decode the record, step, encode what changed.

use usher_broker::Record;
use usher_domain::{Body, Timestamp};
use usher_routing_core::Effects;
use usher_runtime::worker::{PartitionCore, Step, Undecodable};

/// What both cores have in common, and how their inputs and state stand on the topics.
pub trait Core: Default {
    /// Names a piece of state.
    type Key;
    /// Its value.
    type Value;
    /// One input, or a tick.
    type Input;

    /// The input in an envelope's body; another topic's body comes back.
    fn input(body: Body) -> Result<Self::Input, Box<Body>>;
    /// Folds one piece of state.
    fn restore(&mut self, key: Self::Key, value: Option<Self::Value>);
    /// Takes one input.
    fn step(&mut self, input: Self::Input, now: Timestamp) -> Effects<Self::Key, Self::Value>;
    /// When time alone would change something.
    fn next_wakeup(&self) -> Option<Timestamp>;

    /// A key on the state topic.
    fn encode_key(key: &Self::Key) -> Vec<u8>;
    /// A value on the state topic.
    fn encode_value(value: &Self::Value) -> Vec<u8>;
    /// A key and its value from the state topic; `None` is a tombstone.
    fn decode_state(key: &[u8], value: Option<&[u8]>) -> Result<(Self::Key, Option<Self::Value>), Undecodable>;
}

/// One partition of a routing topic.
#[derive(Default)]
pub struct RoutingPartition<C> {
    core: C,
}

impl<C: Core> PartitionCore for RoutingPartition<C> {
    fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Undecodable> {
        let (key, value) = C::decode_state(key, value)?;
        self.core.restore(key, value);
        Ok(())
    }

    fn step(&mut self, record: &Record, now: Timestamp) -> Result<Step, Undecodable> {
        let payload = record.payload.as_deref().ok_or_else(|| Undecodable("the record has no value".to_owned()))?;
        let envelope = usher_proto::decode(payload).map_err(unreadable)?;
        let input = C::input(envelope.body).map_err(|body| misplaced(&body))?;
        let effects = self.core.step(input, now);
        let encode =
            |(key, value): (C::Key, Option<C::Value>)| (C::encode_key(&key), value.as_ref().map(C::encode_value));
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

pub(crate) fn unreadable(error: impl std::fmt::Display) -> Undecodable {
    Undecodable(error.to_string())
}

/// An envelope that is readable and stands on the wrong topic.
fn misplaced(body: &Body) -> Undecodable {
    let (belongs, _) = usher_proto::topics::address(body);
    Undecodable(format!("the envelope belongs on the topic {}", belongs.short_name()))
}
