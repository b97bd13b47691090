//! A fact in words, in the way of the demo's lines.

use serde_json::Value as Json;
use usher_domain::Target;
use usher_domain::event::{CloseReason, Fact, Rule};

use super::line::Told;

/// The line for the fact at `index`; what it means may depend on what was decided beside it.
pub(super) fn say(all: &[Told], index: usize) -> String {
    let told = &all[index];
    match &told.fact {
        Fact::SessionOpened { with_bot: true, .. } => "comes in, and is with the bot".to_owned(),
        Fact::SessionOpened { .. } => "comes in".to_owned(),
        Fact::SessionWaiting { epoch, target, vip, .. } => {
            format!("waits for {}{} (demand {epoch})", whom(target), if *vip { ", as a VIP" } else { "" })
        }
        Fact::SessionPromoted { .. } => "is a VIP from now on: before all who are not".to_owned(),
        Fact::SessionQueued { position, .. } => queued(*position),
        Fact::AssignmentDecided { agent, placement, candidates, waiting, rank, rule, revision, .. } => format!(
            "goes to {agent}: {}asked at {}, first of {waiting} in its line; {candidates} free, {}; directory {revision} \
             (placement {placement})",
            if rank.vip { "VIP, " } else { "" },
            rank.asked_at.utc(),
            rule_words(*rule),
        ),
        Fact::SessionAssigned { agent, placement, .. } => format!("is {agent}'s (placement {placement})"),
        Fact::SessionLeft { agent, .. } => left(all, told, agent.as_str()),
        Fact::SessionClosed { reason, .. } => format!("is over: {}", close_words(*reason)),
        Fact::TargetUnknown { target, .. } => {
            format!("asks for {}, whom the directory does not have: waits for anybody in no group", whom(target))
        }
        Fact::TargetRemoved { group, .. } => {
            let who = group.as_ref().map_or("the agent it asked for".to_owned(), |group| format!("group {group}"));
            format!("{who} has left the directory: waits for anybody in no group")
        }
        Fact::CommandRefused { command, reason, .. } => {
            format!("{} refused: {}", format!("{command:?}").to_lowercase(), reason.name())
        }
        _ => plain(&told.shown),
    }
}

/// A session leaves its agent by a transfer, by a close, or because the desk gives it to somebody else.
fn left(all: &[Told], told: &Told, agent: &str) -> String {
    let by = |told: &Told| told.cause.as_ref().map(|cause| (cause.topic.clone(), cause.partition, cause.offset));
    let beside = |is: fn(&Fact) -> bool| all.iter().any(|other| by(other) == by(told) && is(&other.fact));
    if beside(|fact| matches!(fact, Fact::SessionWaiting { .. })) {
        format!("{agent} hands it on")
    } else if beside(|fact| matches!(fact, Fact::SessionClosed { .. })) {
        format!("is no longer {agent}'s")
    } else {
        format!("the desk takes it from {agent}")
    }
}

fn queued(position: u32) -> String {
    match position {
        1 => "is next in its line".to_owned(),
        _ => format!("is number {position} in its line: before it VIPs, then who asked earlier"),
    }
}

/// For whom somebody waits.
pub(super) fn whom(target: &Target) -> String {
    let agent = target.agent.as_ref().map(|agent| format!("agent {agent}"));
    let group = target.group.as_ref().map(|group| format!("group {group}"));
    agent.or(group).unwrap_or("anybody in no group".to_owned())
}

const fn rule_words(rule: Rule) -> &'static str {
    match rule {
        Rule::Designated => "named by the visitor",
        Rule::LongestIdleOfGroup => "longest idle of the group",
        Rule::LongestIdleOfDefault => "longest idle of those in no group",
    }
}

const fn close_words(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Agent => "the agent closed it",
        CloseReason::Visitor => "the visitor left",
        CloseReason::Idle => "nobody said anything for too long",
        CloseReason::Refused => "the desk refused it",
    }
}

/// Any other fact by its names on the topic.
fn plain(shown: &Json) -> String {
    let name = shown["is"].as_str().unwrap_or("something").replace('_', " ");
    let fields = shown.as_object().into_iter().flatten();
    let fields = fields.filter(|(field, _)| !matches!(field.as_str(), "is" | "session"));
    fields.fold(name, |text, (field, value)| format!("{text} {field}={value}"))
}
