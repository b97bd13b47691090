//! Delivery before an SMSC: messages go out in parts, reports find them whenever they come, what phones say comes in; also
//! when the SMSC is busy, cuts the connection or delivery starts anew.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use common::PATIENCE;
use common::orders::{bytes_of, fallback};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use usher_broker::memory::MemoryBroker;
use usher_broker::{Broker, Outgoing, SenderHandle};
use usher_delivery::smpp::Sessions;
use usher_delivery::{AccountStates, Outside, Tokens};
use usher_dialects::accounts::Accounts;
use usher_domain::conversation::{ConversationAct, VisitorAct};
use usher_domain::delivery::Order;
use usher_domain::receipt::{Attempts, Report};
use usher_domain::{Body, Content, Delivery, Timestamp};
use usher_proto::topics::Topic;
use usher_runtime::worker::{AtWork, Cadence, Stop, clock};
use usher_stand_ins::{ANYWHERE, Deliver, Naming, Smsc, SmscAnswer};

const PREFIX: &str = "usher";
/// A worker that has just started can not know that none before it has tried.
const EXPIRED: Report = Report::Expired { attempts: Attempts::Maybe };

/// An SMSC, a broker, and delivery with its two workers between them.
struct World {
    runtime: Runtime,
    smsc: Smsc,
    broker: MemoryBroker,
    settings: Value,
    running: Option<Running>,
}

/// One life of the process.
struct Running {
    runtime: Runtime,
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

impl World {
    fn new(more: Value) -> Self {
        let runtime = Runtime::new().unwrap();
        let smsc = runtime.block_on(Smsc::start(ANYWHERE, "secret")).unwrap();
        let broker = MemoryBroker::system();
        let topics: Vec<_> = Topic::ALL.iter().map(|topic| usher_runtime::topics::spec(*topic, PREFIX)).collect();
        broker.create_topics(&topics).unwrap();
        let mut settings = json!({
            "dialect": "sms", "provider": "smpp", "host": "127.0.0.1", "port": smsc.port(), "system_id": "acme",
            "password": "secret", "from": "+4915112345678",
        });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut world = Self { runtime, smsc, broker, settings, running: None };
        world.start();
        world
    }

