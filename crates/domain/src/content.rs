//! What a message says. Personal data: `Debug` shows shape and size, never the words.

mod choice;
pub mod hand_over;
mod size;

use std::fmt;
use std::sync::Arc;

pub use choice::{Choice, ChoiceAction};

/// Something said that must not reach logs, metrics or traces; `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Private(Arc<str>);

impl Private {
    /// Wraps a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the wire, never for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The kind of a stored file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A sound.
    Audio,
    /// A film.
    Video,
    /// Anything else.
    File,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Words.
    Text(Private),
    /// A stored file.
    Media {
        /// What it is.
        kind: MediaKind,
        /// Where it is: an object key of the vendor or a URL.
        location: Private,
        /// Its type as the vendor wrote it: `jpg`, `image/gif`. Empty when unknown.
        format: String,
        /// Its name, where the vendor tells it.
        name: Option<Private>,
        /// Its size in bytes, where the vendor tells it.
        bytes: Option<u64>,
        /// What the vendor's store wants to hear of whoever fetches it (Easemob `share-secret`).
        secret: Option<Private>,
    },
    /// A web card: at least one of `link` and `media` is there (Huawei WEBCARD).
    Card {
        /// Its title.
        title: Private,
        /// What stands below.
        description: Private,
        /// The picture's file.
        media: Option<Private>,
        /// The picture's type, as the vendor wrote it.
        media_format: Option<String>,
        /// Where a tap leads.
        link: Option<Private>,
        /// What can be tapped below.
        choices: Vec<Choice>,
    },
    /// Words with choices to tap: a menu, or suggestions below a text.
    Menu {
        /// The words above.
        title: Private,
        /// What can be tapped, in the order shown; at least one.
        choices: Vec<Choice>,
    },
    /// A place on earth.
    Location {
        /// Degrees north, as decimal text, so that nothing is rounded.
        latitude: Private,
        /// Degrees east, as decimal text.
        longitude: Private,
        /// What people call it, where the vendor tells it.
        address: Option<Private>,
    },
    /// A tap on a suggested reply or action.
    Suggestion {
        /// What the sender of the suggestion wanted back.
        postback: Private,
        /// The words on it; an action has none.
        text: Option<Private>,
    },
    /// Something this version does not know, kept as it came.
    Opaque {
        /// The vendor's name for it.
        kind: String,
        /// Its bytes as text.
        raw: Private,
    },
}

impl Content {
    /// Words.
    pub fn text(words: impl Into<Arc<str>>) -> Self {
        Self::Text(Private::new(words))
    }

    /// What an SMS instead of this would say: words as they are, choices as a numbered list, a place by its degrees, a file
    /// by its address where anybody can open it. `None` when nothing of it can be said in an SMS.
    pub fn as_sms_text(&self) -> Option<Private> {
        match self {
            Self::Text(text) => lines([text.as_str().to_owned()]),
            Self::Card { title, description, media, link, choices, .. } => {
                let picture = media.as_ref().filter(|media| is_link(media));
                let parts = [Some(title), Some(description), picture, link.as_ref()].into_iter().flatten();
                lines(parts.map(|part| part.as_str().to_owned()).chain(numbered(choices)))
            }
            Self::Menu { title, choices } => lines([title.as_str().to_owned()].into_iter().chain(numbered(choices))),
            Self::Suggestion { text, .. } => lines(text.iter().map(|text| text.as_str().to_owned())),
            Self::Media { name, location, .. } if is_link(location) => {
                lines([name.as_ref().map_or("", Private::as_str), location.as_str()].map(str::to_owned))
            }
            Self::Location { latitude, longitude, address } => {
                let degrees = format!("{},{}", latitude.as_str(), longitude.as_str());
                lines([address.as_ref().map_or("", Private::as_str).to_owned(), degrees])
            }
            Self::Media { .. } | Self::Opaque { .. } => None,
        }
    }
}

/// Whether a file's location is an address on the web; other ones are keys of a vendor's own store.
fn is_link(location: &Private) -> bool {
    ["https://", "http://"].iter().any(|scheme| location.as_str().starts_with(scheme))
}

/// A line each, from 1.
fn numbered(choices: &[Choice]) -> impl Iterator<Item = String> {
    choices.iter().zip(1..).map(|(choice, number)| format!("{number}. {}", choice.as_text()))
}

/// What is not empty, below one another.
fn lines(parts: impl IntoIterator<Item = String>) -> Option<Private> {
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (!said.is_empty()).then(|| Private::new(said.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_said_by_its_degrees_and_a_file_by_its_address_on_the_web() {
        let place = |address: Option<&str>| Content::Location {
            latitude: "31.2".into(),
            longitude: "121.4".into(),
            address: address.map(Private::from),
        };
        assert_eq!(place(Some("西城区")).as_sms_text(), Some("西城区\n31.2,121.4".into()));
        assert_eq!(place(None).as_sms_text(), Some("31.2,121.4".into()));
        let file = |location: &str| Content::Media {
            kind: MediaKind::File,
            location: location.into(),
            format: String::new(),
            name: Some("a.pdf".into()),
            bytes: None,
            secret: None,
        };
        assert_eq!(file("https://x/1").as_sms_text(), Some("a.pdf\nhttps://x/1".into()));
        assert_eq!(file("object-key").as_sms_text(), None, "nobody could open it");
    }

    fn choice(label: &str, action: Option<ChoiceAction>) -> Choice {
        Choice { postback: "p".into(), label: label.into(), action }
    }

    #[test]
    fn choices_are_a_numbered_list_with_what_a_tap_would_do() {
        let choices = vec![
            choice("Yes", None),
            choice("Shop", Some(ChoiceAction::OpenLink("https://acme.example".into()))),
            choice("Call", Some(ChoiceAction::Dial("+15005550006".into()))),
            choice("Map", Some(ChoiceAction::ShowPlace { latitude: "1.5".into(), longitude: "-2".into() })),
            choice("Where are you?", Some(ChoiceAction::SharePlace)),
        ];
        let list = "1. Yes\n2. Shop: https://acme.example\n3. Call: +15005550006\n4. Map: 1.5,-2\n5. Where are you?";
        let menu = Content::Menu { title: "More?".into(), choices: choices.clone() };
        assert_eq!(menu.as_sms_text(), Some(format!("More?\n{list}").into()));
        let card = Content::Card {
            title: "Tea".into(),
            description: "".into(),
            media: None,
            media_format: None,
            link: Some("https://x".into()),
            choices,
        };
        assert_eq!(card.as_sms_text(), Some(format!("Tea\nhttps://x\n{list}").into()));
    }
}
