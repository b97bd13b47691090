//! The demo's timeline: one line for each thing that happens, in colour on a terminal, readable in a log.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use usher_domain::event::{Fact, Grounds, Outcome, OutcomeReason, Subject};
use usher_domain::receipt::Leg;
use usher_domain::{ConversationId, Event, MessageId};

/// Who speaks in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Voice {
    /// The scenario: what somebody outside does.
    Outside,
    /// usher, as its events say.
    Usher,
    /// What arrived outside.
    Arrived,
    /// A heading.
    Act,
    /// What should have happened and did not.
    Wrong,
}

/// Prints lines as things happen; cheap to clone, quiet when it is told so.
#[derive(Clone)]
pub struct Timeline(Arc<Shared>);

struct Shared {
    began: Instant,
    colour: bool,
    quiet: bool,
    names: Mutex<Names>,
}

#[derive(Default)]
struct Names {
    conversations: BTreeMap<ConversationId, String>,
    messages: BTreeMap<MessageId, String>,
}

impl Timeline {
    /// A timeline on standard output.
    pub fn on_stdout() -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self::with(colour, false)
    }

    /// A timeline that prints nothing.
    pub fn quiet() -> Self {
        Self::with(false, true)
    }

    fn with(colour: bool, quiet: bool) -> Self {
        Self(Arc::new(Shared { began: Instant::now(), colour, quiet, names: Mutex::default() }))
    }

    /// From now on this conversation is called so.
    pub fn name_conversation(&self, id: ConversationId, name: &str) {
        self.names().conversations.insert(id, name.to_owned());
    }

    /// From now on this message is called so.
    pub fn name_message(&self, id: MessageId, name: &str) {
        self.names().messages.insert(id, name.to_owned());
    }

    /// Prints one line.
    pub fn say(&self, voice: Voice, line: &str) {
        if self.0.quiet {
            return;
        }
        let (label, colour) = match voice {
            Voice::Outside => ("      →", "36"),
            Voice::Usher => ("  usher", "0"),
            Voice::Arrived => ("      ←", "32"),
            Voice::Act => ("", "1"),
            Voice::Wrong => ("  wrong", "31"),
        };
        let seconds = self.0.began.elapsed().as_secs_f32();
        let text = if voice == Voice::Act { format!("\n{line}") } else { format!("{seconds:6.2} s {label}  {line}") };
        let mut out = std::io::stdout().lock();
        // A closed standard output ends the showing, not the checking.
        let _ = if self.0.colour { writeln!(out, "\x1b[{colour}m{text}\x1b[0m") } else { writeln!(out, "{text}") };
    }

    /// Prints an event, where it is one that a reader of the story wants to see.
    pub fn fact(&self, event: &Event) {
        if let Some(line) = self.names().tell(event) {
            self.say(Voice::Usher, &line);
        }
    }

    fn names(&self) -> std::sync::MutexGuard<'_, Names> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names {
    fn conversation(&self, id: ConversationId) -> &str {
        self.conversations.get(&id).map_or("somebody", String::as_str)
    }

    fn message(&self, id: MessageId) -> &str {
        self.messages.get(&id).map_or("a message", String::as_str)
    }

    fn tell(&self, event: &Event) -> Option<String> {
        let who = match &event.subject {
            Subject::Conversation(id) => self.conversation(*id),
            Subject::Desk(_) | Subject::Account(_) => "",
        };
        match &event.fact {
            Fact::SessionOpened { with_bot: true, .. } => Some(format!("{who} is with the bot")),
            Fact::SessionWaiting { target, vip, .. } => {
                let agent = target.agent.as_ref().map(|agent| format!("agent {agent}"));
                let group = target.group.as_ref().map(|group| format!("group {group}"));
                let whom = agent.or(group).unwrap_or("anybody in no group".to_owned());
                Some(format!("{who} waits for {whom}{}", if *vip { ", as a VIP" } else { "" }))
            }
            Fact::SessionQueued { position, .. } => Some(format!("{who} is number {position} in line")),
            Fact::SessionAssigned { agent, .. } => Some(format!("{who} is {agent}'s now")),
            Fact::SessionClosed { reason, .. } => {
                Some(format!("{who}'s session is over ({})", format!("{reason:?}").to_lowercase()))
            }
            Fact::AssignmentDecided { session, agent, grounds, .. } => {
                let Grounds { candidates, waiting, rank, rule, revision, .. } = grounds;
                let vip = if rank.vip { "VIP, " } else { "" };
                let rule = rule.words();
                let who = self.conversation(session.conversation);
                Some(format!(
                    "{who} goes to {agent}: {vip}first of {waiting} in line; {candidates} free, {rule}; directory {revision}"
                ))
            }
            Fact::OfferMade { session, agent, grounds, .. } => {
                let (who, candidates) = (self.conversation(session.conversation), grounds.candidates);
                Some(format!("{agent} is asked whether they take {who}; {candidates} free"))
            }
            Fact::OfferAccepted { session, agent, .. } => {
                Some(format!("{agent} takes {}", self.conversation(session.conversation)))
            }
            Fact::OfferDeclined { session, agent, .. } => {
                Some(format!("{agent} does not take {}", self.conversation(session.conversation)))
            }
            Fact::OfferExpired { session, agent, .. } => {
                Some(format!("{agent} has not answered for {}", self.conversation(session.conversation)))
            }
            Fact::MessageRevoking { message } => {
                Some(format!("the fate of {} is unknown: taking it back", self.message(*message)))
            }
            Fact::MessageOutcome { message, outcome, reason } => Some(format!(
                "{}: {}, because {}",
                self.message(*message),
                outcome_words(*outcome),
                reason_words(*reason)
            )),
            Fact::DuplicateDelivered { message } => {
                Some(format!("{} was delivered after its SMS: flagged, nothing more", self.message(*message)))
            }
            Fact::MessageStatus { message, leg: Leg::Sms, status } => {
                let status = format!("{status:?}").to_lowercase();
                Some(format!("the SMS for {} is {status}", self.message(*message)))
            }
            Fact::InputForwarded { to, .. } => Some(format!("{who} answers {}: brought there", self.conversation(*to))),
            Fact::SubscriptionChanged { opted_out: true } => {
                Some(format!("{who} wants no SMS instead and no promotion any more"))
            }
            Fact::CommandRefused { command, reason, .. } => {
                Some(format!("{who}: {command:?} refused: {}", reason.name()))
            }
            Fact::DirectoryApplied { revision, agents, groups } => {
                Some(format!("directory {revision} in force: {agents} agents, {groups} groups"))
            }
            Fact::AgentPresence { agent, presence, .. } => Some(format!("{agent} is {}", presence.name())),
            _ => None,
        }
    }
}

const fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "delivered, no SMS",
        Outcome::FellBack => "an SMS goes out instead",
        Outcome::FellBackAtRisk => "an SMS goes out, at risk of being a second copy",
        Outcome::Suppressed => "silence, by policy",
        Outcome::Failed => "failed",
    }
}

const fn reason_words(reason: OutcomeReason) -> &'static str {
    match reason {
        OutcomeReason::Receipt => "it was reported so in time",
        OutcomeReason::NotReachable => "the channel can not reach the visitor",
        OutcomeReason::TtlRevoked => "the provider took it back at its deadline",
        OutcomeReason::NeverSubmitted => "it was never submitted",
        OutcomeReason::Critical => "its fate is unknown and a code can not wait",
        OutcomeReason::Revoked => "the revoke was answered 200 and no report came",
        OutcomeReason::NoEvidence => "no evidence came in the grace",
        OutcomeReason::OptedOut => "the visitor has opted out",
        OutcomeReason::NoNumber => "there is no phone number",
        OutcomeReason::FallbackOff => "fallback is off",
        OutcomeReason::Recalled => "its sender took it back",
        OutcomeReason::NoText => "it has nothing that an SMS could say",
    }
}
