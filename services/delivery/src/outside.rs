//! Everything that carrying out an order needs of the outside, and one attempt from its first request to its end.

mod requests;

use std::sync::Arc;

use reqwest::Client;
use tokio::runtime::Handle;
use usher_delivery_core::{AttemptEnd, MARGIN};
use usher_dialects::accounts::Accounts;
use usher_dialects::outbound::{Next, SendOutcome, plan};
use usher_domain::delivery::DeliveryTarget;
use usher_domain::{Body, Delivery, MailboxAct, MailboxInput};

use crate::account_states::AccountStates;
use crate::smpp::Sessions;
use crate::tokens::Tokens;
use requests::Requests;
pub(crate) use requests::Watch;

/// What outside calls are made with; shared by all partitions of a process.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Makes the requests; as [`usher_runtime::http::client`] builds it: no redirects, bounded in time.
    pub client: Client,
    /// Endpoints and credentials.
    pub accounts: Arc<Accounts>,
    /// Where the calls run; the worker's own thread never waits for one.
    pub runtime: Handle,
    /// Full name of the topic of the orders: dead letters name it as their source.
    pub topic: String,
    /// Tokens of providers, for the calls that need one.
    pub tokens: Tokens,
    /// Which accounts may send.
    pub account_states: AccountStates,
    /// Sessions with SMSCs.
    pub smpp: Sessions,
}

impl Outside {
    /// One attempt; `watch` shows the worker's clock.
    pub(crate) async fn attempt(self, delivery: Arc<Delivery>, watch: Watch) -> Attempted {
        if self.account_states.stop(&delivery) {
            let reason = "the account's vendor has taken it out of service".to_owned();
            return AttemptEnd::NotReachable { reason }.into();
        }
        match plan(&delivery, &self.accounts, watch.now()) {
            Next::Submit(submission) => {
                let until = delivery.deadline.map(|deadline| deadline.minus(MARGIN));
                self.smpp.submit(delivery.id, &submission, until).await
            }
            _ => Requests::of(&self, &delivery, watch).make().await.into(),
        }
    }
}

/// What came of an attempt.
#[derive(Debug)]
pub(crate) struct Attempted {
    /// How it ended.
    pub(crate) end: AttemptEnd,
    /// What is to be written with the end of the order, whatever that is.
    pub(crate) beside: Vec<Body>,
}

impl From<AttemptEnd> for Attempted {
    fn from(end: AttemptEnd) -> Self {
        Self { end, beside: Vec::new() }
    }
}

/// What goes to the mailbox of the visitor that the order is for.
fn held(delivery: &Delivery, act: MailboxAct) -> AttemptEnd {
    let DeliveryTarget::Channel { visitor, .. } = &delivery.target else {
        return AttemptEnd::Rejected {
            reason: "only what goes to a visitor's own channel can be collected".to_owned(),
        };
    };
    AttemptEnd::Held(Box::new(MailboxInput {
        tenant: delivery.tenant.clone(),
        account: delivery.account.clone(),
        visitor: visitor.clone(),
        act,
    }))
}

/// A dialect's word as the lanes understand it.
pub(crate) fn end_of(outcome: SendOutcome) -> AttemptEnd {
    match outcome {
        SendOutcome::Done(reports) => AttemptEnd::Done(reports),
        SendOutcome::NotReachable { reason } => AttemptEnd::NotReachable { reason },
        SendOutcome::NeverReached { reason } => AttemptEnd::NeverReached { reason },
        SendOutcome::Rejected { reason } => AttemptEnd::Rejected { reason },
        SendOutcome::Retry { reason, after } => AttemptEnd::Retry { reason, after },
    }
}
