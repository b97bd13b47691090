//! Searching: the last agent first, the agent who is named for a while, rings, selectors that are given up; who is kept
//! from whom.

use std::time::Duration;

use usher_domain::desk::Presence::{Away, Break, Offline, Online};
use usher_domain::desk::{AgentRecord, PresenceSaid};
use usher_domain::event::{Fact, Rule};
use usher_domain::policy::{ChoicePolicy, Compare, DeskPolicy, Label, LanePolicy, Ring, Selector};
use usher_domain::{Demand, Want, Wish};

use super::bench::{Answer, Bench, agent, at, check, group, nobody, record, vip, wish};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ring(after: u64, groups: &[&str], anyone: bool) -> Ring {
    Ring { after: seconds(after), groups: groups.iter().map(|name| group(name)).collect(), anyone }
}

fn rings(rings: &[Ring]) -> LanePolicy {
    LanePolicy { rings: rings.to_vec(), ..LanePolicy::default() }
}

fn sticky(seconds: u64) -> LanePolicy {
    let sticky = Some(Duration::from_secs(seconds));
    LanePolicy { choice: ChoicePolicy { sticky, ..ChoicePolicy::default() }, ..LanePolicy::default() }
}

fn of(demand: Demand, change: impl FnOnce(&mut Wish)) -> Demand {
    let Want::Agent(mut wish) = demand.want else { return demand };
    change(&mut wish);
    Demand { want: Want::Agent(wish), ..demand }
}

fn known_by(last: &str, demand: Demand) -> Demand {
    of(demand, |wish| wish.last_agent = Some(agent(last)))
}

fn wanting(selectors: &[Selector], demand: Demand) -> Demand {
    of(demand, |wish| wish.target.selectors = selectors.to_vec())
}

fn is(label: &str, value: &str) -> Selector {
    Selector { label: label.to_owned(), compare: Compare::Equal, value: Label::Text(value.to_owned()), within: None }
}

fn at_least(label: &str, value: i64) -> Selector {
    Selector { label: label.to_owned(), compare: Compare::AtLeast, value: Label::Number(value), within: None }
}

fn for_seconds(within: u64, selector: Selector) -> Selector {
    Selector { within: Some(seconds(within)), ..selector }
}

fn labelled(record: AgentRecord, lang: &str, level: i64) -> AgentRecord {
    let labels = [("lang".to_owned(), Label::Text(lang.to_owned())), ("level".to_owned(), Label::Number(level))];
    AgentRecord { labels: labels.into(), ..record }
}

/// Lets so many seconds pass since the last record.
fn pass(bench: &mut Bench, seconds: i64) -> Answer {
    bench.now += seconds * 1_000;
    bench.tick()
}

fn widened(answer: &Answer) -> Vec<String> {
    let told = |fact: &&Fact| match fact {
        Fact::SearchWidened { step, groups, anyone, selectors, .. } => {
            let groups: Vec<&str> = groups.iter().map(|group| group.as_str()).collect();
            let anyone = if *anyone { " anyone" } else { "" };
            Some(format!("{step}: {}{anyone}, {selectors} wanted", groups.join(" ")))
        }
        _ => None,
    };
    answer.facts().iter().filter_map(told).collect()
}

fn rules(answer: &Answer) -> Vec<(Rule, u32, u32)> {
    let told = |fact: &&Fact| match fact {
        Fact::AssignmentDecided { grounds, .. } => Some((grounds.rule, grounds.step, grounds.candidates)),
        _ => None,
    };
    answer.facts().iter().filter_map(told).collect()
}

#[test]
fn search_widens_ring_by_ring_at_its_instants_and_keeps_its_place() {
    let sales = rings(&[ring(20, &["service"], false), ring(60, &[], true)]);
    let agents = [record("li", 1, &["sales"]), record("wang", 1, &["service"]), record("zhao", 1, &[])];
    let mut bench =
        Bench::ruled(DeskPolicy::default(), &[("sales", sales), ("service", LanePolicy::default())], &agents);
    for name in ["li", "wang", "zhao"] {
        let _ = bench.presence(name, Away);
    }
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.1 #1"]);
    let came = bench.now;
    assert_eq!(bench.core.next_wakeup(), Some(at(came + 20_000)));
    assert!(bench.presence("zhao", Online).places().is_empty(), "only sales is asked");
    assert!(pass(&mut bench, 10).is_nothing(), "too early");
    let first = pass(&mut bench, 10);
    assert_eq!(widened(&first), ["1: sales service, 0 wanted"]);
    check(&first, &[]);
    assert_eq!(bench.core.next_wakeup(), Some(at(came + 60_000)));
    let last = pass(&mut bench, 40);
    assert_eq!(widened(&last), ["2: sales service anyone, 0 wanted"]);
    check(&last, &["1 1.2 zhao"]);
    assert_eq!(rules(&last), [(Rule::LongestIdleOfAll, 2, 1)]);
    assert_eq!(bench.core.next_wakeup(), None);
}

