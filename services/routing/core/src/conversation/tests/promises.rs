//! What holds for every log, whatever anybody says at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use usher_domain::conversation::ConversationAct;
use usher_domain::delivery::{DeliveryTarget, Order};
use usher_domain::desk::DeskAct;
use usher_domain::event::{Fact, Outcome};
use usher_domain::receipt::{Leg, Report};
use usher_domain::state::conversation::Known;
use usher_domain::{
    AgentId, Body, Class, Content, DeliveryId, Dialect, Message, MessageId, Party, SessionId, Timestamp, Want,
};

use super::random::{Log, Move, Record, WHISPER, an_account, moves, restored};
use super::stage::{account, timed};
use crate::conversation::{ConversationCore, Input};

fn without_files() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(without_files())]

    #[test]
    fn state_restored_from_the_log_goes_on_like_the_one_that_wrote_it(
        account in an_account(), moves in moves(), cut in 0..60usize,
    ) {
        let log = Log::of(account, &moves);
        let (before, after) = log.records.split_at(cut.min(log.records.len()));
        let mut core = restored(before);
        // The instant comes with the log as well: the last record's is told to whoever takes over.
        let mut now = before.iter().map(|record| record.now).max().unwrap_or_default();
        for record in after {
            now = now.max(record.now);
            prop_assert_eq!(&core.step(record.input.clone(), now), &record.effects);
        }
        prop_assert_eq!(core.store, log.core.store);
    }

    #[test]
    fn same_log_makes_the_same_records(account in an_account(), moves in moves()) {
        prop_assert_eq!(Log::of(account.clone(), &moves).records, Log::of(account, &moves).records);
    }

    #[test]
    fn what_is_due_has_fired(account in an_account(), moves in moves()) {
        let mut log = Log::new(account);
        let mut now = Timestamp::default();
        for a_move in &moves {
            log.apply(a_move);
            // An input may bring what is due at once; it fires at the next record.
            log.tick_after(Duration::ZERO);
            now = log.records.iter().map(|record| record.now).fold(now, Timestamp::max);
            prop_assert!(log.core.next_wakeup().is_none_or(|at| at > now));
        }
    }

    #[test]
    fn every_delivery_has_an_id_of_its_own(account in an_account(), moves in moves()) {
        // No more inputs, and no longer, than repeats are remembered.
        let soon = |a_move: &&Move| !matches!(a_move, Move::Wait { ms } if *ms > 1_000_000);
        let moves: Vec<Move> = moves.iter().filter(soon).take(30).cloned().collect();
        let log = Log::of(account, &moves);
        let mut ids = BTreeSet::<DeliveryId>::new();
        for body in log.bodies() {
            // Two repeats in one instant are acknowledged alike: the client hears the same twice.
            if let Body::Delivery(delivery) = body
                && !matches!(delivery.order, Order::Ack { .. })
            {
                prop_assert!(ids.insert(delivery.id), "{delivery:?}");
            }
        }
    }

    #[test]
    fn whoever_gets_a_session_is_told_all_that_was_said_in_it_and_not_taken_back(
        account in an_account(),
        moves in moves(),
    ) {
        let log = Log::of(account, &moves);
        let mut said = BTreeMap::<SessionId, Vec<MessageId>>::new();
        for body in log.bodies() {
            match body {
                Body::Transcript(line) => said.entry(line.session.unwrap_or(NO_SESSION)).or_default().push(line.message.id),
                Body::Event(event) => {
                    if let Fact::MessageRecalled { message } = event.fact {
                        said.values_mut().for_each(|lines| lines.retain(|line| *line != message));
                    }
                }
                Body::Delivery(delivery) => {
                    let Order::Assigned { briefing, .. } = &delivery.order else { continue };
                    let told: Vec<MessageId> = briefing.lines.iter().map(|line| line.message.id).collect();
                    let session = delivery.session.expect("of a session");
                    prop_assert_eq!(&told, &said.get(&session).cloned().unwrap_or_default());
                    prop_assert!(!briefing.truncated, "there are never so many here");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_session_is_rated_once(account in an_account(), moves in moves()) {
        let log = Log::of(account, &moves);
        let mut rated = BTreeSet::<SessionId>::new();
        for body in log.bodies() {
            if let Body::Event(event) = body
                && let Fact::SurveyAnswered { session: Some(session), score: Some(_) } = event.fact
            {
                prop_assert!(rated.insert(session), "{session:?}");
            }
        }
    }

    #[test]
    fn every_input_has_one_disposition(account in an_account(), moves in moves()) {
        let mut log = Log::new(account);
        for a_move in &moves {
            // What is due fires before, so that the next record shows the input's own effects alone.
            log.tick_after(Duration::ZERO);
            let seen = log.records.len();
            log.apply(a_move);
            let Some(Record { input: Input::Act(input), effects, .. }) = log.records.get(seen) else { continue };
            let without_effect = effects.bodies.iter().filter(|body| is_said_of(body, input.id)).count();
            prop_assert!(without_effect <= 1 && !effects.bodies.is_empty(), "{input:?}: {effects:?}");
        }
    }

    #[test]
    fn sessions_have_one_agent_at_a_time_and_one_end(account in an_account(), moves in moves()) {
        let log = Log::of(account, &moves);
        let mut open: BTreeMap<SessionId, Option<AgentId>> = BTreeMap::new();
        for fact in log.facts() {
            match fact {
                Fact::SessionOpened { session, .. } => {
                    prop_assert!(open.keys().all(|other| other.conversation != session.conversation));
                    open.insert(*session, None);
                }
                Fact::SessionAssigned { session, agent, .. } => {
                    let had = open.insert(*session, Some(agent.clone())).expect("assigned while open");
                    prop_assert!(had.is_none() || had.as_ref() == Some(agent), "the old agent leaves first");
                }
                Fact::SessionLeft { session, agent } => {
                    let had = open.insert(*session, None).expect("left while open");
                    prop_assert_eq!(had.as_ref(), Some(agent));
                }
                Fact::SessionClosed { session, .. } => {
                    prop_assert_eq!(open.remove(session), Some(None), "nobody has a closed session");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn demands_only_rise_and_a_closed_session_wants_nobody(account in an_account(), moves in moves()) {
        let log = Log::of(account, &moves);
        let mut wanted: BTreeMap<SessionId, (u32, bool)> = BTreeMap::new();
        let mut closed = BTreeSet::new();
        for body in log.bodies() {
            match body {
                Body::Desk(input) => {
                    let DeskAct::Demand(demand) = &input.act else { continue };
                    let wants = matches!(demand.want, Want::Agent(_));
                    prop_assert!(!(wants && closed.contains(&demand.session)), "a ghost was made");
                    let before = wanted.insert(demand.session, (demand.epoch, wants));
                    let rises = before.is_none_or(|(epoch, _)| demand.epoch >= epoch);
                    prop_assert!(rises || closed.contains(&demand.session));
                }
                Body::Event(event) => {
                    let Fact::SessionClosed { session, .. } = &event.fact else { continue };
                    prop_assert!(wanted.get(session).is_none_or(|(_, wants)| !wants));
                    closed.insert(*session);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn message_has_one_outcome_and_at_most_one_sms(account in an_account(), moves in moves()) {
        let log = Log::of(account, &moves);
        let mut outcomes: BTreeMap<MessageId, Outcome> = BTreeMap::new();
        let mut texts = BTreeSet::new();
        let mut arrived = BTreeSet::new();
        for record in &log.records {
            for body in &record.effects.bodies {
                match body {
                    Body::Delivery(delivery) if matches!(delivery.target, DeliveryTarget::Sms { .. }) => {
                        let usher_domain::delivery::Order::Message { message, .. } = &delivery.order else {
                            panic!("an SMS is a message")
                        };
                        prop_assert!(texts.insert(message.id), "a second SMS");
                        prop_assert!(!arrived.contains(&message.id), "an SMS for what had arrived");
                    }
                    Body::Event(event) => {
                        if let Fact::MessageOutcome { message, outcome, .. } = event.fact {
                            prop_assert_eq!(outcomes.insert(message, outcome), None, "decided twice");
                        }
                    }
                    _ => {}
                }
            }
            arrived.extend(arrival(&record.input));
        }
        for (message, outcome) in outcomes {
            let fell_back = matches!(outcome, Outcome::FellBack | Outcome::FellBackAtRisk);
            prop_assert_eq!(texts.remove(&message), fell_back);
        }
        prop_assert!(texts.is_empty(), "an SMS without an outcome");
    }

    #[test]
    fn time_alone_decides_each_deadline_neither_early_nor_never(
        dialect in proptest::sample::select(Dialect::ALL.to_vec()),
        class in proptest::sample::select(Class::ALL.to_vec()),
        ticks in proptest::collection::vec(0..20_000u64, 0..20),
    ) {
        let mut log = Log::new(account(dialect, None));
        log.apply(&Move::Push { who: 0, terms: timed(class) });
        let ordered_at = log.records[0].now;
        ticks.iter().for_each(|ms| log.tick_after(Duration::from_millis(*ms)));
        for _ in 0..2 {
            log.tick_after(Duration::from_secs(70));
        }
        let decided: Vec<Timestamp> = log.records.iter().filter(|record| decides(record)).map(|record| record.now).collect();
        prop_assert_eq!(decided.len(), 1);
        let grace = if dialect.has_own_deadline() { 10 } else { 0 };
        let revoke_grace = if class.is_critical() { 0 } else { 30 };
        prop_assert!(decided[0] >= ordered_at.plus(Duration::from_secs(60 + grace + revoke_grace)));
    }

    #[test]
    fn nobody_but_the_two_agents_hears_a_whisper(account in an_account(), moves in moves()) {
        let log = Log::of(account, &moves);
        let whispers = |message: &Message| message.content == Content::text(WHISPER);
        for body in log.bodies() {
            match body {
                Body::Delivery(delivery) => match (&delivery.order, &delivery.target) {
                    (Order::Whisper { from, .. }, DeliveryTarget::Workspace { agent: Some(to), .. }) => {
                        prop_assert_ne!(from, to);
                    }
                    (Order::Whisper { .. }, target) => prop_assert!(false, "whispered to {target:?}"),
                    (Order::Message { message, .. } | Order::MessageLeft { message, .. }, _) => {
                        prop_assert!(!whispers(message));
                    }
                    (Order::Assigned { briefing, .. } | Order::Consulted { briefing, .. }, _) => {
                        prop_assert!(briefing.lines.iter().all(|line| !whispers(&line.message)));
                    }
                    _ => {}
                },
                Body::Transcript(line) => prop_assert!(!whispers(&line.message)),
                _ => {}
            }
        }
    }

    #[test]
    fn a_consult_ends_once_and_with_the_agent_who_asked_for_it(account in an_account(), moves in moves()) {
        let log = Log::of(account, &moves);
        let mut consulted: BTreeMap<SessionId, AgentId> = BTreeMap::new();
        for fact in log.facts() {
            match fact {
                Fact::SessionConsulted { session, agent, by } => {
                    prop_assert_ne!(agent, by);
                    let before = consulted.insert(*session, agent.clone());
                    prop_assert!(before.is_none() || before.as_ref() == Some(agent), "one at a time");
                }
                Fact::ConsultEnded { session, agent } => {
                    prop_assert_eq!(consulted.remove(session), Some(agent.clone()));
                }
                Fact::SessionLeft { session, .. } | Fact::SessionClosed { session, .. } => {
                    prop_assert!(!consulted.contains_key(session));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_visitor_is_reminded_once_a_silence_and_only_while_it_is_their_turn(
        account in an_account(),
        moves in moves(),
    ) {
        let log = Log::of(account, &moves);
        let mut may_be = BTreeSet::<SessionId>::new();
        for body in log.bodies() {
            match body {
                Body::Transcript(line) => {
                    let session = line.session.unwrap_or(NO_SESSION);
                    match &line.message.from {
                        Party::Agent(_) => may_be.insert(session),
                        Party::Visitor { .. } => may_be.remove(&session),
                        _ => false,
                    };
                }
                Body::Event(event) => match &event.fact {
                    Fact::VisitorReminded { session } => prop_assert!(may_be.remove(session), "{session:?}"),
                    Fact::SessionLeft { session, .. } => {
                        may_be.remove(session);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    #[test]
    fn an_agent_is_late_once_and_not_after_an_answer(account in an_account(), moves in moves()) {
        let log = Log::of(account, &moves);
        // Who has a session, and whether they still owe the first answer. Under another placement the same agent has no
        // longer for it.
        let mut has: BTreeMap<SessionId, (AgentId, bool)> = BTreeMap::new();
        for body in log.bodies() {
            match body {
                Body::Transcript(line) if matches!(line.message.from, Party::Agent(_)) => {
                    if let Some((_, owes)) = has.get_mut(&line.session.unwrap_or(NO_SESSION)) {
                        *owes = false;
                    }
                }
                Body::Event(event) => match &event.fact {
                    Fact::SessionLeft { session, .. } => {
                        has.remove(session);
                    }
                    Fact::SessionAssigned { session, agent, .. } => {
                        has.entry(*session).or_insert((agent.clone(), true));
                    }
                    Fact::FirstReplyLate { session, agent, .. } => {
                        let (who, owes) = has.get_mut(session).expect("somebody has it");
                        prop_assert!(who == agent && std::mem::take(owes), "{session:?}");
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    #[test]
    fn every_state_has_an_end(account in an_account(), moves in moves()) {
        // What must never end, or lies beyond every clock, would hide the rest.
        let ends = |a_move: &&Move| !format!("{a_move:?}").contains("18446744073709551615") && !opts_out(a_move);
        let mut log = Log::new(account);
        moves.iter().filter(ends).for_each(|a_move| log.apply(a_move));
        for _ in 0..10 {
            log.tick_after(Duration::from_secs(24 * 60 * 60));
        }
        log.tick_after(Known::LASTS);
        prop_assert_eq!(log.core.store, ConversationCore::new().store);
    }
}

/// A promise about what never happens in the logs would hold by itself.
#[test]
fn what_is_promised_about_happens() {
    let mut runner = TestRunner::deterministic();
    let mut happened = BTreeSet::new();
    for _ in 0..2_000 {
        let (account, moves) = (an_account(), moves()).new_tree(&mut runner).expect("a log").current();
        let log = Log::of(account, &moves);
        happened.extend(log.facts().filter_map(|fact| {
            Some(match fact {
                Fact::SessionOnHold { .. } => "on hold",
                Fact::SessionConsulted { .. } => "consulted",
                Fact::ConsultEnded { .. } => "consult ended",
                Fact::FirstReplyLate { .. } => "late",
                Fact::VisitorReminded { .. } => "reminded",
                Fact::MessageInvited { .. } => "message invited",
                Fact::MessageLeft { .. } => "message left",
                Fact::SurveyInvited { .. } => "survey invited",
                _ => return None,
            })
        }));
        let whispered =
            |body: &Body| matches!(body, Body::Delivery(delivery) if matches!(delivery.order, Order::Whisper { .. }));
        happened.extend(log.bodies().any(whispered).then_some("whispered"));
    }
    assert_eq!(happened.len(), 9, "{happened:?}");
}

/// For what is said in none.
const NO_SESSION: SessionId = SessionId {
    conversation: usher_domain::ConversationId::from_bits(0),
    opened_at: Timestamp::from_millis(0),
    opened_by: 0,
};

fn opts_out(a_move: &Move) -> bool {
    matches!(a_move, Move::Visitor { act: usher_domain::conversation::VisitorAct::Subscription { .. }, .. })
}

/// Whether a record says of this input that it led to nothing.
fn is_said_of(body: &Body, id: usher_domain::InputId) -> bool {
    let Body::Event(event) = body else { return false };
    match event.fact {
        Fact::InputIgnored { input, .. } | Fact::InputRepeated { input } | Fact::CommandRefused { input, .. } => {
            input == id
        }
        Fact::ReceiptUnmatched { .. } => true,
        _ => false,
    }
}

/// The message that this input proves to have arrived.
fn arrival(input: &Input) -> Option<MessageId> {
    let Input::Act(input) = input else { return None };
    match &input.act {
        ConversationAct::Receipt(receipt) if receipt.leg == Leg::Channel => {
            matches!(receipt.report, Report::Delivered | Report::Read).then_some(receipt.message)
        }
        _ => None,
    }
}

fn decides(record: &Record) -> bool {
    let is_outcome =
        |body: &Body| matches!(body, Body::Event(event) if matches!(event.fact, Fact::MessageOutcome { .. }));
    record.effects.bodies.iter().any(is_outcome)
}
