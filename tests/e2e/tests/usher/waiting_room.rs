//! The rules of the waiting room on a real Kafka, in one story: an agent declines and another accepts, a full queue sends
//! on, a page dies and its agent's session goes to another, an agent hands on, the visitor says what they think of it.
//! Routing is killed while an agent is asked. What is shown comes from the events, and all of it replays byte-equal.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use usher::scenario::Timing;
use usher_domain::desk::Presence;
use usher_domain::event::{Command, Fact, PresenceReason, Refusal};
use usher_e2e::{Service, System};
use usher_stand_ins::scenario::{DESK, GROUP, LI, TENANT, WANG, WEB};
use usher_stand_ins::{AgentPage, Hook, Person, Seat};

use crate::PROGRAM;

/// The group that takes what the first one does not.
const NIGHT: &str = "night";
/// Its agent.
const ZHAO: &str = "zhao";
/// How long a page's word holds.
const LEASE: Duration = Duration::from_secs(9);
/// How long a fact may take: routing may have to come back first.
const PATIENCE: Duration = Duration::from_secs(60);
/// Said in the story; personal.
const WORDS: &str = "They were very kind";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kafka: deploy/kafka/start, then cargo test -p usher-e2e -- --ignored"]
async fn offers_overflow_a_lost_lease_a_transfer_and_a_survey_go_as_the_directory_says() -> Result<()> {
    let mut system = System::start(PROGRAM, "room", Timing::DEMO).await?;
    system.processes.apply_directory(&directory())?;
    let page = everybody_comes(&system).await?;

    let a = declined_and_accepted(&mut system).await?;
    let b = full(&system).await?;
    let a = lost(&system, page, &a, &b).await?;
    let a = handed_on(&system, &a).await?;
    looked_at(&system, &a).await?;
    rated(&system, &a).await?;

    ensure!(system.world.stand_ins.second_effects().is_empty(), "something had a second effect");
    system.processes.at_rest().await?;
    let told = tokio::task::block_in_place(|| system.processes.verb(&["replay"]))?;
    println!("{told}");
    ensure!(told.contains(", different 0, missing 0, not made again 0, twice 0\n") && told.ends_with("byte-equal\n"));
    system.processes.end(&[WORDS]).await
}

/// Agents of the first group are asked first; one may wait there, then the others go to the second.
fn directory() -> String {
    let asks = json!({ "within": "60s", "back_off": "1s" });
    let first =
        json!({ "group": GROUP, "offer": asks, "length_max": 1, "exceptions": { "full": { "overflow": NIGHT } } });
    let agent = |name: &str, capacity: u32, group: &str| json!({ "agent": name, "name": name, "capacity": capacity, "groups": [group] });
    let agents = [agent(LI, 1, GROUP), agent(WANG, 1, GROUP), agent(ZHAO, 3, NIGHT)];
    json!({ "tenant": TENANT, "desk": DESK, "groups": [first, NIGHT], "agents": agents }).to_string()
}

/// Li first, so that Li has been idle longest; Wang by a page that must show signs of life.
async fn everybody_comes(system: &System) -> Result<AgentPage> {
    let native = &system.world.native;
    until(system, "the directory is not in force", |fact| matches!(fact, Fact::DirectoryApplied { agents: 3, .. }))
        .await?;
    native.presence(DESK, LI, "online").await?;
    is_online(system, LI).await?;
    let page = AgentPage::open(native, DESK, WANG, LEASE).await?;
    is_online(system, WANG).await?;
    native.presence(DESK, ZHAO, "online").await?;
    is_online(system, ZHAO).await?;
    Ok(page)
}

/// Li is asked and declines, Wang is asked; routing is killed, and Wang accepts. What Li says afterwards is refused.
async fn declined_and_accepted(system: &mut System) -> Result<Seat> {
    let asks = Person::new(WEB, "A").group(GROUP);
    system.world.native.ask(&asks).await?;
    let workspace = &system.world.stand_ins.workspace;
    let of_li = workspace.offer(LI, "A").await?;
    system.world.native.decline(&of_li).await?;
    ensure!(workspace.withdrawn(&of_li).await? == "declined", "Li's offer ended for another reason");
    let of_wang = workspace.offer(WANG, "A").await?;
    system.processes.kill_and_start_again(Service::Routing).await?;
    let System { world, .. } = &*system;
    world.native.accept(&of_wang).await?;
    let seat = world.stand_ins.workspace.seat(WANG, "A").await?;
    world.native.accept(&of_li).await?;
    let is_refused = |hook: &Hook| hook.kind() == "refused" && hook.field("reason") == Refusal::OfferGone.name();
    let refused = world.stand_ins.workspace.wait_for("the refusal of Li's late answer", is_refused).await?;
    ensure!((refused.agent(), refused.session()) == (LI, seat.session.as_str()), "somebody else was refused");
    let late = |fact: &Fact| matches!(fact, Fact::CommandRefused { command: Command::Accept, .. });
    until(system, "the late answer is not told", late).await?;
    Ok(seat)
}

