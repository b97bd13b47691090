//! Keeps a session bound: connects, binds as transceiver, hears what the SMSC delivers until the connection ends, and
//! begins again after a wait that grows and is never the same for all instances.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use rusmpp::{CommandStatus, Pdu};
use rusmppc::error::Error;
use rusmppc::{Client, ConnectionBuilder, Event};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use usher_dialects::accounts::{AccountSettings, SmppSettings};
use usher_domain::TenantId;

use super::session::Session;
use super::sieve::Sieve;
use super::{Writer, hear, pdu};
use crate::names;

/// How long connecting and binding may take, each, and any other answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The first wait before the next connection, and the longest.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(30);
/// A session that stood for so long begins with the first wait again.
const STOOD: Duration = Duration::from_secs(60);
/// The longest PDU that is read: `message_payload` has at most 64 KiB.
const PDU_BYTES_MAX: usize = 70_000;

/// One account's session, as whoever keeps it bound sees it.
pub(super) struct Binding {
    pub(super) tenant: TenantId,
    pub(super) account: AccountSettings,
    pub(super) settings: SmppSettings,
    pub(super) session: Session,
    pub(super) writer: Writer,
}

impl Binding {
    /// Binds again and again; never ends by itself.
    pub(super) async fn keep(self) {
        let mut failed: u32 = 0;
        loop {
            let began = Instant::now();
            let why = match self.connect().await {
                Ok((client, events, unread)) => {
                    tracing::info!(tenant = %self.tenant, account = self.account.account, "bound to the SMSC");
                    self.session.is_bound_by(Some(client.clone()));
                    self.bound(1.0);
                    let why = self.hear(&client, events, unread).await;
                    self.session.is_bound_by(None);
                    self.bound(0.0);
                    why
                }
                Err(why) => why,
            };
            failed = if began.elapsed() > STOOD { 1 } else { failed.saturating_add(1) };
            let wait = wait(failed, uuid::Uuid::new_v4().as_u128());
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(tenant = %self.tenant, account = self.account.account, why, wait_ms, "no session with the SMSC");
            tokio::time::sleep(wait).await;
        }
    }

    fn bound(&self, value: f64) {
        let (tenant, account) = (self.tenant.to_string(), self.account.account.clone());
        metrics::gauge!(names::SMPP_BOUND, "tenant" => tenant, "account" => account).set(value);
    }

    /// A bound connection, what comes by it, and the numbers of what comes and can not be read.
    async fn connect(
        &self,
    ) -> Result<(Client, impl Stream<Item = Event> + Unpin + use<>, mpsc::Receiver<u32>), String> {
        let address = (self.settings.host.as_str(), self.settings.port);
        let connected = timeout(ANSWER_WITHIN, TcpStream::connect(address)).await;
        let stream = connected
            .map_err(|_| "the SMSC's address does not answer".to_owned())?
            .map_err(|error| format!("no connection to the SMSC: {error}"))?;
        // Each PDU is one packet, and its answer is waited for.
        stream.set_nodelay(true).map_err(|error| format!("the connection was lost at once: {error}"))?;
        let (kept_out, unread) = mpsc::channel(hear::IN_HAND_MAX);
        let (client, events, connection) = ConnectionBuilder::new()
            .disable_interface_version_check()
            .enquire_link_interval(Duration::from_millis(self.settings.enquire_link_ms))
            .enquire_link_response_timeout(ANSWER_WITHIN)
            .response_timeout(ANSWER_WITHIN)
            .max_command_length(PDU_BYTES_MAX)
            .no_spawn()
            .connected(Sieve::new(stream, PDU_BYTES_MAX, kept_out));
        tokio::spawn(Pressed::new(connection, usize::from(self.settings.window)));
        let bind = pdu::bind(&self.settings).map_err(|field| format!("{} does not fit into a bind", field.0))?;
        match client.bind_transceiver(bind).await {
            Ok(_) => Ok((client, events, unread)),
            Err(Error::UnexpectedResponse { response }) => Err(bind_refused(response.status())),
            Err(_) => Err("the SMSC did not answer the bind".to_owned()),
        }
    }

    /// Hears until the connection ends; says why it did, without what was read: errors of the codec may quote it.
    async fn hear(
        &self,
        client: &Client,
        mut events: impl Stream<Item = Event> + Unpin,
        mut unread: mpsc::Receiver<u32>,
    ) -> String {
        let hearing = hear::Hearing::new(self, client);
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                Some(sequence_number) = unread.recv() => {
                    hearing.put_aside(sequence_number).await;
                    continue;
                }
            };
            let command = match event {
                Some(Event::Incoming(command)) => command,
                Some(Event::Error(error)) => return broken(&error).to_owned(),
                None => return "the connection ended".to_owned(),
            };
            let sequence_number = command.sequence_number();
            match command.pdu() {
                Some(Pdu::DeliverSm(delivered)) => hearing.take(sequence_number, delivered).await,
                Some(Pdu::Unbind) => {
                    let _ = client.unbind_resp(sequence_number).await;
                    let _ = client.close_and_wait().await;
                    return "the SMSC ended the session".to_owned();
                }
                // An answer that came after its time, or something that says nothing to a client.
                _ if command.id().is_response() => {}
                _ => drop(client.generic_nack(sequence_number).await),
            }
        }
    }
}

/// The connection of `rusmppc` 0.4, polled often enough: a poll of it takes up a handful of requests and may then sleep on
/// the rest of them until something comes in, which nothing needs to do.
struct Pressed<F> {
    connection: Pin<Box<F>>,
    /// How often it is polled when it wakes: a poll takes up two requests at least.
    polls: usize,
}

impl<F: Future<Output = ()>> Pressed<F> {
    fn new(connection: F, window: usize) -> Self {
        Self { connection: Box::pin(connection), polls: (window + hear::WRITES_MAX) / 2 + 2 }
    }
}

impl<F: Future<Output = ()>> Future for Pressed<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        for _ in 0..self.polls {
            if self.connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}

/// The wait after so many failures: doubled each time, and by chance up to half of it shorter.
fn wait(failed: u32, chance: u128) -> Duration {
    let nominal = AGAIN_AFTER.saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1))).min(AGAIN_AFTER_MAX);
    let half = nominal / 2;
    let spread = u32::try_from(chance % 1_000).unwrap_or_default();
    half + half * spread / 1_000
}

fn bind_refused(status: CommandStatus) -> String {
    let status = u32::from(status);
    let fix = match status {
        0x0d => ": the bind failed",
        0x0e => ": check `password`",
        0x0f => ": check `system_id`",
        0x05 => ": already bound, does the SMSC allow as many sessions as there are instances?",
        0x53 => ": check `system_type`",
        _ => "",
    };
    format!("the SMSC refused the bind with 0x{status:02x}{fix}")
}

const fn broken(error: &Error) -> &'static str {
    match error {
        Error::EnquireLinkTimeout { .. } => "the SMSC did not answer an enquire_link",
        Error::ConnectionClosedByPeer => "the SMSC closed the connection",
        Error::Decode(_) => "the SMSC sent something that is no PDU of SMPP 3.4",
        _ => "the connection broke",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_a_minute_and_are_spread() {
        let ms = |failed, chance| wait(failed, chance).as_millis();
        assert_eq!((ms(1, 0), ms(1, 999)), (250, 499));
        assert_eq!((ms(3, 0), ms(3, 999)), (1_000, 1_999));
        assert_eq!((ms(100, 0), ms(u32::MAX, 999)), (15_000, 29_985));
    }
}
