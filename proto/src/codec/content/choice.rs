//! `Choice` of `content.proto`. An action that this version does not know counts as none: the tap is still an answer.

use usher_domain::content::{Choice, ChoiceAction};
use wire::content::choice::Action;
use wire::content::{Location, SharePlace};

use super::said;
use crate::wire;

/// Choices off the wire.
pub(super) fn all(choices: Vec<wire::content::Choice>) -> Vec<Choice> {
    choices.into_iter().map(Choice::from).collect()
}

impl From<&Choice> for wire::content::Choice {
    fn from(choice: &Choice) -> Self {
        Self {
            postback: said(&choice.postback),
            label: said(&choice.label),
            action: choice.action.as_ref().map(Action::from),
        }
    }
}

impl From<wire::content::Choice> for Choice {
    fn from(choice: wire::content::Choice) -> Self {
        Self {
            postback: choice.postback.into(),
            label: choice.label.into(),
            action: choice.action.map(ChoiceAction::from),
        }
    }
}

impl From<&ChoiceAction> for Action {
    fn from(action: &ChoiceAction) -> Self {
        match action {
            ChoiceAction::OpenLink(link) => Self::OpenLink(said(link)),
            ChoiceAction::Dial(number) => Self::Dial(said(number)),
            ChoiceAction::ShowPlace { latitude, longitude } => {
                Self::ShowPlace(Location { latitude: said(latitude), longitude: said(longitude), address: None })
            }
            ChoiceAction::SharePlace => Self::SharePlace(SharePlace {}),
        }
    }
}

impl From<Action> for ChoiceAction {
    fn from(action: Action) -> Self {
        match action {
            Action::OpenLink(link) => Self::OpenLink(link.into()),
            Action::Dial(number) => Self::Dial(number.into()),
            Action::ShowPlace(place) => {
                Self::ShowPlace { latitude: place.latitude.into(), longitude: place.longitude.into() }
            }
            Action::SharePlace(SharePlace {}) => Self::SharePlace,
        }
    }
}
