//! Demands, placements and receipts.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use usher_domain::delivery::WithdrawnReason;
use usher_domain::place::RefusedReason;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{AgentCard, Demand, Place, Placement, PlacementId, Receipt, Target, Want, Wish};

use super::base::{account_id, agent_id, desk_id, group_id, message_id, session_id, span, text, timestamp};
use super::conversation::dialect;
use super::policy::{care, exception, selectors};

pub(crate) fn target() -> BoxedStrategy<Target> {
    (of(agent_id()), of(group_id()), selectors())
        .prop_map(|(agent, group, selectors)| Target { agent, group, selectors })
        .boxed()
}

pub(super) fn agent_card() -> BoxedStrategy<AgentCard> {
    (agent_id(), text(), text()).prop_map(|(id, name, avatar)| AgentCard { id, name, avatar }).boxed()
}

pub(super) fn placement_id() -> BoxedStrategy<PlacementId> {
    any::<(u32, u32)>().prop_map(|(epoch, turn)| PlacementId { epoch, turn }).boxed()
}

pub(super) fn demand() -> BoxedStrategy<Demand> {
    let want = prop_oneof![
        3 => wish().prop_map(|wish| Want::Agent(Box::new(wish))),
        1 => Just(Want::Nobody),
        1 => Just(Want::SetAside),
    ];
    (session_id(), any::<u32>(), want).prop_map(|(session, epoch, want)| Demand { session, epoch, want }).boxed()
}

fn wish() -> BoxedStrategy<Wish> {
    let asked = (target(), timestamp(), dialect(), any::<(bool, u32, u8, bool, bool)>());
    (asked, of(agent_id()), of(agent_id()), of(timestamp()))
        .prop_map(|(asked, last_agent, avoid, moved_at)| {
            let (target, asked_at, channel, (vip, weight, priority, overflowed, returns)) = asked;
            Wish { target, vip, asked_at, weight, channel, priority, last_agent, avoid, moved_at, overflowed, returns }
        })
        .boxed()
}

pub(crate) fn refused_reason() -> BoxedStrategy<RefusedReason> {
    select(vec![RefusedReason::QueueFull, RefusedReason::OffHours, RefusedReason::WaitLimit]).boxed()
}

pub(super) fn placement() -> BoxedStrategy<Placement> {
    let place = prop_oneof![
        (any::<u32>(), of(span())).prop_map(|(position, wait)| Place::Waiting { position, wait }),
        (vec(agent_card(), 0..3), timestamp()).prop_map(|(agents, until)| Place::Offered { agents, until }),
        (agent_card(), care()).prop_map(|(agent, care)| Place::Assigned { agent, care }),
        (refused_reason(), exception()).prop_map(|(reason, then)| Place::Refused { reason, then }),
    ];
    let withdrawn = of(select(WithdrawnReason::ALL.to_vec()));
    (desk_id(), session_id(), placement_id(), place, withdrawn)
        .prop_map(|(desk, session, version, place, withdrawn)| Placement { desk, session, version, place, withdrawn })
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
