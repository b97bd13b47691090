//! Act five: E answers an SMS, and Wang hears it in the session that the SMS was sent for; then E writes STOP.

use anyhow::{Result, ensure};
use usher_domain::event::{Fact, Subject};
use usher_stand_ins::scenario::{RBM, SMS};

use super::visitor_e::E;
use super::{PATIENCE, World};

const WORDS: &str = "Thank you. When is it refunded?";

pub(super) async fn play(world: &World) -> Result<()> {
    world.act("E answers by SMS");
    let (rbm, phone) = (world.name(RBM, E, "E"), world.name(SMS, E, "E's phone"));
    let webhook = world.stand_ins.sms_webhook(&world.ingest);
    world.outside(&format!("E's phone answers “{WORDS}”"));
    world.stand_ins.sms.incoming(&webhook, E, WORDS).await?;
    let heard = world.stand_ins.workspace.message(WORDS).await?;
    ensure!(heard.via() == SMS, "the workspace should learn that it came by SMS");
    world.arrived("Wang's workspace has it, in E's session, as come by SMS");

    world.outside("E's phone writes “STOP”");
    world.stand_ins.sms.incoming(&webhook, E, "STOP").await?;
    for conversation in [rbm, phone] {
        let out = Fact::SubscriptionChanged { opted_out: true };
        let what = "STOP by SMS did not count in both conversations";
        let is = |fact: &Fact, subject: &Subject| *fact == out && *subject == Subject::Conversation(conversation);
        world.facts.wait_for(what, PATIENCE, |event| is(&event.fact, &event.subject).then_some(())).await?;
    }
    Ok(())
}
