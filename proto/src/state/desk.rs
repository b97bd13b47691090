//! Records of `desks-state`: the state of the desk core, `state_desk.proto`.

mod session;

use prost::Message as _;
use usher_domain::Timestamp;
use usher_domain::event::Average;
use usher_domain::state::desk::{
    AgentState, DirectoryState, LaneState, MalformedStateKey, MovingState, ObeyedState, Pace, StateKey, StateValue,
    WrapUp,
};
use wire::desk_state::{self, Piece};

use crate::codec::{unless_default, within_limit};
use crate::error::{DecodeError, Problem};
use crate::field::{choice, id, optional, optional_id, optional_instant, required, text, variant, within};
use crate::state::StateCodec;
use crate::wire;

/// The key of a record.
pub fn encode_key(key: &StateKey) -> Vec<u8> {
    key.to_string().into_bytes()
}

/// Reads the key of a record; bytes that are no text are no key either.
pub fn decode_key(bytes: &[u8]) -> Result<StateKey, MalformedStateKey> {
    std::str::from_utf8(bytes).map_err(|_| MalformedStateKey)?.parse()
}

/// The value of a record; the same state always has the same bytes.
pub fn encode_value(value: &StateValue) -> Vec<u8> {
    wire::DeskState { piece: Some(value.into()) }.encode_to_vec()
}

/// Reads the value of a record. The error says which field is wrong and how, never what it holds.
pub fn decode_value(bytes: &[u8]) -> Result<StateValue, DecodeError> {
    within_limit(bytes)?;
    let state = wire::DeskState::decode(bytes).map_err(Problem::NotProtobuf)?;
    variant("piece", state.piece)
}

impl StateCodec for StateValue {
    type Key = StateKey;

    fn encode_key(key: &StateKey) -> Vec<u8> {
        encode_key(key)
    }

    fn encode_value(&self) -> Vec<u8> {
        encode_value(self)
    }

    fn decode_record(key: &[u8], value: Option<&[u8]>) -> Result<(StateKey, Option<Self>), String> {
        let key = decode_key(key).map_err(|error| error.to_string())?;
        let value = value.map(decode_value).transpose().map_err(|error| error.to_string())?;
        if value.as_ref().is_some_and(|value| !key.item.holds(value)) {
            return Err("a state record holds another kind of state than its key says".to_owned());
        }
        Ok((key, value))
    }
}

impl From<&StateValue> for Piece {
    fn from(value: &StateValue) -> Self {
        match value {
            StateValue::Directory(DirectoryState { revision }) => {
                Self::Directory(desk_state::Directory { revision: *revision })
            }
            StateValue::Desk(policy) => Self::Desk((&**policy).into()),
            StateValue::Calendar(calendar) => Self::Calendar(calendar.into()),
            StateValue::Group(policy) => Self::Group(desk_state::Group { policy: unless_default(&**policy) }),
            StateValue::Agent(agent) => Self::Agent(agent.into()),
            StateValue::Staged(entry) => Self::Staged(entry.into()),
            StateValue::Session(session) => Self::Session(session.into()),
            StateValue::Moving(moving) => Self::Moving(moving.into()),
            StateValue::Obeyed(obeyed) => Self::Obeyed(obeyed.into()),
            StateValue::Rated(Average { count, sum }) => Self::Rated(desk_state::Rated { count: *count, sum: *sum }),
            StateValue::Lane(lane) => Self::Lane(lane.into()),
        }
    }
}

impl TryFrom<Piece> for StateValue {
    type Error = DecodeError;

    fn try_from(piece: Piece) -> Result<Self, DecodeError> {
        Ok(match piece {
            Piece::Directory(directory) => Self::Directory(DirectoryState { revision: directory.revision }),
            Piece::Desk(policy) => Self::Desk(Box::new(within("desk", policy)?)),
            Piece::Calendar(calendar) => Self::Calendar(within("calendar", calendar)?),
            Piece::Group(desk_state::Group { policy }) => {
                Self::Group(Box::new(optional("group.policy", policy)?.unwrap_or_default()))
            }
            Piece::Agent(agent) => Self::Agent(within("agent", agent)?),
            Piece::Staged(entry) => Self::Staged(within("staged", entry)?),
            Piece::Session(session) => Self::Session(within("session", session)?),
            Piece::Moving(moving) => Self::Moving(within("moving", moving)?),
            Piece::Obeyed(obeyed) => Self::Obeyed(within("obeyed", obeyed)?),
            Piece::Rated(desk_state::Rated { count, sum }) => Self::Rated(Average { count, sum }),
            Piece::Lane(lane) => Self::Lane(lane.into()),
        })
    }
}

impl From<&LaneState> for desk_state::Lane {
    fn from(lane: &LaneState) -> Self {
        Self {
            vips_in_row: lane.vips_in_row,
            last_at_ms: lane.pace.last_at.map(Timestamp::millis),
            mean_micros: lane.pace.mean_micros,
            samples: lane.pace.samples,
            notice_at_ms: lane.notice_at.map(Timestamp::millis),
        }
    }
}

