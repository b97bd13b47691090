//! Offers: agents are asked first, one or several at once, and what becomes of an offer however it ends.

use std::time::Duration;

use usher_domain::account::Survey;
use usher_domain::delivery::{DeliveryTarget, Order, WithdrawnReason};
use usher_domain::desk::Presence::{self, Away, Break, Busy, Offline, Online};
use usher_domain::desk::{AgentRecord, DeskAct, OfferAnswer};
use usher_domain::event::{Fact, PresenceReason, Refusal, RescindReason};
use usher_domain::policy::{DeskPolicy, LanePolicy, OfferPolicy};
use usher_domain::{Account, AccountId, Body, DeskId, Dialect, PlacementId, TenantId};

use super::bench::{Answer, Bench, agent, at, check, nobody, record, session, vip, wish};

const SECOND: i64 = 1_000;

/// Asks one agent for 20 s; a break after 3 misses, 60 s without asking again.
fn asking(at_once: u32) -> OfferPolicy {
    OfferPolicy { at_once, ..OfferPolicy::default() }
}

fn lane(offer: OfferPolicy) -> LanePolicy {
    LanePolicy { offer: Some(offer), ..LanePolicy::default() }
}

fn desk(offer: OfferPolicy) -> DeskPolicy {
    DeskPolicy { lane: lane(offer), ..DeskPolicy::default() }
}

fn bench(offer: OfferPolicy, agents: &[AgentRecord]) -> Bench {
    Bench::ruled(desk(offer), &[], agents)
}

/// `a`, `b`, … of this capacity, in no group.
fn staff(names: &[&str], capacity: u32) -> Vec<AgentRecord> {
    names.iter().map(|name| record(name, capacity, &[])).collect()
}

impl Bench {
    pub(super) fn says(&mut self, name: &str, number: u32, placement: &str, accepts: bool) -> Answer {
        let account = Account {
            tenant: TenantId::new("t"),
            account: AccountId::new("account"),
            dialect: Dialect::Native,
            desk: DeskId::new("d"),
            default_group: None,
            bot: None,
            survey: Survey::default(),
            collected: false,
            weight: 1,
            priority: 0,
            sms: None,
        };
        let placement = placement.parse().expect("a placement");
        let (session, agent) = (session(number), agent(name));
        self.act(DeskAct::Answer(Box::new(OfferAnswer { account, session, agent, placement, accepts })))
    }

    fn accepts(&mut self, name: &str, number: u32, placement: &str) -> Answer {
        self.says(name, number, placement, true)
    }

    fn declines(&mut self, name: &str, number: u32, placement: &str) -> Answer {
        self.says(name, number, placement, false)
    }

    /// Waits so many seconds and ticks whenever something is due: the places that were told.
    fn waits(&mut self, seconds: i64) -> Vec<String> {
        let until = self.now + seconds * SECOND;
        self.wait_until(until).iter().flat_map(Answer::places).collect()
    }
}

/// Why the offer before the only placement of an answer stands no longer.
fn withdrawn(answer: &Answer) -> Option<WithdrawnReason> {
    let [placement] = answer.placements()[..] else { panic!("one placement was expected: {answer:?}") };
    placement.withdrawn
}

#[track_caller]
fn refused(answer: &Answer, name: &str) {
    check(answer, &[]);
    assert!(answer.0.changes.is_empty(), "{answer:?}");
    let order = answer.0.bodies.iter().find_map(|body| if let Body::Delivery(told) = body { Some(told) } else { None });
    let order = order.expect("the workspace is told");
    let workspace = DeliveryTarget::Workspace { desk: DeskId::new("d"), agent: Some(agent(name)) };
    assert_eq!(order.target, workspace);
    assert!(matches!(order.order, Order::Refused { reason: Refusal::OfferGone, .. }), "{order:?}");
    assert!(matches!(answer.facts()[..], [Fact::CommandRefused { reason: Refusal::OfferGone, .. }]));
}

