//! Act two: E writes by RBM and is with the bot, until the tenant's backend asks for Wang: the agent wins over the
//! group named beside them.

use anyhow::Result;
use usher_stand_ins::scenario::{GROUP, RBM, WANG};
use usher_stand_ins::{Person, Seat};

use super::World;

/// E's number.
pub(super) const E: &str = "+8613800138000";

pub(super) async fn play(world: &World) -> Result<Seat> {
    world.act("E comes by RBM; the tenant's backend asks for Wang");
    world.name(RBM, E, "E");
    world.outside("E writes “My card does not work”");
    world.google.text(E, "My card does not work").await?;
    world.stand_ins.bot.message("My card does not work").await?;
    world.arrived("the bot has E's words");
    world.outside(&format!("the backend asks for agent {WANG} and group {GROUP} for E"));
    world.native.ask(&Person::new(RBM, E).agent(WANG).group(GROUP)).await?;
    let seat = world.stand_ins.workspace.seat(WANG, E).await?;
    world.arrived("Wang's workspace has E");
    Ok(seat)
}
