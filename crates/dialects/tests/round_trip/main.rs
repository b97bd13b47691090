//! A message that comes in by any dialect goes out by any other, and what both can say is not lost. What a channel can not
//! carry is said in words or refused, as the table of `docs/channels.md` declares; the table is held to what the dialects
//! do, for any words that a message may have.

#[expect(dead_code, reason = "shared with the hostile requests, which need more of it")]
#[path = "../hostile/calls.rs"]
mod calls;
mod incoming;
mod outgoing;
mod pieces;
#[expect(dead_code, reason = "shared with the hostile requests, which need more of it")]
#[path = "../hostile/request.rs"]
mod request;

use std::collections::BTreeMap;

use proptest::prelude::*;
use usher_domain::Content;

use outgoing::{CHANNELS, Carried, carried};
use pieces::{Words, contents, kind};

const PAGE: &str = include_str!("../../../../docs/channels.md");

/// What every channel does with a message of each kind, a row a kind.
fn table(words: &Words) -> Vec<(String, Vec<String>)> {
    let cell = |content: &Content, channel| carried(content, channel).to_string();
    let row = |content: &Content| CHANNELS.iter().map(|channel| cell(content, channel)).collect();
    contents(words).iter().map(|content| (kind(content).to_owned(), row(content))).collect()
}

/// The table of the page: by kind and by channel.
fn declared() -> BTreeMap<(String, String), String> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines = PAGE.lines().filter(|line| line.starts_with('|'));
    let head = cells(lines.next().expect("a table"));
    let mut found = BTreeMap::new();
    for line in lines.filter(|line| !line.starts_with("| ---")) {
        let row = cells(line);
        for (channel, cell) in head.iter().zip(&row).skip(1) {
            found.insert((row[0].clone(), channel.clone()), cell.clone());
        }
    }
    found
}

/// The table as the page should have it.
fn page(words: &Words) -> String {
    let names: Vec<&str> = CHANNELS.iter().map(|channel| channel.name).collect();
    let mut text = format!("| content | {} |\n| --- |{}\n", names.join(" | "), " --- |".repeat(names.len()));
    for (kind, cells) in table(words) {
        text.push_str(&format!("| {kind} | {} |\n", cells.join(" | ")));
    }
    text
}

#[test]
fn table_of_the_page_is_what_the_channels_do() {
    let words = Words::plain();
    let declared = declared();
    let mut count = 0;
    for (kind, cells) in table(&words) {
        for (channel, cell) in CHANNELS.iter().zip(cells) {
            let told = declared.get(&(kind.clone(), channel.name.to_owned()));
            assert_eq!(told, Some(&cell), "{kind} by {}; the table must read:\n{}", channel.name, page(&words));
            count += 1;
        }
    }
    assert_eq!(declared.len(), count, "the page has rows or columns of its own");
}

proptest! {
    #[test]
    fn whatever_the_words_a_channel_does_with_them_what_the_page_declares(words in pieces::words()) {
        let declared = declared();
        for content in contents(&words) {
            for channel in &CHANNELS {
                let cell = carried(&content, channel).to_string();
                let told = declared.get(&(kind(&content).to_owned(), channel.name.to_owned()));
                prop_assert_eq!(told, Some(&cell), "{} by {}", kind(&content), channel.name);
            }
        }
    }
}

/// Every message of every dialect, brought to every channel: it is carried as the page declares for its kind, or better
/// where it has less to lose.
#[test]
fn message_in_by_any_dialect_goes_out_by_any_other() {
    let declared = declared();
    let messages = incoming::messages();
    for (from, content) in &messages {
        for channel in &CHANNELS {
            let found = carried(content, channel);
            let told = &declared[&(kind(content).to_owned(), channel.name.to_owned())];
            let as_declared = found.to_string() == *told || found.loses_less_than(told);
            assert!(as_declared, "{} from {from} by {}: {found}, not {told}", kind(content), channel.name);
        }
    }
    let came_by = |name: &str| messages.iter().filter(|(from, _)| from.starts_with(name)).count();
    for (dialect, kinds) in [("native", 9), ("easemob", 8), ("huawei", 5), ("rbm", 4), ("sms", 2), ("aliyun", 1)] {
        assert!(came_by(dialect) >= kinds, "{dialect} brought {} messages", came_by(dialect));
    }
}

#[test]
fn what_goes_out_by_the_native_channel_can_be_said_there_again() {
    for content in contents(&Words::plain()) {
        let body = outgoing::native(&content);
        assert_eq!(incoming::native(&body["message"]["content"]), content);
    }
}

#[test]
fn what_easemob_carries_as_it_is_comes_back_the_same() {
    for content in contents(&Words::plain()) {
        if !matches!(carried(&content, outgoing::channel("easemob")), Carried::AsIs { .. }) {
            continue;
        }
        let sent = outgoing::easemob(&content);
        let mut body = sent["body"].clone();
        body["type"] = sent["type"].clone();
        let heard = incoming::easemob(&body, &sent["ext"]);
        match &content {
            // A menu comes back as whatever is chosen of it.
            Content::Menu { .. } => assert!(matches!(heard, Content::Opaque { ref kind, .. } if kind == "choice")),
            // The vendor's messages have no field for a file's type.
            Content::Media { kind, location, name, bytes, secret, .. } => {
                let (kind, location, name) = (*kind, location.clone(), name.clone());
                let (bytes, secret, format) = (*bytes, secret.clone(), String::new());
                assert_eq!(heard, Content::Media { kind, location, format, name, bytes, secret });
            }
            _ => assert_eq!(heard, content),
        }
    }
}
