//! Random histories. With any lag: one outcome, at most one SMS, and an SMS that is not marked at risk only for a message
//! that no client has shown. Without lag also: none for a message that was acknowledged in time, or, where the conversation
//! may wait for that, a little later.

use proptest::prelude::*;
use usher_domain::Class;
use usher_domain::event::Outcome;

use crate::world::{REVOKE_GRACE, World};

#[derive(Clone, Copy, Debug)]
enum Move {
    Push(Class, u64),
    Seen,
    Closed(bool),
    Acknowledge,
    Wait(u64),
    Deliver,
    MailboxesRead,
    ConversationsRead,
    Drain,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let class = || proptest::sample::select(Class::ALL.to_vec());
    let one = prop_oneof![
        4 => (class(), 5..120_u64).prop_map(|(class, seconds)| Move::Push(class, seconds)),
        3 => Just(Move::Seen),
        1 => any::<bool>().prop_map(Move::Closed),
        3 => Just(Move::Acknowledge),
        4 => (1..40_u64).prop_map(Move::Wait),
        4 => Just(Move::Deliver),
        5 => Just(Move::MailboxesRead),
        5 => Just(Move::ConversationsRead),
        2 => Just(Move::Drain),
    ];
    proptest::collection::vec(one, 1..80)
}

fn play(moves: Vec<Move>, lags: bool) -> World {
    let mut world = World::default();
    world.wait(1_700_000_000);
    for one in moves {
        match one {
            Move::Push(class, seconds) => world.push(class, seconds),
            Move::Seen => world.seen(),
            Move::Closed(says_so) => world.closed(says_so),
            Move::Acknowledge => world.acknowledge(),
            Move::Wait(seconds) if lags => world.wait(seconds),
            Move::Wait(seconds) => (0..seconds).for_each(|_| {
                world.wait(1);
                world.drain();
            }),
            Move::Deliver => drop(world.deliver()),
            Move::MailboxesRead => drop(world.mailboxes_read()),
            Move::ConversationsRead => drop(world.conversations_read()),
            Move::Drain => world.drain(),
        }
        if !lags {
            world.drain();
        }
    }
    for _ in 0..400 {
        world.drain();
        world.wait(1);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn with_any_lag_each_message_has_one_outcome_and_an_unmarked_sms_only_if_nobody_was_shown_it(moves in moves()) {
        let world = play(moves, true);
        for (message, ..) in &world.pushed {
            let outcomes = world.outcomes.get(message).map_or(&[][..], Vec::as_slice);
            prop_assert_eq!(outcomes.len(), 1, "{:?}: {:?}", message, outcomes);
            let sms = world.sms.get(message).copied().unwrap_or_default();
            let fell_back = matches!(outcomes[0], Outcome::FellBack | Outcome::FellBackAtRisk);
            prop_assert_eq!(sms, usize::from(fell_back));
            if outcomes[0] == Outcome::FellBack {
                prop_assert!(!world.was_shown(*message), "{message:?} was shown, and its SMS is not marked");
            }
            if outcomes[0] == Outcome::Delivered {
                prop_assert!(world.acknowledged.contains_key(message), "{message:?} was never acknowledged");
            }
        }
    }

    #[test]
    fn what_was_shown_together_and_is_acknowledged_a_little_late_is_delivered(moves in moves()) {
        let world = play(moves, false);
        for (message, class, deadline) in &world.pushed {
            let is_answered = world.answered.get(message).is_some_and(|at| *at < deadline.plus(REVOKE_GRACE));
            if is_answered && *class != Class::Authentication {
                prop_assert_eq!(&world.outcomes[message][..], [Outcome::Delivered], "{:?}", message);
            }
        }
    }

    #[test]
    fn a_message_acknowledged_in_time_never_has_an_sms_and_one_that_nobody_was_shown_always(moves in moves()) {
        let world = play(moves, false);
        for (message, _, deadline) in &world.pushed {
            let outcome = world.outcomes[message][0];
            if world.acknowledged.get(message).is_some_and(|at| at < deadline) {
                prop_assert_eq!(outcome, Outcome::Delivered);
            } else if !world.was_shown(*message) {
                let may_have_been = outcome == Outcome::FellBackAtRisk || outcome == Outcome::Suppressed;
                prop_assert!(outcome == Outcome::FellBack || may_have_been, "{outcome:?}");
            }
        }
    }
}

#[test]
fn the_plain_stories_end_as_they_should() {
    for class in Class::ALL {
        let unseen = play(vec![Move::Push(class, 60)], false);
        assert_eq!(unseen.outcomes.values().collect::<Vec<_>>(), [&[Outcome::FellBack]], "{class:?}: nobody came");
        let late = play(vec![Move::Push(class, 60), Move::Wait(90), Move::Seen, Move::Acknowledge], false);
        assert_eq!(late.outcomes.values().collect::<Vec<_>>(), [&[Outcome::FellBack]], "{class:?}: too late");
        let seen = play(vec![Move::Push(class, 60), Move::Seen, Move::Acknowledge], false);
        assert_eq!(seen.outcomes.values().collect::<Vec<_>>(), [&[Outcome::Delivered]], "{class:?}");
        assert_eq!(seen.sms.len(), 0);
    }
}
