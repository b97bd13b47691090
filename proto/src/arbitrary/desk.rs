//! Inputs of the desk core.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::desk::{
    AgentRecord, DeskAct, DeskInput, DirectoryEntry, GroupRecord, OfferAnswer, Presence, PresenceSaid, Rating,
};

use super::base::{agent_id, desk_id, group_id, input_id, session_id, span, tenant, text, timestamp};
use super::conversation::{account, dialect};
use super::place::{demand, placement_id};
use super::policy::{calendar, desk_policy, labels, lane_policy, levels};
use super::supervision::supervision;

/// Any input of a desk.
pub fn desk_input() -> BoxedStrategy<DeskInput> {
    let act = prop_oneof![
        demand().prop_map(DeskAct::Demand),
        presence_said().prop_map(DeskAct::Presence),
        rating().prop_map(DeskAct::Rated),
        (any::<u64>(), directory_entry()).prop_map(|(revision, entry)| DeskAct::Staged { revision, entry }),
        any::<(u64, u32)>().prop_map(|(revision, count)| DeskAct::Applied { revision, count }),
        supervision().prop_map(|said| DeskAct::Supervision(Box::new(said))),
        offer_answer().prop_map(|answer| DeskAct::Answer(Box::new(answer))),
    ];
    (tenant(), desk_id(), input_id(), act)
        .prop_map(|(tenant, desk, id, act)| DeskInput { tenant, desk, id, act })
        .boxed()
}

fn offer_answer() -> BoxedStrategy<OfferAnswer> {
    (account(), session_id(), agent_id(), placement_id(), any::<bool>())
        .prop_map(|(account, session, agent, placement, accepts)| OfferAnswer {
            account,
            session,
            agent,
            placement,
            accepts,
        })
        .boxed()
}

pub(super) fn presence() -> BoxedStrategy<Presence> {
    select(Presence::ALL.to_vec()).boxed()
}

fn rating() -> BoxedStrategy<Rating> {
    (session_id(), agent_id(), of(group_id()), any::<u8>())
        .prop_map(|(session, agent, group, score)| Rating { session, agent, group, score })
        .boxed()
}

fn presence_said() -> BoxedStrategy<PresenceSaid> {
    (agent_id(), presence(), of(timestamp()), of(span()), any::<bool>())
        .prop_map(|(agent, presence, at, lease, drain)| PresenceSaid { agent, presence, at, lease, drain })
        .boxed()
}

fn directory_entry() -> BoxedStrategy<DirectoryEntry> {
    let group = (group_id(), lane_policy()).prop_map(|(id, policy)| GroupRecord { id, policy });
    prop_oneof![
        3 => agent_record().prop_map(DirectoryEntry::Agent),
        3 => group.prop_map(|group| DirectoryEntry::Group(Box::new(group))),
        2 => desk_policy().prop_map(|policy| DirectoryEntry::Desk(Box::new(policy))),
        1 => calendar().prop_map(DirectoryEntry::Calendar),
    ]
    .boxed()
}

fn agent_record() -> BoxedStrategy<AgentRecord> {
    let shown = (agent_id(), text(), text(), any::<u32>(), vec(group_id(), 0..3));
    let limits = btree_map(dialect(), any::<u32>(), 0..3);
    (shown, labels(), levels(), limits)
        .prop_map(|((id, name, avatar, capacity, groups), labels, levels, limits)| AgentRecord {
            id,
            name,
            avatar,
            capacity,
            groups,
            labels,
            levels,
            limits,
        })
        .boxed()
}
