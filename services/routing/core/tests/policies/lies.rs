//! What the auditor is told is changed on the way, one lie each: an auditor who does not object would object to nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use usher_domain::Body;
use usher_domain::event::Fact;
use usher_domain::state::desk::{AgentState, Seat, SessionState, StateValue};

use super::auditor::Auditor;
use super::play::{Book, Step, play};
use super::random::history;

/// A lie must be found in so many histories.
const WITHIN: usize = 400;

type Lie = (&'static str, fn(&mut SessionState), fn(&mut AgentState), fn(&Body) -> bool);

const LIES: &[Lie] = &[
    ("agents have no capacity", |_| {}, |agent| agent.record.capacity = 0, |_| true),
    ("agents may have nothing of any channel", |_| {}, no_channel, |_| true),
    ("agents have capacity without end", |_| {}, |agent| agent.record.capacity = u32::MAX, |_| true),
    ("nobody is online", |_| {}, |agent| agent.presence = usher_domain::desk::Presence::Away, |_| true),
    ("agents are in no group", |_| {}, |agent| agent.record.groups.clear(), |_| true),
    ("agents are nothing that is wanted", |_| {}, |agent| agent.record.labels.clear(), |_| true),
    ("sessions exclude nobody", |session| session.extra = None, |_| {}, |_| true),
    ("everybody who is asked has it", taken, |_| {}, |_| true),
    ("those who ask last come first", last_first, |_| {}, |_| true),
    ("nobody is a VIP", |session| session.vip = false, |_| {}, |_| true),
    ("no assignment is explained", |_| {}, |_| {}, |body| !matches!(said(body), Some(Fact::AssignmentDecided { .. }))),
    ("no offer is explained", |_| {}, |_| {}, |body| !matches!(said(body), Some(Fact::OfferMade { .. }))),
    ("nobody is told of a place", |_| {}, |_| {}, |body| !matches!(body, Body::Conversation(_))),
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

fn is_found((_, of_session, of_agent, passes): &Lie) -> bool {
    let mut runner = TestRunner::deterministic();
    (0..WITHIN).any(|_| {
        let history = history().new_tree(&mut runner).expect("a history").current();
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let mut auditor = Auditor::default();
            play(&history, &mut |step| {
                let [before, after] = [step.before, step.after].map(|book| changed(book, *of_session, *of_agent));
                let said: Vec<_> = step.said.iter().filter(|body| passes(body)).cloned().collect();
                auditor.look(&Step { before: &before, after: &after, said: &said, ..*step });
            });
        }));
        looked.is_err()
    })
}

fn changed(book: &Book, of_session: fn(&mut SessionState), of_agent: fn(&mut AgentState)) -> Book {
    let mut book = book.clone();
    for value in book.kept.values_mut() {
        match value {
            StateValue::Session(state) => of_session(state),
            StateValue::Agent(state) => of_agent(state),
            _ => {}
        }
    }
    book
}

fn no_channel(agent: &mut AgentState) {
    agent.record.limits = usher_domain::Dialect::ALL.map(|channel| (channel, 0)).into_iter().collect();
}

fn taken(session: &mut SessionState) {
    if let Seat::Offered(offer) = &session.seat {
        session.seat = Seat::Assigned(offer.agents[0].clone());
    }
}

fn last_first(session: &mut SessionState) {
    session.asked_at = usher_domain::Timestamp::from_millis(-session.asked_at.millis());
}

fn said(body: &Body) -> Option<&Fact> {
    if let Body::Event(event) = body { Some(&event.fact) } else { None }
}