/// Both agents have somebody, C waits, and D is one too many: the second group has them.
async fn full(system: &System) -> Result<Seat> {
    let (native, workspace) = (&system.world.native, &system.world.stand_ins.workspace);
    native.ask(&Person::new(WEB, "B").group(GROUP)).await?;
    native.accept(&workspace.offer(LI, "B").await?).await?;
    let b = workspace.seat(LI, "B").await?;
    native.ask(&Person::new(WEB, "C").group(GROUP)).await?;
    system.world.stand_ins.web.notice("C", "queued").await?;
    native.ask(&Person::new(WEB, "D").group(GROUP)).await?;
    let d = workspace.seat(ZHAO, "D").await?;
    native.close(&d).await?;
    Ok(b)
}

/// Wang's page dies: A waits again, in front of C who asked later, and Li has A after B.
async fn lost(system: &System, page: AgentPage, a: &Seat, b: &Seat) -> Result<Seat> {
    page.die();
    let lease_lost = |fact: &Fact| match fact {
        Fact::AgentPresence { agent, presence: Presence::Offline, reason: PresenceReason::LeaseLost, .. } => {
            agent.as_str() == WANG
        }
        _ => false,
    };
    until(system, "Wang's lease is not lost", lease_lost).await?;
    let (native, workspace) = (&system.world.native, &system.world.stand_ins.workspace);
    native.close(b).await?;
    // Li was asked for it before: this is a later offer, of the same session.
    let later = |hook: &Hook| {
        let is_it = hook.kind() == "session.offered" && hook.agent() == LI && hook.session() == a.session;
        is_it && turn(hook.field("placement")) > turn(&a.placement)
    };
    let offered = workspace.wait_for("a later offer of A for Li", later).await?;
    let placement = offered.field("placement").to_owned();
    native.accept(&Seat { agent: LI.to_owned(), placement, ..a.clone() }).await?;
    Ok(workspace.seat(LI, "A").await?)
}

fn turn(placement: &str) -> Option<u32> {
    placement.split_once('.')?.1.parse().ok()
}

/// Li hands A on to the second group, and then has C.
async fn handed_on(system: &System, a: &Seat) -> Result<Seat> {
    let (native, workspace) = (&system.world.native, &system.world.stand_ins.workspace);
    native.transfer(a, &json!({ "group": NIGHT })).await?;
    let at_zhao = workspace.seat(ZHAO, "A").await?;
    system.world.stand_ins.web.notice("A", "transferred").await?;
    native.accept(&workspace.offer(LI, "C").await?).await?;
    native.close(&workspace.seat(LI, "C").await?).await?;
    Ok(at_zhao)
}

/// The desk in numbers and the session's story, by HTTP and at the terminal.
async fn looked_at(system: &System, a: &Seat) -> Result<()> {
    let began = Instant::now();
    loop {
        // What is shown is what has been told a moment ago.
        let shown = system.world.native.look(&format!("/v1/desks/{DESK}")).await?.body;
        let (all, agents) = (&shown["all"], &shown["agents"]);
        if all["assigned"] == 1 && all["waiting"] == 0 && agents["online"] == 2 && agents["offline"] == 1 {
            break;
        }
        ensure!(began.elapsed() < PATIENCE, "A alone is with an agent, and Wang alone is offline: {shown}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let story = system.world.native.look(&format!("/v1/sessions/{}/explain", a.session)).await?.body.to_string();
    let told = tokio::task::block_in_place(|| system.processes.verb(&["explain", &a.session]))?;
    println!("{told}");
    for agent in [LI, WANG, ZHAO] {
        ensure!(story.contains(agent) && told.contains(agent), "{agent} is missing in the story of A");
    }
    Ok(())
}

/// Zhao asks A what they think of it, and the answer counts for Zhao and the group.
async fn rated(system: &System, a: &Seat) -> Result<()> {
    let native = &system.world.native;
    native.invite(a).await?;
    system.world.stand_ins.web.notice("A", "invitation").await?;
    native.rate(&Person::new(WEB, "A"), 5, WORDS).await?;
    let counts = |fact: &Fact| match fact {
        Fact::SurveyAverages { agent, of_agent, .. } => agent.as_str() == ZHAO && of_agent.count == 1,
        _ => false,
    };
    until(system, "the stars do not count", counts).await?;
    native.close(a).await?;
    Ok(())
}

async fn is_online(system: &System, name: &str) -> Result<()> {
    let what = format!("{name} is not online");
    let is = |fact: &Fact| matches!(fact, Fact::AgentPresence { agent, presence: Presence::Online, .. } if agent.as_str() == name);
    until(system, &what, is).await
}

async fn until(system: &System, what: &str, wanted: impl Fn(&Fact) -> bool) -> Result<()> {
    system.world.facts.wait_for(what, PATIENCE, |event| wanted(&event.fact).then_some(())).await
}
