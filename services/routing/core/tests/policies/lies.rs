//! What the auditor is told is changed on the way, one lie each: an auditor who does not object would object to nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use usher_domain::desk::Presence;
use usher_domain::event::Fact;
use usher_domain::state::desk::{AgentState, Seat, SessionState, StateValue};
use usher_domain::{Body, Dialect, Timestamp};

use super::auditor::Auditor;
use super::play::{Book, Step, play};
use super::random::history;

/// A lie must be found in so many histories.
const WITHIN: usize = 400;

type Lie = (&'static str, fn(&mut StateValue), fn(&Body) -> bool);

const LIES: &[Lie] = &[
    ("agents have no capacity", |value| agent(value, |agent| agent.record.capacity = 0), all),
    ("agents may have nothing of any channel", |value| agent(value, no_channel), all),
    ("agents have capacity without end", |value| agent(value, |agent| agent.record.capacity = u32::MAX), all),
    ("nobody is online", |value| agent(value, |agent| agent.presence = Presence::Away), all),
    ("agents are in no group", |value| agent(value, |agent| agent.record.groups.clear()), all),
    ("agents are nothing that is wanted", |value| agent(value, |agent| agent.record.labels.clear()), all),
    ("sessions exclude nobody and search nothing", |value| session(value, |session| session.extra = None), all),
    ("everybody who is asked has it", |value| session(value, taken), all),
    ("those who ask last come first", |value| session(value, last_first), all),
    ("nobody is a VIP", |value| session(value, |session| session.vip = false), all),
    ("nothing is urgent", |value| session(value, |session| session.priority = 0), all),
    ("VIPs in a row are not counted", not_counted, all),
    ("no assignment is explained", |_| {}, |body| !matches!(said(body), Some(Fact::AssignmentDecided { .. }))),
    ("no offer is explained", |_| {}, |body| !matches!(said(body), Some(Fact::OfferMade { .. }))),
    ("nobody is told of a place", |_| {}, |body| !matches!(body, Body::Conversation(_))),
];

#[test]
fn auditor_objects_to_every_lie() {
    // What is objected to here need not be read; what other tests have to say must be.
    let (here, others) = (std::thread::current().id(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() != here {
            others(info);
        }
    }));
    let missed: Vec<_> = LIES.iter().filter(|lie| !is_found(lie)).map(|(name, ..)| *name).collect();
    drop(std::panic::take_hook());
    assert!(missed.is_empty(), "nobody objected: {missed:?}");
}

fn is_found((_, lie, passes): &Lie) -> bool {
    let mut runner = TestRunner::deterministic();
    (0..WITHIN).any(|_| {
        let history = history().new_tree(&mut runner).expect("a history").current();
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let mut auditor = Auditor::default();
            play(&history, &mut |step| {
                let [before, after] = [step.before, step.after].map(|book| changed(book, *lie));
                let said: Vec<_> = step.said.iter().filter(|body| passes(body)).cloned().collect();
                auditor.look(&Step { before: &before, after: &after, said: &said, ..*step });
            });
        }));
        looked.is_err()
    })
}

fn changed(book: &Book, lie: fn(&mut StateValue)) -> Book {
    let mut book = book.clone();
    book.kept.values_mut().for_each(lie);
    book
}

fn all(_: &Body) -> bool {
    true
}

fn session(value: &mut StateValue, lie: fn(&mut SessionState)) {
    if let StateValue::Session(state) = value {
        lie(state);
    }
}

fn agent(value: &mut StateValue, lie: fn(&mut AgentState)) {
    if let StateValue::Agent(state) = value {
        lie(state);
    }
}

fn not_counted(value: &mut StateValue) {
    if let StateValue::Lane(state) = value {
        state.vips_in_row = 0;
    }
}

fn no_channel(agent: &mut AgentState) {
    agent.record.limits = Dialect::ALL.map(|channel| (channel, 0)).into_iter().collect();
}

fn taken(session: &mut SessionState) {
    if let Seat::Offered(offer) = &session.seat {
        session.seat = Seat::Assigned(offer.agents[0].clone());
    }
}

fn last_first(session: &mut SessionState) {
    session.asked_at = Timestamp::from_millis(-session.asked_at.millis());
}

fn said(body: &Body) -> Option<&Fact> {
    if let Body::Event(event) = body { Some(&event.fact) } else { None }
}
