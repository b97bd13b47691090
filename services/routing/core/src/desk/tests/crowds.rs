//! What many visitors and agents can make one step cost: counted in lines and in questions, not in time.

use std::cell::Cell;

use usher_domain::desk::Presence::{Offline, Online};
use usher_domain::policy::{Compare, Label, OrderPolicy, Selector};
use usher_domain::state::desk::{Exclusion, Seat, SessionState};
use usher_domain::{Demand, Dialect, Target, Want};

use super::bench::{Bench, agent, at, check, group, nobody, record, session, wish};
use crate::desk::lane::{Lane, Wait};
use crate::desk::lanes::PICKED_MAX;
use crate::desk::waiting::Waiting;

/// Wants somebody who is what nobody else wants.
fn odd(number: u32, to: &str) -> Demand {
    let value = Label::Text(format!("odd {number}"));
    let selector = Selector { label: "is".to_owned(), compare: Compare::Equal, value, within: None };
    let mut demand = wish(number, 1, to, number.into());
    if let Want::Agent(wish) = &mut demand.want {
        wish.target.selectors = vec![selector];
    }
    demand
}

impl Bench {
    fn lines_that_pick(&self, of: &Lane) -> usize {
        self.core.desks.values().map(|desk| desk.lanes.picked_of(of).count()).sum()
    }
}

#[test]
fn visitors_with_any_number_of_wishes_make_only_so_many_lines() {
    let most = PICKED_MAX as u32;
    let mut bench = Bench::with(&["sales"], &[record("li", 9, &["sales"])]);
    bench.presence("li", Offline);
    for number in 1..=most + 9 {
        bench.demand(odd(number, "sales"));
    }
    assert_eq!(bench.lines_that_pick(&Lane::Group(group("sales"))), PICKED_MAX);
    let answer = bench.presence("li", Online);
    let served = answer.places().into_iter().filter(|place| place.ends_with(" li")).collect::<Vec<_>>();
    let others: Vec<String> = (most + 1..=most + 9).map(|number| format!("{number} 1.2 li")).collect();
    assert_eq!(served, others, "whose wish is one too many is served by anybody there");
}

#[test]
fn wish_that_others_have_already_or_have_no_more_is_heeded_as_ever() {
    let most = PICKED_MAX as u32;
    let mut bench = Bench::with(&["sales"], &[record("li", 9, &["sales"])]);
    for number in 1..=most {
        bench.demand(odd(number, "sales"));
    }
    let mut same = odd(1, "sales");
    same.session = session(most + 1);
    check(&bench.demand(same), &["65 1.1 #2"]);
    bench.demand(nobody(2, 2));
    check(&bench.demand(odd(most + 2, "sales")), &["66 1.1 #1"]);
    check(&bench.demand(odd(most + 3, "sales")), &["67 1.2 li"]);
}

/// Asked at that instant, and declined by these.
fn declined(number: u32, by: &[&str]) -> Wait {
    let until = at(1_000_000);
    let mut state = SessionState {
        epoch: 1,
        turn: 1,
        target: Target::default(),
        fell_to_default: false,
        vip: false,
        channel: Dialect::Native,
        asked_at: at(number.into()),
        weight: 1,
        priority: 0,
        seat: Seat::Waiting,
        extra: None,
    };
    state.change_extra(|extra| {
        extra.exclusions = by.iter().map(|name| Exclusion { agent: agent(name), until }).collect();
    });
    Wait::of(OrderPolicy::default(), session(number), &state)
}

#[test]
fn thousands_that_one_agent_has_declined_are_passed_over_together() {
    let mut waiting = Waiting::default();
    let waits: Vec<Wait> = (1..=3_000).map(|number| declined(number, &["li"])).collect();
    waits.iter().for_each(|wait| waiting.insert(wait));
    waiting.insert(&declined(3_001, &[]));
    let asked = Cell::new(0);
    let first = waiting.next_for(None, |_, excluded| {
        asked.set(asked.get() + 1);
        !excluded.contains(&agent("li"))
    });
    assert_eq!(first.map(|(_, order)| order.session), Some(session(3_001)));
    assert_eq!(asked.get(), 2, "once for all of them, once for the other");
    assert_eq!(waiting.position(&waits[41].order), 42, "and each keeps their place");
    waits.iter().for_each(|wait| waiting.remove(wait));
    assert_eq!(waiting.sessions(), [session(3_001)]);
}
