//! A fact in words, in the way of the demo's lines.

use serde_json::Value as Json;
use usher_domain::event::{CloseReason, Fact, Grounds, PresenceReason, RescindReason, Rule};
use usher_domain::place::RefusedReason;
use usher_domain::policy::Exception;
use usher_domain::supervision::Supervised;
use usher_domain::{GroupId, Target};

use super::told::{Side, Told};
use crate::line::Line;

/// The line for the fact at `index`; what it means may depend on what was decided beside it. `None` where another fact
/// says the same.
pub(super) fn say(all: &[Told], index: usize) -> Option<String> {
    let told = &all[index];
    Some(match &told.fact {
        Fact::SessionOpened { with_bot: true, .. } => "comes in, and is with the bot".to_owned(),
        Fact::SessionOpened { .. } => "comes in".to_owned(),
        Fact::SessionWaiting { epoch, target, vip, .. } => {
            format!("waits for {}{} (demand {epoch})", whom(target), if *vip { ", as a VIP" } else { "" })
        }
        Fact::SessionPromoted { .. } if told.side == Side::Desk => return None,
        Fact::SessionPromoted { .. } => "is a VIP from now on: before all who are not".to_owned(),
        Fact::SessionQueued { position, .. } => queued(*position),
        Fact::SessionAssigned { agent, placement, .. } => format!("is {agent}'s (placement {placement})"),
        Fact::SessionLeft { agent, .. } => left(all, told, agent.as_str()),
        Fact::SessionClosed { reason, .. } => format!("is over: {}", close_words(*reason)),
        Fact::CommandRefused { command, reason, .. } => {
            format!("{} refused: {}", format!("{command:?}").to_lowercase(), reason.name())
        }
        Fact::SessionOnHold { agent, .. } => format!("{agent} sets it aside until the visitor writes"),
        Fact::FirstReplyLate { agent, requeues, .. } => {
            let then = if *requeues { ": it waits again, for somebody else" } else { "" };
            format!("{agent} has not answered in time{then}")
        }
        Fact::VisitorReminded { .. } => "its visitor is silent, and was reminded".to_owned(),
        Fact::SessionConsulted { agent, by, .. } => format!("{by} has asked {agent} to read along"),
        Fact::ConsultEnded { agent, .. } => format!("{agent} reads along no longer"),
        Fact::MessageInvited { reason, .. } => {
            format!("nobody takes it ({}): its visitor may leave a message", reason.name())
        }
        Fact::MessageLeft { .. } => "its visitor has left a message for later".to_owned(),
        Fact::SurveyInvited { .. } => "its visitor was asked what they think of it".to_owned(),
        _ => return of_desk(told),
    })
}

/// What the desk says.
fn of_desk(told: &Told) -> Option<String> {
    Some(match &told.fact {
        // The conversation has said whom it asks for, and the desk what it could not give.
        Fact::SessionEntered { .. } | Fact::SessionEnded { .. } => return None,
        Fact::AssignmentDecided { agent, placement, grounds, .. } => {
            let (why, revision) = (why(grounds), grounds.revision);
            format!("goes to {agent}: {why}; directory {revision} (placement {placement})")
        }
        Fact::OfferMade { agent, placement, until, grounds, .. } => {
            let (why, revision) = (why(grounds), grounds.revision);
            format!("{agent} is asked until {}: {why}; directory {revision} (placement {placement})", until.utc())
        }
        Fact::OfferAccepted { agent, placement, .. } => format!("{agent} takes it (placement {placement})"),
        Fact::OfferDeclined { agent, .. } => format!("{agent} does not take it"),
        Fact::OfferExpired { agent, misses, .. } => format!("{agent} has not answered: the {} in a row", nth(*misses)),
        Fact::OfferRescinded { agent, reason, .. } => {
            format!("{agent} need not answer any more: {}", rescind_words(*reason))
        }
        Fact::TargetUnknown { target, .. } => {
            format!("asks for {}, whom the directory does not have: waits for anybody in no group", whom(target))
        }
        Fact::TargetRemoved { group, .. } => {
            let who = group.as_ref().map_or("the agent it asked for".to_owned(), |group| format!("group {group}"));
            format!("{who} has left the directory: waits for anybody in no group")
        }
        Fact::SessionRefused { placement, group, reason, waiting, then, .. } => {
            let line = group.as_ref().map_or("its line".to_owned(), |group| format!("the line of {group}"));
            let (why, then) = (refused_words(*reason), exception_words(then));
            format!("{line} does not take it: {why}; {waiting} wait there; {then} (placement {placement})")
        }
        Fact::SessionTakenBack { agent, reason, .. } => {
            format!("is taken from {agent}, {}: waits again, at its old place", presence_words(*reason))
        }
        Fact::AgentWrapsUp { agent, until, .. } => format!("{agent} writes notes about it until {}", until.utc()),
        Fact::SearchWidened { step, groups, anyone, selectors, .. } => widened(*step, groups, *anyone, *selectors),
        Fact::SessionMoved { line, .. } => format!("is moved to the line of {}, at its old place in time", whom(line)),
        Fact::Supervised { what, .. } => format!("{} {}", by(what), what.command.name()),
        Fact::SupervisionRefused { what, reason, .. } => {
            format!("{} {}: refused, {}", by(what), what.command.name(), reason.name())
        }
        _ => plain(&told.shown()),
    })
}

