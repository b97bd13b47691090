//! How much a mailbox takes, and how little a step rewrites.

use usher_domain::Held;
use usher_domain::content::Private;
use usher_domain::receipt::Report;

use super::stage::{Stage, Told, message, report};
use crate::mailbox::{BYTES_MAX, HELD_MAX};

fn is_refusal(told: &[Told]) -> bool {
    matches!(told, [Told::Receipt(_, Report::NotReachable { .. })])
}

#[test]
fn one_thing_more_than_a_mailbox_holds_is_refused_and_the_others_stay() {
    let mut stage = Stage::new();
    let first = stage.next;
    for bits in 0..HELD_MAX as u128 {
        assert_eq!(stage.put(message(bits, 60)).1, []);
    }
    assert!(is_refusal(&stage.put(message(9_999, 60)).1));
    assert_eq!(stage.waiting().len(), HELD_MAX);
    assert_eq!(stage.acked(first), [report(0, Report::Delivered)]);
    assert_eq!(stage.put(message(9_999, 60)).1, [], "there is room again");
}

#[test]
fn more_bytes_than_a_mailbox_holds_are_refused() {
    let mut stage = Stage::new();
    let large = |bits, bytes: usize| Held { payload: Private::new("x".repeat(bytes)), ..message(bits, 60) };
    assert_eq!(stage.put(large(1, BYTES_MAX)).1, []);
    assert!(is_refusal(&stage.put(large(2, 1)).1));
    let mut stage = Stage::new();
    assert!(is_refusal(&stage.put(large(3, BYTES_MAX + 1)).1));
}

#[test]
fn each_step_rewrites_only_what_it_is_about() {
    let mut stage = Stage::new();
    let seqs: Vec<i64> = (0..200).map(|bits| stage.put(message(bits, 60)).0).collect();
    assert_eq!(stage.state.len(), 201, "the mailbox once, and each thing");
    let before = stage.state.len();
    stage.acked(seqs[0]);
    assert_eq!(stage.state.len() - before, 1, "one tombstone");
}

#[test]
fn thousands_of_ends_at_once_are_spread_over_steps() {
    let mut stage = Stage::new();
    for visitor in 0..5_000 {
        let held = message(visitor, 60);
        let input = super::stage::input(&format!("v{visitor}"), usher_domain::MailboxAct::Put(held));
        let offset = stage.next;
        stage.next += 1;
        let _ = stage.core.step(crate::mailbox::Input::Act { offset, input: Box::new(input) }, stage.now);
    }
    let now = stage.now.plus(super::stage::secs(60));
    let mut steps = 0;
    let mut told = 0;
    while stage.core.next_wakeup().is_some_and(|at| at <= now) {
        let effects = stage.core.step(crate::mailbox::Input::Tick, now);
        assert!(effects.bodies.len() + effects.changes.len() <= crate::mailbox::OUTPUTS_AT_ONCE + 3);
        told += effects.bodies.len();
        steps += 1;
    }
    assert_eq!((told, steps > 2), (5_000, true));
}
