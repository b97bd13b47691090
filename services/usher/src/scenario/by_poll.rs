//! A visitor whose page polls: F comes by a Huawei account to which nothing is pushed, sends a picture and gets one back.
//! What F's page was told it is told once, and what it was told counts as delivered when it comes again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use usher_domain::event::{Fact, Status};
use usher_stand_ins::scenario::{HUAWEI_PAGE, WANG};
use usher_stand_ins::{HuaweiClient, Said};

use super::{PATIENCE, World};

const F: &str = "visitor-F";
const WORDS: &str = "It comes on Tuesday.";
/// Two files; nobody looks into them.
const PICTURE: &[u8] = b"a picture of a parcel";
const LABEL: &[u8] = b"a label to print";

/// How long F's page waits between two polls.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// F's page.
struct Page<'a> {
    world: &'a World,
    client: HuaweiClient,
    /// All that it was told, by `messageCode`.
    shown: BTreeMap<String, Value>,
}

pub(super) async fn play(world: &World) -> Result<()> {
    world.act("F's page polls: nothing is pushed to it");
    world.name(HUAWEI_PAGE, F, "F");
    let client = world.stand_ins.huawei_page(&world.ingest, F);
    let mut page = Page { world, client, shown: BTreeMap::new() };
    world.outside("F's page connects");
    page.client.connect().await?;
    let wang = world.stand_ins.workspace.seat(WANG, F).await?;
    page.told(|message| message["sourceType"] == "SYSTEM" && message["controlType"] == "CHAT").await?;
    world.arrived("F's page was told who answers");

    world.outside("F sends a picture");
    page.client.send_file("IMAGE", "jpg", PICTURE).await?;
    let heard = world.stand_ins.workspace.file("jpg").await?;
    let content = &heard.body["message"]["content"];
    let key = content["location"].as_str().unwrap_or_default();
    ensure!(content["kind"] == "image", "Wang should see a picture, not {content}");
    ensure!(world.native.file(key).await? == PICTURE, "the picture is not the one that F has sent");
    world.arrived("Wang's workspace has the picture, byte for byte");

    world.outside(&format!("Wang answers “{WORDS}” and sends a file"));
    let answer = world.native.send(&wang, &Said::text(WORDS)).await?;
    let label = world.native.keep("application/pdf", LABEL).await?;
    let file = json!({ "kind": "file", "location": label, "format": "pdf" });
    world.native.send(&wang, &Said::content(&file)).await?;
    page.told(|message| message["content"] == WORDS).await?;
    let named = page.told(|message| message["mediaType"] == "DOCUMENT").await?;
    let (key, format) = (text(&named, "content"), text(&named, "mediaFileType"));
    ensure!(page.client.download(key, format).await? == LABEL, "the file is not the one that Wang has sent");
    world.arrived("F's page shows the words and has the file");

    page.poll().await?;
    let what = "what F's page was told is not delivered although it came again";
    let is = |fact: &Fact| matches!(fact, Fact::MessageStatus { message, status: Status::Delivered, .. } if message.to_string() == answer.field("id"));
    world.until(what, is).await?;
    world.outside("F leaves");
    page.client.disconnect().await?;
    Ok(())
}

fn text<'a>(message: &'a Value, name: &str) -> &'a str {
    message[name].as_str().unwrap_or_default()
}

impl Page<'_> {
    /// Polls once; nothing may come twice.
    async fn poll(&mut self) -> Result<()> {
        for message in self.client.poll(&self.world.streams).await? {
            let code = text(&message, "messageCode").to_owned();
            ensure!(!self.shown.contains_key(&code), "F's page was told {code} twice");
            self.shown.insert(code, message);
        }
        Ok(())
    }

    /// Polls until this was told.
    async fn told(&mut self, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            self.poll().await?;
            if let Some(found) = self.shown.values().find(|message| is(message)) {
                return Ok(found.clone());
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        bail!("F's page was not told what it should have been within {} s", PATIENCE.as_secs())
    }
}