impl From<desk_state::Lane> for LaneState {
    fn from(lane: desk_state::Lane) -> Self {
        let pace =
            Pace { last_at: optional_instant(lane.last_at_ms), mean_micros: lane.mean_micros, samples: lane.samples };
        Self { vips_in_row: lane.vips_in_row, pace, notice_at: optional_instant(lane.notice_at_ms) }
    }
}

impl From<&MovingState> for desk_state::Moving {
    fn from(state: &MovingState) -> Self {
        Self {
            input: state.input.to_string(),
            to: Some((&state.to).into()),
            sessions: state.sessions,
            passed: text(&state.passed),
        }
    }
}

impl TryFrom<desk_state::Moving> for MovingState {
    type Error = DecodeError;

    fn try_from(state: desk_state::Moving) -> Result<Self, DecodeError> {
        Ok(Self {
            input: id("input", &state.input)?,
            to: required("to", state.to)?,
            sessions: state.sessions,
            passed: optional_id("passed", state.passed)?,
        })
    }
}

impl From<&ObeyedState> for desk_state::Obeyed {
    fn from(state: &ObeyedState) -> Self {
        Self { inputs: state.inputs.iter().map(ToString::to_string).collect() }
    }
}

impl TryFrom<desk_state::Obeyed> for ObeyedState {
    type Error = DecodeError;

    fn try_from(state: desk_state::Obeyed) -> Result<Self, DecodeError> {
        let inputs = state.inputs.iter().map(|input| id("inputs", input)).collect::<Result<_, _>>()?;
        Ok(Self { inputs })
    }
}

impl From<&AgentState> for desk_state::Agent {
    fn from(state: &AgentState) -> Self {
        Self {
            record: Some((&state.record).into()),
            presence: wire::Presence::from(state.presence).into(),
            online_since_ms: state.online_since.millis(),
            assigned_at_ms: state.assigned_at.map(Timestamp::millis),
            reason: wire::PresenceReason::from(state.reason).into(),
            said_at_ms: state.said_at.map(Timestamp::millis),
            lease_until_ms: state.lease_until.map(Timestamp::millis),
            drains: state.drains.map(|by| wire::PresenceReason::from(by).into()),
            held_until_ms: state.held_until.map(Timestamp::millis),
            wrap_ups: state.wrap_ups.iter().map(Into::into).collect(),
            misses: state.misses,
        }
    }
}

impl TryFrom<desk_state::Agent> for AgentState {
    type Error = DecodeError;

    fn try_from(state: desk_state::Agent) -> Result<Self, DecodeError> {
        Ok(Self {
            record: required("record", state.record)?,
            presence: choice::<wire::Presence, _>("presence", state.presence)?,
            online_since: Timestamp::from_millis(state.online_since_ms),
            assigned_at: optional_instant(state.assigned_at_ms),
            reason: choice::<wire::PresenceReason, _>("reason", state.reason)?,
            said_at: optional_instant(state.said_at_ms),
            lease_until: optional_instant(state.lease_until_ms),
            drains: state.drains.map(|by| choice::<wire::PresenceReason, _>("drains", by)).transpose()?,
            held_until: optional_instant(state.held_until_ms),
            wrap_ups: state
                .wrap_ups
                .into_iter()
                .map(|wrap_up| within("wrap_ups", wrap_up))
                .collect::<Result<_, _>>()?,
            misses: state.misses,
        })
    }
}

impl From<&WrapUp> for desk_state::WrapUp {
    fn from(WrapUp { until, weight, channel }: &WrapUp) -> Self {
        Self { until_ms: until.millis(), weight: *weight, channel: wire::Dialect::from(*channel).into() }
    }
}

impl TryFrom<desk_state::WrapUp> for WrapUp {
    type Error = DecodeError;

