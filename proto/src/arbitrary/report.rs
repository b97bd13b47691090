//! Inputs of the reports core.

use proptest::collection::vec;
use proptest::prelude::*;
use usher_domain::receipt::Leg;
use usher_domain::report::{Fate, HeardPart, Part, Utf16};
use usher_domain::{ProviderId, ReportAct, ReportInput};

use super::base::{account_id, conversation_id, id_text, input_id, message_id, tenant, text};
use super::conversation::conversation_input;

/// Any input of the reports core.
pub fn report_input() -> BoxedStrategy<ReportInput> {
    let provider_id = || id_text().prop_map(ProviderId::new);
    let act = prop_oneof![
        (provider_id(), part()).prop_map(|(provider_id, part)| ReportAct::Submitted { provider_id, part }),
        (provider_id(), fate()).prop_map(|(provider_id, fate)| ReportAct::Reported { provider_id, fate }),
        (part(), fate()).prop_map(|(part, fate)| ReportAct::PartEnded { part, fate }),
        heard().prop_map(|heard| ReportAct::Heard(Box::new(heard))),
    ];
    (tenant(), account_id(), act).prop_map(|(tenant, account, act)| ReportInput { tenant, account, act }).boxed()
}

/// Any part of a message.
pub fn part() -> BoxedStrategy<Part> {
    let leg = proptest::sample::select(vec![Leg::Channel, Leg::Sms]);
    (conversation_id(), message_id(), leg, any::<(u32, u32)>())
        .prop_map(|(conversation, message, leg, (number, count))| Part { conversation, message, leg, number, count })
        .boxed()
}

/// Any fate of one.
pub fn fate() -> BoxedStrategy<Fate> {
    prop_oneof![
        Just(Fate::Delivered),
        text().prop_map(|reason| Fate::Undelivered { reason }),
        text().prop_map(|reason| Fate::Refused { reason }),
    ]
    .boxed()
}

fn heard() -> BoxedStrategy<HeardPart> {
    let text = vec(any::<u16>(), 0..20).prop_map(Utf16::new);
    (conversation_input(), input_id(), any::<(u32, u32)>(), text)
        .prop_map(|(whole, of, (number, count), text)| HeardPart { whole, of, number, count, text })
        .boxed()
}
