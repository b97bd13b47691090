//! Inputs of the desk core.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::desk::{AgentRecord, DeskAct, DeskInput, DirectoryEntry, OfferAnswer, Presence};

use super::base::{agent_id, desk_id, group_id, input_id, session_id, tenant, text};
use super::conversation::account;
use super::place::{demand, placement_id};

/// Any input of a desk.
pub fn desk_input() -> BoxedStrategy<DeskInput> {
    let act = prop_oneof![
        demand().prop_map(DeskAct::Demand),
        (agent_id(), presence()).prop_map(|(agent, presence)| DeskAct::Presence { agent, presence }),
        (any::<u64>(), directory_entry()).prop_map(|(revision, entry)| DeskAct::Staged { revision, entry }),
        any::<(u64, u32)>().prop_map(|(revision, count)| DeskAct::Applied { revision, count }),
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

fn directory_entry() -> BoxedStrategy<DirectoryEntry> {
    let agent = (agent_id(), text(), text(), any::<u32>(), vec(group_id(), 0..3));
    prop_oneof![
        agent.prop_map(|(id, name, avatar, capacity, groups)| DirectoryEntry::Agent(AgentRecord {
            id,
            name,
            avatar,
            capacity,
            groups
        })),
        group_id().prop_map(DirectoryEntry::Group),
    ]
    .boxed()
}