#[test]
fn agent_of_the_own_group_is_preferred_to_one_of_a_ring() {
    let sales = rings(&[ring(5, &["service"], false)]);
    let agents = [record("wang", 1, &["service"]), record("li", 1, &["sales"])];
    let mut bench =
        Bench::ruled(DeskPolicy::default(), &[("sales", sales), ("service", LanePolicy::default())], &agents);
    let _ = bench.presence("li", Away);
    let _ = bench.presence("wang", Away);
    let _ = bench.demand(wish(1, 1, "sales", 10));
    let _ = pass(&mut bench, 6);
    // Both come with one directory, wang the longer idle: only then can two lanes serve it at once.
    let away = [record("wang", 0, &["service"]), record("li", 0, &["sales"])];
    let groups = [("sales", rings(&[ring(5, &["service"], false)])), ("service", LanePolicy::default())];
    let _ = bench.apply_ruled(2, DeskPolicy::default(), &groups, &away);
    let _ = bench.presence("wang", Online);
    let _ = bench.presence("li", Online);
    check(&bench.apply_ruled(3, DeskPolicy::default(), &groups, &agents), &["1 1.2 li"]);
}

#[test]
fn ring_group_that_leaves_the_directory_is_no_longer_asked_and_the_session_stays() {
    let sales = rings(&[ring(5, &["service"], false)]);
    let agents = [record("li", 1, &["sales"])];
    let mut bench =
        Bench::ruled(DeskPolicy::default(), &[("sales", sales.clone()), ("service", LanePolicy::default())], &agents);
    let _ = bench.presence("li", Away);
    let _ = bench.demand(wish(1, 1, "sales", 10));
    let _ = pass(&mut bench, 6);
    let gone = bench.apply_ruled(2, DeskPolicy::default(), &[("sales", sales)], &agents);
    assert!(!gone.facts().iter().any(|fact| matches!(fact, Fact::TargetRemoved { .. })), "its own group is there");
    check(&bench.presence("li", Online), &["1 1.2 li"]);
}

#[test]
fn named_agent_has_the_session_alone_until_the_time_is_over_then_the_group_beside_is_asked_too() {
    let desk = DeskPolicy { designated_within: Some(seconds(30)), ..DeskPolicy::default() };
    let agents = [record("li", 1, &[]), record("wang", 1, &["sales"])];
    let mut bench = Bench::ruled(desk, &[("sales", LanePolicy::default())], &agents);
    let _ = bench.presence("li", Away);
    let beside = |demand| of(demand, |wish| wish.target.group = Some(group("sales")));
    check(&bench.demand(beside(wish(1, 1, "@li", 10))), &["1 1.1 #1"]);
    let left = pass(&mut bench, 30);
    assert_eq!(widened(&left), ["1: sales, 0 wanted"]);
    check(&left, &["1 1.2 wang"]);
    assert_eq!(rules(&left), [(Rule::LongestIdleOfGroup, 1, 1)]);
    check(&bench.demand(beside(wish(2, 1, "@li", 20))), &["2 1.1 #1"]);
    let _ = pass(&mut bench, 30);
    let back = bench.presence("li", Online);
    check(&back, &["2 1.2 li"]);
    assert_eq!(rules(&back), [(Rule::Designated, 1, 1)], "the agent is still asked too");
}

/// Set aside by li of sales, and wanted again.
fn returning(number: u32) -> Demand {
    let beside = |wish: &mut Wish| wish.target.group = Some(group("sales"));
    of(of(wish(number, 3, "@li", 10), beside), |wish| wish.returns = true)
}

