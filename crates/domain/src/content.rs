//! What a message says. Personal data: `Debug` shows shape and size, never the words.

use std::fmt;
use std::sync::Arc;

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
    },
    /// A place on earth.
    Location {
        /// Degrees north, as decimal text, so that nothing is rounded.
        latitude: Private,
        /// Degrees east, as decimal text.
        longitude: Private,
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

    /// What an SMS instead of this would say: words as they are, of other kinds the part that is text. `None` when
    /// nothing of it can be said in an SMS.
    pub fn as_sms_text(&self) -> Option<Private> {
        let joined = |parts: &[&Private]| {
            let said: Vec<&str> = parts.iter().map(|part| part.as_str()).filter(|part| !part.is_empty()).collect();
            (!said.is_empty()).then(|| Private::new(said.join("\n")))
        };
        match self {
            Self::Text(text) => joined(&[text]),
            Self::Card { title, description, link, .. } => {
                joined(&[title, description, link.as_ref().unwrap_or(&Private::default())])
            }
            Self::Suggestion { text, .. } => text.as_ref().and_then(|text| joined(&[text])),
            Self::Media { .. } | Self::Location { .. } | Self::Opaque { .. } => None,
        }
    }
}
