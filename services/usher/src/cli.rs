//! The words of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use usher_domain::{PlacementId, SessionId};

use crate::commands::replay::Bound;

/// Brings what customers write on any channel to the right agent, and every answer back to the customer: by SMS when
/// nothing else arrived in time.
#[derive(Debug, Parser)]
#[command(name = "usher", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the whole way of a message: all three services in this process, with stand-ins for the vendors.
    ///
    /// Needs nothing: by default it runs on a broker in memory. It checks what happened and ends with 0 only if all of
    /// it was right.
    Demo {
        /// Run on this Kafka instead, under a prefix of its own that is removed at the end.
        #[arg(long, value_name = "HOST:PORT")]
        kafka: Option<String>,
    },
    /// Runs ingest: takes vendors' requests in and answers when Kafka has them.
    Ingest(ServiceArgs),
    /// Runs routing: decides who answers whom, and what becomes of a message that did not arrive.
    Routing(ServiceArgs),
    /// Runs delivery: brings messages to channels, workspaces, bots and phones.
    Delivery(ServiceArgs),
    /// Makes or shows the topics.
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Publishes agents and groups of a desk.
    #[command(subcommand)]
    Directory(DirectoryCommand),
    /// Shows a desk in numbers, or overrules it: gives a session to an agent, lets it wait again, closes it, lets an agent
    /// end, moves a queue. What the desk says to it is printed.
    #[command(subcommand)]
    Desk(DeskCommand),
    /// Prints what stands on a topic, a JSON object a line; what is personal is masked.
    ///
    /// Masked are phone numbers (all but the last two digits), visitors' names and ids on their channels, their tags,
    /// and what was written or sent in any direction: texts, files, places, contents as they came. Shown are the names
    /// of tenants, accounts, desks, groups, agents and bots, and all states and decisions.
    Tail(TailArgs),
    /// Tells the life of one session, from the events alone: why it waits at its place, why it went to that agent.
    Explain(ExplainArgs),
    /// Steps recorded inputs of routing once more and says whether the outputs are, byte by byte, those on the topics.
    ///
    /// Writes nothing. Every core begins at the first record of its topic, because what it decides depends on all before
    /// it; where retention has taken the beginning, that is refused unless `--from-empty` says that nothing was open. Ends
    /// with 1 when something differs.
    Replay(ReplayArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ServiceArgs {
    /// Configuration (.toml or .yaml); an accounts.file in it is looked for beside it. `USHER__SECTION__KEY` in the environment wins over it, for example
    /// USHER__KAFKA__BROKERS=kafka:9092.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Makes the topics that are missing; refuses when one that is there differs.
    Apply(ServiceArgs),
    /// Shows the topics as they are and as they should be.
    Show(ServiceArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DirectoryCommand {
    /// Publishes a directory and waits until its desk, which routing runs, says that it is in force as a whole.
    Apply {
        /// The directory (.yaml or .toml): docs/directory.md has every setting.
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        service: ServiceArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeskCommand {
    /// Who waits, who is there, how long sessions wait: from the events alone, as JSON.
    Show {
        #[command(flatten)]
        desk: DeskName,
        /// The service level is about so many minutes, at most 60.
        #[arg(long, default_value_t = 15)]
        minutes: u32,
        /// So many seconds count as answered in time.
        #[arg(long, default_value_t = 20)]
        within_s: u32,
        #[command(flatten)]
        service: ServiceArgs,
    },
    /// Gives a session to an agent, whoever has it; never above the agent's capacity.
    Assign {
        /// Which session.
        session: SessionId,
        /// To whom.
        agent: String,
        /// The placement that is meant, for example 3.2; without it whichever is current.
        #[arg(long, value_name = "EPOCH.TURN")]
        placement: Option<PlacementId>,
        #[command(flatten)]
        warrant: WarrantArgs,
    },
    /// Takes a session from its agent, or from those who are asked: it waits again, at its old place, for somebody else.
    Requeue {
        /// Which session.
        session: SessionId,
        /// The placement that is meant, for example 3.2; without it whichever is current.
        #[arg(long, value_name = "EPOCH.TURN")]
        placement: Option<PlacementId>,
        #[command(flatten)]
        warrant: WarrantArgs,
    },
    /// Closes a session, whoever has it.
    Close {
        /// Which session.
        session: SessionId,
        #[command(flatten)]
        warrant: WarrantArgs,
    },
    /// Gives an agent no new sessions; they are offline when their last one ends.
    Drain {
        /// Who.
        agent: String,
        #[command(flatten)]
        warrant: WarrantArgs,
    },
    /// Lets an agent who drains get sessions again.
    Undrain {
        /// Who.
        agent: String,
        #[command(flatten)]
        warrant: WarrantArgs,
    },
    /// Lets everybody who waits in a queue wait elsewhere, at their old place in time. Without --from-…: all queues.
    Move {
        #[command(flatten)]
        from: FromArgs,
        #[command(flatten)]
        to: ToArgs,
        #[command(flatten)]
        warrant: WarrantArgs,
    },
}

/// A desk by its name.
#[derive(Clone, Debug, Args)]
pub(crate) struct DeskName {
    /// Whose desk.
    #[arg(long)]
    pub(crate) tenant: String,
    /// Which desk.
    #[arg(long)]
    pub(crate) desk: String,
}

/// Who wants something of a desk, and why.
#[derive(Clone, Debug, Args)]
pub(crate) struct WarrantArgs {
    #[command(flatten)]
    pub(crate) desk: DeskName,
    /// Who wants it; it stands in the events.
    #[arg(long, env = "USER")]
    pub(crate) by: String,
    /// Why; it stands in the events.
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

/// The queue to be moved.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub(crate) struct FromArgs {
    /// Who waits for this group.
    #[arg(long, value_name = "GROUP")]
    pub(crate) from_group: Option<String>,
    /// Who waits for this agent and no other.
    #[arg(long, value_name = "AGENT")]
    pub(crate) from_agent: Option<String>,
    /// Who waits for nobody in particular.
    #[arg(long)]
    pub(crate) from_default: bool,
}

/// Where to.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ToArgs {
    /// Into the queue of this group.
    #[arg(long, value_name = "GROUP")]
    pub(crate) to_group: Option<String>,
    /// Into the queue of this agent.
    #[arg(long, value_name = "AGENT")]
    pub(crate) to_agent: Option<String>,
    /// Into the queue of those who ask for nobody in particular.
    #[arg(long)]
    pub(crate) to_default: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// The topic without prefix and version: conversations, desks, deliveries, events, transcripts or dead-letters.
    pub(crate) topic: String,
    /// Begin with the oldest record instead of the next one.
    #[arg(long)]
    pub(crate) from_start: bool,
    /// Stop at the end of what stood there at the start instead of waiting for more.
    #[arg(long)]
    pub(crate) once: bool,
    /// Show phone numbers, visitors' names, tags and texts as they are. They are personal data.
    #[arg(long)]
    pub(crate) unmasked: bool,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Compare from here on: an offset, or an instant such as 2026-11-21T17:30:00Z, on every partition. What was before
    /// is stepped and not compared.
    #[arg(long, value_name = "OFFSET|INSTANT")]
    pub(crate) from: Option<Bound>,
    /// And stop before this.
    #[arg(long, value_name = "OFFSET|INSTANT")]
    pub(crate) to: Option<Bound>,
    /// Begin at `--from` with empty cores: no session was open there and no directory in force.
    #[arg(long)]
    pub(crate) from_empty: bool,
    /// What would have been with this directory (.yaml or .toml) in force at its desk all the time: waits, assignments
    /// and who gave up, side by side. A guess, which tells what it assumes.
    #[arg(long, value_name = "FILE")]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The session as workspaces and events name it: <32 hex>.<milliseconds>.<16 hex>.
    pub(crate) session: SessionId,
    /// One JSON object instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}
