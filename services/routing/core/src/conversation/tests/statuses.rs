//! The status of a message is a function of the set of its receipts.

use proptest::prelude::*;
use usher_domain::event::Status;
use usher_domain::receipt::{Attempts, Leg, Report};
use usher_domain::{Class, MessageId};

use super::stage::{Stage, timed};

fn report() -> impl Strategy<Value = Report> {
    let all = [
        Report::Sent { provider_id: None },
        Report::Delivered,
        Report::Read,
        Report::NotReachable { reason: String::new() },
        Report::Failed { attempts: Attempts::None, reason: String::new() },
        Report::Failed { attempts: Attempts::Maybe, reason: String::new() },
        Report::Expired { attempts: Attempts::None },
        Report::Expired { attempts: Attempts::Maybe },
        Report::TtlRevoked,
        Report::TtlRevokeFailed,
        Report::RevokeAnswered { revoked: true },
    ];
    proptest::sample::select(all.to_vec())
}

fn receipts() -> impl Strategy<Value = Vec<(Leg, Report)>> {
    let leg = proptest::sample::select(vec![Leg::Channel, Leg::Sms]);
    proptest::collection::vec((leg, report()), 0..10)
}

/// The receipts, and the same ones in another order, each once or twice.
fn shuffled() -> impl Strategy<Value = (Vec<(Leg, Report)>, Vec<(Leg, Report)>)> {
    receipts().prop_flat_map(|receipts| {
        let twice = receipts.iter().chain(&receipts).cloned().collect::<Vec<_>>();
        (Just(receipts), Just(twice).prop_shuffle())
    })
}

fn statuses_after(receipts: &[(Leg, Report)]) -> (Status, Status) {
    let mut stage = Stage::pushed(timed(Class::Service));
    let message: MessageId = stage.message.expect("pushed");
    for (leg, report) in receipts {
        stage.report_of(*leg, report.clone());
    }
    stage.status(message)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn status_does_not_depend_on_order_or_repeats((receipts, shuffled) in shuffled()) {
        prop_assert_eq!(statuses_after(&receipts), statuses_after(&shuffled));
    }
}