#[test]
fn session_is_the_agents_only_once_they_accept() {
    let mut bench = bench(asking(1), &staff(&["a"], 1));
    let offered = bench.demand(wish(1, 1, "", 10));
    check(&offered, &["1 1.2 asking a"]);
    let until = at(bench.now + 20 * SECOND);
    let placement = PlacementId { epoch: 1, turn: 2 };
    assert!(
        matches!(offered.facts().last(), Some(Fact::OfferMade { agent: asked, placement: named, until: told, grounds, .. })
            if *asked == agent("a") && *named == placement && *told == until && grounds.candidates == 1),
        "{offered:?}"
    );
    let accepted = bench.accepts("a", 1, "1.2");
    check(&accepted, &["1 1.3 a"]);
    let told = Fact::OfferAccepted { session: session(1), agent: agent("a"), placement };
    assert_eq!(accepted.facts(), [&told]);
    assert_eq!(bench.core.next_wakeup(), None, "nothing is due any more");
}

#[test]
fn queue_that_does_not_ask_assigns_beside_one_that_does() {
    let agents = [record("a", 1, &["sales"]), record("b", 1, &["help"])];
    let groups = [("sales", lane(asking(1))), ("help", LanePolicy::default())];
    let mut bench = Bench::ruled(DeskPolicy::default(), &groups, &agents);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 asking a"]);
    check(&bench.demand(wish(2, 1, "help", 10)), &["2 1.2 b"]);
}

#[test]
fn offer_takes_capacity_like_a_session() {
    let mut bench = bench(asking(1), &staff(&["a"], 2));
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 asking a"]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.2 asking a"]);
    check(&bench.demand(wish(3, 1, "", 30)), &["3 1.1 #1"]);
    check(&bench.declines("a", 1, "1.2"), &["1 1.3 #1", "3 1.2 asking a"]);
    check(&bench.accepts("a", 2, "1.2"), &["2 1.3 a"]);
}

#[test]
fn declined_offer_goes_to_the_next_agent_and_keeps_its_place() {
    let mut bench = bench(asking(1), &staff(&["a", "b"], 1));
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 asking a"]);
    let declined = bench.declines("a", 1, "1.2");
    check(&declined, &["1 1.4 asking b"]);
    assert_eq!(withdrawn(&declined), Some(WithdrawnReason::Declined));
    check(&bench.demand(wish(2, 1, "", 5)), &["2 1.2 asking a"]);
    check(&bench.declines("b", 1, "1.4"), &["1 1.5 #1"]);
    check(&bench.demand(wish(3, 1, "", 20)), &["3 1.2 asking b"]);
    check(&bench.demand(wish(4, 1, "", 15)), &["4 1.1 #2"]);
}

