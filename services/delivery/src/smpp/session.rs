//! Submitting through the session of one account: a window, a pace, and the memory of what has gone out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
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

use super::pace::Pace;
use super::pdu;
use crate::names;
use crate::outside::{Attempted, end_of};

/// How long an attempt waits for a session that is about to be bound, and for a place in its window.
const WAIT: Duration = Duration::from_secs(5);
/// How long nothing is submitted after the SMSC said that it was too much.
const PATIENCE: Duration = Duration::from_secs(1);
/// Of how many messages it is remembered which parts have gone out; the oldest is forgotten beyond, and its parts may go
/// out a second time.
const BEGUN_MAX: usize = 10_000;

/// One account's session, as those who submit see it.
#[derive(Clone, Debug)]
pub(super) struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The bound connection; none while it is away.
    bound: watch::Sender<Option<Client>>,
    window: Semaphore,
    pace: Pace,
    /// The parts that the SMSC has taken of messages that are not over, with its names for them. SMPP knows no repeats:
    /// what is not remembered here is sent twice.
    begun: Mutex<BTreeMap<DeliveryId, BTreeMap<u32, String>>>,
}

impl Session {
    pub(super) fn new(settings: &SmppSettings) -> Self {
        Self(Arc::new(Inner {
            bound: watch::Sender::new(None),
            window: Semaphore::new(usize::from(settings.window)),
            pace: Pace::new(settings.per_second),
            begun: Mutex::new(BTreeMap::new()),
        }))
    }

    /// From now on there is this connection, or none.
    pub(super) fn is_bound_by(&self, client: Option<Client>) {
        self.0.bound.send_replace(client);
    }

    /// Submits part after part: the first that is not taken ends the attempt.
    pub(super) async fn submit(
        &self,
        delivery: DeliveryId,
        submission: &Submission,
        until: Option<Timestamp>,
    ) -> Attempted {
        let mut parts = self.begun(delivery);
        let mut taken = Vec::new();
        for (number, segment) in (1..).zip(&submission.segments) {
            if parts.contains_key(&number) {
                continue;
            }
            match self.submit_part(submission, segment, until).await {
                Ok(message_id) => {
                    taken.extend(submission.taken(number, &message_id));
                    parts.insert(number, message_id);
                }
                Err(end) => {
                    count(&end);
                    let end = if parts.is_empty() { end } else { begun_end(end) };
                    self.remember(delivery, parts);
                    return Attempted { end, beside: taken };
                }
            }
        }
        let provider_id = parts.into_values().next().filter(|id| !id.is_empty());
        let end = AttemptEnd::Done(vec![Report::Sent { provider_id }]);
        count(&end);
        Attempted { end, beside: taken }
    }

    async fn submit_part(
        &self,
        submission: &Submission,
        segment: &Segment,
        until: Option<Timestamp>,
    ) -> Result<String, AttemptEnd> {
        let sm = pdu::submit(submission, segment)
            .map_err(|field| AttemptEnd::Rejected { reason: format!("{} does not fit into a submit_sm", field.0) })?;
        let client = self.bound().await.ok_or(AttemptEnd::NoConnection)?;
        let place = tokio::time::timeout(WAIT, self.0.window.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(untried("the window of the session is full", None)) };
        self.0.pace.turn().await;
        // Waiting may have taken long: too late is too late.
        if until.is_some_and(|until| clock() > until) {
            return Err(untried("the deadline passed while the session was busy", None));
        }
        if client.is_closed() {
            return Err(AttemptEnd::NoConnection);
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
            // The SMSC says that it did not take it.
            SendOutcome::Retry { reason, .. } => untried(&reason, wants_patience(status).then_some(PATIENCE)),
            outcome => end_of(outcome),
        }
    }

    async fn bound(&self) -> Option<Client> {
        let mut bound = self.0.bound.subscribe();
        let client = tokio::time::timeout(WAIT, bound.wait_for(Option::is_some)).await.ok()?.ok()?;
        client.clone()
    }

    fn begun(&self, delivery: DeliveryId) -> BTreeMap<u32, String> {
        self.0.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(&delivery).unwrap_or_default()
    }

    fn remember(&self, delivery: DeliveryId, parts: BTreeMap<u32, String>) {
        if parts.is_empty() {
            return;
        }
        let mut begun = self.0.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.insert(delivery, parts);
        if begun.len() > BEGUN_MAX {
            begun.pop_first();
        }
    }
}

fn untried(reason: &str, after: Option<Duration>) -> AttemptEnd {
    AttemptEnd::NotTried { reason: reason.to_owned(), after }
}

/// Parts have gone out before, so "certainly nothing" is no longer true.
fn begun_end(end: AttemptEnd) -> AttemptEnd {
    match end {
        AttemptEnd::NotTried { reason, after } => AttemptEnd::Retry { reason, after },
        AttemptEnd::NoConnection => {
            AttemptEnd::Retry { reason: "the session with the SMSC broke off".to_owned(), after: None }
        }
        other => other,
    }
}

fn count(end: &AttemptEnd) {
    let end = match end {
        AttemptEnd::Done(_) => "submitted",
        AttemptEnd::NoConnection => "unbound",
        AttemptEnd::NoAnswer => "unanswered",
        AttemptEnd::NotTried { .. } | AttemptEnd::Retry { .. } => "put-off",
        _ => "refused",
    };
    metrics::counter!(names::SMPP_SUBMITS, "end" => end).increment(1);
}
