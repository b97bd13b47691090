//! What the end of an order means to others: receipts for the conversation, and a dead letter where people are needed
//! or where nobody else would hear of the failure.

use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{AccountId, ConversationId, ConversationInput, Delivery, InputId, MailboxInput, MessageId, Receipt};

/// How an order ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Carried out; with what the provider's answer says.
    Done(Vec<Report>),
    /// It goes to the visitor's mailbox, which says what becomes of it.
    Held(Box<MailboxInput>),
    /// The recipient can not be reached there.
    NotReachable {
        /// Why.
        reason: String,
        /// Whether an earlier attempt may have arrived.
        earlier: Attempts,
    },
    /// People must change something.
    Rejected {
        /// Why.
        reason: String,
        /// Whether an earlier attempt may have arrived.
        earlier: Attempts,
    },
    /// Tries used up.
    UsedUp {
        /// Why the last one failed.
        reason: String,
        /// Whether one of them may have arrived.
        attempts: Attempts,
    },
    /// No attempt may start any more.
    Expired {
        /// Whether an earlier attempt may have arrived.
        attempts: Attempts,
    },
}

impl Verdict {
    /// Its name in metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Held(_) => "held",
            Self::NotReachable { .. } => "not_reachable",
            Self::Rejected { .. } => "rejected",
            Self::UsedUp { .. } => "used_up",
            Self::Expired { .. } => "expired",
        }
    }
}

/// An order that is over, with all that must be written in the transaction that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its offset.
    pub offset: i64,
    /// How it ended: [`Verdict::name`], or `unreadable`.
    pub verdict: &'static str,
    /// Receipts, for the conversation.
    pub receipts: Vec<ConversationInput>,
    /// What goes to the visitor's mailbox.
    pub held: Option<Box<MailboxInput>>,
    /// Why the record goes to the dead letters, when it does.
    pub dead_letter: Option<String>,
}

impl Ended {
    /// A record that is no order.
    pub(crate) fn unreadable(offset: i64, reason: String) -> Self {
        Self { offset, verdict: "unreadable", receipts: Vec::new(), held: None, dead_letter: Some(reason) }
    }
}

/// Draws the conclusions of a verdict.
pub(crate) fn conclude(offset: i64, delivery: &Delivery, verdict: Verdict) -> Ended {
    let name = verdict.name();
    let about = About::of(delivery);
    let dead_letter = dead_letter(&verdict, about.is_some());
    let held = match &verdict {
        Verdict::Held(input) => Some(input.clone()),
        _ => None,
    };
    let receipts = about.map_or_else(Vec::new, |about| about.receipts(delivery, verdict));
    Ended { offset, verdict: name, receipts, held, dead_letter }
}

/// A refusal of the recipient and a passed deadline are ordinary ends that the conversation deals with; they are dead
/// letters only where no conversation is told.
fn dead_letter(verdict: &Verdict, is_told: bool) -> Option<String> {
    match verdict {
        Verdict::Done(_) | Verdict::Held(_) => None,
        Verdict::Rejected { reason, .. } | Verdict::UsedUp { reason, .. } => Some(reason.clone()),
        Verdict::NotReachable { reason, .. } => (!is_told).then(|| reason.clone()),
        Verdict::Expired { .. } => (!is_told).then(|| "the deadline passed before it could be sent".to_owned()),
    }
}

/// What the conversation wants to hear about.
struct About {
    conversation: ConversationId,
    message: MessageId,
    leg: Leg,
    /// Which account carried it out.
    account: AccountId,
    is_revoke: bool,
}

impl About {
    /// Messages to the visitor and their revokes; of all other orders the conversation keeps no status.
    fn of(delivery: &Delivery) -> Option<Self> {
        let (leg, account) = match &delivery.target {
            DeliveryTarget::Channel { .. } => (Leg::Channel, &delivery.account),
            DeliveryTarget::Sms { account, .. } => (Leg::Sms, account),
            DeliveryTarget::Bot(_) | DeliveryTarget::Workspace { .. } => return None,
        };
        let (message, is_revoke) = match &delivery.order {
            Order::Message { message, .. } => (message.id, false),
            Order::Revoke { message } => (*message, true),
            _ => return None,
        };
        Some(Self { conversation: delivery.conversation?, message, leg, account: account.clone(), is_revoke })
    }

    fn receipts(&self, delivery: &Delivery, verdict: Verdict) -> Vec<ConversationInput> {
        let reports = if self.is_revoke { revoke_reports(verdict) } else { message_reports(verdict) };
        reports.into_iter().map(|report| self.input(delivery, report)).collect()
    }

    /// The id follows from the order and the kind of report, so that an order which is carried out again after a kill
    /// tells the conversation nothing new.
    fn input(&self, delivery: &Delivery, report: Report) -> ConversationInput {
        let id = InputId::derive(&[b"receipt", &delivery.id.bits().to_be_bytes(), word(&report).as_bytes()]);
        let account = Some(self.account.clone());
        let receipt = Receipt { message: self.message, leg: self.leg, account, report, reported_at: None };
        ConversationInput {
            tenant: delivery.tenant.clone(),
            id,
            conversation: self.conversation,
            act: ConversationAct::Receipt(receipt),
        }
    }
}

fn message_reports(verdict: Verdict) -> Vec<Report> {
    match verdict {
        Verdict::Done(reports) => reports,
        Verdict::Held(_) => vec![Report::Sent { provider_id: None }],
        // Certainly refused and certainly not there from before: the same to the conversation as not reachable.
        Verdict::Rejected { reason, earlier: Attempts::None }
        | Verdict::NotReachable { reason, earlier: Attempts::None } => vec![Report::NotReachable { reason }],
        Verdict::Rejected { reason, earlier: attempts }
        | Verdict::NotReachable { reason, earlier: attempts }
        | Verdict::UsedUp { reason, attempts } => vec![Report::Failed { attempts, reason }],
        Verdict::Expired { attempts } => vec![Report::Expired { attempts }],
    }
}

/// A revoke has an answer in any case, because the conversation waits for it: of what is held, the mailbox's.
fn revoke_reports(verdict: Verdict) -> Vec<Report> {
    let is_answer = |report: &Report| matches!(report, Report::RevokeAnswered { .. });
    let answer = match verdict {
        Verdict::Held(_) => return Vec::new(),
        Verdict::Done(reports) => {
            reports.into_iter().find(is_answer).unwrap_or(Report::RevokeAnswered { revoked: true })
        }
        _ => Report::RevokeAnswered { revoked: false },
    };
    vec![answer]
}

/// The report's name inside the id of its input, and in metrics.
pub const fn word(report: &Report) -> &'static str {
    match report {
        Report::Sent { .. } => "sent",
        Report::Delivered => "delivered",
        Report::Read => "read",
        Report::NotReachable { .. } => "not-reachable",
        Report::Failed { .. } => "failed",
        Report::Expired { .. } => "expired",
        Report::TtlRevoked => "ttl-revoked",
        Report::TtlRevokeFailed => "ttl-revoke-failed",
        Report::RevokeAnswered { .. } => "revoke-answered",
    }
}
