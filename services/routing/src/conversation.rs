//! The conversation core and the topics `conversations` and `conversations-state`.

use usher_domain::state::conversation::{StateKey, StateValue};
use usher_domain::{Body, Timestamp};
use usher_proto::state::conversation as codec;
use usher_routing_core::Effects;
use usher_routing_core::conversation::{ConversationCore, Input};
use usher_runtime::worker::Undecodable;

use crate::partition::{Core, unreadable};

impl Core for ConversationCore {
    type Key = StateKey;
    type Value = StateValue;
    type Input = Input;

    fn input(body: Body) -> Result<Input, Box<Body>> {
        match body {
            Body::Conversation(input) => Ok(Input::Act(input)),
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
        Ok((key, value.map(codec::decode_value).transpose().map_err(unreadable)?))
    }
}
