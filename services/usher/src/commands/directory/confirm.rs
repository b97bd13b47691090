//! Whether a desk took a directory: it says so on topic `events`, to this program as to any other team.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use usher_broker::{Broker, ReadFrom, ReaderHandle};
use usher_domain::desk::DeskAct;
use usher_domain::event::{Fact, Subject};
use usher_domain::{Body, DeskInput, Event};
use usher_proto::topics::Topic;

/// What desks say from now on.
pub(super) struct Answers<R>(R);

impl<R: ReaderHandle> Answers<R> {
    /// To be called before a directory is published, or its answer may be missed.
    pub(super) fn listen<B: Broker<Reader = R>>(broker: &B, prefix: &str) -> Result<Self> {
        Ok(Self(broker.reader(&Topic::Events.name(prefix), ReadFrom::End)?))
    }

    /// Waits for the desk's word on the directory that `applied` puts in force: a sentence with its numbers, or an
    /// error when the desk refused it or said nothing.
    pub(super) fn wait(mut self, applied: &DeskInput, within: Duration) -> Result<String> {
        let until = Instant::now() + within;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            for record in self.0.poll(500, left.min(Duration::from_millis(200)))? {
                let event = record.payload.as_deref().and_then(event);
                if let Some(answer) = event.and_then(|event| answer(&event, applied)) {
                    return answer;
                }
            }
            if left.is_zero() {
                bail!(
                    "the directory is published and not confirmed: no word of desk `{}` within {} s; is routing running?",
                    applied.desk.as_str(),
                    within.as_secs()
                );
            }
        }
    }
}

fn event(payload: &[u8]) -> Option<Event> {
    match usher_proto::decode(payload).ok()?.body {
        Body::Event(event) => Some(event),
        _ => None,
    }
}

/// What this event says about this directory, if it is about it.
fn answer(event: &Event, applied: &DeskInput) -> Option<Result<String>> {
    let DeskAct::Applied { revision: published, .. } = &applied.act else { return None };
    if event.tenant != applied.tenant || event.subject != Subject::Desk(applied.desk.clone()) {
        return None;
    }
    let desk = applied.desk.as_str();
    match &event.fact {
        Fact::DirectoryApplied { revision, agents, groups } if revision == published => {
            Some(Ok(format!("revision {revision} is in force at desk `{desk}`: agents {agents}, groups {groups}")))
        }
        Fact::DirectoryRejected { revision, expected, staged } if revision == published => Some(Err(anyhow::anyhow!(
            "desk `{desk}` refused revision {revision} ({staged} of {expected} entries were staged): a revision must \
                 be higher than the one in force, and nobody else may apply one at the same time; leave `revision` out to \
                 number by the present instant, and apply again"
        ))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use usher_broker::memory::MemoryBroker;
    use usher_runtime::config::read_yaml;
    use usher_runtime::worker::Cadence;

    use crate::commands::directory::{apply, inputs};
    use crate::parts::Parts;
    use crate::services::{self, Identity};
    use crate::topics;

    use super::*;

    const PREFIX: &str = "p";

    fn directory(revision: u64) -> Vec<DeskInput> {
        let yaml = format!(
            "{{tenant: t, desk: d, revision: {revision}, groups: [g], agents: [{{agent: li, name: Li, capacity: 1}}]}}"
        );
        inputs(read_yaml("directory.yaml", &yaml).expect("readable")).expect("a directory")
    }

    fn broker() -> MemoryBroker {
        let broker = MemoryBroker::system();
        topics::apply(&broker, PREFIX).expect("new topics");
        broker
    }

    #[test]
    fn the_desks_own_word_is_waited_for() {
        let broker = broker();
        let mut parts = Parts::new();
        let identity =
            Identity { prefix: PREFIX.to_owned(), name: "n".to_owned(), threads: 1, cadence: Cadence::default() };
        services::start_routing(&mut parts, &broker, &identity).expect("threads start");
        let within = Duration::from_secs(20);
        let said = apply(&broker, PREFIX, &directory(7), within).expect("a first directory is taken");
        assert_eq!(said, "revision 7 is in force at desk `d`: agents 1, groups 1");
        for old in [7, 6] {
            let said = apply(&broker, PREFIX, &directory(old), within).expect_err("not higher than 7").to_string();
            assert!(said.contains(&format!("desk `d` refused revision {old}")), "{said}");
        }
        parts.end(Duration::from_secs(15)).expect("all parts end");
    }

    #[test]
    fn silence_is_no_success() {
        let said = apply(&broker(), PREFIX, &directory(7), Duration::from_millis(50)).expect_err("nobody is there");
        assert!(
            said.to_string().contains("not confirmed") && said.to_string().contains("is routing running?"),
            "{said}"
        );
    }
}
