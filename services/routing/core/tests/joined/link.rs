//! How records get from one core to the other: whole, or with one fault each. Whoever explores the cores behind a
//! faulty link must find it, else the explorer sees nothing.

use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::Order;
use usher_domain::desk::{AgentRecord, DeskAct, DirectoryEntry, OfferAnswer, Presence, PresenceSaid};
use usher_domain::policy::LimitsPolicy;
use usher_domain::state::conversation::StateKind;
use usher_domain::supervision::{Supervision, SupervisionOrder};
use usher_domain::{
    AgentId, Body, ConversationInput, Demand, DeskInput, Place, PlacementId, SessionId, Target, Timestamp, Want, Wish,
};

/// What is done to records on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing.
    Whole,
    /// R4 is missing: placements of a session that is over are not answered.
    WithoutAnswers,
    /// R5 is missing: the desk announces no session that it takes in and that is over.
    WithoutAnnouncements,
    /// The end of a demand is lost.
    WithoutNobody,
    /// Each demand comes as the first one.
    WithoutEpochs,
    /// Tags are not told.
    WithoutVips,
    /// Whoever asked last comes first.
    LastFirst,
    /// Everybody goes to the default lane.
    WithoutTargets,
    /// Nobody tells the desk who comes online.
    WithoutOnline,
    /// Nobody tells the desk who goes offline.
    WithoutOffline,
    /// The directory comes with twice the capacity.
    TwiceTheCapacity,
    /// A restart forgets which commands came before.
    WithoutMemory,
    /// The conversation core is not told that agents are asked.
    WithoutOffers,
    /// Nobody is told that an offer stands no longer.
    WithoutWithdrawals,
    /// The desk gives a session to the other agent than a supervisor says.
    ForcedElsewhere,
    /// Instead of taking a session away, the desk lets `b` drain.
    WithoutRequeues,
    /// The desk is told of no limit to its queues.
    WithoutLimits,
    /// The desk takes each answer as one to the offer that stands.
    WithoutVersions,
}

impl Link {
    /// What the desk core reads of this; `None` when it never comes.
    pub(super) fn to_desk(self, act: &DeskAct, current: impl Fn(SessionId) -> Option<PlacementId>) -> Option<DeskAct> {
        match (self, act) {
            (Self::WithoutVersions, DeskAct::Answer(answer)) => {
                let placement = current(answer.session).unwrap_or(answer.placement);
                Some(DeskAct::Answer(Box::new(OfferAnswer { placement, ..answer.as_ref().clone() })))
            }
            (Self::ForcedElsewhere | Self::WithoutRequeues, DeskAct::Supervision(said)) => {
                let order = self.misheard(said.order.clone());
                Some(DeskAct::Supervision(Box::new(Supervision { order, ..said.as_ref().clone() })))
            }
            (Self::WithoutLimits, DeskAct::Staged { revision, entry: DirectoryEntry::Desk(desk) }) => {
                let mut desk = desk.clone();
                desk.lane.limits = LimitsPolicy::default();
                Some(DeskAct::Staged { revision: *revision, entry: DirectoryEntry::Desk(desk) })
            }
            (Self::WithoutNobody, DeskAct::Demand(Demand { want: Want::Nobody, .. })) => None,
            (Self::WithoutOnline, DeskAct::Presence(PresenceSaid { presence: Presence::Online, .. }))
            | (Self::WithoutOffline, DeskAct::Presence(PresenceSaid { presence: Presence::Offline, .. })) => None,
            (Self::TwiceTheCapacity, DeskAct::Staged { revision, entry: DirectoryEntry::Agent(record) }) => {
                let record = AgentRecord { capacity: 2 * record.capacity, ..record.clone() };
                Some(DeskAct::Staged { revision: *revision, entry: DirectoryEntry::Agent(record) })
            }
            (_, DeskAct::Demand(demand)) => Some(DeskAct::Demand(self.garbled(demand.clone()))),
            (_, act) => Some(act.clone()),
        }
    }

    fn misheard(self, order: SupervisionOrder) -> SupervisionOrder {
        match (self, order) {
            (Self::ForcedElsewhere, SupervisionOrder::Assign { session, agent, placement }) => {
                let agent = AgentId::new(if agent.as_str() == "a" { "b" } else { "a" });
                SupervisionOrder::Assign { session, agent, placement }
            }
            (Self::WithoutRequeues, SupervisionOrder::Requeue { .. }) => {
                SupervisionOrder::Drain { agent: AgentId::new("b"), drains: true }
            }
            (_, order) => order,
        }
    }

    fn garbled(self, mut demand: Demand) -> Demand {
        if self == Self::WithoutEpochs {
            demand.epoch = 1;
        }
        if let Want::Agent(wish) = &mut demand.want {
            let Wish { target, vip, asked_at, .. } = &mut **wish;
            match self {
                Self::WithoutVips => *vip = false,
                Self::LastFirst => *asked_at = Timestamp::from_millis(-asked_at.millis()),
                Self::WithoutTargets => *target = Target::default(),
                _ => {}
            }
        }
        demand
    }

    /// Whether this order never arrives.
    pub(super) fn loses_order(self, order: &Order) -> bool {
        self == Self::WithoutWithdrawals && matches!(order, Order::OfferWithdrawn { .. })
    }

    /// Whether this placement never arrives.
    pub(super) fn loses_placement(self, body: &Body) -> bool {
        let Body::Conversation(ConversationInput { act: ConversationAct::Placement(said), .. }) = body else {
            return false;
        };
        self == Self::WithoutOffers && matches!(said.place, Place::Offered { .. })
    }

    /// Whether the desk knows another wish than the session has, so that only its decisions can show what is wrong.
    pub(super) fn lies(self) -> bool {
        matches!(self, Self::WithoutVips | Self::LastFirst | Self::WithoutTargets)
    }

    /// Whether a restart loses a piece of this kind.
    pub(super) fn forgets(self, kind: StateKind) -> bool {
        self == Self::WithoutMemory && kind == StateKind::Seen
    }

    /// Takes out the answer to a placement of a session that is over.
    pub(super) fn loses_answers(self, read: &ConversationInput, answers: &mut Vec<Body>) {
        if self == Self::WithoutAnswers && matches!(read.act, ConversationAct::Placement(_)) {
            answers.retain(|body| !matches!(body, Body::Desk(DeskInput { act: DeskAct::Demand(_), .. })));
        }
    }

    /// Whether this is the announcement of a session that is not running, and does not arrive.
    pub(super) fn loses_announcement(self, body: &Body, is_running: impl Fn(SessionId) -> bool) -> bool {
        let Body::Conversation(ConversationInput { act: ConversationAct::Placement(said), .. }) = body else {
            return false;
        };
        let is_announcement = said.version.turn == 1 && matches!(said.place, Place::Waiting { .. });
        self == Self::WithoutAnnouncements && is_announcement && !is_running(said.session)
    }
}
