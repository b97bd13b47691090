//! The choice that hands a session over to people: whoever makes a menu gives one of its choices this postback, and the
//! tap asks for a human. It works on every channel whose client sends a choice's postback back.

use super::Content;
use crate::ids::GroupId;
use crate::place::Target;

/// The postback of such a choice. The id of a group may follow behind a `/`: `usher:hand-over/sales`.
pub const HAND_OVER: &str = "usher:hand-over";

impl Content {
    /// For whom the visitor asks by tapping this; `None` when it is no such choice. Empty: for whoever the account names.
    pub fn hands_over(&self) -> Option<Target> {
        let Self::Suggestion { postback, .. } = self else { return None };
        match postback.as_str().strip_prefix(HAND_OVER)? {
            "" => Some(Target::default()),
            group => {
                let group = group.strip_prefix('/').filter(|group| !group.is_empty())?;
                Some(Target { agent: None, group: Some(GroupId::new(group)) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_postback_hands_over() {
        let tapped = |postback: &str| Content::Suggestion { postback: postback.into(), text: None }.hands_over();
        assert_eq!(tapped("usher:hand-over"), Some(Target::default()));
        let sales = Target { agent: None, group: Some(GroupId::new("sales")) };
        assert_eq!(tapped("usher:hand-over/sales"), Some(sales));
        for other in ["", "usher:hand-over/", "usher:hand-overs", "hand-over"] {
            assert_eq!(tapped(other), None, "{other}");
        }
        assert_eq!(Content::text("usher:hand-over").hands_over(), None);
    }
}