const fn refused_words(reason: RefusedReason) -> &'static str {
    match reason {
        RefusedReason::QueueFull => "as many wait as may",
        RefusedReason::OffHours => "it is closed",
        RefusedReason::WaitLimit => "it has waited as long as it may",
    }
}

fn exception_words(then: &Exception) -> String {
    match then {
        Exception::Close { .. } => "it is closed".to_owned(),
        Exception::LeaveMessage { .. } => "its visitor may leave a message".to_owned(),
        Exception::Sms { .. } => "its visitor gets an SMS".to_owned(),
        Exception::Overflow { group } => format!("it waits for {group} instead"),
    }
}

fn by(what: &Supervised) -> String {
    format!("supervisor {} ({}):", printable(&what.warrant.by), printable(what.warrant.why.as_str()))
}

/// Somebody's own words, for a terminal that would obey their control characters.
fn printable(text: &str) -> String {
    let show = |one: char| if one.is_control() { one.escape_default().to_string() } else { one.to_string() };
    text.chars().map(show).collect()
}

/// Why it was this session's turn, and why this agent.
fn why(grounds: &Grounds) -> String {
    let Grounds { candidates, waiting, rank, rule, group, step, .. } = grounds;
    let vip = if rank.vip { "VIP, " } else { "" };
    let priority = if rank.priority > 0 { format!("priority {}, ", rank.priority) } else { String::new() };
    let (vip, asked) = (format!("{priority}{vip}"), rank.asked_at.utc());
    if *rule == Rule::Supervisor {
        return format!("{vip}asked at {asked}; a supervisor wants it so");
    }
    let beside = group.as_ref().map_or(String::new(), |group| format!(" ({group})"));
    let rule = rule.words();
    let step = if *step > 0 { format!(", at step {step} of its search") } else { String::new() };
    let first = if rank.in_turn { "whose turn it is after so many VIPs," } else { "first" };
    format!("{vip}asked at {asked}, {first} of {waiting} in its line; {candidates} free, {rule}{beside}{step}")
}

/// A session leaves its agent by a transfer, by a close, or because the desk gives it to somebody else.
fn left(all: &[Told], told: &Told, agent: &str) -> String {
    let by = |told: &Told| told.cause.as_ref().map(|cause| (cause.topic.clone(), cause.partition, cause.offset));
    let beside = |is: fn(&Fact) -> bool| all.iter().any(|other| by(other) == by(told) && is(&other.fact));
    if beside(|fact| matches!(fact, Fact::FirstReplyLate { .. })) {
        format!("is no longer {agent}'s, who has not answered in time")
    } else if beside(|fact| matches!(fact, Fact::SessionOnHold { .. })) {
        format!("{agent} sets it aside until the visitor writes")
    } else if beside(|fact| matches!(fact, Fact::SessionWaiting { .. })) {
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

fn widened(step: u32, groups: &[GroupId], anyone: bool, selectors: u32) -> String {
    let mut places: Vec<String> = groups.iter().map(|group| format!("group {group}")).collect();
    places.extend(anyone.then(|| "anybody".to_owned()));
    let places = if places.is_empty() { "anybody in no group".to_owned() } else { places.join(", ") };
    let wishes = match selectors {
        0 => String::new(),
        1 => ", with 1 wish".to_owned(),
        count => format!(", with {count} wishes"),
    };
    format!("step {step} of its search: waits for {places}{wishes}")
}

/// For whom somebody waits.
fn whom(target: &Target) -> String {
    Line::of(target).to_string()
}

fn nth(number: u32) -> String {
    match number {
        1 => "1st".to_owned(),
        2 => "2nd".to_owned(),
        3 => "3rd".to_owned(),
        _ => format!("{number}th"),
    }
}

const fn close_words(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Agent => "the agent closed it",
        CloseReason::Visitor => "the visitor left",
        CloseReason::Idle => "nobody said anything for too long",
        CloseReason::Refused => "the desk refused it",
        CloseReason::Supervisor => "a supervisor closed it",
    }
}

const fn rescind_words(reason: RescindReason) -> &'static str {
    match reason {
        RescindReason::Taken => "another agent has taken it",
        RescindReason::Overtaken => "it asks for somebody else, or for nobody",
        RescindReason::NotOnline => "they take no sessions now",
        RescindReason::Offline => "they are offline",
        RescindReason::Removed => "they left the directory",
        RescindReason::Supervisor => "a supervisor decided otherwise",
    }
}

const fn presence_words(reason: PresenceReason) -> &'static str {
    match reason {
        PresenceReason::Said => "who is offline",
        PresenceReason::LeaseLost => "whose workspace has gone silent",
        PresenceReason::MissedOffers => "who did not answer offers",
        PresenceReason::Drained => "who has ended",
        PresenceReason::Supervisor => "as a supervisor wants",
        PresenceReason::Removed => "who left the directory",
    }
}

/// Any other fact by its names on the topic.
fn plain(shown: &Json) -> String {
    let name = shown["is"].as_str().unwrap_or("something").replace('_', " ");
    let fields = shown.as_object().into_iter().flatten();
    let fields = fields.filter(|(field, _)| !matches!(field.as_str(), "is" | "session"));
    fields.fold(name, |text, (field, value)| format!("{text} {field}={value}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_terminal_would_obey_is_printed_as_letters() {
        assert_eq!(super::printable("好, a\u{1b}[2J\nb"), "好, a\\u{1b}[2J\\nb");
    }
}
