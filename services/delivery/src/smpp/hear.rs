//! What an SMSC delivers: read, written, and only then answered, so that nothing is lost that it was told to forget.

use std::sync::Arc;
use std::time::Duration;

use rusmpp::CommandStatus;
use rusmpp::pdus::{DeliverSm, DeliverSmResp};
use rusmppc::Client;
use tokio::sync::Semaphore;
use usher_dialects::sms::smpp::inbound::{Heard, heard};
use usher_domain::{Body, InputId};

use super::bind::Binding;
use super::{Writer, pdu};
use crate::names;

/// How many reports of one session are being written at a time.
pub(super) const WRITES_MAX: usize = 64;
/// How long a write may take: the broker's own bound, and some more.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

/// Hears one connection.
pub(super) struct Hearing<'a> {
    binding: &'a Binding,
    client: &'a Client,
    places: Arc<Semaphore>,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(binding: &'a Binding, client: &'a Client) -> Self {
        Self { binding, client, places: Arc::new(Semaphore::new(WRITES_MAX)) }
    }

    /// Takes one `deliver_sm`. Reports are written side by side; what phones say is written one after the other, so that
    /// it keeps its order.
    pub(super) async fn take(&mut self, sequence_number: u32, delivered: &DeliverSm) {
        let Binding { tenant, account, settings, writer, .. } = self.binding;
        let fresh = InputId::from_bits(uuid::Uuid::new_v4().as_u128());
        let body = match heard(tenant, account, settings, &pdu::delivered(delivered), fresh) {
            Heard::Write(body) => body,
            Heard::Nothing(what) => {
                count(what);
                return answer(self.client, sequence_number, true).await;
            }
        };
        count(kind(&body));
        if matches!(body, Body::Conversation(_)) {
            return write(writer, self.client, sequence_number, body).await;
        }
        // The semaphore is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (writer, client) = (writer.clone(), self.client.clone());
        tokio::spawn(async move {
            write(&writer, &client, sequence_number, body).await;
            drop(place);
        });
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
