//! Averages of what visitors thought.

use usher_domain::desk::{DeskAct, Rating};
use usher_domain::event::{Average, Fact};
use usher_domain::state::desk::{Item, RatedBy, StateValue};

use super::bench::{Answer, Bench, agent, group, record, session};

fn rate(bench: &mut Bench, name: &str, for_group: Option<&str>, score: u8) -> Answer {
    bench.act(DeskAct::Rated(Rating { session: session(1), agent: agent(name), group: for_group.map(group), score }))
}

fn averages(answer: &Answer) -> Option<(Average, Option<Average>)> {
    answer.all_facts().into_iter().find_map(|fact| match fact {
        Fact::SurveyAverages { of_agent, of_group, .. } => Some((*of_agent, *of_group)),
        _ => None,
    })
}

const fn of(count: u64, sum: u64) -> Average {
    Average { count, sum }
}

fn bench() -> Bench {
    Bench::with(&["sales", "service"], &[record("li", 1, &["sales"]), record("wang", 1, &["sales"])])
}

#[test]
fn each_answer_counts_for_its_agent_and_its_group() {
    let mut bench = bench();
    assert_eq!(averages(&rate(&mut bench, "li", Some("sales"), 5)), Some((of(1, 5), Some(of(1, 5)))));
    assert_eq!(averages(&rate(&mut bench, "wang", Some("sales"), 2)), Some((of(1, 2), Some(of(2, 7)))));
    assert_eq!(averages(&rate(&mut bench, "li", Some("service"), 4)), Some((of(2, 9), Some(of(1, 4)))));
    assert_eq!(averages(&rate(&mut bench, "li", None, 3)), Some((of(3, 12), None)));
    assert_eq!(of(3, 13).hundredths(), 433);
    assert_eq!(Average::default().hundredths(), 0);
}

#[test]
fn averages_are_kept_durably() {
    let answer = rate(&mut bench(), "li", Some("sales"), 5);
    let kept = |by: RatedBy| {
        let change = answer.0.changes.iter().find(|(key, _)| key.item == Item::Rated(by.clone()));
        change.and_then(|(_, value)| value.clone())
    };
    assert_eq!(kept(RatedBy::Agent(agent("li"))), Some(StateValue::Rated(of(1, 5))));
    assert_eq!(kept(RatedBy::Group(group("sales"))), Some(StateValue::Rated(of(1, 5))));
}

#[test]
fn who_is_not_in_the_directory_has_no_average() {
    let mut bench = bench();
    let answer = rate(&mut bench, "zhao", Some("sales"), 5);
    assert_eq!(averages(&answer), None);
    assert!(answer.0.changes.is_empty());
    assert_eq!(averages(&rate(&mut bench, "li", Some("toys"), 5)), Some((of(1, 5), None)));
}

#[test]
fn who_leaves_the_directory_begins_anew() {
    let mut bench = bench();
    rate(&mut bench, "li", Some("sales"), 1);
    bench.publish(2, &["service"], &[record("wang", 1, &["service"])]);
    bench.publish(3, &["sales"], &[record("li", 1, &["sales"])]);
    assert_eq!(averages(&rate(&mut bench, "li", Some("sales"), 5)), Some((of(1, 5), Some(of(1, 5)))));
}