#[test]
fn declined_by_all_it_waits_until_a_back_off_ends_and_asks_again() {
    let mut bench = bench(asking(1), &staff(&["a", "b"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    check(&bench.declines("a", 1, "1.2"), &["1 1.4 asking b"]);
    check(&bench.declines("b", 1, "1.4"), &["1 1.5 #1"]);
    assert!(bench.waits(59).is_empty(), "nobody is asked before a minute is over");
    assert_eq!(bench.waits(1), ["1 1.6 asking a"]);
}

#[test]
fn unanswered_offer_goes_on_when_its_time_is_over() {
    let mut bench = bench(asking(1), &staff(&["a", "b"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    let until = bench.now + 20 * SECOND;
    let answers = bench.wait_until(until);
    let [expired] = &answers[..] else { panic!("one step was expected: {answers:?}") };
    check(expired, &["1 1.4 asking b"]);
    assert_eq!(withdrawn(expired), Some(WithdrawnReason::Expired));
    let placement = PlacementId { epoch: 1, turn: 2 };
    let told = Fact::OfferExpired { session: session(1), agent: agent("a"), placement, misses: 1 };
    assert!(expired.facts().contains(&&told), "{expired:?}");
    refused(&bench.accepts("a", 1, "1.2"), "a");
    check(&bench.accepts("b", 1, "1.4"), &["1 1.5 b"]);
}

#[test]
fn answer_at_the_end_of_the_time_comes_too_late() {
    let mut bench = bench(asking(1), &staff(&["a"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    bench.now += 20 * SECOND - 1;
    let late = bench.accepts("a", 1, "1.2");
    check(&late, &["1 1.3 #1"]);
    assert!(late.facts().iter().any(|fact| matches!(fact, Fact::CommandRefused { .. })), "{late:?}");
    assert!(late.facts().iter().any(|fact| matches!(fact, Fact::OfferExpired { .. })), "{late:?}");
}

#[test]
fn repeated_accept_of_the_same_agent_is_no_error_and_changes_nothing() {
    let mut bench = bench(asking(2), &staff(&["a", "b"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    check(&bench.accepts("a", 1, "1.2"), &["1 1.3 a"]);
    let again = bench.accepts("a", 1, "1.2");
    assert!(matches!(again.facts()[..], [Fact::InputRepeated { .. }]) && again.0.bodies.len() == 1, "{again:?}");
    assert!(again.0.changes.is_empty());
    refused(&bench.accepts("b", 1, "1.2"), "b");
    refused(&bench.declines("a", 1, "1.2"), "a");
}

#[test]
fn answers_that_name_another_offer_are_refused() {
    let mut bench = bench(asking(1), &staff(&["a", "b"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    refused(&bench.accepts("b", 1, "1.2"), "b");
    refused(&bench.accepts("a", 1, "1.1"), "a");
    refused(&bench.accepts("a", 1, "1.3"), "a");
    refused(&bench.declines("a", 1, "2.2"), "a");
    refused(&bench.accepts("a", 2, "1.2"), "a");
    check(&bench.accepts("a", 1, "1.2"), &["1 1.3 a"]);
}

#[test]
fn of_several_who_are_asked_the_first_who_accepts_has_it() {
    let mut bench = bench(asking(2), &staff(&["a", "b", "c"], 1));
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 asking a, b"]);
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.2 asking c"]);
    let accepted = bench.accepts("b", 1, "1.2");
    let placement = PlacementId { epoch: 1, turn: 2 };
    let reason = RescindReason::Taken;
    let rescinded = Fact::OfferRescinded { session: session(1), agent: agent("a"), placement, reason };
    assert!(accepted.facts().contains(&&rescinded), "{accepted:?}");
    check(&accepted, &["1 1.3 b"]);
    check(&bench.demand(wish(3, 1, "", 30)), &["3 1.2 asking a"]);
}

#[test]
fn one_of_several_who_declines_leaves_the_offer_to_the_others() {
    let mut bench = bench(asking(2), &staff(&["a", "b"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    check(&bench.declines("a", 1, "1.2"), &[]);
    refused(&bench.accepts("a", 1, "1.2"), "a");
    check(&bench.demand(wish(2, 1, "", 20)), &["2 1.2 asking a"]);
    check(&bench.accepts("b", 1, "1.2"), &["1 1.3 b"]);
}

#[test]
fn session_waits_again_when_the_last_of_several_declines() {
    let mut bench = bench(asking(2), &staff(&["a", "b"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    check(&bench.declines("a", 1, "1.2"), &[]);
    check(&bench.declines("b", 1, "1.2"), &["1 1.3 #1"]);
}

#[test]
fn agent_goes_on_a_break_after_so_many_misses_in_a_row() {
    let never_again = Duration::from_secs(1);
    let mut bench = bench(OfferPolicy { back_off: never_again, ..asking(1) }, &staff(&["a"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    let until = bench.now + 200 * SECOND;
    let answers = bench.wait_until(until);
    let facts: Vec<&Fact> = answers.iter().flat_map(Answer::facts).collect();
    let missed = facts.iter().filter(|fact| matches!(fact, Fact::OfferExpired { .. })).count();
    assert_eq!(missed, 3, "{facts:?}");
    let reason = PresenceReason::MissedOffers;
    assert!(facts.contains(&&Fact::AgentPresence { agent: agent("a"), presence: Break, reason }), "{facts:?}");
    check(&bench.presence("a", Online), &["1 1.8 asking a"]);
    let until = bench.now + 20 * SECOND;
    let answers = bench.wait_until(until);
    let facts: Vec<&Fact> = answers.iter().flat_map(Answer::facts).collect();
    assert!(facts.iter().any(|fact| matches!(fact, Fact::OfferExpired { misses: 1, .. })), "counted anew: {facts:?}");
}

#[test]
fn an_answer_ends_a_row_of_misses() {
    let soon = Duration::from_secs(1);
    let policy = OfferPolicy { back_off: soon, misses_max: Some(2), ..asking(1) };
    for accepts in [true, false] {
        let mut bench = bench(policy, &staff(&["a"], 2));
        let _ = bench.demand(wish(1, 1, "", 10));
        assert_eq!(bench.waits(21), ["1 1.3 #1", "1 1.4 asking a"]);
        let _ = bench.says("a", 1, "1.4", accepts);
        let _ = bench.demand(wish(2, 1, "", 20));
        let until = bench.now + 20 * SECOND;
        let answers = bench.wait_until(until);
        let facts: Vec<&Fact> = answers.iter().flat_map(Answer::facts).collect();
        assert!(facts.iter().any(|fact| matches!(fact, Fact::OfferExpired { misses: 1, .. })), "{facts:?}");
        assert!(!facts.iter().any(|fact| matches!(fact, Fact::AgentPresence { .. })), "{facts:?}");
    }
}

#[test]
fn agent_who_is_no_longer_online_is_asked_no_more() {
    for (presence, reason) in [
        (Busy, RescindReason::NotOnline),
        (Away, RescindReason::NotOnline),
        (Break, RescindReason::NotOnline),
        (Offline, RescindReason::Offline),
    ] {
        let mut bench = bench(asking(1), &staff(&["a", "b"], 1));
        let _ = bench.demand(wish(1, 1, "", 10));
        let gone = bench.presence("a", presence);
        check(&gone, &["1 1.4 asking b"]);
        assert_eq!(withdrawn(&gone), Some(WithdrawnReason::Rescinded));
        let placement = PlacementId { epoch: 1, turn: 2 };
        let told = Fact::OfferRescinded { session: session(1), agent: agent("a"), placement, reason };
        assert!(gone.facts().contains(&&told), "{gone:?}");
        refused(&bench.accepts("a", 1, "1.2"), "a");
        check(&bench.presence("a", Presence::Online), &[]);
        check(&bench.declines("b", 1, "1.4"), &["1 1.6 asking a"]);
    }
}

#[test]
fn agent_who_leaves_the_directory_is_asked_no_more() {
    let agents = staff(&["a", "b"], 1);
    let mut bench = bench(asking(1), &agents);
    let _ = bench.demand(wish(1, 1, "", 10));
    let applied = bench.apply_ruled(2, desk(asking(1)), &[], &agents[1..]);
    check(&applied, &["1 1.4 asking b"]);
    let reason = RescindReason::Removed;
    let placement = PlacementId { epoch: 1, turn: 2 };
    let told = Fact::OfferRescinded { session: session(1), agent: agent("a"), placement, reason };
    assert!(applied.facts().contains(&&told), "{applied:?}");
}

#[test]
fn nothing_is_taken_back_when_capacity_is_lowered_or_the_group_is_lost() {
    let mut bench = bench(asking(1), &[record("a", 2, &[])]);
    check(&bench.demand(wish(1, 1, "", 10)), &["1 1.2 asking a"]);
    check(&bench.apply_ruled(2, desk(asking(1)), &[], &[record("a", 0, &["sales"])]), &[]);
    check(&bench.accepts("a", 1, "1.2"), &["1 1.3 a"]);
}

#[test]
fn group_that_is_removed_meanwhile_is_found_gone_when_the_session_waits_again() {
    let agents = [record("a", 1, &["sales"]), record("b", 1, &[])];
    let mut bench = Bench::ruled(DeskPolicy::default(), &[("sales", lane(asking(1)))], &agents);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 asking a"]);
    check(&bench.apply_ruled(2, DeskPolicy::default(), &[], &agents), &[]);
    check(&bench.declines("a", 1, "1.2"), &["1 1.4 b"]);
}

#[test]
fn another_demand_takes_the_offer_back() {
    for other in [wish(1, 2, "@b", 10), nobody(1, 2), nobody(1, 1)] {
        let mut bench = bench(asking(1), &staff(&["a", "b"], 1));
        let _ = bench.demand(wish(1, 1, "", 10));
        let overtaken = bench.demand(other);
        let placement = PlacementId { epoch: 1, turn: 2 };
        let reason = RescindReason::Overtaken;
        let told = Fact::OfferRescinded { session: session(1), agent: agent("a"), placement, reason };
        assert!(overtaken.facts().contains(&&told), "{overtaken:?}");
        refused(&bench.accepts("a", 1, "1.2"), "a");
        check(&bench.demand(wish(2, 1, "@a", 20)), &["2 1.2 asking a"]);
    }
}

#[test]
fn vip_mark_given_while_offered_counts_when_the_session_waits_again() {
    let mut bench = bench(asking(1), &staff(&["a"], 1));
    let _ = bench.demand(wish(1, 1, "", 10));
    check(&bench.demand(wish(2, 1, "", 5)), &["2 1.1 #1"]);
    check(&bench.demand(vip(wish(1, 1, "", 10))), &[]);
    check(&bench.presence("a", Busy), &["1 1.3 #1"]);
    check(&bench.presence("a", Online), &["1 1.4 asking a"]);
}

#[test]
fn agent_who_is_named_is_asked_too() {
    let mut bench = bench(asking(2), &staff(&["a", "b"], 1));
    check(&bench.demand(wish(1, 1, "@b", 10)), &["1 1.2 asking b"]);
    check(&bench.declines("b", 1, "1.2"), &["1 1.3 #1"]);
}

#[test]
fn nothing_is_withdrawn_where_nobody_was_asked() {
    let mut bench = bench(asking(1), &staff(&["a"], 1));
    bench.presence("a", Away);
    bench.demand(wish(1, 1, "", 10));
    assert_eq!(withdrawn(&bench.demand(wish(1, 2, "", 10))), None);
}

#[test]
fn no_more_than_twenty_are_asked_at_once_whatever_the_directory_says() {
    let names: Vec<String> = (10..40).map(|number| format!("a{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let offered = bench(asking(u32::MAX), &staff(&names, 1)).demand(wish(1, 1, "", 10));
    let made = |fact: &&&Fact| matches!(fact, Fact::OfferMade { .. });
    assert_eq!(offered.facts().iter().filter(made).count(), 20);
}

#[test]
fn who_leaves_the_group_while_they_are_asked_may_still_accept() {
    let lanes = [("sales", lane(asking(1))), ("help", LanePolicy::default())];
    let mut bench = Bench::ruled(DeskPolicy::default(), &lanes, &[record("a", 1, &["sales"])]);
    check(&bench.demand(wish(1, 1, "sales", 10)), &["1 1.2 asking a"]);
    check(&bench.apply_ruled(2, DeskPolicy::default(), &lanes, &[record("a", 1, &["help"])]), &[]);
    check(&bench.accepts("a", 1, "1.2"), &["1 1.3 a"]);
}
