//! What is sent instead of a good payload: JSON or a form with one thing broken.

use std::borrow::Cow;

use serde_json::{Value, json};

/// What must never be told back.
pub(crate) struct Canary {
    pub(crate) word: &'static str,
    pub(crate) number: &'static str,
}

pub(crate) const CANARY: Canary = Canary { word: "canary-word", number: "+8613598765432" };

/// Stands where a text is written that no `Value` can hold.
const PLACEHOLDER: &str = "@placeholder@";

/// Values of a header that shows who calls; `None`: it is not there.
pub(crate) fn headers() -> Vec<(&'static str, Option<String>)> {
    let some = |value: &str| Some(value.to_owned());
    vec![
        ("is missing", None),
        ("is empty", some("")),
        ("is no text", some("\u{fffd}")),
        ("is something else", some("Bearer e30.e30")),
        ("is base64 of something", some("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        ("is long", some(&"A".repeat(100_000))),
        ("has odd characters", some("a\u{202e}b/=, ;\"")),
    ]
}

/// Payloads that are broken as a whole.
pub(crate) fn broken(good: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = (0..good.len().min(400))
        .map(|length| (format!("cut after {length} bytes"), good[..length].to_vec()))
        .filter(|(_, payload)| serde_json::from_slice::<Value>(payload).is_err())
        .collect();
    let deep = |levels: usize| [b"[".repeat(levels), b"]".repeat(levels)].concat();
    let named = |what: &str, payload: Vec<u8>| (what.to_owned(), payload);
    all.extend([
        named("NUL", vec![0]),
        named("no UTF-8", vec![0xff, 0xfe, 0xfd]),
        named("no UTF-8 at the end", [good, &[0xc3, 0x28]].concat()),
        named("BOM", [b"\xef\xbb\xbf", good].concat()),
        named("twice", [good, good].concat()),
        named("a comma behind", [good, b","].concat()),
        named("a comment before", [b"/* */".as_slice(), good].concat()),
        named("deep", deep(100)),
        named("very deep", deep(100_000)),
        named("deep and cut", b"{\"a\":".repeat(50_000)),
        named("1 MB of blanks", vec![b' '; 1 << 20]),
        named("1 MB of one text", [b"\"".as_slice(), &vec![b'a'; 1 << 20], b"\""].concat()),
        named("large number", b"9".repeat(10_000)),
        named("large exponent", b"1e999999999".to_vec()),
    ]);
    all
}

/// The good payload with one value, or one name, changed.
pub(crate) fn odd(good: &[u8], is_json: bool) -> Vec<(String, Vec<u8>)> {
    if is_json { odd_json(&serde_json::from_slice(good).expect("a good payload")) } else { odd_form(good) }
}

fn odd_json(good: &Value) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for place in places(good) {
        for (what, value) in values() {
            let mut changed = good.clone();
            let Some(found) = changed.pointer_mut(&place) else { continue };
            *found = value;
            all.push((format!("{place} is {what}"), changed.to_string().into_bytes()));
        }
        for (what, written) in [
            ("a lone surrogate", r"a\ud800b"),
            ("another lone surrogate", r"\udfff"),
            ("a broken escape", r"\u00g0"),
            ("a raw control character", "a\u{1}b"),
        ] {
            let mut changed = good.clone();
            let Some(found) = changed.pointer_mut(&place) else { continue };
            *found = json!(PLACEHOLDER);
            let text = changed.to_string().replace(PLACEHOLDER, written);
            all.push((format!("{place} has {what}"), text.into_bytes()));
        }
        let mut gone = good.clone();
        if let Some((parent, name)) = place.rsplit_once('/')
            && let Some(Value::Object(fields)) = gone.pointer_mut(parent)
        {
            fields.remove(name);
            all.push((format!("{place} is missing"), gone.to_string().into_bytes()));
        }
    }
    if let Value::Object(fields) = good {
        let more = [("__proto__", json!({})), (CANARY.word, json!(1)), ("\u{202e}", json!(null)), ("", json!(""))];
        for (name, value) in more {
            let mut fields = fields.clone();
            fields.insert(name.to_owned(), value);
            all.push(("one field more".to_owned(), Value::Object(fields).to_string().into_bytes()));
        }
    }
    all
}

/// What no field is made for.
fn values() -> Vec<(&'static str, Value)> {
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        ("null", Value::Null),
        ("true", json!(true)),
        ("a number", json!(-1)),
        ("a large number", json!(u64::MAX)),
        ("a fraction", json!(0.1)),
        ("a list", json!([])),
        ("a list of everything", json!([null, 1, "a", {}, []])),
        ("an object", json!({})),
        ("deep", deep),
        ("empty", json!("")),
        ("blank", json!(" \t\n")),
        ("a NUL", json!("a\0b")),
        ("control characters", json!("\u{1}\u{7f}\u{9b}")),
        ("bidi controls", json!("\u{202e}\u{2066}abc\u{2069}")),
        ("characters beyond the BMP", json!("👩‍👩‍👧‍👦🇩🇪")),
        ("no character", json!("\u{fffe}\u{ffff}\u{10ffff}")),
        ("a canary", json!(CANARY.word)),
        ("a number of somebody", json!(CANARY.number)),
        ("JSON in a text", json!("{\"a\":[")),
        ("a path", json!("../../etc/passwd%00")),
        ("1 MB", json!("界".repeat(350_000))),
    ]
}

/// JSON pointers to everything in a value, itself not counted.
fn places(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (name, value) in inner {
        all.push(format!("/{name}"));
        all.extend(places(value).into_iter().map(|place| format!("/{name}{place}")));
    }
    all
}

fn odd_form(good: &[u8]) -> Vec<(String, Vec<u8>)> {
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(good).collect();
    let long = "a".repeat(1 << 20);
    let texts =
        ["", " ", "a%00b", "%ff%fe", "%E2%80%AEabc", "%", "%zz", "+", "=", "&", CANARY.word, "%2B8613598765432", &long];
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut all = Vec::new();
    for at in 0..pairs.len() {
        let with = |name: &str, value: &str| {
            let pair = |(index, (other, given)): (usize, &(Cow<'_, str>, Cow<'_, str>))| {
                if index == at { format!("{name}={value}") } else { format!("{}={}", encode(other), encode(given)) }
            };
            pairs.iter().enumerate().map(pair).collect::<Vec<_>>().join("&").into_bytes()
        };
        let (name, value) = (encode(&pairs[at].0), encode(&pairs[at].1));
        all.extend(texts.iter().map(|text| (format!("{name} is odd"), with(&name, text))));
        all.extend(texts.iter().map(|text| (format!("{name} has another name"), with(text, &value))));
        all.push((format!("{name} stands twice"), with(&name, &format!("{value}&{name}=other"))));
        all.push((
            format!("{name} has no value"),
            with(&name, "").split(|byte| *byte == b'=').next().unwrap_or_default().to_vec(),
        ));
    }
    all
}

/// The path with each segment changed, and others that are none.
pub(crate) fn paths(good: &str) -> Vec<String> {
    let segments: Vec<&str> = good.split('/').collect();
    let odd = ["", ".", "..", "%00", "%", "%ff", "a%2Fb", "\u{202e}", "*", CANARY.word, &"x".repeat(20_000)];
    let mut all = vec![String::new(), "*".to_owned(), format!("{good}/"), format!("{good}/more"), format!("/{good}")];
    for at in 1..segments.len() {
        for text in odd {
            let mut changed = segments.clone();
            changed[at] = text;
            all.push(changed.join("/"));
        }
    }
    all
}
