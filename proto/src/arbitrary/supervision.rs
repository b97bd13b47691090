//! What supervisors do.

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::supervision::{
    MovedQueue, Supervised, Supervision, SupervisionCommand, SupervisionOrder, SupervisorClose, Warrant,
};

use super::base::{agent_id, desk_id, group_id, session_id, text};
use super::place::{placement_id, target};

pub(super) fn supervision() -> BoxedStrategy<Supervision> {
    let order = prop_oneof![
        (session_id(), agent_id(), of(placement_id()))
            .prop_map(|(session, agent, placement)| SupervisionOrder::Assign { session, agent, placement }),
        (session_id(), of(placement_id()))
            .prop_map(|(session, placement)| SupervisionOrder::Requeue { session, placement }),
        (agent_id(), any::<bool>()).prop_map(|(agent, drains)| SupervisionOrder::Drain { agent, drains }),
        (moved_queue(), target()).prop_map(|(from, to)| SupervisionOrder::Move { from, to }),
    ];
    (warrant(), order).prop_map(|(warrant, order)| Supervision { warrant, order }).boxed()
}

pub(super) fn supervisor_close() -> BoxedStrategy<SupervisorClose> {
    (warrant(), desk_id(), session_id())
        .prop_map(|(warrant, desk, session)| SupervisorClose { warrant, desk, session })
        .boxed()
}

pub(super) fn supervised() -> BoxedStrategy<Supervised> {
    (select(SupervisionCommand::ALL.to_vec()), warrant(), of(session_id()), of(agent_id()))
        .prop_map(|(command, warrant, session, agent)| Supervised { command, warrant, session, agent })
        .boxed()
}

fn warrant() -> BoxedStrategy<Warrant> {
    (text(), text()).prop_map(|(by, why)| Warrant { by, why: why.into() }).boxed()
}

fn moved_queue() -> BoxedStrategy<MovedQueue> {
    prop_oneof![
        Just(MovedQueue::All),
        agent_id().prop_map(MovedQueue::Agent),
        group_id().prop_map(MovedQueue::Group),
        Just(MovedQueue::Default),
    ]
    .boxed()
}
