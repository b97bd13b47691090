//! The partition before a provider that answers well, badly, late or not at all.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::{Duration, Instant};

use common::orders::{TRACE, bytes_of, fallback, message, to_bot, to_workspace};
use common::provider::Answer;
use common::stage::{Stage, leg};
use common::{NOW, PATIENCE};
use usher_broker::{Position, Record};
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{AccountId, Body, Delivery, Envelope};
use usher_runtime::worker::PartitionCore;

const SENT: Report = Report::Sent { provider_id: None };

#[test]
fn a_2xx_of_a_channel_without_reports_is_delivered() {
    let mut stage = Stage::new();
    let delivery = message("native", 1, 0);
    let offset = stage.order(&delivery);
    assert_eq!(stage.reports(offset), (vec![SENT, Report::Delivered], None));
    assert_eq!(stage.provider.keys("/native"), [delivery.id.to_string()]);
    assert_eq!(stage.committed, Position::at(1));
}

#[test]
fn a_2xx_of_a_channel_with_reports_is_sent() {
    let mut stage = Stage::new();
    let offset = stage.order(&message("rbm", 1, 0));
    assert_eq!(stage.reports(offset), (vec![SENT], None));
}

#[test]
fn an_sms_instead_reports_on_its_own_leg() {
    let mut stage = Stage::new();
    stage.provider.will("/2010-04-01/Accounts/AC1/Messages.json", &[Answer::Body(br#"{"sid":"SM1"}"#.to_vec())]);
    let offset = stage.order(&fallback(1, 0));
    let bodies = stage.ended(offset);
    assert_eq!(leg(&bodies), Leg::Sms);
    assert_eq!(stage.reports(offset).0, [Report::Sent { provider_id: Some("SM1".to_owned()) }]);
}

#[test]
fn a_404_is_not_reachable_and_not_retried() {
    let mut stage = Stage::new();
    let path = "/v1/phones/+8613500000000/agentMessages";
    stage.provider.will(path, &[Answer::Status(404)]);
    let offset = stage.order(&message("rbm", 1, 0));
    let (reports, dead) = stage.reports(offset);
    assert!(matches!(reports[..], [Report::NotReachable { .. }]), "{reports:?}");
    assert_eq!((dead, stage.provider.keys(path).len()), (None, 1));
}

#[test]
fn a_500_is_retried_under_the_same_key() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &[Answer::Status(500), Answer::Status(200)]);
    let delivery = message("native", 1, 0);
    let offset = stage.order(&delivery);
    assert_eq!(stage.reports(offset), (vec![SENT, Report::Delivered], None));
    assert_eq!(stage.provider.keys("/native"), vec![delivery.id.to_string(); 2]);
    assert!(stage.now >= NOW.plus(Duration::from_millis(160)), "not at once");
}

#[test]
fn retry_after_is_waited_for() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &[Answer::WithHeader(429, "retry-after", "30".to_owned())]);
    let offset = stage.order(&message("native", 1, 0));
    stage.reports(offset);
    assert!(stage.now >= NOW.plus(Duration::from_secs(30)));
    assert_eq!(stage.provider.keys("/native").len(), 2);
}

#[test]
fn five_failures_are_a_failed_receipt_and_a_dead_letter_with_the_record() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &vec![Answer::Status(503); 5]);
    let delivery = message("native", 1, 0);
    let offset = stage.order(&delivery);
    let reason = "5 tries used up: the provider answered 503".to_owned();
    let failed = Report::Failed { attempts: Attempts::Maybe, reason: reason.clone() };
    assert_eq!(stage.reports(offset), (vec![failed], Some(reason)));
    assert_eq!(stage.provider.keys("/native").len(), 5);
    let letter = stage.out[&offset].iter().find_map(|body| match body {
        Body::DeadLetter(letter) => Some(letter),
        _ => None,
    });
    let letter = letter.unwrap();
    assert_eq!((letter.source.as_str(), letter.position), ("usher.deliveries.v1", Some((3, offset))));
    assert_eq!((&letter.key[..], &letter.payload), (&b"key"[..], &bytes_of(&delivery)));
}

#[test]
fn a_refused_connection_is_none_beyond_the_first_window_only() {
    let mut stage = Stage::new();
    let in_first_window = stage.order(&message("nowhere", 1, 0));
    let (reports, dead) = stage.reports(in_first_window);
    assert!(matches!(reports[..], [Report::Failed { attempts: Attempts::Maybe, .. }]), "{reports:?}");
    assert!(dead.unwrap().contains("no connection"));
    let mut stage = Stage::beyond_the_first_window();
    let beyond = stage.order(&message("nowhere", 1, 1));
    let (reports, _) = stage.reports(beyond);
    assert!(matches!(reports[..], [Report::Failed { attempts: Attempts::None, .. }]), "{reports:?}");
}

