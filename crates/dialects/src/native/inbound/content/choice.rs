//! The choices of a menu or a card.

use usher_domain::content::{Choice, ChoiceAction, Private};

use super::{LOCATION_BYTES_MAX, needed};
use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, NAME_BYTES_MAX};

/// Most choices of one message; channels may take fewer, and then say so.
const CHOICES_MAX: usize = 32;
/// Longest postback, in bytes: the 2,048 characters that Google RBM takes, four bytes each.
const POSTBACK_BYTES_MAX: usize = 4 * 2_048;

/// The choices, where there are some.
pub(super) fn all(fields: &Fields<'_>) -> Result<Vec<Choice>, Condition> {
    let list = fields.list("choices")?;
    if list.len() > CHOICES_MAX {
        return Err(fields.wrong("choices", format!("must have at most {CHOICES_MAX} entries")));
    }
    let one = |(at, value)| read(&Fields::of_inner(value, &format!("{}[{at}]", fields.path("choices")))?);
    list.iter().enumerate().map(one).collect()
}

/// The choices of what is nothing without them.
pub(super) fn at_least_one(fields: &Fields<'_>) -> Result<Vec<Choice>, Condition> {
    let choices = all(fields)?;
    if choices.is_empty() {
        return Err(fields.wrong("choices", "is missing; a menu has at least one"));
    }
    Ok(choices)
}

fn read(fields: &Fields<'_>) -> Result<Choice, Condition> {
    fields.only(&["postback", "label", "action"])?;
    Ok(Choice {
        postback: needed(fields, "postback", POSTBACK_BYTES_MAX)?,
        label: needed(fields, "label", NAME_BYTES_MAX)?,
        action: fields.object("action")?.map(|action| read_action(&action)).transpose()?,
    })
}

fn read_action(fields: &Fields<'_>) -> Result<ChoiceAction, Condition> {
    match fields.needed_text("kind")? {
        "open_link" => {
            fields.only(&["kind", "link"])?;
            Ok(ChoiceAction::OpenLink(needed(fields, "link", LOCATION_BYTES_MAX)?))
        }
        "dial" => {
            fields.only(&["kind", "phone"])?;
            let number = limits::phone(&fields.path("phone"), fields.needed_text("phone")?)?;
            Ok(ChoiceAction::Dial(number.as_str().into()))
        }
        "show_place" => {
            fields.only(&["kind", "latitude", "longitude"])?;
            let degrees =
                |name: &str, most| limits::degrees(&fields.path(name), fields.value(name), most).map(Private::from);
            Ok(ChoiceAction::ShowPlace {
                latitude: degrees("latitude", 90.0)?,
                longitude: degrees("longitude", 180.0)?,
            })
        }
        "share_place" => {
            fields.only(&["kind"])?;
            Ok(ChoiceAction::SharePlace)
        }
        _ => Err(fields.wrong("kind", "must be open_link, dial, show_place or share_place")),
    }
}
