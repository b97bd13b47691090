//! The choice that hands a session over to people: whoever makes a menu gives one of its choices this postback, and the
//! tap asks for a human. It works on every channel whose client sends a choice's postback back.

use super::Content;
use crate::ids::GroupId;
use crate::place::Target;

/// The postback of such a choice. The id of a group may follow behind a `/`: `usher:hand-over/sales`.
pub const HAND_OVER: &str = "usher:hand-over";

/// Longest id of a group, as the edges take it.
const GROUP_BYTES_MAX: usize = 128;

impl Content {
    /// For whom the visitor asks by tapping this; `None` when it is no such choice. Empty: for whoever the account names.
    pub fn hands_over(&self) -> Option<Target> {
        let Self::Suggestion { postback, .. } = self else { return None };
        match postback.as_str().strip_prefix(HAND_OVER)? {
            "" => Some(Target::default()),
            group => {
                let group = group.strip_prefix('/').filter(|group| !group.is_empty())?;
                // A visitor's client can send any text: what no edge would take for a name asks for people all the same.
                let names = group.len() <= GROUP_BYTES_MAX && !group.contains(char::is_control);
                Some(Target { agent: None, group: names.then(|| GroupId::new(group)), ..Target::default() })
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
        let sales = Target { agent: None, group: Some(GroupId::new("sales")), ..Target::default() };
        assert_eq!(tapped("usher:hand-over/sales"), Some(sales));
        for other in ["", "usher:hand-over/", "usher:hand-overs", "hand-over"] {
            assert_eq!(tapped(other), None, "{other}");
        }
        assert_eq!(Content::text("usher:hand-over").hands_over(), None);
    }

    #[test]
    fn what_can_be_no_groups_name_asks_for_whoever_the_account_names() {
        let tapped = |group: &str| {
            let postback = format!("usher:hand-over/{group}").into();
            Content::Suggestion { postback, text: None }.hands_over().and_then(|target| target.group)
        };
        let longest = "g".repeat(128);
        assert_eq!(tapped(&longest), Some(GroupId::new(longest.as_str())));
        for odd in ["g".repeat(129), "s\u{e9}".repeat(43), "sales\n".to_owned(), "a\u{0}b".to_owned()] {
            assert_eq!(tapped(&odd), None, "{odd:?}");
        }
        let odd = Content::Suggestion { postback: "usher:hand-over/a\tb".into(), text: None };
        assert_eq!(odd.hands_over(), Some(Target::default()), "it is still a wish for people");
    }
}
