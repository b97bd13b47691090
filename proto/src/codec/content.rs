//! `content.proto`.

mod choice;

use usher_domain::Content;
use usher_domain::content::{MediaKind, Private};
use wire::content::{Card, Kind, Location, Media, Menu, Opaque, Suggestion};

use crate::error::DecodeError;
use crate::field::{choice, unspecified, variant};
use crate::wire;

/// A private text for the wire.
pub(crate) fn said(text: &Private) -> String {
    text.as_str().to_owned()
}

/// A private text for the wire, where there is one.
pub(crate) fn optionally_said(text: &Option<Private>) -> Option<String> {
    text.as_ref().map(said)
}

impl From<&Content> for wire::Content {
    fn from(content: &Content) -> Self {
        let kind = match content {
            Content::Text(text) => Kind::Text(said(text)),
            Content::Media { kind, location, format, name, bytes, secret } => Kind::Media(Media {
                kind: wire::MediaKind::from(*kind).into(),
                location: said(location),
                format: format.clone(),
                name: optionally_said(name),
                bytes: *bytes,
                secret: optionally_said(secret),
            }),
            Content::Card { title, description, media, media_format, link, choices } => Kind::Card(Card {
                title: said(title),
                description: said(description),
                media: optionally_said(media),
                media_format: media_format.clone(),
                link: optionally_said(link),
                choices: choices.iter().map(wire::content::Choice::from).collect(),
            }),
            Content::Menu { title, choices } => Kind::Menu(Menu {
                title: said(title),
                choices: choices.iter().map(wire::content::Choice::from).collect(),
            }),
            Content::Location { latitude, longitude, address } => Kind::Location(Location {
                latitude: said(latitude),
                longitude: said(longitude),
                address: optionally_said(address),
            }),
            Content::Suggestion { postback, text } => {
                Kind::Suggestion(Suggestion { postback: said(postback), text: optionally_said(text) })
            }
            Content::Opaque { kind, raw } => Kind::Opaque(Opaque { kind: kind.clone(), raw: said(raw) }),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<wire::Content> for Content {
    type Error = DecodeError;

    fn try_from(content: wire::Content) -> Result<Self, DecodeError> {
        variant("kind", content.kind)
    }
}

impl TryFrom<Kind> for Content {
    type Error = DecodeError;

    fn try_from(kind: Kind) -> Result<Self, DecodeError> {
        Ok(match kind {
            Kind::Text(text) => Self::Text(text.into()),
            Kind::Media(media) => media.try_into().map_err(|error: DecodeError| error.inside("media"))?,
            Kind::Card(card) => Self::Card {
                title: card.title.into(),
                description: card.description.into(),
                media: card.media.map(Private::from),
                media_format: card.media_format,
                link: card.link.map(Private::from),
                choices: choice::all(card.choices),
            },
            Kind::Menu(menu) => Self::Menu { title: menu.title.into(), choices: choice::all(menu.choices) },
            Kind::Location(place) => Self::Location {
                latitude: place.latitude.into(),
                longitude: place.longitude.into(),
                address: place.address.map(Private::from),
            },
            Kind::Suggestion(tap) => {
                Self::Suggestion { postback: tap.postback.into(), text: tap.text.map(Private::from) }
            }
            Kind::Opaque(opaque) => Self::Opaque { kind: opaque.kind, raw: opaque.raw.into() },
        })
    }
}

impl TryFrom<Media> for Content {
    type Error = DecodeError;

    fn try_from(media: Media) -> Result<Self, DecodeError> {
        Ok(Self::Media {
            kind: choice::<wire::MediaKind, _>("kind", media.kind)?,
            location: media.location.into(),
            format: media.format,
            name: media.name.map(Private::from),
            bytes: media.bytes,
            secret: media.secret.map(Private::from),
        })
    }
}

impl From<MediaKind> for wire::MediaKind {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Image => Self::Image,
            MediaKind::Audio => Self::Audio,
            MediaKind::Video => Self::Video,
            MediaKind::File => Self::File,
        }
    }
}

impl TryFrom<wire::MediaKind> for MediaKind {
    type Error = DecodeError;

    fn try_from(kind: wire::MediaKind) -> Result<Self, DecodeError> {
        Ok(match kind {
            wire::MediaKind::Unspecified => return unspecified(),
            wire::MediaKind::Image => Self::Image,
            wire::MediaKind::Audio => Self::Audio,
            wire::MediaKind::Video => Self::Video,
            wire::MediaKind::File => Self::File,
        })
    }
}
