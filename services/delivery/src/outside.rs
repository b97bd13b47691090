//! Everything that carrying out an order needs of the outside, and one attempt from its first request to its end.

use std::sync::Arc;

use reqwest::Client;
use tokio::runtime::Handle;
use usher_delivery_core::AttemptEnd;
use usher_dialects::accounts::Accounts;
use usher_dialects::outbound::{Next, SendOutcome, answered, plan};
use usher_domain::delivery::DeliveryTarget;
use usher_domain::{Delivery, MailboxAct, MailboxInput, Timestamp};

use crate::call::{NoResponse, call};

/// No dialect needs as many requests for one delivery; one that did would never come to an end.
const REQUESTS_MAX: usize = 8;

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
}

impl Outside {
    /// One attempt, planned at `now` by the worker's clock.
    pub(crate) async fn attempt(self, delivery: Arc<Delivery>, now: Timestamp) -> AttemptEnd {
        let mut next = plan(&delivery, &self.accounts, now);
        for number in 1..=REQUESTS_MAX {
            let request = match next {
                Next::Request(request) => request,
                Next::Hold(act) => return held(&delivery, *act),
                Next::Done(outcome) => return end_of(outcome),
            };
            match call(&self.client, request).await {
                Ok(response) => next = answered(&delivery, &self.accounts, &response),
                Err(NoResponse::Malformed(reason)) => return AttemptEnd::Rejected { reason: reason.to_owned() },
                // An earlier request of this attempt was answered, so the provider has something of it.
                Err(NoResponse::NoConnection) if number == 1 => return AttemptEnd::NoConnection,
                Err(NoResponse::NoConnection | NoResponse::NoAnswer) => return AttemptEnd::NoAnswer,
            }
        }
        match next {
            Next::Done(outcome) => end_of(outcome),
            Next::Hold(act) => held(&delivery, *act),
            Next::Request(_) => {
                AttemptEnd::Rejected { reason: format!("not carried out after {REQUESTS_MAX} requests") }
            }
        }
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
fn end_of(outcome: SendOutcome) -> AttemptEnd {
    match outcome {
        SendOutcome::Done(reports) => AttemptEnd::Done(reports),
        SendOutcome::NotReachable { reason } => AttemptEnd::NotReachable { reason },
        SendOutcome::Rejected { reason } => AttemptEnd::Rejected { reason },
        SendOutcome::Retry { reason, after } => AttemptEnd::Retry { reason, after },
    }
}
