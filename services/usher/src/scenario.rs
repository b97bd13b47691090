//! The story that the demo shows and the end-to-end tests play: two agents, five visitors on three channels, six
//! answers with a deadline. Readable top to bottom; each act says what must happen, and the first thing that does not
//! ends it with a sentence.

mod answers;
mod by_im;
mod by_page;
mod by_poll;
mod by_sms;
mod facts;
mod offer;
mod queue;
mod taps;
mod timeline;
mod visitor_e;

use std::time::Duration;

use anyhow::{Result, ensure};
use usher_domain::event::Fact;
use usher_domain::{AccountId, ConversationId, TenantId, VisitorId};
use usher_stand_ins::scenario::{DESK, LI, TENANT, WANG};
use usher_stand_ins::{Graces, NativeClient, RbmWebhook, StandIns};

pub use facts::Facts;
pub use timeline::{Timeline, Voice};

/// How long the story waits for a thing before it says that it did not happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// The deadlines of the six answers; the account of visitor E has the same graces.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Time to live of an answer.
    pub ttl: Duration,
    /// g: how much longer we wait for the channel's own word.
    pub grace: Duration,
    /// G: how long we wait for evidence after a revoke.
    pub revoke_grace: Duration,
}

impl Timing {
    /// Short, for the demo.
    pub const DEMO: Self =
        Self { ttl: Duration::from_secs(3), grace: Duration::from_secs(1), revoke_grace: Duration::from_secs(3) };

    /// As the accounts file takes them.
    pub const fn graces(&self) -> Graces {
        Graces { grace: self.grace, revoke_grace: self.revoke_grace }
    }
}

/// Moments at which a test may disturb the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A is with Li; D, B and C wait.
    QueueStands,
    /// Some of the six answers are with the provider, none has ended.
    AnswersUnderWay,
}

/// Everything the story touches: the outside world and what usher says of itself in public.
pub struct World {
    /// The vendors, the workspace, the bot.
    pub stand_ins: StandIns,
    /// Base URL of ingest.
    pub ingest: String,
    /// Base URL of delivery's streams.
    pub streams: String,
    /// The tenant's backend and workspace, as they call usher.
    pub native: NativeClient,
    /// Google, as it calls usher.
    pub google: RbmWebhook,
    /// The events.
    pub facts: Facts,
    /// Where the story is told.
    pub timeline: Timeline,
    /// How short its deadlines are.
    pub timing: Timing,
}

/// Plays the whole story. `at` is called at each moment and may do what it likes to the system.
pub async fn play(world: &World, at: &mut impl AsyncFnMut(Moment) -> Result<()>) -> Result<()> {
    world.open().await?;
    queue::play(world, at).await?;
    offer::play(world).await?;
    let wang = visitor_e::play(world).await?;
    taps::play(world, &wang).await?;
    answers::play(world, &wang, at).await?;
    by_sms::play(world).await?;
    by_im::play(world).await?;
    by_page::play(world).await?;
    by_poll::play(world).await?;
    world.nothing_twice()
}

impl World {
    /// The outside world around the ingest and the streams at these URLs.
    pub fn new(
        stand_ins: StandIns,
        [ingest, streams]: [String; 2],
        facts: Facts,
        timeline: Timeline,
        timing: Timing,
    ) -> Self {
        let (native, google) = (stand_ins.native_client(&ingest), stand_ins.rbm_webhook(&ingest));
        Self { stand_ins, ingest, streams, native, google, facts, timeline, timing }
    }

    /// The desk opens: directory in force, both agents online.
    async fn open(&self) -> Result<()> {
        self.act("The desk opens");
        self.until("the directory did not come into force", |fact| matches!(fact, Fact::DirectoryApplied { .. }))
            .await?;
        for agent in [LI, WANG] {
            self.outside(&format!("{agent} comes online"));
            self.native.presence(DESK, agent, "online").await?;
            let what = format!("the presence of {agent} did not reach the desk");
            self.until(&what, |fact| matches!(fact, Fact::AgentPresence { agent: who, .. } if who.as_str() == agent))
                .await?;
        }
        Ok(())
    }

    /// No stand-in saw a thing under two idempotency keys, or a signature that is not right.
    fn nothing_twice(&self) -> Result<()> {
        let second = self.stand_ins.second_effects();
        ensure!(second.is_empty(), "something had a second effect: {}", second.join("; "));
        Ok(())
    }

    fn act(&self, heading: &str) {
        self.timeline.say(Voice::Act, heading);
    }

    fn outside(&self, line: &str) {
        self.timeline.say(Voice::Outside, line);
    }

    fn arrived(&self, line: &str) {
        self.timeline.say(Voice::Arrived, line);
    }

    /// Waits for a fact.
    async fn until(&self, what: &str, mut is: impl FnMut(&Fact) -> bool) -> Result<()> {
        self.facts.wait_for(what, PATIENCE, |event| is(&event.fact).then_some(())).await
    }

    /// From now on the timeline calls this visitor's conversation so.
    fn name(&self, account: &str, visitor: &str, name: &str) -> ConversationId {
        let id = ConversationId::of(&TenantId::new(TENANT), &AccountId::new(account), &VisitorId::new(visitor));
        self.timeline.name_conversation(id, name);
        id
    }
}
