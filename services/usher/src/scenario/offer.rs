//! K asks for a group whose agents are asked first. Li hears who waits, and what was said only once they have
//! accepted.

use anyhow::{Result, ensure};
use usher_stand_ins::scenario::{ASKED_GROUP, LI, WEB};
use usher_stand_ins::{Person, Said};

use super::World;

pub(super) async fn play(world: &World) -> Result<()> {
    world.act("K asks for 售后, where agents are asked before a session is theirs");
    world.name(WEB, "K", "K");
    world.outside("K writes “It is broken”");
    world.native.message(&Person::new(WEB, "K").group(ASKED_GROUP), "It is broken").await?;
    let offer = world.stand_ins.workspace.offer(LI, "K").await?;
    world.arrived(&format!("Li's workspace asks Li, placement {}", offer.placement));
    world.outside("Li accepts");
    world.native.accept(&offer).await?;
    let seat = world.stand_ins.workspace.seat(LI, "K").await?;
    ensure!(seat.placement != offer.placement, "what was offered as {} is Li's under the same", offer.placement);
    world.arrived(&format!("Li's workspace has K, placement {}", seat.placement));
    world.native.send(&seat, &Said::text("We will mend it")).await?;
    world.stand_ins.web.message("K", "We will mend it").await?;
    world.outside("Li closes K");
    world.native.close(&seat).await?;
    Ok(())
}
