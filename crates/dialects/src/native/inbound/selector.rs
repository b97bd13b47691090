//! What a session wants its agent to be, as the API says it: `lang = zh`, `level >= 2`, `"team" != "2"`; or an object
//! with such a condition and how long it is insisted upon. A value that is a whole number is one, unless it stands in
//! quotes.

use std::time::Duration;

use serde_json::Value;
use usher_domain::policy::{Compare, Label, Selector};

use crate::condition::Condition;
use crate::inbound::fields::Fields;
use crate::inbound::limits;

/// Most conditions of one session.
const SELECTORS_MAX: usize = 8;
/// Longest name of a label, and longest value, in bytes.
const LABEL_BYTES_MAX: usize = 64;
/// Longest time for which a condition is insisted upon: a day, in milliseconds.
const WITHIN_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// What `where` says; nothing when it is absent.
pub(super) fn selectors(fields: &Fields<'_>) -> Result<Vec<Selector>, Condition> {
    let list = fields.list("where")?;
    if list.len() > SELECTORS_MAX {
        return Err(fields.wrong("where", format!("must have at most {SELECTORS_MAX} conditions")));
    }
    let path = fields.path("where");
    list.iter().enumerate().map(|(at, one)| read(&format!("{path}[{at}]"), one)).collect()
}

fn read(path: &str, value: &Value) -> Result<Selector, Condition> {
    if let Some(text) = value.as_str() {
        return parse(path, text, None);
    }
    let wrong =
        || Condition::invalid(path, "must be a text such as `lang = zh`, or an object with `is` and `within_ms`");
    let fields = value.as_object().map(|_| Fields::of_inner(value, path)).ok_or_else(wrong)??;
    fields.only(&["is", "within_ms"])?;
    let within = fields.count("within_ms")?;
    if within.is_some_and(|ms| ms > WITHIN_MS_MAX) {
        return Err(fields.wrong("within_ms", format!("must be at most {WITHIN_MS_MAX}")));
    }
    parse(&fields.path("is"), fields.needed_text("is")?, within.map(Duration::from_millis))
}

/// Reads `<label> <comparison> <value>`.
fn parse(path: &str, text: &str, within: Option<Duration>) -> Result<Selector, Condition> {
    let wrong = || {
        let problem = "must be a label, one of = != >= <=, and a value, for example `lang = zh`";
        Condition::invalid(path, problem)
    };
    let at = text.find(['=', '!', '>', '<']).ok_or_else(wrong)?;
    let (label, rest) = text.split_at(at);
    let signs = [("!=", Compare::NotEqual), (">=", Compare::AtLeast), ("<=", Compare::AtMost), ("=", Compare::Equal)];
    let found = signs.iter().find_map(|(sign, compare)| Some((*compare, rest.strip_prefix(sign)?)));
    let (compare, value) = found.ok_or_else(wrong)?;
    let (label, value) = (unquoted(label.trim()), read_value(value.trim()));
    limits::id_within(path, label, LABEL_BYTES_MAX)?;
    if let Label::Text(text) = &value {
        limits::id_within(path, text, LABEL_BYTES_MAX)?;
    }
    if matches!((compare, &value), (Compare::AtLeast | Compare::AtMost, Label::Text(_))) {
        return Err(Condition::invalid(path, "must compare with a whole number where it says >= or <="));
    }
    Ok(Selector { label: label.to_owned(), compare, value, within })
}

fn read_value(text: &str) -> Label {
    match text.parse() {
        Ok(number) => Label::Number(number),
        Err(_) => Label::Text(unquoted(text).to_owned()),
    }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(list: Value) -> Result<Vec<Selector>, Condition> {
        let body = json!({ "where": list });
        selectors(&Fields::of_body(&body).expect("an object"))
    }

    #[test]
    fn conditions_are_read_with_or_without_a_time() {
        let word = |text: &str| Label::Text(text.to_owned());
        let cases = [
            (json!("lang = zh"), "lang", Compare::Equal, word("zh"), None),
            (json!("lang=zh"), "lang", Compare::Equal, word("zh"), None),
            (json!(" level >= 2 "), "level", Compare::AtLeast, Label::Number(2), None),
            (json!("level<=-1"), "level", Compare::AtMost, Label::Number(-1), None),
            (json!("team != 售前 二组"), "team", Compare::NotEqual, word("售前 二组"), None),
            (json!("desk = \"2\""), "desk", Compare::Equal, word("2"), None),
            (json!("note = a=b"), "note", Compare::Equal, word("a=b"), None),
            (json!({"is": "level >= 2", "within_ms": 30_000}), "level", Compare::AtLeast, Label::Number(2), Some(30)),
        ];
        for (value, label, compare, wanted, seconds) in cases {
            let within = seconds.map(Duration::from_secs);
            let selector = Selector { label: label.to_owned(), compare, value: wanted, within };
            assert_eq!(of(json!([value])), Ok(vec![selector]), "{value}");
        }
        assert_eq!(of(json!([])), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_condition_is_refused_by_its_place_in_the_list() {
        let long = "x".repeat(65);
        let cases = [
            (json!("lang"), "where[1]", "one of = != >= <="),
            (json!("= zh"), "where[1]", "1 to 64 bytes"),
            (json!("lang ="), "where[1]", "1 to 64 bytes"),
            (json!("lang > 2"), "where[1]", "one of = != >= <="),
            (json!("lang >= zh"), "where[1]", "whole number"),
            (json!("level >= \"2\""), "where[1]", "whole number"),
            (json!(format!("{long} = 1")), "where[1]", "1 to 64 bytes"),
            (json!(7), "where[1]", "must be a text such as"),
            (json!({"within_ms": 5}), "where[1].is", "missing"),
            (json!({"is": "a = b", "within_ms": -5}), "where[1].within_ms", "whole number"),
            (json!({"is": "a = b", "within_ms": 86_400_001}), "where[1].within_ms", "at most"),
            (json!({"is": "a = b", "after": 1}), "where[1].after", "unknown"),
        ];
        for (value, field, problem) in cases {
            let refused = of(json!(["a = b", value])).expect_err("no condition");
            let sentence = refused.to_string();
            assert!(sentence.contains(field) && sentence.contains(problem), "{value}: {sentence}");
        }
        assert!(of(json!(vec!["a = b"; 9])).expect_err("too many").to_string().contains("at most 8"));
        assert!(of(json!("a = b")).expect_err("no list").to_string().contains("must be a list"));
    }
}
