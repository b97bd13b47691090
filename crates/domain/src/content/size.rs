//! How much a content says, for limits of what is kept.

use super::{Choice, ChoiceAction, Content, Private};

impl Content {
    /// The bytes of all that is said in it; names of fields and kinds are not counted.
    pub fn said_bytes(&self) -> usize {
        let optional = |text: &Option<Private>| text.as_ref().map_or(0, |text| text.as_str().len());
        match self {
            Self::Text(text) => text.as_str().len(),
            Self::Media { location, name, secret, .. } => location.as_str().len() + optional(name) + optional(secret),
            Self::Card { title, description, media, link, choices, .. } => {
                title.as_str().len() + description.as_str().len() + optional(media) + optional(link) + all(choices)
            }
            Self::Menu { title, choices } => title.as_str().len() + all(choices),
            Self::Location { latitude, longitude, address } => {
                latitude.as_str().len() + longitude.as_str().len() + optional(address)
            }
            Self::Suggestion { postback, text } => postback.as_str().len() + optional(text),
            Self::Opaque { raw, .. } => raw.as_str().len(),
        }
    }
}

fn all(choices: &[Choice]) -> usize {
    choices.iter().map(one).sum()
}

fn one(choice: &Choice) -> usize {
    let action = match &choice.action {
        Some(ChoiceAction::OpenLink(to) | ChoiceAction::Dial(to)) => to.as_str().len(),
        Some(ChoiceAction::ShowPlace { latitude, longitude }) => latitude.as_str().len() + longitude.as_str().len(),
        Some(ChoiceAction::SharePlace) | None => 0,
    };
    choice.postback.as_str().len() + choice.label.as_str().len() + action
}
