//! Demands, placements and receipts.

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::place::RefusedReason;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{AgentCard, Demand, Place, Placement, PlacementId, Receipt, Target, Want};

use super::base::{account_id, agent_id, desk_id, group_id, message_id, session_id, text, timestamp};

pub(super) fn target() -> BoxedStrategy<Target> {
    (of(agent_id()), of(group_id())).prop_map(|(agent, group)| Target { agent, group }).boxed()
}

pub(super) fn agent_card() -> BoxedStrategy<AgentCard> {
    (agent_id(), text(), text()).prop_map(|(id, name, avatar)| AgentCard { id, name, avatar }).boxed()
}

pub(super) fn placement_id() -> BoxedStrategy<PlacementId> {
    any::<(u32, u32)>().prop_map(|(epoch, turn)| PlacementId { epoch, turn }).boxed()
}

pub(super) fn demand() -> BoxedStrategy<Demand> {
    let agent = (target(), any::<bool>(), timestamp(), any::<u32>());
    let want = prop_oneof![
        3 => agent.prop_map(|(target, vip, asked_at, weight)| Want::Agent { target, vip, asked_at, weight }),
        1 => Just(Want::Nobody),
    ];
    (session_id(), any::<u32>(), want).prop_map(|(session, epoch, want)| Demand { session, epoch, want }).boxed()
}

pub(super) fn placement() -> BoxedStrategy<Placement> {
    use RefusedReason::{OffHours, QueueFull, WaitLimit};
    let place = prop_oneof![
        any::<u32>().prop_map(|position| Place::Waiting { position }),
        agent_card().prop_map(Place::Assigned),
        select(vec![QueueFull, OffHours, WaitLimit]).prop_map(Place::Refused),
    ];
    (desk_id(), session_id(), placement_id(), place)
        .prop_map(|(desk, session, version, place)| Placement { desk, session, version, place })
        .boxed()
}

pub(super) fn leg() -> BoxedStrategy<Leg> {
    select(vec![Leg::Channel, Leg::Sms]).boxed()
}

fn report() -> BoxedStrategy<Report> {
    let attempts = || select(vec![Attempts::None, Attempts::Maybe]);
    prop_oneof![
        of(text()).prop_map(|provider_id| Report::Sent { provider_id }),
        Just(Report::Delivered),
        Just(Report::Read),
        text().prop_map(|reason| Report::NotReachable { reason }),
        (attempts(), text()).prop_map(|(attempts, reason)| Report::Failed { attempts, reason }),
        attempts().prop_map(|attempts| Report::Expired { attempts }),
        Just(Report::TtlRevoked),
        Just(Report::TtlRevokeFailed),
        any::<bool>().prop_map(|revoked| Report::RevokeAnswered { revoked }),
    ]
    .boxed()
}

pub(super) fn receipt() -> BoxedStrategy<Receipt> {
    (message_id(), leg(), of(account_id()), report(), of(timestamp()))
        .prop_map(|(message, leg, account, report, reported_at)| Receipt { message, leg, account, report, reported_at })
        .boxed()
}
