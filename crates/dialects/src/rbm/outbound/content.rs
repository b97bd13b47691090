//! What is said, as an AgentContentMessage
//! (<https://developers.google.com/business-communications/rcs-business-messaging/reference/rest/v1/phones.agentMessages>).
//!
//! | content | message |
//! | --- | --- |
//! | text | `text` |
//! | menu | `text` with `suggestions`, at most 11 |
//! | file | `contentInfo`, by https URL |
//! | card | standalone rich card; its link and choices are its suggestions, at most 4, what is more stands below it |
//! | card to a device without cards | `text`: title, description, the picture's URL; link and choices are suggestions |
//! | place | `text`: address or degrees, with a suggestion that shows the map |
//! | tap on a suggestion | its words |
//!
//! An action that the device does not have is said in the text instead: its label, and where it leads.

use serde_json::{Value, json};
use usher_domain::content::{Choice, ChoiceAction, Private};
use usher_domain::{Content, Dialect};

use super::device::Device;
use super::suggestion;
use crate::accounts::RbmLabels;
use crate::outbound::SendOutcome;
use crate::outbound::limits::{
    RBM_CARD_CHOICES_MAX, RBM_CHOICES_MAX, RBM_DESCRIPTION_CHARS_MAX, RBM_TITLE_CHARS_MAX, check_text,
};

/// The message for a device that can do as much.
pub(super) fn of(content: &Content, device: &Device, labels: &RbmLabels) -> Result<Value, SendOutcome> {
    match content {
        Content::Text(text) => words(text.as_str(), Vec::new()),
        Content::Menu { title, choices } => with_choices(title.as_str().to_owned(), choices.clone(), device),
        Content::Media { location, .. } => Ok(json!({ "contentInfo": file(location)? })),
        Content::Card { title, description, media, link, choices, .. } => {
            let choices: Vec<Choice> =
                link.iter().map(|link| open(link, labels)).chain(choices.iter().cloned()).collect();
            let card = Card { title: title.as_str(), description: description.as_str(), media: media.as_ref() };
            if device.shows_cards() && !card.is_empty() {
                card.rich(choices, device)
            } else {
                card.plain(choices, device)
            }
        }
        Content::Location { latitude, longitude, address } => {
            let degrees = format!("{},{}", latitude.as_str(), longitude.as_str());
            let said = address.as_ref().map_or(degrees.as_str(), |address| address.as_str()).to_owned();
            let action = ChoiceAction::ShowPlace { latitude: latitude.clone(), longitude: longitude.clone() };
            let map = Choice { postback: degrees.into(), label: labels.place.as_str().into(), action: Some(action) };
            with_choices(said, vec![map], device)
        }
        Content::Suggestion { text: Some(text), .. } => words(text.as_str(), Vec::new()),
        Content::Suggestion { text: None, .. } | Content::Opaque { .. } => {
            Err(SendOutcome::not_reachable("RBM carries text, menus, cards, files and places; this message is none"))
        }
    }
}

/// The parts of a card beside what can be tapped.
struct Card<'a> {
    title: &'a str,
    description: &'a str,
    media: Option<&'a Private>,
}

impl Card<'_> {
    /// A rich card must have one of these.
    fn is_empty(&self) -> bool {
        self.title.is_empty() && self.description.is_empty() && self.media.is_none()
    }

    fn rich(&self, mut choices: Vec<Choice>, device: &Device) -> Result<Value, SendOutcome> {
        let mut description = self.description.to_owned();
        say_what_it_lacks(&mut description, &mut choices, device);
        within("title", self.title, RBM_TITLE_CHARS_MAX)?;
        within("description", &description, RBM_DESCRIPTION_CHARS_MAX)?;
        let below = choices.split_off(choices.len().min(RBM_CARD_CHOICES_MAX));
        let mut card = json!({});
        for (name, text) in [("title", self.title), ("description", &description)] {
            if !text.is_empty() {
                card[name] = json!(text);
            }
        }
        if let Some(media) = self.media {
            card["media"] = json!({ "height": "MEDIUM", "contentInfo": file(media)? });
        }
        if !choices.is_empty() {
            card["suggestions"] = suggestions(&choices)?;
        }
        let card = json!({ "standaloneCard": { "cardOrientation": "VERTICAL", "cardContent": card } });
        message("richCard", card, &below)
    }

    fn plain(&self, choices: Vec<Choice>, device: &Device) -> Result<Value, SendOutcome> {
        let media = self.media.map(Private::as_str).unwrap_or_default();
        let parts: Vec<&str> =
            [self.title, self.description, media].into_iter().filter(|part| !part.is_empty()).collect();
        let link = || choices.iter().map(Choice::as_text).next().unwrap_or_default();
        let said = if parts.is_empty() { link() } else { parts.join("\n") };
        with_choices(said, choices, device)
    }
}

/// A link as something to tap; the tap comes back as the link.
fn open(link: &Private, labels: &RbmLabels) -> Choice {
    let action = ChoiceAction::OpenLink(link.clone());
    Choice { postback: link.clone(), label: labels.link.as_str().into(), action: Some(action) }
}

/// Words, with what can be tapped below.
fn with_choices(mut text: String, mut choices: Vec<Choice>, device: &Device) -> Result<Value, SendOutcome> {
    say_what_it_lacks(&mut text, &mut choices, device);
    words(&text, choices)
}

/// Moves choices whose action the device does not have into the words.
fn say_what_it_lacks(text: &mut String, choices: &mut Vec<Choice>, device: &Device) {
    choices.retain(|choice| {
        let does = choice.action.as_ref().is_none_or(|action| device.does(action));
        if !does {
            let line = choice.as_text();
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(&line);
        }
        does
    });
}

fn words(text: &str, choices: Vec<Choice>) -> Result<Value, SendOutcome> {
    check_text(Dialect::Rbm, text)?;
    message("text", json!(text), &choices)
}

/// The message that is `kind`, with suggestions below it.
fn message(kind: &str, said: Value, below: &[Choice]) -> Result<Value, SendOutcome> {
    let mut message = json!({ kind: said });
    if !below.is_empty() {
        message["suggestions"] = suggestions(below)?;
    }
    Ok(message)
}

fn suggestions(choices: &[Choice]) -> Result<Value, SendOutcome> {
    let count = choices.len();
    if count > RBM_CHOICES_MAX {
        let reason = format!("the message has {count} choices, rbm takes at most {RBM_CHOICES_MAX}");
        return Err(SendOutcome::not_reachable(reason));
    }
    choices.iter().map(suggestion::of).collect()
}

/// A file that Google fetches.
fn file(location: &Private) -> Result<Value, SendOutcome> {
    if location.as_str().starts_with("https://") {
        return Ok(json!({ "fileUrl": location.as_str() }));
    }
    Err(SendOutcome::not_reachable("RBM takes files by https URL only"))
}

fn within(what: &str, text: &str, most: usize) -> Result<(), SendOutcome> {
    let length = text.chars().count();
    if length <= most {
        return Ok(());
    }
    Err(SendOutcome::not_reachable(format!("a card's {what} has {length} characters, rbm takes at most {most}")))
}