#[test]
fn session_that_comes_back_waits_a_minute_for_the_agent_who_set_it_aside() {
    let agents = [record("li", 1, &["sales"]), record("wang", 1, &["sales"])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", LanePolicy::default())], &agents);
    let _ = bench.presence("li", Away);
    check(&bench.demand(returning(1)), &["1 3.1 #1"]);
    check(&pass(&mut bench, 59), &[]);
    check(&pass(&mut bench, 1), &["1 3.2 wang"]);
}

#[test]
fn session_whose_agent_is_gone_comes_back_to_the_group_at_once() {
    let agents = [record("li", 1, &["sales"]), record("wang", 3, &["sales"])];
    let desk = DeskPolicy { designated_within: Some(seconds(30)), ..DeskPolicy::default() };
    let mut bench = Bench::ruled(desk, &[("sales", LanePolicy::default())], &agents);
    let _ = bench.presence("li", Offline);
    check(&bench.demand(returning(1)), &["1 3.2 wang"]);
    let _ = bench.presence("li", Break);
    check(&bench.demand(returning(2)), &["2 3.2 wang"]);
    let stranger = of(returning(3), |wish| wish.target.agent = Some(agent("nobody")));
    check(&bench.demand(stranger), &["3 3.2 wang"]);
}

#[test]
fn named_agent_without_a_group_beside_is_followed_by_the_default_lane() {
    let desk = DeskPolicy { designated_within: Some(seconds(30)), ..DeskPolicy::default() };
    let mut bench = Bench::ruled(desk, &[], &[record("li", 1, &[]), record("wang", 1, &[])]);
    let _ = bench.presence("li", Away);
    check(&bench.demand(wish(1, 1, "@li", 10)), &["1 1.1 #1"]);
    check(&pass(&mut bench, 30), &["1 1.2 wang"]);
}

#[test]
fn named_agent_with_an_unknown_group_beside_is_followed_by_the_default_lane_and_that_is_told() {
    let desk = DeskPolicy { designated_within: Some(seconds(30)), ..DeskPolicy::default() };
    let mut bench = Bench::ruled(desk, &[], &[record("li", 1, &[]), record("wang", 1, &[])]);
    let _ = bench.presence("li", Away);
    let beside = of(wish(1, 1, "@li", 10), |wish| wish.target.group = Some(group("toys")));
    check(&bench.demand(beside), &["1 1.1 #1"]);
    let left = pass(&mut bench, 30);
    check(&left, &["1 1.2 wang"]);
    assert!(left.facts().iter().any(|fact| matches!(fact, Fact::TargetRemoved { .. })), "{left:?}");
}

#[test]
fn what_is_due_is_done_before_the_record_that_comes_later() {
    let sales = rings(&[ring(20, &[], true)]);
    let agents = [record("li", 1, &["sales"]), record("wang", 1, &[])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", sales)], &agents);
    let _ = bench.presence("li", Away);
    let _ = bench.presence("wang", Away);
    let _ = bench.demand(wish(1, 1, "sales", 10));
    bench.now += 20_000;
    let late = bench.demand(wish(2, 1, "", 20));
    assert_eq!(widened(&late), ["1: sales anyone, 0 wanted"], "no tick was needed");
    check(&bench.presence("wang", Online), &["1 1.2 wang"]);
}

#[test]
fn last_agent_is_waited_for_alone_and_then_anybody_of_the_group_takes_it() {
    let agents = [record("li", 1, &["sales"]), record("wang", 2, &["sales"])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", sticky(15))], &agents);
    let back = bench.demand(known_by("wang", wish(1, 1, "sales", 10)));
    check(&back, &["1 1.2 wang"]);
    assert_eq!(rules(&back), [(Rule::LastAgent, 0, 1)]);
    check(&bench.demand(wish(2, 1, "sales", 20)), &["2 1.2 li"]);
    check(&bench.demand(known_by("li", wish(3, 1, "sales", 30))), &["3 1.1 #1"]);
    let left = pass(&mut bench, 15);
    check(&left, &["3 1.2 wang"]);
    assert_eq!(rules(&left), [(Rule::LongestIdleOfGroup, 1, 1)]);
}

#[test]
fn last_agent_who_is_offline_or_serves_another_group_is_not_waited_for() {
    let agents = [record("li", 1, &["sales"]), record("wang", 1, &["sales"]), record("zhao", 1, &[])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", sticky(15))], &agents);
    let _ = bench.presence("wang", Offline);
    check(&bench.demand(known_by("wang", wish(1, 1, "sales", 10))), &["1 1.2 li"]);
    let _ = bench.demand(nobody(1, 2));
    check(&bench.demand(known_by("zhao", wish(2, 1, "sales", 20))), &["2 1.2 li"]);
    let _ = bench.demand(nobody(2, 2));
    check(&bench.demand(known_by("who", wish(3, 1, "sales", 30))), &["3 1.2 li"]);
}

#[test]
fn last_agent_who_drains_or_is_on_a_break_is_not_waited_for() {
    let agents = [record("li", 2, &["sales"]), record("wang", 2, &["sales"])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", sticky(15))], &agents);
    check(&bench.demand(known_by("wang", wish(1, 1, "sales", 10))), &["1 1.2 wang"]);
    let _ = bench.say(PresenceSaid { drain: true, ..PresenceSaid::new(agent("wang"), Online) });
    check(&bench.demand(known_by("wang", wish(2, 1, "sales", 20))), &["2 1.2 li"]);
    let _ = bench.presence("wang", Break);
    check(&bench.demand(known_by("wang", wish(3, 1, "sales", 30))), &["3 1.2 li"]);
}

#[test]
fn only_agents_who_are_what_is_wanted_get_the_session_until_it_is_given_up() {
    let agents = [
        labelled(record("li", 1, &["sales"]), "en", 3),
        labelled(record("wang", 1, &["sales"]), "zh", 1),
        labelled(record("zhao", 1, &["sales"]), "zh", 3),
    ];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", LanePolicy::default())], &agents);
    let wanted = [is("lang", "zh"), for_seconds(10, at_least("level", 2))];
    let both = bench.demand(wanting(&wanted, wish(1, 1, "sales", 10)));
    check(&both, &["1 1.2 zhao"]);
    assert_eq!(rules(&both), [(Rule::LongestIdleOfGroup, 0, 1)]);
    check(&bench.demand(wanting(&wanted, wish(2, 1, "sales", 20))), &["2 1.1 #1"]);
    let relaxed = pass(&mut bench, 10);
    assert_eq!(widened(&relaxed), ["1: sales, 1 wanted"]);
    check(&relaxed, &["2 1.2 wang"]);
    check(&bench.demand(wanting(&wanted, wish(3, 1, "sales", 30))), &["3 1.1 #1"]);
    check(&bench.demand(wish(4, 1, "sales", 40)), &["4 1.2 li"]);
}

#[test]
fn sessions_that_want_the_same_share_a_line_by_vip_and_instant() {
    let agents = [labelled(record("li", 1, &[]), "zh", 1)];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[], &agents);
    let _ = bench.presence("li", Away);
    let zh = [is("lang", "zh")];
    check(&bench.demand(wanting(&zh, wish(1, 1, "", 10))), &["1 1.1 #1"]);
    check(&bench.demand(wanting(&[is("lang", "zh"), is("lang", "zh")], wish(2, 1, "", 20))), &["2 1.1 #2"]);
    check(&bench.demand(wanting(&[for_seconds(99, is("lang", "zh"))], vip(wish(3, 1, "", 30)))), &["3 1.1 #1"]);
    check(&bench.demand(wish(4, 1, "", 5)), &["4 1.1 #1"]);
    check(&bench.presence("li", Online), &["3 1.2 li"]);
    check(&bench.demand(nobody(3, 2)), &["4 1.2 li"]);
    check(&bench.demand(nobody(4, 2)), &["1 1.2 li"]);
}

#[test]
fn label_that_an_agent_gets_or_loses_counts_at_once() {
    let mut bench = Bench::ruled(DeskPolicy::default(), &[], &[labelled(record("li", 1, &[]), "en", 1)]);
    check(&bench.demand(wanting(&[is("lang", "zh")], wish(1, 1, "", 10))), &["1 1.1 #1"]);
    let learned = [labelled(record("li", 1, &[]), "zh", 1)];
    check(&bench.apply_ruled(2, DeskPolicy::default(), &[], &learned), &["1 1.2 li"]);
}

#[test]
fn session_that_is_handed_on_does_not_go_back_to_the_same_agent_for_a_minute() {
    let mut bench = Bench::with(&["sales"], &[record("li", 1, &["sales"])]);
    let avoiding = of(wish(1, 1, "sales", 10), |wish| wish.avoid = Some(agent("li")));
    check(&bench.demand(avoiding), &["1 1.1 #1"]);
    check(&bench.demand(wish(2, 1, "sales", 20)), &["2 1.2 li"]);
    check(&bench.demand(nobody(2, 2)), &[]);
    check(&pass(&mut bench, 60), &["1 1.2 li"]);
}

#[test]
fn session_that_lost_its_agent_searches_on_from_where_it_was() {
    let sales = rings(&[ring(20, &[], true)]);
    let agents = [record("li", 1, &["sales"]), record("wang", 1, &[])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", sales)], &agents);
    let _ = bench.presence("wang", Away);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 li"]);
    let _ = bench.presence("wang", Online);
    assert!(pass(&mut bench, 30).is_nothing(), "a session with an agent does not search");
    check(&bench.presence("li", Offline), &["1 1.4 wang"]);
}
