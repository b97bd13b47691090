//! What an SMSC delivers: read, written, and only then answered, so that nothing is lost that it was told to forget.

use std::sync::Arc;
use std::time::Duration;

use rusmpp::CommandStatus;
use rusmpp::pdus::{DeliverSm, DeliverSmResp};
use rusmppc::Client;
use tokio::sync::{Semaphore, mpsc};
use usher_dialects::sms::smpp::inbound::{Heard, heard, unreadable};
use usher_domain::{Body, InputId};

use super::bind::Binding;
use super::{Writer, pdu};
use crate::names;

/// How many writes of one session are under way at a time.
pub(super) const WRITES_MAX: usize = 64;
/// How much of one session is in hand; what comes beyond is answered at once with a wish for patience. As much again is
/// what phones say, which is written one after the other.
pub(super) const IN_HAND_MAX: usize = 1_000;
/// How long a write may take: the broker's own bound, and some more.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// Hears one connection.
pub(super) struct Hearing<'a> {
    binding: &'a Binding,
    client: &'a Client,
    in_hand: Arc<Semaphore>,
    places: Arc<Semaphore>,
    said: mpsc::Sender<(u32, Body)>,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(binding: &'a Binding, client: &'a Client) -> Self {
        let (said, saying) = mpsc::channel(IN_HAND_MAX);
        tokio::spawn(write_in_order(binding.writer.clone(), client.clone(), saying));
        let (in_hand, places) = (Arc::new(Semaphore::new(IN_HAND_MAX)), Arc::new(Semaphore::new(WRITES_MAX)));
        Self { binding, client, in_hand, places, said }
    }

    /// Takes one `deliver_sm`. Reports are written side by side; what phones say is written one after the other, so that
    /// it keeps its order.
    pub(super) async fn take(&self, sequence_number: u32, delivered: &DeliverSm) {
        let Binding { tenant, account, settings, .. } = self.binding;
        let fresh = InputId::from_bits(uuid::Uuid::new_v4().as_u128());
        match heard(tenant, account, settings, &pdu::delivered(delivered), fresh) {
            Heard::Write(body) => self.write(sequence_number, body).await,
            Heard::Nothing(what) => {
                count(what);
                answer(self.client, sequence_number, true).await;
            }
        }
    }

    /// Shows people that there was one that can not be read. It is answered like any other: it would come again for ever.
    pub(super) async fn put_aside(&self, sequence_number: u32) {
        self.write(sequence_number, unreadable(&self.binding.account)).await;
    }

    async fn write(&self, sequence_number: u32, body: Body) {
        count(kind(&body));
        if matches!(body, Body::Conversation(_)) {
            if self.said.try_send((sequence_number, body)).is_err() {
                self.put_off(sequence_number).await;
            }
            return;
        }
        let Ok(in_hand) = Arc::clone(&self.in_hand).try_acquire_owned() else {
            return self.put_off(sequence_number).await;
        };
        let (writer, client, places) = (self.binding.writer.clone(), self.client.clone(), Arc::clone(&self.places));
        tokio::spawn(async move {
            // The semaphore is never closed.
            let _place = places.acquire().await.ok();
            write(&writer, &client, sequence_number, body).await;
            drop(in_hand);
        });
    }

    /// More is in hand than can be kept: the SMSC brings it again.
    async fn put_off(&self, sequence_number: u32) {
        count("put-off");
        answer(self.client, sequence_number, false).await;
    }
}

/// Writes what phones say, until the connection has ended and all is written.
async fn write_in_order(writer: Writer, client: Client, mut saying: mpsc::Receiver<(u32, Body)>) {
    while let Some((sequence_number, body)) = saying.recv().await {
        write(&writer, &client, sequence_number, body).await;
    }
}

/// Writes and answers. What can not be written the SMSC is asked to bring again.
async fn write(writer: &Writer, client: &Client, sequence_number: u32, body: Body) {
    let is_written = match tokio::time::timeout(WRITTEN_WITHIN, writer.write(body)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "what the SMSC delivered was not written: it is asked to bring it again");
            false
        }
        Err(_) => false,
    };
    answer(client, sequence_number, is_written).await;
}

/// An answer that does not get through makes the SMSC deliver again, which is heard again.
async fn answer(client: &Client, sequence_number: u32, is_taken: bool) {
    let status = if is_taken { CommandStatus::EsmeRok } else { CommandStatus::EsmeRxTAppn };
    let answered = client.status(status).deliver_sm_resp(sequence_number, DeliverSmResp::default()).await;
    if answered.is_err() {
        tracing::debug!("a deliver_sm could not be answered: the connection has ended");
    }
}

const fn kind(body: &Body) -> &'static str {
    match body {
        Body::Report(_) => "report",
        Body::Conversation(_) => "message",
        _ => "unreadable",
    }
}

fn count(what: &'static str) {
    metrics::counter!(names::SMPP_DELIVERED, "kind" => what).increment(1);
}

#[cfg(test)]
mod tests;
