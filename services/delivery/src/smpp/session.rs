//! Submitting through the session of one account: a window, a pace, and the memory of what has gone out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusmppc::Client;
use rusmppc::error::Error;
use tokio::sync::{Semaphore, watch};
use usher_delivery_core::AttemptEnd;
use usher_dialects::accounts::SmppSettings;
use usher_dialects::outbound::{SendOutcome, Submission};
use usher_dialects::sms::smpp::Segment;
use usher_dialects::sms::smpp::outbound::{refused, wants_patience};
use usher_domain::receipt::Report;
use usher_domain::{DeliveryId, Timestamp};
use usher_runtime::worker::clock;

use super::begun::{Begun, Parts};
use super::pace::Pace;
use super::pdu;
use crate::names;
use crate::outside::{Attempted, end_of};

/// How long an attempt waits for a session that is about to be bound, and for a place in its window. Not longer: while it
/// waits it takes the place of an attempt at somebody else's order; it comes back until its deadline.
const WAIT: Duration = Duration::from_secs(1);
/// How long nothing is submitted after the SMSC said that it was too much.
const PATIENCE: Duration = Duration::from_secs(1);
/// One account's session, as those who submit see it.
#[derive(Clone, Debug)]
pub(super) struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The bound connection; none while it is away.
    bound: watch::Sender<Option<Client>>,
    window: Semaphore,
    pace: Pace,
    begun: Mutex<Begun>,
}

impl Session {
    pub(super) fn new(settings: &SmppSettings) -> Self {
        Self(Arc::new(Inner {
            bound: watch::Sender::new(None),
            window: Semaphore::new(usize::from(settings.window)),
            pace: Pace::new(settings.per_second),
            begun: Mutex::new(Begun::default()),
        }))
    }

    /// From now on there is this connection, or none.
    pub(super) fn is_bound_by(&self, client: Option<Client>) {
        self.0.bound.send_replace(client);
    }

    /// Submits part after part: the first that is not taken ends the attempt. What is written beside its end names all
    /// parts that were taken, also by attempts whose end nobody saw.
    pub(super) async fn submit(
        &self,
        delivery: DeliveryId,
        submission: &Submission,
        until: Option<Timestamp>,
    ) -> Attempted {
        let mut parts = self.begun().parts(delivery);
        let mut stopped = None;
        for (number, segment) in (1..).zip(&submission.segments) {
            if parts.contains_key(&number) {
                continue;
            }
            match self.submit_part(submission, segment, until).await {
                Ok(name) => {
                    self.begun().taken(delivery, number, name.clone(), until, clock());
                    parts.insert(number, name);
                }
                Err(end) => {
                    stopped = Some(end);
                    break;
                }
            }
        }
        let beside = parts.iter().filter_map(|(number, name)| submission.taken(*number, name)).collect();
        let end = stopped.unwrap_or_else(|| sent(&parts));
        count(&end);
        if is_final(&end) {
            self.begun().over(delivery);
        }
        // Parts have gone out, so "certainly nothing" is no longer true.
        let is_begun = !parts.is_empty() && !matches!(end, AttemptEnd::Done(_));
        Attempted { end: if is_begun { AttemptEnd::Begun(Box::new(end)) } else { end }, beside }
    }

    async fn submit_part(
        &self,
        submission: &Submission,
        segment: &Segment,
        until: Option<Timestamp>,
    ) -> Result<String, AttemptEnd> {
        let sm = pdu::submit(submission, segment)
            .map_err(|field| AttemptEnd::Rejected { reason: format!("{} does not fit into a submit_sm", field.0) })?;
        let client = self.bound().await.ok_or_else(away)?;
        let place = tokio::time::timeout(WAIT, self.0.window.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(busy("the window of the session is full", None)) };
        self.0.pace.turn().await;
        // Waiting may have taken long: too late is too late.
        if until.is_some_and(|until| clock() > until) {
            return Err(busy("the deadline passed while the session was busy", None));
        }
        if client.is_closed() {
            return Err(away());
        }
        match client.submit_sm(sm).await {
            Ok(answer) => Ok(answer.message_id().as_str().to_owned()),
            Err(Error::UnexpectedResponse { response }) => match u32::from(response.status()) {
                // It took the part and gave no name: no report will find it.
                0 => Ok(String::new()),
                status => Err(self.refusal(status)),
            },
            Err(Error::Encode(_)) => {
                Err(AttemptEnd::Rejected { reason: "the submit_sm can not be written".to_owned() })
            }
            // It may have been written.
            Err(_) => Err(AttemptEnd::NoAnswer),
        }
    }

    /// What the SMSC's word means for the attempt; where that is "slower", nothing is submitted for a while.
    fn refusal(&self, status: u32) -> AttemptEnd {
        if wants_patience(status) {
            self.0.pace.pause(PATIENCE);
        }
        match refused(status) {
            SendOutcome::Retry { reason, .. } if wants_patience(status) => busy(&reason, Some(PATIENCE)),
            // The SMSC says that it did not take it.
            SendOutcome::Retry { reason, after } => AttemptEnd::NotTried { reason, after },
            outcome => end_of(outcome),
        }
    }

    async fn bound(&self) -> Option<Client> {
        let mut bound = self.0.bound.subscribe();
        let client = tokio::time::timeout(WAIT, bound.wait_for(Option::is_some)).await.ok()?.ok()?;
        client.clone()
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sent(parts: &Parts) -> AttemptEnd {
    let provider_id = parts.values().next().filter(|name| !name.is_empty()).cloned();
    AttemptEnd::Done(vec![Report::Sent { provider_id }])
}

/// Whether no attempt follows.
const fn is_final(end: &AttemptEnd) -> bool {
    matches!(end, AttemptEnd::Done(_) | AttemptEnd::NotReachable { .. } | AttemptEnd::Rejected { .. })
}

fn away() -> AttemptEnd {
    busy("there is no session with the SMSC", None)
}

fn busy(reason: &str, after: Option<Duration>) -> AttemptEnd {
    AttemptEnd::Busy { reason: reason.to_owned(), after }
}

fn count(end: &AttemptEnd) {
    let end = match end {
        AttemptEnd::Done(_) => "submitted",
        AttemptEnd::Busy { .. } => "busy",
        AttemptEnd::NoAnswer => "unanswered",
        AttemptEnd::NotTried { .. } | AttemptEnd::Retry { .. } => "put-off",
        _ => "refused",
    };
    metrics::counter!(names::SMPP_SUBMITS, "end" => end).increment(1);
}

#[cfg(test)]
mod tests;
