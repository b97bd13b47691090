//! Choosing among the free: least loaded by share, highest level, as many of a channel as an agent may have.

use usher_domain::desk::{AgentRecord, DeskAct};
use usher_domain::event::{Fact, Rule};
use usher_domain::policy::{Choice, ChoicePolicy, DeskPolicy, LanePolicy};
use usher_domain::{Demand, Dialect, Want};

use super::bench::{Answer, Bench, check, group, nobody, record, wish};

fn by(by: Choice) -> LanePolicy {
    LanePolicy { choice: ChoicePolicy { by, sticky: None }, ..LanePolicy::default() }
}

fn level(record: AgentRecord, level: u32) -> AgentRecord {
    AgentRecord { levels: [(group("sales"), level)].into(), ..record }
}

fn limited(record: AgentRecord, limits: &[(Dialect, u32)]) -> AgentRecord {
    AgentRecord { limits: limits.iter().copied().collect(), ..record }
}

fn on(channel: Dialect, demand: Demand) -> Demand {
    let Want::Agent(mut wish) = demand.want else { return demand };
    wish.channel = channel;
    Demand { want: Want::Agent(wish), ..demand }
}

fn rule(answer: &Answer) -> Option<Rule> {
    answer.facts().into_iter().find_map(|fact| match fact {
        Fact::AssignmentDecided { grounds, .. } => Some(grounds.rule),
        _ => None,
    })
}

#[test]
fn smallest_share_of_the_capacity_is_chosen_then_the_longest_idle() {
    let agents = [record("small", 2, &["sales"]), record("big", 5, &["sales"])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", by(Choice::LeastLoaded))], &agents);
    let first = bench.demand(wish(1, 1, "sales", 1));
    check(&first, &["1 1.2 small"]);
    assert_eq!(rule(&first), Some(Rule::LeastLoadedOfGroup));
    for (number, chosen) in [(2, "big"), (3, "big"), (4, "big"), (5, "small"), (6, "big"), (7, "big")] {
        check(&bench.demand(wish(number, 1, "sales", 1)), &[&format!("{number} 1.2 {chosen}")]);
    }
    check(&bench.demand(wish(8, 1, "sales", 1)), &["8 1.1 #1"]);
}

#[test]
fn highest_level_in_the_group_is_chosen_then_the_longest_idle() {
    let agents = [
        level(record("li", 1, &["sales"]), 1),
        level(record("wang", 2, &["sales"]), 5),
        level(record("zhao", 1, &["sales"]), 5),
        record("none", 1, &["sales"]),
    ];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", by(Choice::HighestSkill))], &agents);
    let first = bench.demand(wish(1, 1, "sales", 1));
    assert_eq!(rule(&first), Some(Rule::HighestSkillOfGroup));
    check(&first, &["1 1.2 wang"]);
    for (number, chosen) in [(2, "zhao"), (3, "wang"), (4, "li"), (5, "none")] {
        check(&bench.demand(wish(number, 1, "sales", 1)), &[&format!("{number} 1.2 {chosen}")]);
    }
}

#[test]
fn new_directory_changes_the_choice_for_those_who_are_free_already() {
    let agents = [record("small", 2, &["sales"]), record("big", 5, &["sales"])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", by(Choice::LongestIdle))], &agents);
    check(&bench.demand(wish(1, 1, "sales", 1)), &["1 1.2 small"]);
    check(&bench.demand(wish(2, 1, "sales", 1)), &["2 1.2 big"]);
    let _ = bench.apply_ruled(2, DeskPolicy::default(), &[("sales", by(Choice::LeastLoaded))], &agents);
    check(&bench.demand(wish(3, 1, "sales", 1)), &["3 1.2 big"]);
    let _ = bench.apply_ruled(3, DeskPolicy::default(), &[("sales", by(Choice::LongestIdle))], &agents);
    check(&bench.demand(wish(4, 1, "sales", 1)), &["4 1.2 small"]);
}

#[test]
fn default_lane_chooses_as_the_desk_says() {
    let desk = DeskPolicy { lane: by(Choice::LeastLoaded), ..DeskPolicy::default() };
    let mut bench = Bench::ruled(desk, &[], &[record("small", 2, &[]), record("big", 5, &[])]);
    let _ = bench.demand(wish(1, 1, "", 1));
    let _ = bench.demand(wish(2, 1, "", 1));
    let third = bench.demand(wish(3, 1, "", 1));
    check(&third, &["3 1.2 big"]);
    assert_eq!(rule(&third), Some(Rule::LeastLoadedOfDefault));
}

#[test]
fn agent_has_only_so_many_sessions_of_a_channel_and_others_beside() {
    let agents = [limited(record("li", 3, &[]), &[(Dialect::Sms, 1)])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[], &agents);
    check(&bench.demand(on(Dialect::Sms, wish(1, 1, "", 1))), &["1 1.2 li"]);
    check(&bench.demand(on(Dialect::Sms, wish(2, 1, "", 2))), &["2 1.1 #1"]);
    check(&bench.demand(on(Dialect::Rbm, wish(3, 1, "", 3))), &["3 1.2 li"]);
    check(&bench.demand(nobody(3, 2)), &[]);
    check(&bench.demand(nobody(1, 2)), &["2 1.2 li"]);
}

#[test]
fn limit_that_is_lowered_takes_nothing_away() {
    let mut bench = Bench::ruled(DeskPolicy::default(), &[], &[record("li", 3, &[])]);
    let _ = bench.demand(on(Dialect::Sms, wish(1, 1, "", 1)));
    let _ = bench.demand(on(Dialect::Sms, wish(2, 1, "", 2)));
    let lowered = [limited(record("li", 3, &[]), &[(Dialect::Sms, 0)])];
    check(&bench.apply_ruled(2, DeskPolicy::default(), &[], &lowered), &[]);
    check(&bench.demand(on(Dialect::Sms, wish(3, 1, "", 3))), &["3 1.1 #1"]);
    check(&bench.demand(wish(4, 1, "", 4)), &["4 1.2 li"]);
    let _ = bench.act(DeskAct::Demand(nobody(1, 2)));
    check(&bench.demand(nobody(2, 2)), &[]);
}
