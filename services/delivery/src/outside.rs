//! Everything that carrying out an order needs of the outside, and one attempt from its first request to its end.

use std::sync::Arc;

use reqwest::Client;
use tokio::runtime::Handle;
use usher_delivery_core::{AttemptEnd, MARGIN};
use usher_dialects::accounts::Accounts;
use usher_dialects::outbound::{Next, ProviderRequest, ProviderResponse, SendOutcome, answered, plan};
use usher_domain::delivery::DeliveryTarget;
use usher_domain::state::conversation::Session;
use usher_domain::{Body, Delivery, MailboxAct, MailboxInput, Timestamp};

use crate::account_states::AccountStates;
use crate::call::{NoResponse, call};
use crate::smpp::Sessions;
use crate::tokens::Tokens;

/// No dialect needs as many requests for one delivery; one that did would never come to an end. The longest is an event
/// for each message that an agent has read at once.
const REQUESTS_MAX: usize = Session::UNREAD_MAX + 1;

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
    /// One attempt, planned at `now` by the worker's clock.
    pub(crate) async fn attempt(self, delivery: Arc<Delivery>, now: Timestamp) -> Attempted {
        if self.account_states.stop(&delivery) {
            let reason = "the account's vendor has taken it out of service".to_owned();
            return AttemptEnd::NotReachable { reason }.into();
        }
        match plan(&delivery, &self.accounts, now) {
            Next::Submit(submission) => {
                let until = delivery.deadline.map(|deadline| deadline.minus(MARGIN));
                self.smpp.submit(delivery.id, &submission, until).await
            }
            next => self.request(&delivery, next, now).await.into(),
        }
    }

    /// Request after request, until the dialect is done.
    async fn request(&self, delivery: &Delivery, mut next: Next, now: Timestamp) -> AttemptEnd {
        let mut sent = false;
        for step in 1..=REQUESTS_MAX {
            let request = match next {
                Next::Request(request) => request,
                Next::Hold(act) => return held(delivery, *act),
                Next::Submit(_) => return submit_later(),
                Next::Done(SendOutcome::Retry { reason, after }) if !sent => {
                    return AttemptEnd::NotTried { reason, after };
                }
                Next::Done(outcome) => return end_of(outcome),
            };
            // A question changes nothing at the provider: where it is not answered, nothing was sent.
            let sends = request.method != "GET";
            match self.ask(request, now).await {
                Ok(response) => next = answered(delivery, &self.accounts, now, step, &response),
                Err(unanswered) => return unanswered.end(sends, sent),
            }
            sent |= sends;
        }
        match next {
            Next::Done(outcome) => end_of(outcome),
            Next::Hold(act) => held(delivery, *act),
            Next::Submit(_) => submit_later(),
            Next::Request(_) => {
                AttemptEnd::Rejected { reason: format!("not carried out after {REQUESTS_MAX} requests") }
            }
        }
    }

    /// Makes a request, with its token where it needs one. A token that is not taken is dropped, and the request made
    /// once more with another: the provider may have ended it early.
    async fn ask(&self, request: ProviderRequest, now: Timestamp) -> Result<ProviderResponse, Unanswered> {
        let Some(grant) = request.grant.clone() else { return Ok(call(&self.client, request).await?) };
        let token = self.tokens.token(&self.client, &grant, now).await?;
        let response = call(&self.client, request.clone().bearing(&token.value)).await?;
        if response.status != 401 {
            return Ok(response);
        }
        self.tokens.drop_token(&grant, &token);
        let token = self.tokens.token(&self.client, &grant, now).await?;
        Ok(call(&self.client, request.bearing(&token.value)).await?)
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

/// A message goes by HTTP or by a session; no dialect begins with one and ends with the other.
fn submit_later() -> AttemptEnd {
    AttemptEnd::Rejected { reason: "a submission can not follow a request".to_owned() }
}

/// Why a request has no answer.
enum Unanswered {
    /// It was made, or tried.
    Call(NoResponse),
    /// There is no token for it.
    Token(SendOutcome),
}

impl From<NoResponse> for Unanswered {
    fn from(error: NoResponse) -> Self {
        Self::Call(error)
    }
}

impl From<SendOutcome> for Unanswered {
    fn from(outcome: SendOutcome) -> Self {
        Self::Token(outcome)
    }
}

impl Unanswered {
    /// What it means for the attempt. `sends`: the request was to change something at the provider; `sent`: an earlier one
    /// of this attempt was answered and did, so the provider has something of it.
    fn end(self, sends: bool, sent: bool) -> AttemptEnd {
        let untried = |reason: String, after| AttemptEnd::NotTried { reason, after };
        match self {
            Self::Call(NoResponse::Malformed(reason)) => AttemptEnd::Rejected { reason: reason.to_owned() },
            Self::Token(SendOutcome::Retry { reason, after }) if !sent => untried(reason, after),
            Self::Token(outcome) => end_of(outcome),
            Self::Call(_) if sent => AttemptEnd::NoAnswer,
            Self::Call(NoResponse::NoConnection) => AttemptEnd::NoConnection,
            Self::Call(NoResponse::NoAnswer) if !sends => untried("a question was not answered".to_owned(), None),
            Self::Call(NoResponse::NoAnswer) => AttemptEnd::NoAnswer,
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
pub(crate) fn end_of(outcome: SendOutcome) -> AttemptEnd {
    match outcome {
        SendOutcome::Done(reports) => AttemptEnd::Done(reports),
        SendOutcome::NotReachable { reason } => AttemptEnd::NotReachable { reason },
        SendOutcome::NeverReached { reason } => AttemptEnd::NeverReached { reason },
        SendOutcome::Rejected { reason } => AttemptEnd::Rejected { reason },
        SendOutcome::Retry { reason, after } => AttemptEnd::Retry { reason, after },
    }
}
