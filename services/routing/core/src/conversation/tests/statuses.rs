//! The status of a message is a function of the set of its receipts.

use proptest::prelude::*;
use usher_domain::Class;
use usher_domain::event::Status;
use usher_domain::receipt::{Leg, Report};

use super::random::report;
use super::stage::{Stage, timed};

/// What is reported, in the order of its coming.
type Receipts = Vec<(Leg, Report)>;

fn receipts() -> impl Strategy<Value = Receipts> {
    let leg = proptest::sample::select(vec![Leg::Channel, Leg::Sms]);
    proptest::collection::vec((leg, report()), 0..10)
}

/// The receipts, and the same ones in another order, each once or twice.
fn shuffled() -> impl Strategy<Value = (Receipts, Receipts)> {
    receipts().prop_flat_map(|receipts| {
        let twice = receipts.iter().chain(&receipts).cloned().collect::<Receipts>();
        (Just(receipts), Just(twice).prop_shuffle())
    })
}

fn statuses_after(receipts: &[(Leg, Report)]) -> (Status, Status) {
    let mut stage = Stage::pushed(timed(Class::Service));
    for (leg, report) in receipts {
        stage.report_of(*leg, report.clone());
    }
    let message = stage.kept_message();
    (message.status, message.sms_status)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn status_does_not_depend_on_order_or_repeats((receipts, shuffled) in shuffled()) {
        prop_assert_eq!(statuses_after(&receipts), statuses_after(&shuffled));
    }
}