    fn try_from(wrap_up: desk_state::WrapUp) -> Result<Self, DecodeError> {
        Ok(Self {
            until: Timestamp::from_millis(wrap_up.until_ms),
            weight: wrap_up.weight,
            channel: choice::<wire::Dialect, _>("channel", wrap_up.channel)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usher_domain::desk::{AgentRecord, DirectoryEntry, Presence};
    use usher_domain::event::PresenceReason;
    use usher_domain::{AgentId, DeskId, Dialect, GroupId, TenantId};

    use super::session::tests::session;
    use super::*;
    use crate::arbitrary::base::{input_id, session_id};
    use crate::arbitrary::place::target;
    use crate::arbitrary::policy::{calendar, desk_policy, labels, lane_policy};

    fn word() -> impl Strategy<Value = String> {
        "[a-z售前 /%]{1,8}"
    }

    fn record() -> impl Strategy<Value = AgentRecord> {
        let groups = proptest::collection::vec(word().prop_map(GroupId::new), 0..3);
        let levels = proptest::collection::btree_map(word().prop_map(GroupId::new), any::<u32>(), 0..3);
        let channel = proptest::sample::select(Dialect::ALL.to_vec());
        let limits = proptest::collection::btree_map(channel, any::<u32>(), 0..3);
        (word(), ".{0,6}", ".{0,6}", any::<u32>(), groups, (labels(), levels, limits)).prop_map(
            |(id, name, avatar, capacity, groups, (labels, levels, limits))| AgentRecord {
                name,
                avatar,
                capacity,
                groups,
                labels,
                levels,
                limits,
                ..AgentRecord::new(AgentId::new(id))
            },
        )
    }

    fn agent() -> impl Strategy<Value = AgentState> {
        let presence = proptest::sample::select(Presence::ALL.to_vec());
        let reason = || proptest::sample::select(PresenceReason::ALL.to_vec());
        let instants = any::<(i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>)>();
        let drains = proptest::option::of(reason());
        let wrap_ups = proptest::collection::vec(wrap_up(), 0..3);
        (record(), presence, reason(), instants, drains, wrap_ups, any::<u32>()).prop_map(
            |(record, presence, reason, (online, assigned, said, lease, held), drains, wrap_ups, misses)| AgentState {
                record,
                presence,
                reason,
                online_since: Timestamp::from_millis(online),
                assigned_at: assigned.map(Timestamp::from_millis),
                said_at: said.map(Timestamp::from_millis),
                lease_until: lease.map(Timestamp::from_millis),
                drains,
                held_until: held.map(Timestamp::from_millis),
                wrap_ups,
                misses,
            },
        )
    }

    fn wrap_up() -> impl Strategy<Value = WrapUp> {
        (any::<(i64, u32)>(), proptest::sample::select(Dialect::ALL.to_vec()))
            .prop_map(|((until, weight), channel)| WrapUp { until: Timestamp::from_millis(until), weight, channel })
    }

    fn lane() -> impl Strategy<Value = LaneState> {
        any::<(u32, Option<i64>, u64, u32, Option<i64>)>().prop_map(
            |(vips_in_row, last, mean_micros, samples, notice)| LaneState {
                vips_in_row,
                pace: Pace { last_at: last.map(Timestamp::from_millis), mean_micros, samples },
                notice_at: notice.map(Timestamp::from_millis),
            },
        )
    }

    fn value() -> impl Strategy<Value = StateValue> {
        prop_oneof![
            any::<u64>().prop_map(|revision| StateValue::Directory(DirectoryState { revision })),
            lane_policy().prop_map(|policy| StateValue::Group(Box::new(policy))),
            desk_policy().prop_map(|policy| StateValue::Desk(Box::new(policy))),
            calendar().prop_map(StateValue::Calendar),
            agent().prop_map(StateValue::Agent),
            record().prop_map(|record| StateValue::Staged(DirectoryEntry::Agent(record))),
            word().prop_map(|group| StateValue::Staged(DirectoryEntry::group(GroupId::new(group)))),
            session().prop_map(StateValue::Session),
            (input_id(), target(), any::<u32>(), proptest::option::of(session_id())).prop_map(
                |(input, to, sessions, passed)| StateValue::Moving(MovingState { input, to, sessions, passed })
            ),
            proptest::collection::vec(input_id(), 0..4).prop_map(|inputs| StateValue::Obeyed(ObeyedState { inputs })),
            any::<(u64, u64)>().prop_map(|(count, sum)| StateValue::Rated(Average { count, sum })),
            lane().prop_map(StateValue::Lane),
        ]
    }

    proptest! {
        #[test]
        fn state_survives_its_bytes(value in value()) {
            prop_assert_eq!(decode_value(&encode_value(&value)), Ok(value));
        }

        #[test]
        fn keys_survive_their_bytes(tenant in word(), desk in word(), agent in word()) {
            let item = usher_domain::state::desk::Item::Agent(AgentId::new(agent));
            let key = StateKey { tenant: TenantId::new(tenant), desk: DeskId::new(desk), item };
            prop_assert_eq!(decode_key(&encode_key(&key)), Ok(key));
        }

        #[test]
        fn cut_or_foreign_bytes_are_refused_or_read_but_never_panic(
            value in value(), cut in any::<prop::sample::Index>(), noise in proptest::collection::vec(any::<u8>(), 0..60)
        ) {
            let bytes = encode_value(&value);
            let _ = decode_value(&bytes[..cut.index(bytes.len() + 1)]);
            let _ = decode_value(&noise);
            let _ = decode_key(&noise);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let without = |piece| wire::DeskState { piece }.encode_to_vec();
        let empty_session = Piece::Session(desk_state::Session::default());
        let empty_agent = Piece::Agent(desk_state::Agent::default());
        for (bytes, field) in [
            (without(None), "piece"),
            (without(Some(empty_session)), "session.version"),
            (without(Some(empty_agent)), "agent.record"),
        ] {
            let error = decode_value(&bytes).expect_err("incomplete").to_string();
            assert!(error.contains(field), "{error}");
        }
    }
}