#[test]
fn a_redirect_is_not_followed() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &[Answer::WithHeader(302, "location", "/elsewhere".to_owned())]);
    let offset = stage.order(&message("native", 1, 0));
    let (_, dead) = stage.reports(offset);
    assert!(dead.unwrap().contains("302"));
    assert_eq!(stage.provider.keys("/elsewhere"), [""; 0]);
}

#[test]
fn an_endless_body_is_cut() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &[Answer::Body(vec![b'x'; 8 * 1024 * 1024])]);
    let offset = stage.order(&message("native", 1, 0));
    assert_eq!(stage.reports(offset), (vec![SENT, Report::Delivered], None));
    assert_eq!(stage.provider.keys("/native").len(), 1);
}

#[test]
fn after_the_deadline_nothing_is_sent() {
    let mut stage = Stage::new();
    let deadline = Some(NOW.plus(Duration::from_millis(999)));
    let offset = stage.order(&Delivery { deadline, ..message("native", 1, 0) });
    assert_eq!(stage.reports(offset), (vec![Report::Expired { attempts: Attempts::Maybe }], None));
    assert_eq!(stage.provider.keys("/native"), [""; 0]);
}

/// The log had it, the process was away: an SMS of yesterday helps nobody.
#[test]
fn sms_that_waited_past_its_deadline_is_never_sent() {
    let mut stage = Stage::new();
    let deadline = Some(NOW.plus(Duration::from_secs(600)));
    stage.now = NOW.plus(Duration::from_secs(24 * 60 * 60));
    let offset = stage.order(&Delivery { deadline, ..fallback(1, 0) });
    assert_eq!(stage.reports(offset), (vec![Report::Expired { attempts: Attempts::Maybe }], None));
    assert_eq!(stage.provider.keys("/2010-04-01"), [""; 0]);
}

/// A provider that takes too many may ask to wait for longer than the SMS has.
#[test]
fn sms_is_not_tried_again_after_its_deadline_however_long_the_provider_asks_to_wait() {
    let mut stage = Stage::new();
    stage
        .provider
        .will("/2010-04-01/Accounts/AC1/Messages.json", &[Answer::WithHeader(429, "retry-after", "60".to_owned())]);
    let deadline = Some(NOW.plus(Duration::from_secs(30)));
    let offset = stage.order(&Delivery { deadline, ..fallback(1, 0) });
    assert_eq!(stage.reports(offset), (vec![Report::Expired { attempts: Attempts::Maybe }], None));
    assert_eq!(stage.provider.keys("/2010-04-01").len(), 1);
}

#[test]
fn the_deadline_ends_the_retries() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &vec![Answer::Status(503); 5]);
    let deadline = NOW.plus(Duration::from_millis(1_500));
    let offset = stage.order(&Delivery { deadline: Some(deadline), ..message("native", 1, 0) });
    assert_eq!(stage.reports(offset), (vec![Report::Expired { attempts: Attempts::Maybe }], None));
    assert_eq!(stage.provider.keys("/native").len(), 2, "the third would start after the deadline less a second");
    assert!(stage.now < deadline);
}

#[test]
fn a_lane_in_back_off_keeps_its_order_and_holds_no_other() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &[Answer::Status(500)]);
    let orders = [message("native", 1, 0), message("native", 1, 1), to_workspace(1, 2), message("rbm", 2, 0)];
    let offsets = orders.each_ref().map(|delivery| stage.order(delivery));
    stage.turn();
    stage.until("both other lanes are done", |stage| {
        stage.out.contains_key(&offsets[2]) && stage.out.contains_key(&offsets[3])
    });
    stage.reports(offsets[1]);
    let key = |n: usize| orders[n].id.to_string();
    assert_eq!(stage.provider.keys("/native"), [key(0), key(0), key(1)]);
}

