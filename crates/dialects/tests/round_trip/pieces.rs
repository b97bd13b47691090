//! A message of each kind, and the pieces that it says.

use proptest::prelude::*;
use usher_domain::Content;
use usher_domain::content::{Choice, MediaKind, Private};

/// Words for every piece, each of which occurs nowhere else.
#[derive(Clone, Debug)]
pub(crate) struct Words(String);

impl Words {
    pub(crate) fn plain() -> Self {
        Self("w".to_owned())
    }

    fn say(&self, piece: &str) -> Private {
        format!("{} {piece}", self.0).into()
    }

    fn link(&self, piece: &str) -> Private {
        let plain: String = self.0.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("https://acme.example/{plain}-{piece}").into()
    }
}

/// Words of several scripts, as short as the shortest limit of a channel wants (a suggestion's 25 characters).
pub(crate) fn words() -> impl Strategy<Value = Words> {
    "[a-zA-Z0-9äé售前界]{1,12}".prop_map(Words)
}

/// A message of each kind with every piece that it can have.
pub(crate) fn contents(words: &Words) -> Vec<Content> {
    let media = |kind, format: &str| Content::Media {
        kind,
        location: words.link("file"),
        format: format.to_owned(),
        name: Some(words.say("name")),
        bytes: Some(5),
        secret: Some(words.say("secret")),
    };
    let choice =
        |postback: &str, label: &str| Choice { postback: words.say(postback), label: words.say(label), action: None };
    vec![
        Content::Text(words.say("text")),
        media(MediaKind::Image, "png"),
        media(MediaKind::Audio, "mp3"),
        media(MediaKind::Video, "mp4"),
        media(MediaKind::File, "pdf"),
        Content::Media {
            kind: MediaKind::File,
            location: words.say("key"),
            format: "pdf".to_owned(),
            name: None,
            bytes: None,
            secret: None,
        },
        Content::Card {
            title: words.say("title"),
            description: words.say("description"),
            media: Some(words.link("picture")),
            media_format: Some("png".to_owned()),
            link: Some(words.link("page")),
            choices: vec![choice("pick", "offer")],
        },
        Content::Menu { title: words.say("title"), choices: vec![choice("pick", "offer"), choice("take", "other")] },
        Content::Location {
            latitude: "39.966".into(),
            longitude: "116.322".into(),
            address: Some(words.say("address")),
        },
        Content::Suggestion { postback: words.say("pick"), text: Some(words.say("offer")) },
        Content::Opaque { kind: "hologram".to_owned(), raw: words.say("raw") },
    ]
}

/// The name of a kind in the table.
pub(crate) fn kind(content: &Content) -> &'static str {
    match content {
        Content::Text(_) => "text",
        Content::Media { location, .. } if !location.as_str().starts_with("https://") => "stored file",
        Content::Media { kind: MediaKind::Image, .. } => "image",
        Content::Media { kind: MediaKind::Audio, .. } => "audio",
        Content::Media { kind: MediaKind::Video, .. } => "video",
        Content::Media { kind: MediaKind::File, .. } => "file",
        Content::Card { .. } => "card",
        Content::Menu { .. } => "menu",
        Content::Location { .. } => "location",
        Content::Suggestion { .. } => "suggestion",
        Content::Opaque { .. } => "opaque",
    }
}

/// What a message says, piece by piece: what it is called, and the words.
pub(crate) fn pieces(content: &Content) -> Vec<(&'static str, &str)> {
    let mut all = Vec::new();
    match content {
        Content::Text(text) => all.push(("words", text.as_str())),
        Content::Media { location, name, secret, .. } => {
            all.push(("address", location.as_str()));
            all.extend(name.iter().map(|name| ("name", name.as_str())));
            all.extend(secret.iter().map(|secret| ("secret", secret.as_str())));
        }
        Content::Card { title, description, media, link, choices, .. } => {
            all.extend([("title", title.as_str()), ("description", description.as_str())]);
            all.extend(media.iter().map(|media| ("picture", media.as_str())));
            all.extend(link.iter().map(|link| ("link", link.as_str())));
            all.extend(of_choices(choices));
        }
        Content::Menu { title, choices } => {
            all.push(("title", title.as_str()));
            all.extend(of_choices(choices));
        }
        Content::Location { latitude, longitude, address } => {
            all.extend([("degrees", latitude.as_str()), ("degrees", longitude.as_str())]);
            all.extend(address.iter().map(|address| ("address", address.as_str())));
        }
        Content::Suggestion { postback, text } => {
            all.extend(text.iter().map(|text| ("words", text.as_str())));
            all.push(("postback", postback.as_str()));
        }
        Content::Opaque { raw, .. } => all.push(("words", raw.as_str())),
    }
    all.retain(|(_, text)| !text.is_empty());
    all
}

fn of_choices(choices: &[Choice]) -> impl Iterator<Item = (&'static str, &str)> {
    choices.iter().flat_map(|choice| [("labels", choice.label.as_str()), ("postbacks", choice.postback.as_str())])
}
