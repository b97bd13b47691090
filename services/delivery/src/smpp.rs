//! Sessions with SMSCs: one for each SMPP account in each process. What is submitted and what an answer means is said in
//! `usher-dialects`; here parts go out, one window a session, and what the SMSC delivers is written before it is answered.

mod begun;
mod bind;
mod hear;
mod pace;
mod pdu;
#[cfg(test)]
mod sample;
mod session;
mod sieve;
mod tlvs;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use usher_broker::{SendError, SenderHandle};
use usher_delivery_core::AttemptEnd;
use usher_dialects::accounts::{Accounts, ChannelSettings, SmsSettings};
use usher_dialects::outbound::Submission;
use usher_domain::{AccountId, Body, DeliveryId, Envelope, TenantId, Timestamp};
use usher_runtime::topics::TopicNames;

use crate::outside::Attempted;
use session::Session;

/// The sessions of a process, bound or about to be. They end with the runtime that they were started on.
#[derive(Clone, Debug, Default)]
pub struct Sessions(Arc<BTreeMap<(TenantId, AccountId), Session>>);

impl Sessions {
    /// Binds to the SMSC of every SMPP account, and again whenever a connection ends.
    pub fn start<S: SenderHandle>(accounts: &Arc<Accounts>, sender: &S, prefix: &str, runtime: &Handle) -> Self {
        let writer = Writer::new(sender.clone(), prefix);
        let sessions = accounts.accounts().filter_map(|(tenant, account)| {
            let ChannelSettings::Sms(SmsSettings::Smpp(settings)) = &account.channel else { return None };
            let session = Session::new(settings);
            let bound = bind::Binding {
                tenant: tenant.clone(),
                account: account.clone(),
                settings: settings.clone(),
                session: session.clone(),
                writer: writer.clone(),
            };
            runtime.spawn(bound.keep());
            Some(((tenant.clone(), AccountId::new(account.account.as_str())), session))
        });
        Self(Arc::new(sessions.collect()))
    }

    /// Submits the parts of a message that no earlier attempt of this process has brought to the SMSC, unless its last
    /// instant `until` has come.
    pub(crate) async fn submit(
        &self,
        delivery: DeliveryId,
        submission: &Submission,
        until: Option<Timestamp>,
    ) -> Attempted {
        match self.0.get(&(submission.tenant.clone(), submission.account.clone())) {
            Some(session) => session.submit(delivery, submission, until).await,
            None => AttemptEnd::Rejected { reason: "this process keeps no session with the SMSC".to_owned() }.into(),
        }
    }
}

/// Writes a record and waits until all in-sync replicas have it.
#[derive(Clone)]
struct Writer(Arc<dyn Fn(Body) -> BoxFuture<'static, Result<(), SendError>> + Send + Sync>);

impl Writer {
    fn new<S: SenderHandle>(sender: S, prefix: &str) -> Self {
        let names = TopicNames::new(prefix);
        Self(Arc::new(move |body| {
            let (sender, record) = (sender.clone(), names.outgoing(&Envelope { cause: None, traceparent: None, body }));
            Box::pin(async move { sender.send(record).await.map(|_| ()) })
        }))
    }

    async fn write(&self, body: Body) -> Result<(), SendError> {
        (self.0)(body).await
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}
