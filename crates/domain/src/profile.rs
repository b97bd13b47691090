//! What is known of a customer beside their name: what their side tells of them, and what agents note, which wins.

use crate::content::Private;
use crate::ids::PhoneNumber;

/// What is known of a customer beside their name (Easemob `ext.weichat.visitor`). Personal data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Profile {
    /// As the channel shows them.
    pub nickname: Option<Private>,
    /// Their name in life.
    pub true_name: Option<Private>,
    /// Where an SMS reaches them.
    pub phone: Option<PhoneNumber>,
    /// Their number on QQ.
    pub qq: Option<Private>,
    /// Whom they work for.
    pub company: Option<Private>,
    /// A remark about them.
    pub description: Option<Private>,
    /// Their mail address.
    pub email: Option<Private>,
    /// Marks that the tenant gave them; any makes them a VIP (Easemob `visitor.tags`).
    pub tags: Vec<Private>,
    /// Where a picture of them is; only their own side tells it (Huawei `senderAvatar`).
    pub avatar: Option<Private>,
}

/// A field of a profile that an agent may write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProfileField {
    /// [`Profile::nickname`].
    Nickname,
    /// [`Profile::true_name`].
    TrueName,
    /// [`Profile::phone`].
    Phone,
    /// [`Profile::qq`].
    Qq,
    /// [`Profile::company`].
    Company,
    /// [`Profile::description`].
    Description,
    /// [`Profile::email`].
    Email,
}

impl ProfileField {
    /// All fields, in the order of their numbers on the wire.
    pub const ALL: [Self; 7] =
        [Self::Nickname, Self::TrueName, Self::Phone, Self::Qq, Self::Company, Self::Description, Self::Email];

    /// Its name in the API and in docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nickname => "nickname",
            Self::TrueName => "true_name",
            Self::Phone => "phone",
            Self::Qq => "qq",
            Self::Company => "company",
            Self::Description => "description",
            Self::Email => "email",
        }
    }
}

/// What an agent writes into one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProfileEdit {
    /// Which.
    pub field: ProfileField,
    /// What stands there from now on; `None`: nothing.
    pub value: Option<Private>,
}

impl Profile {
    /// What stands in a field.
    pub fn value(&self, field: ProfileField) -> Option<&str> {
        match field {
            ProfileField::Phone => self.phone.as_ref().map(PhoneNumber::as_str),
            ProfileField::Nickname => self.nickname.as_ref().map(Private::as_str),
            ProfileField::TrueName => self.true_name.as_ref().map(Private::as_str),
            ProfileField::Qq => self.qq.as_ref().map(Private::as_str),
            ProfileField::Company => self.company.as_ref().map(Private::as_str),
            ProfileField::Description => self.description.as_ref().map(Private::as_str),
            ProfileField::Email => self.email.as_ref().map(Private::as_str),
        }
    }

    /// Writes a field. A phone that is no number in E.164 form is none.
    pub fn write(&mut self, edit: &ProfileEdit) {
        let value = edit.value.clone();
        match edit.field {
            ProfileField::Phone => self.phone = value.and_then(|number| PhoneNumber::parse(number.as_str()).ok()),
            ProfileField::Nickname => self.nickname = value,
            ProfileField::TrueName => self.true_name = value,
            ProfileField::Qq => self.qq = value,
            ProfileField::Company => self.company = value,
            ProfileField::Description => self.description = value,
            ProfileField::Email => self.email = value,
        }
    }

    /// Takes over what is told anew, field by field: what is not told stays.
    pub fn learn(&mut self, told: &Self) {
        for field in ProfileField::ALL {
            if let Some(value) = told.value(field) {
                self.write(&ProfileEdit { field, value: Some(value.into()) });
            }
        }
        if !told.tags.is_empty() {
            self.tags.clone_from(&told.tags);
        }
        if told.avatar.is_some() {
            self.avatar.clone_from(&told.avatar);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(field: ProfileField, value: &str) -> ProfileEdit {
        ProfileEdit { field, value: Some(value.into()) }
    }

    #[test]
    fn each_field_keeps_what_is_written_into_it() {
        for field in ProfileField::ALL {
            let mut profile = Profile::default();
            profile.write(&note(field, "+8613512345678"));
            let filled: Vec<_> =
                ProfileField::ALL.into_iter().filter(|field| profile.value(*field).is_some()).collect();
            assert_eq!((filled, profile.value(field)), (vec![field], Some("+8613512345678")));
            profile.write(&ProfileEdit { field, value: None });
            assert_eq!(profile, Profile::default());
        }
    }

    #[test]
    fn what_is_not_told_stays() {
        let avatar = Some("https://acme.example/me.png".into());
        let mut profile =
            Profile { email: Some("a@b.c".into()), tags: vec!["vip".into()], avatar, ..Profile::default() };
        profile.learn(&Profile { qq: Some("1".into()), ..Profile::default() });
        assert_eq!((profile.value(ProfileField::Email), profile.value(ProfileField::Qq)), (Some("a@b.c"), Some("1")));
        assert_eq!((profile.tags.len(), profile.avatar.is_some()), (1, true));
        profile.learn(&Profile { avatar: Some("https://acme.example/new.png".into()), ..Profile::default() });
        assert_eq!(profile.avatar, Some("https://acme.example/new.png".into()), "the last that was told");
    }
}
