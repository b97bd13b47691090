//! A poll whose answer the log may know of or not.

use usher_dialects::accounts::Accounts;
use usher_dialects::pull::Want;
use usher_domain::Timestamp;

use super::super::Settings;
use super::super::fakes::{FakeLog, FakeOwner, Weather, front, is_at, pull};
use super::*;

#[tokio::test]
async fn poll_whose_answer_may_stand_in_the_log_is_answered() {
    let owner = FakeOwner::with(1).await;
    let pull = pull(Want::Stream { after: None, until: Timestamp::default() });
    let (mailboxes, owners) = front();
    is_at(&owners, pull.conversation, &owner);
    let log = FakeLog::default();
    let file = serde_json::from_value(serde_json::json!({ "tenants": [] })).expect("an accounts file");
    let accounts = Arc::new(Accounts::check(file).expect("it is consistent"));
    let http = Http::new(Settings::new("t"), accounts, log.clone(), mailboxes);
    log.is(Weather::Unheard(|act| matches!(act, MailboxAct::Told { .. })));
    let answered = answer(&http, &pull).await.expect("what the next poll acknowledges must have been told");
    assert!(matches!(log.told()[..], [MailboxAct::Polled { .. }, MailboxAct::Told { .. }]), "{:?}", log.told());
    let body: serde_json::Value = serde_json::from_slice(&answered.body).expect("JSON");
    assert_eq!((answered.status, &body["downlinkMessages"]), (200, &serde_json::json!([{ "text": "0" }])));
}
