//! What can be tapped beside words: an answer, or something that the device does.

use super::Private;

/// One thing to tap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What comes back when it is tapped, as [`Content::Suggestion`](super::Content::Suggestion).
    pub postback: Private,
    /// The words on it.
    pub label: Private,
    /// What the device does; `None`: the tap is an answer, and nothing else happens.
    pub action: Option<ChoiceAction>,
}

/// What a device does when a choice is tapped. Only Google RBM has such; other channels say it in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChoiceAction {
    /// Opens a page.
    OpenLink(Private),
    /// Offers to dial a number.
    Dial(Private),
    /// Shows a place on a map.
    ShowPlace {
        /// Degrees north, as decimal text.
        latitude: Private,
        /// Degrees east, as decimal text.
        longitude: Private,
    },
    /// Offers to tell where the visitor is; the answer is a [`Content::Location`](super::Content::Location).
    SharePlace,
}

impl Choice {
    /// In words only: its label, and where its action leads.
    pub fn as_text(&self) -> String {
        let label = self.label.as_str();
        match &self.action {
            Some(ChoiceAction::OpenLink(to) | ChoiceAction::Dial(to)) => format!("{label}: {}", to.as_str()),
            Some(ChoiceAction::ShowPlace { latitude, longitude }) => {
                format!("{label}: {},{}", latitude.as_str(), longitude.as_str())
            }
            Some(ChoiceAction::SharePlace) | None => label.to_owned(),
        }
    }
}
