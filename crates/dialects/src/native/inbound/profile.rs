//! What is known of a visitor: as their side tells it, and as an agent writes it.

use usher_domain::content::Private;
use usher_domain::profile::{Profile, ProfileEdit, ProfileField};

use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits::{self, NAME_BYTES_MAX};

/// Longest remark about a visitor, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 4_096;

/// What stands in `profile` beside a visitor's own words: the fields that have no place of their own there.
pub(super) fn told(fields: &Fields<'_>) -> Result<Profile, Condition> {
    let Some(told) = fields.object("profile")? else { return Ok(Profile::default()) };
    told.only(&["true_name", "qq", "company", "description", "email", "avatar"])?;
    let avatar = limits::avatar(&told.path("avatar"), told.filled_text("avatar")?)?;
    let mut profile = Profile { avatar, ..Profile::default() };
    for edit in written(&told)? {
        profile.write(&edit);
    }
    Ok(profile)
}

/// What an agent writes: each field that is there; an empty text empties it.
pub(super) fn edits(fields: &Fields<'_>) -> Result<Vec<ProfileEdit>, Condition> {
    let missing = || fields.wrong("profile", "is missing; it must be an object with at least one field");
    let profile = fields.object("profile")?.ok_or_else(missing)?;
    profile.only(&ProfileField::ALL.map(ProfileField::name))?;
    let edits = written(&profile)?;
    if edits.is_empty() { Err(missing()) } else { Ok(edits) }
}

fn written(profile: &Fields<'_>) -> Result<Vec<ProfileEdit>, Condition> {
    let mut edits = Vec::new();
    for field in ProfileField::ALL {
        if let Some(text) = profile.text(field.name())? {
            let value = if text.is_empty() { None } else { Some(value(profile, field, text)?) };
            edits.push(ProfileEdit { field, value });
        }
    }
    Ok(edits)
}

fn value(profile: &Fields<'_>, field: ProfileField, text: &str) -> Result<Private, Condition> {
    let path = profile.path(field.name());
    match field {
        ProfileField::Phone => limits::phone(&path, text).map(|number| number.as_str().into()),
        ProfileField::Description => limits::words(&path, text, DESCRIPTION_BYTES_MAX).map(Private::from),
        _ => limits::words(&path, text, NAME_BYTES_MAX).map(Private::from),
    }
}
