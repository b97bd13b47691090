//! What is known of a customer, in `conversation.proto`.

use usher_domain::content::Private;
use usher_domain::profile::{Profile, ProfileEdit, ProfileField};

use super::content::optionally_said;
use crate::error::DecodeError;
use crate::field::{choice, optional_phone, unspecified, within};
use crate::wire;

impl From<&Profile> for wire::Profile {
    fn from(profile: &Profile) -> Self {
        Self {
            nickname: optionally_said(&profile.nickname),
            true_name: optionally_said(&profile.true_name),
            phone: profile.phone.as_ref().map(|number| number.as_str().to_owned()),
            qq: optionally_said(&profile.qq),
            company: optionally_said(&profile.company),
            description: optionally_said(&profile.description),
            email: optionally_said(&profile.email),
            tags: profile.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
            avatar: optionally_said(&profile.avatar),
        }
    }
}

impl TryFrom<wire::Profile> for Profile {
    type Error = DecodeError;

    fn try_from(profile: wire::Profile) -> Result<Self, DecodeError> {
        Ok(Self {
            nickname: profile.nickname.map(Private::from),
            true_name: profile.true_name.map(Private::from),
            phone: optional_phone("phone", profile.phone)?,
            qq: profile.qq.map(Private::from),
            company: profile.company.map(Private::from),
            description: profile.description.map(Private::from),
            email: profile.email.map(Private::from),
            tags: profile.tags.into_iter().map(Private::from).collect(),
            avatar: profile.avatar.map(Private::from),
        })
    }
}

/// What an agent writes, field by field.
pub(super) fn edits(edits: Vec<wire::ProfileEdit>) -> Result<Vec<ProfileEdit>, DecodeError> {
    edits.into_iter().map(|edit| within("edits", edit)).collect()
}

impl From<&ProfileEdit> for wire::ProfileEdit {
    fn from(edit: &ProfileEdit) -> Self {
        Self { field: wire::ProfileField::from(edit.field).into(), value: optionally_said(&edit.value) }
    }
}

impl TryFrom<wire::ProfileEdit> for ProfileEdit {
    type Error = DecodeError;

    fn try_from(edit: wire::ProfileEdit) -> Result<Self, DecodeError> {
        Ok(Self { field: choice::<wire::ProfileField, _>("field", edit.field)?, value: edit.value.map(Private::from) })
    }
}

impl From<ProfileField> for wire::ProfileField {
    fn from(field: ProfileField) -> Self {
        match field {
            ProfileField::Nickname => Self::Nickname,
            ProfileField::TrueName => Self::TrueName,
            ProfileField::Phone => Self::Phone,
            ProfileField::Qq => Self::Qq,
            ProfileField::Company => Self::Company,
            ProfileField::Description => Self::Description,
            ProfileField::Email => Self::Email,
        }
    }
}

impl TryFrom<wire::ProfileField> for ProfileField {
    type Error = DecodeError;

    fn try_from(field: wire::ProfileField) -> Result<Self, DecodeError> {
        Ok(match field {
            wire::ProfileField::Unspecified => return unspecified(),
            wire::ProfileField::Nickname => Self::Nickname,
            wire::ProfileField::TrueName => Self::TrueName,
            wire::ProfileField::Phone => Self::Phone,
            wire::ProfileField::Qq => Self::Qq,
            wire::ProfileField::Company => Self::Company,
            wire::ProfileField::Description => Self::Description,
            wire::ProfileField::Email => Self::Email,
        })
    }
}
