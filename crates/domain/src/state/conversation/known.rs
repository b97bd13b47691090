//! What is known of a visitor: what their side told in the running session, and what agents wrote, which wins and outlives
//! the session.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::content::Private;
use crate::profile::{Profile, ProfileEdit, ProfileField};
use crate::time::Timestamp;

/// A visitor's profile with where each field is from. Personal data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// What the visitor's side told, the latest of each field; empty while no session runs: their side tells it again.
    pub told: Profile,
    /// What agents wrote; `None`: they emptied the field.
    pub written: BTreeMap<ProfileField, Option<Private>>,
    /// When it last changed, or its last session ended.
    pub since: Timestamp,
}

impl Known {
    /// How long what agents wrote is remembered after that.
    pub const LASTS: Duration = Duration::from_secs(90 * 24 * 60 * 60);

    /// What counts: an agent's word, else the visitor's.
    pub fn profile(&self) -> Profile {
        let mut profile = self.told.clone();
        for (field, value) in &self.written {
            profile.write(&ProfileEdit { field: *field, value: value.clone() });
        }
        profile
    }

    /// What is remembered after the session.
    #[must_use]
    pub fn after_session(self, now: Timestamp) -> Option<Self> {
        let Self { written, .. } = self;
        (!written.is_empty()).then(|| Self { told: Profile::default(), written, since: now })
    }

    /// When it is forgotten.
    pub fn ends_at(&self) -> Timestamp {
        self.since.plus(Self::LASTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_wrote_wins_whatever_is_told_later() {
        let called = |name: &str| Profile { nickname: Some(name.into()), ..Profile::default() };
        let mut known = Known { told: called("ming"), ..Known::default() };
        known.written.insert(ProfileField::Nickname, Some("Mr Li".into()));
        known.written.insert(ProfileField::Email, None);
        known.told.learn(&Profile { email: Some("a@b.c".into()), ..called("xiaoming") });
        assert_eq!(known.profile(), called("Mr Li"));
        let after = known.after_session(Timestamp::from_millis(7)).expect("an agent wrote");
        assert_eq!((after.told, after.since), (Profile::default(), Timestamp::from_millis(7)));
    }

    #[test]
    fn what_the_visitors_side_told_ends_with_the_session() {
        let told = Profile { email: Some("a@b.c".into()), ..Profile::default() };
        assert_eq!(Known { told, ..Known::default() }.after_session(Timestamp::default()), None);
    }
}
