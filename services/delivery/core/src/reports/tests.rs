//! Rules of the reports core, and what holds in whatever order its inputs come.

use std::collections::BTreeMap;

use proptest::prelude::*;
use usher_domain::conversation::{ConversationAct, Profile, VisitorAct, VisitorInput};
use usher_domain::receipt::{Leg, Report};
use usher_domain::report::{Fate, Part, Utf16};
use usher_domain::{
    AccountId, Content, ConversationId, ConversationInput, Dialect, InputId, MessageId, ProviderId, TenantId, VisitorId,
};

use super::*;

/// A core with its clock and what it has told the conversations.
#[derive(Default)]
struct Stage {
    core: ReportsCore,
    state: BTreeMap<StateKey, StateValue>,
    now: Timestamp,
    told: Vec<Body>,
}

impl Stage {
    /// Takes an input; what the core tells itself is taken at once.
    fn take(&mut self, act: ReportAct) {
        let input = ReportInput { tenant: TenantId::new("acme"), account: AccountId::new("sms"), act };
        self.step(Input::Report(Box::new(input)));
    }

    fn step(&mut self, input: Input) {
        let effects = self.core.step(input, self.now);
        for (key, value) in effects.changes {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
        for body in effects.bodies {
            match body {
                Body::Report(input) => self.step(Input::Report(input)),
                other => self.told.push(other),
            }
        }
    }

    /// Lets time pass.
    fn pass(&mut self, span: Duration) {
        self.now = self.now.plus(span);
        self.step(Input::Tick);
    }

    fn submitted(&mut self, id: &str, part: Part) {
        self.take(ReportAct::Submitted { provider_id: ProviderId::new(id), part });
    }

    fn reported(&mut self, id: &str, fate: Fate) {
        self.take(ReportAct::Reported { provider_id: ProviderId::new(id), fate });
    }

    /// The receipts told since it was asked last.
    fn receipts(&mut self) -> Vec<Report> {
        let told = std::mem::take(&mut self.told);
        let receipt = |body| match body {
            Body::Conversation(ConversationInput { act: ConversationAct::Receipt(receipt), .. }) => receipt.report,
            other => panic!("not a receipt: {other:?}"),
        };
        told.into_iter().map(receipt).collect()
    }

    /// The texts heard since it was asked last.
    fn texts(&mut self) -> Vec<String> {
        let told = std::mem::take(&mut self.told);
        let text = |body| match body {
            Body::Conversation(ConversationInput { act: ConversationAct::Visitor(said), .. }) => match said.act {
                VisitorAct::Message { content: Content::Text(text), .. } => text.as_str().to_owned(),
                other => panic!("not a message: {other:?}"),
            },
            other => panic!("not of a visitor: {other:?}"),
        };
        told.into_iter().map(text).collect()
    }

    /// A core restored from what was kept.
    fn restart(&mut self) {
        self.core = ReportsCore::default();
        for (key, value) in &self.state {
            self.core.restore(key.clone(), Some(value.clone()));
        }
    }
}

fn part(number: u32, count: u32) -> Part {
    let (conversation, message) = (ConversationId::from_bits(1), MessageId::from_bits(2));
    Part { conversation, message, leg: Leg::Sms, number, count }
}

fn undelivered() -> Fate {
    Fate::Undelivered { reason: "UNDELIV".to_owned() }
}

fn is_failed(report: &Report) -> bool {
    matches!(report, Report::Failed { .. })
}

#[test]
fn a_report_finds_its_message_whichever_comes_first() {
    for early in [false, true] {
        let mut stage = Stage::default();
        if early {
            stage.reported("7f", Fate::Delivered);
            assert_eq!(stage.receipts(), [], "nobody's yet");
            assert_eq!(stage.core.unmatched(), 1);
            stage.restart();
            stage.submitted("7f", part(1, 1));
        } else {
            stage.submitted("7f", part(1, 1));
            stage.restart();
            stage.reported("7f", Fate::Delivered);
        }
        assert_eq!(stage.receipts(), [Report::Delivered], "early: {early}");
        assert_eq!(stage.core.unmatched(), 0);
    }
}

#[test]
fn nothing_takes_an_arrival_back_and_a_repeat_says_nothing() {
    let mut stage = Stage::default();
    stage.submitted("7f", part(1, 1));
    stage.reported("7f", undelivered());
    assert!(matches!(stage.receipts().as_slice(), [report] if is_failed(report)));
    stage.reported("7f", Fate::Refused { reason: "REJECTD".to_owned() });
    stage.reported("7f", Fate::Delivered);
    stage.reported("7f", undelivered());
    stage.reported("7f", Fate::Delivered);
    assert_eq!(stage.receipts(), [Report::Delivered]);
}

#[test]
fn a_message_of_several_parts_is_delivered_when_all_of_them_are() {
    let mut stage = Stage::default();
    for number in 1..=3 {
        stage.submitted(&number.to_string(), part(number, 3));
    }
    stage.reported("3", Fate::Delivered);
    stage.reported("1", Fate::Delivered);
    stage.reported("1", Fate::Delivered);
    stage.restart();
    assert_eq!(stage.receipts(), []);
    stage.reported("2", Fate::Delivered);
    assert_eq!(stage.receipts(), [Report::Delivered]);
}

#[test]
fn one_part_that_fails_fails_the_whole_until_it_arrives_after_all() {
    let mut stage = Stage::default();
    for number in 1..=2 {
        stage.submitted(&number.to_string(), part(number, 2));
    }
    stage.reported("1", Fate::Delivered);
    stage.reported("2", undelivered());
    let told = stage.receipts();
    assert!(matches!(&told[..], [Report::Failed { reason, .. }] if reason == "part 2 of 2: UNDELIV"), "{told:?}");
    stage.reported("2", Fate::Delivered);
    assert_eq!(stage.receipts(), [Report::Delivered]);
}

#[test]
fn a_name_that_comes_again_is_a_new_messages() {
    let mut stage = Stage::default();
    stage.submitted("1", part(1, 1));
    stage.reported("1", Fate::Delivered);
    assert_eq!(stage.receipts().len(), 1);
    let newer = Part { message: MessageId::from_bits(9), ..part(1, 1) };
    stage.submitted("1", newer);
    assert_eq!(stage.receipts(), [], "the old report is not the new message's");
    stage.reported("1", undelivered());
    assert_eq!(stage.receipts().len(), 1);
}

#[test]
fn a_report_of_another_account_or_tenant_finds_nothing() {
    let mut stage = Stage::default();
    stage.submitted("1", part(1, 1));
    for (tenant, account) in [("acme", "other"), ("other", "sms")] {
        let act = ReportAct::Reported { provider_id: ProviderId::new("1"), fate: Fate::Delivered };
        let input = ReportInput { tenant: TenantId::new(tenant), account: AccountId::new(account), act };
        stage.step(Input::Report(Box::new(input)));
    }
    assert_eq!(stage.receipts(), []);
}

#[test]
fn a_report_without_a_message_is_kept_for_a_week_and_then_shown_to_people() {
    let mut stage = Stage::default();
    stage.reported("1", Fate::Delivered);
    stage.pass(WAITS - Duration::from_millis(1));
    assert!(stage.told.is_empty());
    assert_eq!(stage.core.next_wakeup(), Some(Timestamp::default().plus(WAITS)));
    stage.pass(Duration::from_millis(1));
    let [Body::DeadLetter(letter)] = stage.told.as_slice() else { panic!("{:?}", stage.told) };
    assert_eq!(letter.key, b"acme/sms/part/1");
    assert!(stage.state.is_empty() && stage.core.next_wakeup().is_none());
}

#[test]
fn what_is_delivered_is_remembered_for_an_hour_and_leaves_nothing() {
    let mut stage = Stage::default();
    for number in 1..=2 {
        stage.submitted(&number.to_string(), part(number, 2));
        stage.reported(&number.to_string(), Fate::Delivered);
    }
    assert_eq!(stage.receipts(), [Report::Delivered]);
    stage.pass(REMEMBERED);
    assert!(stage.state.is_empty(), "{:?}", stage.state);
    assert!(stage.told.is_empty());
}

#[test]
fn parts_that_nothing_is_reported_of_are_bounded_and_the_oldest_is_given_up() {
    let mut stage = Stage::default();
    for name in 0..=SUBMITTED_MAX {
        stage.now = stage.now.plus(Duration::from_millis(1));
        stage.submitted(&name.to_string(), part(1, 1));
    }
    assert_eq!(stage.state.len(), SUBMITTED_MAX);
    assert!(stage.told.is_empty(), "nothing is known of it");
    stage.reported("1", Fate::Delivered);
    assert_eq!(stage.receipts(), [Report::Delivered], "the next one is still there");
    stage.reported("0", Fate::Delivered);
    assert_eq!(stage.receipts(), []);
}

fn heard(reference: u128, number: u32, count: u32, units: &[u16]) -> ReportAct {
    let tenant = TenantId::new("acme");
    let account = usher_domain::Account {
        tenant: tenant.clone(),
        account: AccountId::new("sms"),
        dialect: Dialect::Sms,
        desk: usher_domain::DeskId::new("d"),
        default_group: None,
        bot: None,
        survey: usher_domain::account::Survey::default(),
        collected: false,
        weight: usher_domain::Account::WEIGHT,
        priority: 0,
        sms: None,
    };
    let act = VisitorAct::Message { content: Content::text(""), ask: None };
    let visitor = VisitorId::new("+12223334444");
    let said = VisitorInput { account, visitor, profile: Profile::default(), ext: None, ack: None, named: None, act };
    let act = ConversationAct::Visitor(Box::new(said));
    let whole =
        ConversationInput { tenant, id: InputId::from_bits(0), conversation: ConversationId::from_bits(5), act };
    let text = Utf16::new(units.to_vec());
    let of = InputId::from_bits(reference);
    ReportAct::Heard(Box::new(usher_domain::report::HeardPart { whole, of, number, count, text }))
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

#[test]
fn parts_of_an_incoming_message_are_joined_in_their_order_also_inside_a_character() {
    let mut stage = Stage::default();
    let face = units("😀");
    stage.take(heard(1, 3, 3, &units(" end")));
    stage.take(heard(1, 1, 3, &[units("a"), face[..1].to_vec()].concat()));
    stage.restart();
    stage.take(heard(1, 1, 3, &[units("a"), face[..1].to_vec()].concat()));
    assert_eq!(stage.texts(), [] as [String; 0]);
    stage.take(heard(1, 2, 3, &face[1..]));
    assert_eq!(stage.texts(), ["a😀 end"]);
    stage.take(heard(1, 2, 3, &face[1..]));
    stage.pass(GATHERED);
    assert!(stage.told.is_empty() && stage.state.is_empty(), "a part that comes again is not heard again");
}

#[test]
fn what_is_missing_after_a_minute_is_shown_as_missing() {
    let mut stage = Stage::default();
    stage.take(heard(1, 2, 3, &units("middle")));
    stage.pass(GATHERED - Duration::from_millis(1));
    assert!(stage.told.is_empty());
    stage.pass(Duration::from_millis(1));
    assert_eq!(stage.texts(), ["…middle…"]);
}

#[test]
fn a_reference_that_comes_again_begins_another_message() {
    let mut stage = Stage::default();
    for (one, two) in [("A", "B"), ("C", "D")] {
        stage.take(heard(1, 1, 2, &units(one)));
        stage.take(heard(1, 2, 2, &units(two)));
    }
    assert_eq!(stage.texts(), ["AB", "CD"]);
    stage.take(heard(1, 1, 2, &units("E")));
    stage.take(heard(1, 1, 2, &units("F")));
    assert_eq!(stage.texts(), ["E…"], "the first of them will not be completed any more");
}

#[test]
fn a_part_that_can_not_be_changes_nothing() {
    let mut stage = Stage::default();
    stage.take(heard(1, 0, 2, &units("x")));
    stage.take(heard(1, 3, 2, &units("x")));
    assert!(stage.state.is_empty() && stage.told.is_empty());
}

#[test]
fn reports_that_nobody_wants_are_bounded() {
    let mut stage = Stage::default();
    for id in 0..=WAITING_MAX {
        stage.now = stage.now.plus(Duration::from_millis(1));
        stage.reported(&id.to_string(), Fate::Delivered);
    }
    assert_eq!(stage.core.unmatched(), WAITING_MAX);
    assert!(matches!(stage.told.as_slice(), [Body::DeadLetter(letter)] if letter.key == b"acme/sms/part/0"));
}

#[test]
fn a_million_ends_are_spread_over_ticks() {
    let mut stage = Stage::default();
    for id in 0..2 * ENDED_AT_ONCE {
        stage.reported(&id.to_string(), Fate::Delivered);
    }
    stage.pass(WAITS);
    assert_eq!(stage.told.len(), ENDED_AT_ONCE);
    assert!(stage.core.next_wakeup().is_some_and(|at| at <= stage.now));
    stage.step(Input::Tick);
    assert_eq!(stage.told.len(), 2 * ENDED_AT_ONCE);
}

/// What happens to one part, and how often it is told.
fn histories() -> impl Strategy<Value = (Vec<Vec<Fate>>, u64, bool)> {
    let fate = prop_oneof![Just(Fate::Delivered), Just(undelivered())];
    (proptest::collection::vec(proptest::collection::vec(fate, 0..4), 1..4), any::<u64>(), any::<bool>())
}

proptest! {
    #[test]
    fn the_last_word_is_the_same_in_every_order((fates, seed, restarts) in histories()) {
        let count = u32::try_from(fates.len()).expect("few");
        let mut acts = Vec::new();
        for (number, fates) in (1..).zip(&fates) {
            let provider_id = ProviderId::new(number.to_string());
            acts.push(ReportAct::Submitted { provider_id: provider_id.clone(), part: part(number, count) });
            acts.extend(fates.iter().map(|fate| {
                ReportAct::Reported { provider_id: provider_id.clone(), fate: fate.clone() }
            }));
        }
        // A shuffle that follows from the seed.
        let mut seed = seed;
        for at in (1..acts.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            acts.swap(at, usize::try_from(seed >> 33).expect("31 bits") % (at + 1));
        }
        let mut stage = Stage::default();
        for act in acts {
            stage.take(act);
            if restarts {
                stage.restart();
            }
        }
        let told = stage.receipts();
        let arrived = |fates: &Vec<Fate>| fates.contains(&Fate::Delivered);
        let failed = fates.iter().any(|fates| !fates.is_empty() && !arrived(fates));
        let last = told.last();
        if fates.iter().all(arrived) {
            prop_assert_eq!(last, Some(&Report::Delivered));
        } else if failed {
            prop_assert!(last.is_some_and(is_failed), "{:?}", told);
        }
        prop_assert!(told.iter().filter(|report| **report == Report::Delivered).count() <= 1);
        prop_assert!(told.iter().filter(|report| is_failed(report)).count() <= 1);
    }
}
