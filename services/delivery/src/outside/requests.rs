//! The requests of one attempt, one after the other. Each is reckoned when it goes out: a token or a question may have
//! taken its time, and what a request says of time (how long a message counts, when it was signed) must be true then.

use std::time::Instant;

use usher_delivery_core::{AttemptEnd, MARGIN};
use usher_dialects::outbound::{Next, ProviderRequest, ProviderResponse, SendOutcome, answered, plan};
use usher_domain::state::conversation::Session;
use usher_domain::{Delivery, Timestamp};

use super::{Outside, end_of, held};
use crate::call::{NoResponse, call};

/// No dialect needs as many requests for one delivery; one that did would never come to an end. The longest is an event
/// for each message that an agent has read at once.
const REQUESTS_MAX: usize = Session::UNREAD_MAX + 1;

/// The worker's clock, where the worker is not: what it showed, and what has gone by since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    showed: Timestamp,
    began: Instant,
}

impl Watch {
    /// A watch that shows this instant now.
    pub(crate) fn set(showed: Timestamp) -> Self {
        Self { showed, began: Instant::now() }
    }

    /// What it shows now.
    pub(crate) fn now(&self) -> Timestamp {
        self.showed.plus(self.began.elapsed())
    }
}

/// An attempt on its way.
pub(super) struct Requests<'a> {
    outside: &'a Outside,
    delivery: &'a Delivery,
    watch: Watch,
    /// The answer to the request before.
    last: Option<ProviderResponse>,
    /// The provider has something of this attempt.
    sent: bool,
}

impl<'a> Requests<'a> {
    pub(super) const fn of(outside: &'a Outside, delivery: &'a Delivery, watch: Watch) -> Self {
        Self { outside, delivery, watch, last: None, sent: false }
    }

    /// Request after request, until the dialect is done.
    pub(super) async fn make(mut self) -> AttemptEnd {
        for step in 0..REQUESTS_MAX {
            let request = match self.next(step) {
                Next::Request(request) => request,
                over => return self.over(over),
            };
            // A question changes nothing at the provider: where it is not answered, nothing was sent.
            let sends = sends(&request);
            match self.ask(request, step).await {
                Ok(response) => self.last = Some(response),
                Err(unanswered) => return unanswered.end(sends, self.sent),
            }
            self.sent |= sends;
        }
        self.over(self.next(REQUESTS_MAX))
    }

    /// What comes after `step` answers, reckoned now.
    fn next(&self, step: usize) -> Next {
        let (delivery, accounts, now) = (self.delivery, &self.outside.accounts, self.watch.now());
        match &self.last {
            Some(response) => answered(delivery, accounts, now, step, response),
            None => plan(delivery, accounts, now),
        }
    }

    fn over(&self, next: Next) -> AttemptEnd {
        match next {
            Next::Done(SendOutcome::Retry { reason, after }) if !self.sent => AttemptEnd::NotTried { reason, after },
            Next::Done(outcome) => end_of(outcome),
            Next::Hold(act) => held(self.delivery, *act),
            // A message goes by HTTP or by a session; no dialect begins with one and ends with the other.
            Next::Submit(_) => AttemptEnd::Rejected { reason: "a submission can not follow a request".to_owned() },
            Next::Request(_) => {
                AttemptEnd::Rejected { reason: format!("not carried out after {REQUESTS_MAX} requests") }
            }
        }
    }

    /// Makes a request, with its token where it needs one. A token that is not taken is dropped, and the request made
    /// once more with another: the provider may have ended it early.
    async fn ask(&self, request: ProviderRequest, step: usize) -> Result<ProviderResponse, Unanswered> {
        let Some(grant) = request.grant.clone() else { return self.call(request).await };
        let Outside { tokens, client, .. } = self.outside;
        let token = tokens.token(client, &grant, self.watch.now()).await?;
        let response = self.call(self.anew(&request, step).bearing(&token.value)).await?;
        if response.status != 401 {
            return Ok(response);
        }
        tokens.drop_token(&grant, &token);
        let token = tokens.token(client, &grant, self.watch.now()).await?;
        self.call(self.anew(&request, step).bearing(&token.value)).await
    }

    /// The same request as of now.
    fn anew(&self, request: &ProviderRequest, step: usize) -> ProviderRequest {
        match self.next(step) {
            Next::Request(anew) => anew,
            _ => request.clone(),
        }
    }

    /// Makes the request, unless it sends something whose last instant is over.
    async fn call(&self, request: ProviderRequest) -> Result<ProviderResponse, Unanswered> {
        let until = self.delivery.deadline.map(|deadline| deadline.minus(MARGIN));
        if sends(&request) && until.is_some_and(|until| self.watch.now() > until) {
            return Err(Unanswered::Late);
        }
        Ok(call(&self.outside.client, request).await?)
    }
}

fn sends(request: &ProviderRequest) -> bool {
    request.method != "GET"
}

/// Why a request has no answer.
enum Unanswered {
    /// It was made, or tried.
    Call(NoResponse),
    /// There is no token for it.
    Token(SendOutcome),
    /// It would have gone out after its deadline.
    Late,
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
        let late = || "its deadline was too near when its turn came".to_owned();
        match self {
            Self::Call(NoResponse::Malformed(reason)) => AttemptEnd::Rejected { reason: reason.to_owned() },
            Self::Token(SendOutcome::Retry { reason, after }) if !sent => untried(reason, after),
            Self::Token(outcome) => end_of(outcome),
            Self::Late if !sent => untried(late(), None),
            Self::Late => AttemptEnd::Retry { reason: late(), after: None },
            Self::Call(_) if sent => AttemptEnd::NoAnswer,
            Self::Call(NoResponse::NoConnection) => AttemptEnd::NoConnection,
            Self::Call(NoResponse::NoAnswer) if !sends => untried("a question was not answered".to_owned(), None),
            Self::Call(NoResponse::NoAnswer) => AttemptEnd::NoAnswer,
        }
    }
}
