//! Act one: A goes from the bot to Li; B, C and D wait, and D, a VIP, is first in line although last to come.

use anyhow::{Result, ensure};
use usher_domain::ConversationId;
use usher_domain::event::{Fact, Subject};
use usher_stand_ins::scenario::{GROUP, HUAWEI, LI, WEB};
use usher_stand_ins::{Person, Said};

use super::{Moment, PATIENCE, World};

pub(super) async fn play(world: &World, at: &mut impl AsyncFnMut(Moment) -> Result<()>) -> Result<()> {
    world.act("A comes by Huawei, talks to the bot, asks for a human");
    a_comes(world).await?;
    world.act("B, C and then D ask for 售前; Li is busy, D is a VIP");
    three_wait(world).await?;
    at(Moment::QueueStands).await?;
    world.act("Li closes A: D jumps the line, then B, then C");
    for (leaving, next) in [("A", "D"), ("D", "B"), ("B", "C")] {
        close(world, leaving).await?;
        let seat = world.stand_ins.workspace.seat(LI, next).await?;
        world.arrived(&format!("Li's workspace has {next}, placement {}", seat.placement));
        let words = format!("Hello {next}, this is Li");
        world.native.send(&seat, &Said::text(&words)).await?;
        world.stand_ins.web.message(next, &words).await?;
        world.arrived(&format!("{next} reads “{words}”"));
    }
    close(world, "C").await?;
    let order: Vec<String> =
        world.stand_ins.workspace.assigned().into_iter().filter(|(agent, _)| agent == LI).map(|(_, who)| who).collect();
    ensure!(order == ["A", "D", "B", "C"], "Li should get A, D, B, C and got {}", order.join(", "));
    Ok(())
}

async fn a_comes(world: &World) -> Result<()> {
    world.name(HUAWEI, "A", "A");
    let huawei = world.stand_ins.huawei_client(&world.ingest, "A");
    world.outside("A connects (sendAsync CONNECT)");
    huawei.connect().await?;
    world.stand_ins.bot.connected("A").await?;
    world.outside("A writes “Where is my order?”");
    huawei.chat("Where is my order?").await?;
    let told = world.stand_ins.bot.message("Where is my order?").await?;
    world.arrived("the bot has A's words");
    let session = told.session().to_owned();
    world.native.bot_says(HUAWEI, &session, &Said::text("I can not tell.")).await?;
    world.stand_ins.huawei_push.message("A", "I can not tell.").await?;
    world.arrived("A has the bot's answer, by push");
    world.outside("A asks for a human (TRANS2AGENT)");
    huawei.ask().await?;
    let history = world.stand_ins.workspace.message("Where is my order?").await?;
    ensure!(history.agent().is_empty(), "what A told the bot should reach the workspace with nobody's name on it");
    world.stand_ins.workspace.seat(LI, "A").await?;
    world.arrived("Li's workspace has A, and what A told the bot");
    Ok(())
}

async fn three_wait(world: &World) -> Result<()> {
    for (who, tags, position) in [("B", &[][..], 1), ("C", &[][..], 2), ("D", &["vip1"][..], 1)] {
        let conversation = world.name(WEB, who, who);
        let vip = if tags.is_empty() { "" } else { " (tags: vip1)" };
        world.outside(&format!("{who} writes and asks for {GROUP}{vip}"));
        let person = Person::new(WEB, who).group(GROUP).tags(tags);
        world.native.message(&person, &format!("Hello, this is {who}")).await?;
        queued(world, who, conversation, position).await?;
    }
    Ok(())
}

async fn queued(world: &World, who: &str, conversation: ConversationId, wanted: u32) -> Result<()> {
    let what = format!("{who} did not become number {wanted} in line");
    let found = world.facts.wait_for(&what, PATIENCE, |event| match (&event.subject, &event.fact) {
        (Subject::Conversation(id), Fact::SessionQueued { position, .. }) if *id == conversation => Some(*position),
        _ => None,
    });
    let position = found.await?;
    ensure!(position == wanted, "{who} should be number {wanted} in line and is number {position}");
    Ok(())
}

async fn close(world: &World, who: &str) -> Result<()> {
    let seat = world.stand_ins.workspace.seat(LI, who).await?;
    world.outside(&format!("Li closes {who}"));
    world.native.close(&seat).await?;
    Ok(())
}
