//! The parameters of a call: those of the query, then those of a form body. Clients write the same text as `+` and `%2A`
//! or as `%20` and `*`, and sign the one form of RFC 3986; so they are decoded here and encoded anew for the signature
//! (W2).

use percent_encoding::percent_decode_str;

use crate::condition::Condition;
use crate::inbound::Request;
use crate::outbound::percent_encoded;

/// Names and values, decoded.
pub(super) struct Parameters {
    all: Vec<(String, String)>,
    /// How many of them, from the first, are the query's.
    in_query: usize,
}

impl Parameters {
    /// Reads query and body.
    pub(super) fn read(request: &Request<'_>) -> Result<Self, Condition> {
        let form = std::str::from_utf8(form(request)?).map_err(|_| not_utf8())?;
        let mut all = pairs(request.query)?;
        let in_query = all.len();
        all.extend(pairs(form)?);
        Ok(Self { all, in_query })
    }

    /// A parameter that may be absent; an empty one counts as absent.
    ///
    /// # Errors
    /// When it stands there twice: two readers would not agree which one is meant.
    pub(super) fn value(&self, name: &str) -> Result<Option<&str>, Condition> {
        let mut values = self.all.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            return Err(Condition::invalid(name, "stands there twice"));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// A parameter that must be there.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Condition> {
        self.value(name)?.ok_or_else(|| Condition::invalid(name, super::MISSING))
    }

    /// The query as the signature in the header covers it.
    pub(super) fn canonical_query(&self) -> String {
        canonical(&self.all[..self.in_query], |_| true)
    }

    /// All parameters as the older signature covers them: without itself.
    pub(super) fn canonical_all(&self) -> String {
        canonical(&self.all, |name| name != "Signature")
    }
}

/// The body where it is a form; an empty one, which clients declare as this or that, is none.
fn form<'a>(request: &Request<'a>) -> Result<&'a [u8], Condition> {
    const FORM: &str = "application/x-www-form-urlencoded";
    if request.body.is_empty() || request.declares(FORM) != Some(false) {
        return Ok(request.body);
    }
    Err(Condition::UnsupportedMediaType { expected: FORM })
}

fn pairs(text: &str) -> Result<Vec<(String, String)>, Condition> {
    let filled = text.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Ok((decoded(name)?, decoded(value)?))
    };
    filled.map(pair).collect()
}

fn decoded(text: &str) -> Result<String, Condition> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().map_err(|_| not_utf8())?;
    Ok(decoded.into_owned())
}

fn not_utf8() -> Condition {
    Condition::invalid("parameters", "must be UTF-8, percent-encoded")
}

fn canonical(pairs: &[(String, String)], covers: impl Fn(&str) -> bool) -> String {
    let covered = pairs.iter().filter(|(name, _)| covers(name));
    let mut encoded: Vec<_> = covered.map(|(name, value)| (percent_encoded(name), percent_encoded(value))).collect();
    encoded.sort_unstable();
    encoded.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}
