//! The whole story with three processes on a real Kafka; once more with routing and once with delivery killed in the
//! middle and started again: the same outcome, nothing lost, no second effect. What was recorded replays byte-equal.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use usher::scenario::{Moment, Timing, play};
use usher_domain::event::Fact;
use usher_e2e::{Service, System};

use crate::PROGRAM;

/// Long enough for a service to be killed and back before an answer's deadline.
const PATIENT: Timing = Timing { ttl: Duration::from_secs(20), ..Timing::DEMO };

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-e2e -- --ignored"]
async fn the_story_happens_with_three_processes() -> Result<()> {
    let system = System::start(PROGRAM, "story", PATIENT).await?;
    play(&system.world, &mut async |_| Ok(())).await?;
    replays(&system)?;
    explains(&system)?;
    system.processes.end(&PERSONAL).await
}

/// The cores say the same bytes again, from what is recorded alone, and nothing personal is told of it.
fn replays(system: &System) -> Result<()> {
    let told = tokio::task::block_in_place(|| system.processes.verb(&["replay"]))?;
    println!("{told}");
    let personal = PERSONAL.into_iter().find(|text| told.contains(text));
    ensure!(personal.is_none(), "{personal:?} was told");
    ensure!(told.contains(", different 0, missing 0, not made again 0, twice 0\n") && told.ends_with("byte-equal\n"));
    Ok(())
}

/// A session of the story is explained from its first fact to its last, and nothing personal is told of it.
fn explains(system: &System) -> Result<()> {
    let assigned = system.world.facts.all(|event| match &event.fact {
        Fact::SessionAssigned { session, .. } => Some(*session),
        _ => None,
    });
    let session = assigned.first().context("somebody was assigned")?.to_string();
    let told = tokio::task::block_in_place(|| system.processes.verb(&["explain", &session]))?;
    println!("{told}");
    for words in ["  comes in", "  waits for ", "  goes to ", "; directory "] {
        ensure!(told.contains(words), "“{words}” is missing");
    }
    let personal = PERSONAL.into_iter().find(|text| told.contains(text));
    ensure!(personal.is_none(), "{personal:?} was told");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-e2e -- --ignored"]
async fn routing_killed_while_visitors_wait_and_answers_are_under_way_changes_nothing() -> Result<()> {
    killed(Service::Routing).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-e2e -- --ignored"]
async fn delivery_killed_while_visitors_wait_and_answers_are_under_way_changes_nothing() -> Result<()> {
    killed(Service::Delivery).await
}

/// Said or dialled in the story.
const PERSONAL: [&str; 12] = [
    "8613800138000",
    "Your code is 4711",
    "My card does not work",
    "Where is my order",
    "gold card",
    "green tea",
    "g@acme.example",
    "When is it refunded",
    // What Aliyun's call carries in its query, decoded and not.
    "xiaoming01",
    "您的优惠券",
    "仅剩",
    "%E4%BB%85%E5%89%A9",
];

async fn killed(service: Service) -> Result<()> {
    let mut system = System::start(PROGRAM, "killed", PATIENT).await?;
    let System { world, processes } = &mut system;
    let mut times = 0;
    play(world, &mut async |moment| {
        println!("       SIGKILL  {service:?} at {moment:?}");
        times += 1;
        processes.kill_and_start_again(service).await
    })
    .await?;
    assert_eq!(times, 2, "{:?} and {:?} were not both reached", Moment::QueueStands, Moment::AnswersUnderWay);
    replays(&system)?;
    system.processes.end(&PERSONAL).await
}