    fn accounts(&self) -> Arc<Accounts> {
        let webhook = json!({ "url": "http://localhost/", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
        let file = json!({ "tenants": [{
            "tenant": "tenant",
            "desks": [{ "desk": "desk", "workspace": webhook }],
            "accounts": [{ "account": "sms", "desk": "desk", "channel": self.settings }],
        }] });
        Arc::new(Accounts::check(serde_json::from_value(file).unwrap()).unwrap())
    }

    /// Starts delivery as a process of its own would.
    fn start(&mut self) {
        let runtime = Runtime::new().unwrap();
        let accounts = self.accounts();
        let outside = Outside {
            smpp: Sessions::start(&accounts, &self.broker.sender().unwrap(), PREFIX, runtime.handle()),
            client: usher_runtime::http::client().unwrap(),
            accounts,
            runtime: runtime.handle().clone(),
            topic: Topic::Deliveries.name(PREFIX),
            tokens: Tokens::default(),
            account_states: AccountStates::default(),
        };
        let stop = Stop::default();
        let (broker, stopping) = (self.broker.clone(), stop.clone());
        let deliveries = std::thread::spawn(move || {
            let (spec, at_work) = (usher_delivery::spec(PREFIX, "delivery", 0), AtWork::default());
            usher_delivery::work(&broker, PREFIX, spec, Cadence::default(), &outside, &stopping, &at_work).unwrap();
        });
        let (broker, stopping) = (self.broker.clone(), stop.clone());
        let reports = std::thread::spawn(move || {
            let (spec, at_work) = (usher_delivery::reports::spec(PREFIX, "delivery", 0), AtWork::default());
            usher_delivery::reports::work(&broker, PREFIX, spec, Cadence::default(), &stopping, &at_work).unwrap();
        });
        self.running = Some(Running { runtime, stop, threads: vec![deliveries, reports] });
    }

    fn stop(&mut self) {
        let Some(running) = self.running.take() else { return };
        running.stop.now();
        running.threads.into_iter().for_each(|thread| thread.join().unwrap());
        running.runtime.shutdown_background();
    }

    fn order(&self, delivery: &Delivery) {
        let record = Outgoing {
            topic: Topic::Deliveries.name(PREFIX),
            key: delivery.conversation.map(|conversation| conversation.to_string().into_bytes()),
            payload: Some(bytes_of(delivery)),
            ..Outgoing::default()
        };
        self.runtime.block_on(self.broker.sender().unwrap().send(record)).unwrap();
    }

    /// The inputs of conversations that stand.
    fn inputs(&self) -> Vec<ConversationAct> {
        let records = self.broker.records(&Topic::Conversations.name(PREFIX)).unwrap();
        let act = |payload: Vec<u8>| match usher_proto::decode(&payload).unwrap().body {
            Body::Conversation(input) => input.act,
            other => panic!("not an input: {other:?}"),
        };
        records.into_iter().map(|record| act(record.payload.unwrap())).collect()
    }

    fn reports(&self) -> Vec<Report> {
        let report = |act| match act {
            ConversationAct::Receipt(receipt) => Some(receipt.report),
            _ => None,
        };
        self.inputs().into_iter().filter_map(report).collect()
    }

    fn texts(&self) -> Vec<String> {
        let text = |act| match act {
            ConversationAct::Visitor(said) => match said.act {
                VisitorAct::Message { content: Content::Text(text), .. } => Some(text.as_str().to_owned()),
                _ => None,
            },
            _ => None,
        };
        self.inputs().into_iter().filter_map(text).collect()
    }

    fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !condition(self) {
            assert!(began.elapsed() < PATIENCE, "waited in vain until {what}: {:?}", self.inputs());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    fn until_reported(&self, expected: &[Report]) {
        self.until("the reports are there", |world| world.reports().len() >= expected.len());
        assert_eq!(self.reports(), expected);
    }

    fn bound(&self) {
        self.runtime.block_on(self.smsc.bound()).unwrap();
    }

    /// The SMSC reports; answers with the status of our answer.
    fn report(&self, nth: u64, state: u8) -> Option<u32> {
        self.runtime.block_on(self.smsc.report(nth, state))
    }

    fn deliver(&self, deliver: Deliver) -> Option<u32> {
        self.runtime.block_on(self.smsc.deliver(deliver))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.stop.now();
        }
    }
}

fn sms(n: u64, text: &str) -> Delivery {
    let mut delivery = fallback(1, n);
    if let Order::Message { message, .. } = &mut delivery.order {
        message.content = Content::text(text);
    }
    delivery
}

fn sent(id: &str) -> Report {
    Report::Sent { provider_id: Some(id.to_owned()) }
}

#[test]
fn a_message_goes_out_as_smpp_3_4_has_it_and_its_report_finds_it() {
    let world = World::new(json!({}));
    let mut delivery = sms(1, "Hello €");
    delivery.deadline = Some(Timestamp::from_millis(1_893_456_000_000));
    world.order(&delivery);
    world.until_reported(&[sent("1")]);
    let bind = world.smsc.binds().remove(0);
    assert_eq!((bind.system_id.as_str(), bind.interface_version), ("acme", 0x34));
    let [submit] = world.smsc.submits().try_into().unwrap();
    assert_eq!(submit.source, (1, 1, "4915112345678".to_owned()));
    assert_eq!(submit.destination, (1, 1, "8613500000000".to_owned()));
    assert_eq!((submit.esm_class, submit.registered_delivery, submit.data_coding), (0, 1, 0));
    assert_eq!(submit.octets, b"Hello \x1b\x65");
    assert_eq!(submit.validity_period, "300101000000000+");
    assert_eq!(world.report(1, 2), Some(0), "answered when it is written");
    world.until_reported(&[sent("1"), Report::Delivered]);
}

#[test]
fn a_report_before_the_answer_is_kept_for_it() {
    let world = World::new(json!({}));
    world.smsc.will(&[SmscAnswer::ReportFirst(2)]);
    world.order(&sms(1, "Hello"));
    world.until_reported(&[sent("1"), Report::Delivered]);
}

#[test]
fn names_in_another_base_or_with_zeros_find_their_message() {
    let rows = [
        (Naming::Hex, Naming::PaddedDecimal, "decimal_to_hex"),
        (Naming::PaddedDecimal, Naming::Hex, "hex_to_decimal"),
        (Naming::Hex, Naming::PaddedHex, "as_is"),
        (Naming::Decimal, Naming::PaddedDecimal, "as_is"),
    ];
    for (answers, receipts, receipt_id) in rows {
        let world = World::new(json!({ "receipt_id": receipt_id }));
        world.smsc.names(answers, receipts);
        for n in 1..=15 {
            world.order(&sms(n, "Hello"));
        }
        world.until("all are sent", |world| world.reports().len() == 15);
        assert_eq!(world.runtime.block_on(world.smsc.report_by_text(15, 2)), Some(0));
        world.until("the report is there", |world| world.reports().contains(&Report::Delivered));
    }
}

#[test]
fn a_long_message_in_ucs2_is_delivered_when_all_its_parts_are() {
    let world = World::new(json!({}));
    world.order(&sms(1, &"售".repeat(140)));
    world.until_reported(&[sent("1")]);
    let submits = world.smsc.submits();
    assert_eq!(submits.len(), 3);
    for (number, submit) in (1..).zip(&submits) {
        assert_eq!((submit.esm_class, submit.data_coding), (0x40, 8));
        assert_eq!((submit.octets[4], submit.octets[5]), (3, number));
        assert!(submit.octets.len() <= 140);
    }
    for nth in [3, 1] {
        assert_eq!(world.report(nth, 2), Some(0));
    }
    assert_eq!(world.report(2, 2), Some(0));
    world.until_reported(&[sent("1"), Report::Delivered]);
}

#[test]
fn one_part_that_does_not_arrive_fails_the_message() {
    let world = World::new(json!({}));
    world.order(&sms(1, &"a".repeat(200)));
    world.until_reported(&[sent("1")]);
    world.report(1, 2);
    world.report(2, 5);
    let reason = "part 2 of 2: the SMSC reported UNDELIV".to_owned();
    world.until_reported(&[sent("1"), Report::Failed { attempts: Attempts::Maybe, reason }]);
}

#[test]
fn a_busy_smsc_is_given_time_and_gets_no_part_twice() {
    let world = World::new(json!({}));
    world.smsc.will(&[SmscAnswer::Take, SmscAnswer::Refuse(0x58), SmscAnswer::Refuse(0x14)]);
    world.order(&sms(1, &"a".repeat(400)));
    world.until_reported(&[sent("1")]);
    let numbers: Vec<u8> = world.smsc.submits().iter().map(|submit| submit.octets[5]).collect();
    assert_eq!(numbers, [1, 2, 3], "what was taken before is not submitted again");
}

#[test]
fn an_smsc_that_gives_no_name_has_taken_it_all_the_same() {
    let world = World::new(json!({}));
    world.smsc.will(&[SmscAnswer::TakeUnnamed]);
    world.order(&sms(1, "Hello"));
    world.until_reported(&[Report::Sent { provider_id: None }]);
    assert_eq!(world.smsc.submits().len(), 1);
}

#[test]
fn a_refused_recipient_ends_the_message_and_a_refused_sender_calls_for_people() {
    let world = World::new(json!({}));
    world.smsc.will(&[SmscAnswer::Refuse(0x0b), SmscAnswer::Refuse(0x0a)]);
    world.order(&sms(1, "Hello"));
    let reason = "the SMSC answered ESME_RINVDSTADR (0x0b)".to_owned();
    world.until_reported(&[Report::Failed { attempts: Attempts::Maybe, reason }]);
    world.order(&sms(2, "Hello"));
    world.until("it is over", |world| world.reports().len() == 2);
    let letters = world.broker.records(&Topic::DeadLetters.name(PREFIX)).unwrap();
    assert_eq!(letters.len(), 1, "the second");
}

#[test]
fn a_connection_cut_in_the_middle_of_a_window_is_bound_again_and_nothing_is_lost() {
    let world = World::new(json!({ "window": 4 }));
    let mut answers = vec![SmscAnswer::Take; 6];
    answers.push(SmscAnswer::Cut);
    world.smsc.will(&answers);
    // Each a conversation of its own, so that they go out side by side.
    for conversation in 1..=20 {
        world.order(&fallback(conversation, 1));
    }
    world.until("all are sent", |world| world.reports().len() == 20);
    assert!(world.smsc.binds().len() >= 2, "bound again");
    assert!(world.smsc.submits().len() >= 20);
    assert!(world.reports().iter().all(|report| matches!(report, Report::Sent { .. })), "{:?}", world.reports());
}

#[test]
fn delivery_that_starts_anew_between_answer_and_report_still_finds_the_message() {
    let mut world = World::new(json!({}));
    world.order(&sms(1, &"a".repeat(200)));
    world.until_reported(&[sent("1")]);
    world.until("what was taken is written", |world| {
        world.broker.records(&Topic::Reports.name(PREFIX)).unwrap().len() == 2
    });
    assert_eq!(world.report(2, 2), Some(0));
    world.stop();
    world.start();
    world.runtime.block_on(world.smsc.until("a second bind", |smsc| smsc.binds().len() >= 2)).unwrap();
    world.until("the report is taken", |world| world.report(1, 2) == Some(0));
    world.until_reported(&[sent("1"), Report::Delivered]);
}

#[test]
fn a_message_past_its_deadline_is_never_submitted() {
    let world = World::new(json!({}));
    world.bound();
    let mut delivery = sms(1, "Hello");
    delivery.deadline = Some(clock());
    world.order(&delivery);
    world.until_reported(&[EXPIRED]);
    assert_eq!(world.smsc.submits(), []);
}

#[test]
fn an_smsc_that_does_not_know_us_is_no_connection() {
    let world = World::new(json!({ "password": "wrong" }));
    world.runtime.block_on(world.smsc.until("a bind", |smsc| !smsc.binds().is_empty())).unwrap();
    let mut delivery = sms(1, "Hello");
    delivery.deadline = Some(clock().plus(std::time::Duration::from_secs(3)));
    world.order(&delivery);
    world.until_reported(&[EXPIRED]);
}

#[test]
fn a_silent_connection_is_asked_whether_it_stands() {
    let world = World::new(json!({ "enquire_link_ms": 1_000 }));
    world.bound();
    world.runtime.block_on(world.smsc.until("an enquire_link", |smsc| smsc.enquired() > 0)).unwrap();
}

#[test]
fn what_phones_say_comes_in_whole_also_in_parts_and_in_wrong_order() {
    let world = World::new(json!({}));
    world.bound();
    let deliver = |esm_class, data_coding, octets: &[u8]| Deliver {
        source: "12223334444".to_owned(),
        destination: "4915112345678".to_owned(),
        esm_class,
        data_coding,
        octets: octets.to_vec(),
        ..Deliver::default()
    };
    assert_eq!(world.deliver(deliver(0, 0, b"Hi \x00")), Some(0));
    assert_eq!(world.texts(), ["Hi @"], "written before it was answered");
    assert_eq!(world.deliver(deliver(0x40, 8, b"\x05\x00\x03\x01\x02\x02\xde\x00")), Some(0));
    assert_eq!(world.deliver(deliver(0x40, 8, b"\x05\x00\x03\x01\x02\x01\x55\x2e\xd8\x3d")), Some(0));
    world.until("the parts are joined", |world| world.texts().len() == 2);
    assert_eq!(world.texts()[1], "售😀");
}

#[test]
fn what_can_not_be_written_the_smsc_is_asked_to_bring_again() {
    let world = World::new(json!({}));
    world.bound();
    world.broker.refuse_sends(true);
    assert_eq!(world.report(1, 2), Some(0x64));
    world.broker.refuse_sends(false);
    assert_eq!(world.report(1, 2), Some(0));
}

#[test]
fn what_is_no_pdu_ends_the_session_and_it_is_bound_again() {
    let world = World::new(json!({}));
    world.bound();
    world.smsc.garble();
    world.runtime.block_on(world.smsc.until("a second bind", |smsc| smsc.binds().len() >= 2)).unwrap();
    world.order(&sms(1, "Hello"));
    world.until_reported(&[sent("1")]);
}

#[test]
fn a_deliver_sm_that_can_not_be_read_is_put_aside_and_the_session_goes_on() {
    let world = World::new(json!({}));
    world.bound();
    let foreign = Deliver { source: "Tel\u{e9}com".to_owned(), octets: b"Hi".to_vec(), ..Deliver::default() };
    assert_eq!(world.deliver(foreign), Some(0), "answered, or it would come again for ever");
    assert_eq!(world.runtime.block_on(world.smsc.deliver_body(vec![0xff; 9])), Some(0));
    let letters = world.broker.records(&Topic::DeadLetters.name(PREFIX)).unwrap();
    assert_eq!(letters.len(), 2);
    for letter in letters {
        let letter = format!("{:?}", usher_proto::decode(&letter.payload.unwrap()).unwrap());
        assert!(!letter.contains("Hi") && !letter.contains("Tel"), "{letter}");
    }
    world.order(&sms(1, "Hello"));
    world.until_reported(&[sent("1")]);
    assert_eq!(world.smsc.binds().len(), 1, "one session");
}

#[test]
fn a_receipt_whose_name_has_no_end_is_read() {
    let world = World::new(json!({}));
    world.order(&sms(1, "Hello"));
    world.until_reported(&[sent("1")]);
    let receipt = Deliver {
        source: "8613500000000".to_owned(),
        destination: "4915112345678".to_owned(),
        esm_class: 0x04,
        tlvs: vec![(0x001e, b"1".to_vec()), (0x0427, vec![2])],
        ..Deliver::default()
    };
    assert_eq!(world.deliver(receipt), Some(0));
    world.until_reported(&[sent("1"), Report::Delivered]);
    assert_eq!(world.smsc.binds().len(), 1, "one session");
}

#[test]
fn each_report_is_told_once_through_aborts_and_lost_commits() {
    let world = World::new(json!({ "window": 50 }));
    let worker = usher_delivery::reports::spec(PREFIX, "delivery", 0).name;
    for conversation in 1..=40 {
        let mut delivery = fallback(conversation, 1);
        if let Order::Message { message, .. } = &mut delivery.order {
            message.content = Content::text("a".repeat(200));
        }
        world.order(&delivery);
    }
    world.until("all parts are taken", |world| world.smsc.submits().len() == 80);
    for nth in 1..=80 {
        match nth % 20 {
            5 => world.broker.abort_next_commit(&worker),
            10 => world.broker.lose_next_commit(&worker, true),
            15 => world.broker.lose_next_commit(&worker, false),
            _ => {}
        }
        assert_eq!(world.report(nth, 2), Some(0));
    }
    let delivered = |world: &World| world.reports().iter().filter(|report| **report == Report::Delivered).count();
    world.until("all are delivered", |world| delivered(world) >= 40);
    world.until("nothing more comes", |world| world.broker.lag("usher.reports", &Topic::Reports.name(PREFIX)) == Ok(0));
    assert_eq!(delivered(&world), 40);
    let letters = world.broker.records(&Topic::DeadLetters.name(PREFIX)).unwrap();
    assert!(letters.is_empty(), "{} dead letters", letters.len());
}