#[test]
fn finished_offsets_beyond_a_stuck_one_are_not_sent_again() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &[Answer::Never]);
    let stuck = stage.order(&message("native", 1, 0));
    let done = stage.order(&to_workspace(1, 1));
    stage.reports(done);
    assert_eq!(stage.committed.offset, stuck);
    assert_eq!(stage.committed.metadata.len(), 64);
    stage.rebuild();
    assert_eq!(stage.order(&message("native", 1, 0)), stuck);
    assert_eq!(stage.order(&to_workspace(1, 1)), done);
    assert_eq!(stage.reports(stuck).0, [SENT, Report::Delivered]);
    assert_eq!(stage.committed, Position::at(2));
    assert_eq!(stage.provider.keys("/workspace").len(), 1);
    assert_eq!(stage.provider.keys("/native").len(), 2, "the stuck one again, under its key");
}

#[test]
fn a_transaction_that_does_not_stand_costs_no_call_and_loses_nothing() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &vec![Answer::Status(401); 2]);
    stage.provider.will("/workspace", &[Answer::Never]);
    let stuck = stage.order(&to_workspace(1, 0));
    let orders = [message("native", 1, 1), message("native", 2, 2)];
    for delivery in &orders {
        stage.order(delivery);
    }
    let mut given = Vec::new();
    let began = Instant::now();
    while given.len() < orders.len() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for the answers");
        given.extend(stage.partition.collect(stage.now));
    }
    assert!(stage.partition.rolled_back());
    // Their records come again, some before the ends are given out again, some behind.
    stage.next = stuck;
    stage.order(&to_workspace(1, 0));
    stage.order(&orders[0]);
    let again = stage.partition.collect(stage.now);
    stage.order(&orders[1]);
    assert_eq!(again, given, "receipts, dead letters and traces");
    assert!(again.iter().all(|finished| finished.step.bodies.len() == 2 && finished.step.traceparent.is_some()));
    assert_eq!((stage.provider.keys("/native").len(), stage.provider.keys("/workspace").len()), (2, 1));
    let position = stage.partition.position(stage.next);
    stage.partition.committed(&position);
    assert_eq!(stage.partition.collect(stage.now), [], "what is written is not given out again");
    assert_eq!((position.offset, stage.partition.is_busy()), (stuck, true), "the call under way goes on");
}

#[test]
fn a_rebuilt_partition_does_not_see_results_of_the_former_one() {
    let mut stage = Stage::new();
    stage.provider.will("/native", &[Answer::Never, Answer::Never]);
    stage.order(&message("native", 1, 0));
    stage.until("it is under way", |stage| stage.provider.keys("/native").len() == 1);
    stage.rebuild();
    assert!(!stage.partition.is_busy());
    assert_eq!(stage.partition.collect(stage.now), []);
}

#[test]
fn what_the_accounts_file_does_not_have_is_a_dead_letter() {
    let rows = [
        (to_bot("unknown", 1), "bot `unknown`"),
        (Delivery { account: AccountId::new("unknown"), ..message("native", 2, 0) }, "account `unknown`"),
    ];
    for (delivery, names) in rows {
        let mut stage = Stage::new();
        let offset = stage.order(&delivery);
        let (_, dead) = stage.reports(offset);
        let reason = dead.unwrap();
        assert!(reason.contains(names), "{reason}");
    }
}

#[test]
fn records_that_are_no_orders_are_dead_letters() {
    let tick = usher_proto::encode(&Envelope { cause: None, traceparent: None, body: Body::Tick });
    let mut stage = Stage::new();
    for payload in [None, Some(b"\xff\xff\xff".to_vec()), Some(tick)] {
        let offset = stage.record(payload.clone());
        match &stage.ended(offset)[..] {
            [Body::DeadLetter(letter)] => assert_eq!(letter.payload, payload.unwrap_or_default()),
            other => panic!("{other:?}"),
        }
    }
    let good = stage.order(&to_bot("bot", 1));
    assert_eq!(stage.reports(good), (Vec::new(), None));
    assert_eq!(stage.committed, Position::at(4));
}

#[test]
fn a_foreign_note_beside_the_offset_is_not_fatal() {
    let mut stage = Stage::resumed(Position { offset: 5, metadata: "written by something else".to_owned() });
    let offset = stage.order(&to_bot("bot", 1));
    assert_eq!((offset, stage.reports(offset)), (5, (Vec::new(), None)));
}

#[test]
fn results_belong_to_the_trace_of_their_order() {
    let mut stage = Stage::new();
    let record = Record {
        partition: 3,
        offset: 0,
        timestamp_ms: 0,
        key: None,
        payload: Some(bytes_of(&Delivery { deadline: Some(NOW), ..message("native", 1, 0) })),
    };
    stage.partition.step(&record, NOW).unwrap();
    let finished = stage.partition.collect(NOW);
    assert_eq!(finished[0].step.traceparent.as_deref(), Some(TRACE));
}
