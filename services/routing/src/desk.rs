//! The desk core and the topics `desks` and `desks-state`.

use usher_domain::state::desk::{StateKey, StateValue};
use usher_domain::{Body, Timestamp};
use usher_proto::state::desk as codec;
use usher_routing_core::Effects;
use usher_routing_core::desk::{DeskCore, Input};
use usher_runtime::worker::Undecodable;

use crate::partition::{Core, unreadable};

impl Core for DeskCore {
    type Key = StateKey;
    type Value = StateValue;
    type Input = Input;

    fn input(body: Body) -> Result<Input, Box<Body>> {
        match body {
            Body::Desk(input) => Ok(Input::Act(input)),
            Body::Tick => Ok(Input::Tick),
            other => Err(Box::new(other)),
        }
    }

    fn restore(&mut self, key: StateKey, value: Option<StateValue>) {
        self.restore(key, value);
    }

    fn step(&mut self, input: Input, now: Timestamp) -> Effects<StateKey, StateValue> {
        self.step(input, now)
    }

    fn next_wakeup(&self) -> Option<Timestamp> {
        self.next_wakeup()
    }

    fn encode_key(key: &StateKey) -> Vec<u8> {
        codec::encode_key(key)
    }

    fn encode_value(value: &StateValue) -> Vec<u8> {
        codec::encode_value(value)
    }

    fn decode_state(key: &[u8], value: Option<&[u8]>) -> Result<(StateKey, Option<StateValue>), Undecodable> {
        let key = codec::decode_key(key).map_err(unreadable)?;
        let value = value.map(codec::decode_value).transpose().map_err(unreadable)?;
        if value.as_ref().is_some_and(|value| !key.item.holds(value)) {
            return Err(Undecodable("a state record holds another kind of state than its key says".to_owned()));
        }
        Ok((key, value))
    }
}
