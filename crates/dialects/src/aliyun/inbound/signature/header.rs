//! `Authorization: ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`.

use secrecy::{ExposeSecret, SecretString};

use super::Claim;
use crate::aliyun::inbound::parameters::Parameters;
use crate::aliyun::inbound::{ROOT, Refusal};
use crate::condition::Condition;
use crate::inbound::Request;
use crate::inbound::signature::{hex, hmac_sha256, same_secret, sha256_hex};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The headers that a signature must cover; clients cover more (W3).
const COVERED: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

/// Most headers that a signature covers: so many values are copied before it is known who calls.
const COVERED_MAX: usize = 32;

pub(super) fn check<'r, 's>(
    request: &Request<'r>,
    parameters: &Parameters,
    secret: impl FnOnce(&str) -> Result<&'s SecretString, Condition>,
) -> Result<Claim<'r>, Condition> {
    let given = Given::read((request.header)("authorization").ok_or_else(|| Refusal::Incomplete.told())?)?;
    let header = |name: &str| (request.header)(name).map(str::trim).ok_or_else(|| Refusal::Incomplete.told());
    let hash = sha256_hex(request.body);
    if !header("x-acs-content-sha256")?.eq_ignore_ascii_case(&hash) {
        return Err(Refusal::OtherBody.told());
    }
    let headers = given.signed_headers.split(';').map(|name| Ok(format!("{name}:{}\n", header(name)?)));
    let headers = headers.collect::<Result<String, Condition>>()?;
    let (method, query) = (request.method, parameters.canonical_query());
    let canonical = format!("{method}\n{ROOT}\n{query}\n{headers}\n{}\n{hash}", given.signed_headers);
    let signed = format!("{ALGORITHM}\n{}", sha256_hex(canonical));
    let expected = hex(&hmac_sha256(secret(given.key)?.expose_secret(), signed.as_bytes()));
    if !same_secret(&expected, &given.signature.to_ascii_lowercase()) {
        return Err(Refusal::OtherSignature.told());
    }
    Ok(Claim { key: given.key, nonce: header("x-acs-signature-nonce")?, at: header("x-acs-date")? })
}

/// What the header says.
struct Given<'a> {
    key: &'a str,
    /// Lower-case names, as they were signed.
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Given<'a> {
    fn read(text: &'a str) -> Result<Self, Condition> {
        let fields = text
            .strip_prefix(ALGORITHM)
            .and_then(|rest| rest.strip_prefix(' '))
            .ok_or_else(|| Refusal::Incomplete.told())?;
        let field = |name: &str| {
            let named = fields.split(',').filter_map(|part| part.trim().split_once('='));
            let mut values = named.filter(|(key, _)| *key == name).map(|(_, value)| value);
            values.next().filter(|value| !value.is_empty()).ok_or_else(|| Refusal::Incomplete.told())
        };
        let given =
            Self { key: field("Credential")?, signed_headers: field("SignedHeaders")?, signature: field("Signature")? };
        let covered: Vec<&str> = given.signed_headers.split(';').collect();
        let fits = covered.len() <= COVERED_MAX && COVERED.iter().all(|name| covered.contains(name));
        if fits { Ok(given) } else { Err(Refusal::Uncovered.told()) }
    }
}
