//! An account that its vendor has taken out of service: no call, until it is in service again.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::orders::{fallback, message};
use common::stage::Stage;
use common::{NOW, PATIENCE};
use usher_broker::memory::MemoryBroker;
use usher_broker::{Broker, Cleanup, SenderHandle, TopicSpec};
use usher_delivery::follow_account_states;
use usher_domain::delivery::Order;
use usher_domain::receipt::Report;
use usher_domain::{AccountId, AccountState, Body, Envelope, TenantId};
use usher_proto::topics::Topic;
use usher_runtime::topics::TopicNames;
use usher_runtime::worker::Stop;

const SEND: &str = "/v1/phones/+8613500000000/agentMessages";
const SENT: Report = Report::Sent { provider_id: None };

/// What was said of the account in a region, this many seconds after the beginning.
fn said(region: &str, in_service: bool, seconds: u64) -> AccountState {
    AccountState {
        tenant: TenantId::new("tenant"),
        account: AccountId::new("rbm"),
        region: region.to_owned(),
        in_service,
        said_at: NOW.plus(std::time::Duration::from_secs(seconds)),
    }
}

/// How a message ends after all this was said.
fn told(words: &[AccountState]) -> (Vec<Report>, usize) {
    let mut stage = Stage::beyond_the_first_window();
    for word in words {
        stage.account_states().learn(word.clone());
    }
    let offset = stage.order(&message("rbm", 1, 0));
    let (reports, dead) = stage.reports(offset);
    assert_eq!(dead, None, "an ordinary end");
    (reports, stage.provider.keys(SEND).len())
}

#[test]
fn a_message_of_an_account_out_of_service_ends_without_a_call() {
    let (reports, calls) = told(&[said("fi", false, 0)]);
    assert!(matches!(reports[..], [Report::NotReachable { .. }]), "{reports:?}");
    assert_eq!(calls, 0);
}

#[test]
fn the_newest_word_of_each_region_counts_and_one_in_service_is_enough() {
    let sent = (vec![SENT], 1);
    assert_eq!(told(&[said("fi", false, 0), said("fi", true, 1)]), sent, "launched again");
    assert_eq!(told(&[said("fi", true, 1), said("fi", false, 0)]), sent, "an older word came later");
    assert_eq!(told(&[said("fi", false, 0), said("se", true, 0)]), sent, "another carrier lets it send");
    assert_eq!(told(&[said("fi", true, 0), said("fi", false, 1), said("se", false, 0)]).1, 0, "none lets it send");
    assert_eq!(told(&[said("fi", false, 0), said("fi", true, 0)]), sent, "of one time, the later in the log");
}

#[test]
fn other_accounts_and_what_is_no_message_go_out_all_the_same() {
    let mut stage = Stage::new();
    stage.account_states().learn(said("fi", false, 0));
    let sms = stage.order(&fallback(1, 0));
    assert!(matches!(stage.reports(sms).0[..], [Report::Sent { .. }]), "the SMS instead");
    let other = stage.order(&message("native", 2, 0));
    assert_eq!(stage.reports(other).0, [SENT, Report::Delivered]);
    let mut revoke = message("rbm", 3, 0);
    if let Order::Message { message, .. } = &revoke.order {
        revoke.order = Order::Revoke { message: message.id };
    }
    let revoke = stage.order(&revoke);
    assert_eq!(stage.reports(revoke).0, [Report::RevokeAnswered { revoked: true }]);
}

#[test]
fn what_ingest_has_written_is_read_from_the_start_and_then_followed() {
    let broker = MemoryBroker::system();
    let topic = Topic::AccountStates;
    let spec = TopicSpec {
        name: topic.name("usher"),
        partitions: topic.partitions(),
        cleanup: Cleanup::Compact,
        append_time: false,
        record_bytes_max: None,
    };
    broker.create_topics(&[spec]).unwrap();
    let mut stage = Stage::beyond_the_first_window();
    write(&broker, said("fi", false, 0));
    let (states, stop) = (stage.account_states().clone(), Stop::default());
    let follower = std::thread::spawn({
        let (broker, stop) = (broker.clone(), stop.clone());
        move || follow_account_states(&broker, "usher", &states, &stop)
    });
    until_messages_end(&mut stage, "is out of service", |reports| matches!(reports, [Report::NotReachable { .. }]));
    write(&broker, said("fi", true, 1));
    until_messages_end(&mut stage, "is in service again", |reports| *reports == [SENT]);
    stop.now();
    follower.join().unwrap().unwrap();
}

fn write(broker: &MemoryBroker, state: AccountState) {
    let envelope = Envelope { cause: None, traceparent: None, body: Body::AccountState(state) };
    let record = TopicNames::new("usher").outgoing(&envelope);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(broker.sender().unwrap().send(record)).unwrap();
}

/// Sends messages, one after the other, until one ends like this.
fn until_messages_end(stage: &mut Stage, what: &str, is: impl Fn(&[Report]) -> bool) {
    let began = std::time::Instant::now();
    for n in 0.. {
        let offset = stage.order(&message("rbm", 100, n));
        if is(&stage.reports(offset).0) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain until the account {what}");
    }
}
