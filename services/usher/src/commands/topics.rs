//! `usher topics apply | show`.

use anyhow::Result;
use usher_broker::{Cleanup, TopicSpec};

use crate::cli::TopicsCommand;
use crate::topics;

pub(super) fn run(command: TopicsCommand) -> Result<()> {
    match command {
        TopicsCommand::Apply(args) => {
            let config = super::config(&args)?;
            let made = topics::apply(&super::reached(&config.kafka)?, &config.kafka.prefix)?;
            println!("{made} topics made, {} were there", topics::wanted(&config.kafka.prefix).len() - made);
            Ok(())
        }
        TopicsCommand::Show(args) => {
            let config = super::config(&args)?;
            for topic in topics::compare(&super::reached(&config.kafka)?, &config.kafka.prefix)? {
                let state = match (&topic.found, topic.problem()) {
                    (None, _) => "missing: `usher topics apply` makes it".to_owned(),
                    (Some(_), None) => "as it should be".to_owned(),
                    (Some(_), Some(problem)) => problem,
                };
                println!("{}  {state}", describe(&topic.wanted));
            }
            Ok(())
        }
    }
}

fn describe(topic: &TopicSpec) -> String {
    let cleanup = match topic.cleanup {
        Cleanup::Compact => "compacted".to_owned(),
        Cleanup::Delete(kept) => format!("{} days", kept.as_secs() / 86_400),
    };
    let time = if topic.append_time { "append time" } else { "create time" };
    format!("{:<34} {:>3} partitions  {cleanup:<9}  {time}", topic.name, topic.partitions)
}
