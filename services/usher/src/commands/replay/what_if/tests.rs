//! A story of one agent, played once more with another directory.

use std::time::Duration;

use usher_domain::DeskInput;
use usher_domain::conversation::{AgentAct, VisitorAct};
use usher_runtime::config::read_yaml;

use super::super::story::{PREFIX, Story, group};
use super::{Span, WhatIf, what_if};
use crate::commands::directory;

const WHOLE: Span = Span { from: None, to: None, from_empty: false };

fn directory(agents: &str) -> Vec<DeskInput> {
    let yaml = format!("{{tenant: acme, desk: main, groups: [sales], agents: [{agents}]}}");
    directory::inputs(read_yaml("directory.yaml", &yaml).expect("readable")).expect("a directory")
}

const LI: &str = "{agent: li, name: Li, capacity: 1, groups: [sales]}";

fn with(story: &Story, agents: &str) -> WhatIf {
    what_if(&story.broker, PREFIX, &WHOLE, "new.yaml", &directory(agents)).expect("the topics are read")
}

#[test]
fn the_same_directory_comes_to_the_same() {
    let story = Story::played();
    let same = with(&story, LI);
    assert_eq!((same.recorded.waited(), same.recorded.waits.len()), (4, 3), "a, b, the VIP, and its transfer");
    assert_eq!(same.recorded, same.again, "nothing is assumed that was not so");
    assert_eq!(same.again, same.other);
}

#[test]
fn a_second_agent_shortens_the_waits_and_takes_her_share() {
    let story = Story::played();
    let two = with(&story, &format!("{LI}, {{agent: wang, name: Wang, capacity: 1, groups: [sales]}}"));
    let longest = |waits: &[Duration]| waits.iter().max().copied();
    assert!(longest(&two.other.waits) < longest(&two.recorded.waits), "{two}");
    assert_eq!(two.other.assigned.values().sum::<usize>(), two.other.waits.len());
    assert!(two.other.assigned.contains_key(&usher_domain::AgentId::new("wang")), "who is new is there: {two}");
}

#[test]
fn who_is_new_stays_where_presences_are_leases() {
    let mut story = Story::begun();
    story.pass(Duration::from_secs(600));
    story.visitor("late", &[], VisitorAct::Ask { target: group("sales") });
    let yaml = format!(
        "{{tenant: acme, desk: main, presence: {{lease: 30s}}, groups: [sales], agents: [{LI}, \
         {{agent: wang, name: Wang, capacity: 4, groups: [sales]}}]}}"
    );
    let new = directory::inputs(read_yaml("directory.yaml", &yaml).expect("readable")).expect("a directory");
    let leased = what_if(&story.broker, PREFIX, &WHOLE, "new.yaml", &new).expect("the topics are read");
    assert_eq!(leased.other.waiting(), 0, "wang has room for all, also after ten minutes: {leased}");
}

#[test]
fn what_is_done_to_sessions_that_are_set_aside_is_done_again() {
    let mut story = Story::begun();
    let placement = story.placement("a");
    story.agent("a", AgentAct::Hold { placement });
    story.pass(Duration::from_secs(10));
    story.agent("a", AgentAct::Resume);
    story.pass(Duration::from_secs(10));
    story.close("vip");
    story.close("a");
    let placement = story.placement("b");
    story.agent("b", AgentAct::Hold { placement });
    story.pass(Duration::from_secs(10));
    story.agent("b", AgentAct::Close { placement });
    story.visitor("b", &[], VisitorAct::Ask { target: group("sales") });
    let same = with(&story, LI);
    assert_eq!(same.recorded.waits.len(), 5, "a twice, and b's next session: {same}");
    assert_eq!(same.recorded, same.again, "nothing is assumed that was not so");
}

#[test]
fn nobody_is_answered_where_nobody_is() {
    let mut story = Story::begun();
    story.visitor("b", &[], VisitorAct::Leave);
    let none = with(&story, "{agent: wang, name: Wang, capacity: 1}");
    assert_eq!((none.other.waits.len(), none.other.abandoned, none.other.waiting()), (0, 1, 2), "{none}");
    assert_eq!((none.again.waits.len(), none.again.abandoned, none.again.waiting()), (1, 1, 1), "{none}");
}

#[test]
fn who_was_served_by_then_does_not_lose_patience() {
    let mut story = Story::begun();
    story.pass(Duration::from_secs(30));
    story.visitor("b", &[], VisitorAct::Leave);
    let two = with(&story, "{agent: li, name: Li, capacity: 3, groups: [sales]}");
    assert_eq!((two.recorded.abandoned, two.other.abandoned), (1, 0), "{two}");
    assert_eq!(two.other.waits, [Duration::ZERO; 3]);
}

#[test]
fn only_who_came_in_the_span_is_counted() {
    let mut story = Story::begun();
    story.pass(Duration::from_secs(30));
    story.visitor("late", &[], VisitorAct::Ask { target: group("sales") });
    let from = Some(super::super::Bound::Instant(story.middle));
    let span = Span { from, ..WHOLE };
    let late = what_if(&story.broker, PREFIX, &span, "new.yaml", &directory(LI)).expect("the topics are read");
    assert_eq!((late.recorded.waited(), late.again.waited(), late.other.waited()), (1, 1, 1), "{late}");
}

#[test]
fn what_is_assumed_is_told_and_nothing_is_written() {
    let story = Story::played();
    let before = story.records();
    let told = with(&story, LI).to_string();
    assert!(told.contains("wait, median") && told.contains("assigned to li") && told.contains("Assumed:"), "{told}");
    assert_eq!(story.records(), before);
}
