//! What is too long for one `content` of a poll, in parts, in order. Nothing is lost: a text's parts joined are the text.

/// A text, each part at most `most` characters: cut after a line, else after a sentence, else between words where one of
/// them stands in the second half, else as late as no sign is torn.
pub(super) fn of_text(text: &str, most: usize) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((end, _)) = rest.char_indices().nth(most.max(1)) {
        let (part, more) = rest.split_at(cut(rest, end));
        parts.push(part);
        rest = more;
    }
    parts.push(rest);
    parts
}

/// Ids that are joined by commas, as many in a part as have room; an id is never torn.
pub(super) fn of_ids(ids: &str, most: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for id in ids.split(',') {
        match parts.last_mut() {
            Some(part) if part.chars().count() + 1 + id.chars().count() <= most => {
                part.push(',');
                part.push_str(id);
            }
            _ => parts.push(id.to_owned()),
        }
    }
    parts
}

/// Where the first part of a text ends, at `end` at the latest.
fn cut(text: &str, end: usize) -> usize {
    let window = &text[..end];
    let after = |is: fn(char) -> bool| {
        let found = window.char_indices().rev().find(|(_, sign)| is(*sign));
        found.map(|(at, sign)| at + sign.len_utf8()).filter(|at| *at > end / 2)
    };
    let after_line = after(|sign| sign == '\n');
    let after_sentence = || after(|sign| matches!(sign, '。' | '！' | '？' | '；'));
    let after_word = || after(char::is_whitespace);
    after_line.or_else(after_sentence).or_else(after_word).unwrap_or_else(|| whole_sign(text, end))
}

/// The last place up to `end` at which no sign is torn; `end` where there is none.
fn whole_sign(text: &str, end: usize) -> usize {
    let places = text[..end].char_indices().map(|(at, _)| at).skip(1);
    let is_between = |at: &usize| {
        let before = text[..*at].chars().next_back();
        let after = text[*at..].chars().next();
        before != Some(JOINER) && !after.is_some_and(goes_on)
    };
    places.chain([end]).filter(is_between).last().unwrap_or(end)
}

/// Makes one sign of its neighbours.
const JOINER: char = '\u{200d}';

/// Whether it belongs to the sign before it: an accent, a variant, a colour of skin, a joiner.
const fn goes_on(sign: char) -> bool {
    matches!(sign, JOINER | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_cut_after_a_line_a_sentence_or_a_word_else_where_it_is_full() {
        let rows: [(&str, &[&str]); 6] = [
            ("12345", &["12345"]),
            ("123456", &["12345", "6"]),
            ("ab\ncdef", &["ab\n", "cdef"]),
            ("一二。三四五", &["一二。", "三四五"]),
            ("a bcd efg", &["a bcd", " efg"]),
            ("a bcdefgh", &["a bcd", "efgh"]),
        ];
        for (text, parts) in rows {
            assert_eq!(of_text(text, 5), parts, "{text}");
        }
    }

    #[test]
    fn no_sign_is_torn_that_has_room() {
        let family = "\u{1f468}\u{200d}\u{1f469}";
        for text in [format!("abc{family}"), "abcde\u{301}".to_owned(), "abcd\u{1f44d}\u{1f3fd}".to_owned()] {
            let parts = of_text(&text, 5);
            assert!(parts.iter().all(|part| !part.starts_with(goes_on) && !part.ends_with(JOINER)), "{parts:?}");
        }
        assert_eq!(of_text(&"e\u{301}".repeat(2), 1).len(), 4, "what has no room is cut all the same");
    }

    #[test]
    fn ids_are_told_whole_and_in_order() {
        assert_eq!(of_ids("a,bb,ccc,d", 4), ["a,bb", "ccc", "d"]);
        assert_eq!(of_ids("a", 4), ["a"]);
        assert_eq!(of_ids("longer,b", 4), ["longer", "b"]);
    }

    proptest! {
        #[test]
        fn parts_joined_are_the_text_and_each_has_room(text in "[a 。\n界\u{301}\u{200d}👍]{0,60}", most in 1_usize..12) {
            let parts = of_text(&text, most);
            prop_assert_eq!(parts.concat(), text.clone());
            for part in parts {
                prop_assert!(part.chars().count() <= most && (!part.is_empty() || text.is_empty()));
            }
        }
    }
}
