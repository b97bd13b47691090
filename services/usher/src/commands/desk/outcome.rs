//! What became of a supervisor's command: the cores say it on topic `events`, to this program as to any other team.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use usher_broker::{Broker, ReadFrom, ReaderHandle};
use usher_domain::event::Fact;
use usher_domain::{Body, InputId};
use usher_proto::topics::Topic;

/// How long one look takes.
const LOOK: Duration = Duration::from_millis(200);

/// What is said of one command from now on.
pub(super) struct Outcomes<R> {
    reader: R,
    id: InputId,
    /// Queues that are moved say it at their end.
    moves: bool,
}

impl<R: ReaderHandle> Outcomes<R> {
    /// To be called before the command is written, or its outcome may be missed.
    pub(super) fn listen<B: Broker<Reader = R>>(broker: &B, prefix: &str, id: InputId, moves: bool) -> Result<Self> {
        Ok(Self { reader: broker.reader(&Topic::Events.name(prefix), ReadFrom::End)?, id, moves })
    }

    /// A sentence, or an error when the command was refused or nobody has said anything about it.
    pub(super) fn wait(mut self, within: Duration) -> Result<String> {
        let until = Instant::now() + within;
        let mut begun = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            for record in self.reader.poll(500, left.min(LOOK))? {
                let fact = record.payload.as_deref().and_then(fact);
                match fact.and_then(|fact| self.outcome(fact)) {
                    Some(Said::Refused(why)) => bail!(why),
                    Some(Said::Begun(said)) if self.moves => begun = Some(said),
                    Some(Said::Begun(said) | Said::Ended(said)) => return Ok(said),
                    None => {}
                }
            }
            if left.is_zero() {
                return match begun {
                    Some(said) => Ok(format!("{said}; it goes on")),
                    None => bail!(
                        "the command is written and nobody has obeyed it within {} s; is routing running?",
                        within.as_secs()
                    ),
                };
            }
        }
    }

    fn outcome(&self, fact: Fact) -> Option<Said> {
        match fact {
            Fact::Supervised { input, what } if input == self.id => {
                Some(Said::Begun(format!("{}: done", what.command.name())))
            }
            Fact::SupervisionRefused { input, what, reason } if input == self.id => {
                Some(Said::Refused(format!("{}: refused, {}", what.command.name(), reason.name())))
            }
            Fact::QueueMoved { input, sessions, .. } if input == self.id => {
                Some(Said::Ended(format!("move: done, sessions {sessions}")))
            }
            _ => None,
        }
    }
}

enum Said {
    Begun(String),
    Ended(String),
    Refused(String),
}

fn fact(payload: &[u8]) -> Option<Fact> {
    match usher_proto::decode(payload).ok()?.body {
        Body::Event(event) => Some(event.fact),
        _ => None,
    }
}
