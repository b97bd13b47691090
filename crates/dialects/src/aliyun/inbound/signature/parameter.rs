//! `Signature` among the parameters, version 1.0: base64 of HMAC-SHA1 with the key `secret&` over
//! `METHOD&%2F&` and the encoded, sorted parameters (W7).

use secrecy::{ExposeSecret, SecretString};

use super::Claim;
use crate::aliyun::inbound::parameters::Parameters;
use crate::aliyun::inbound::{ROOT, Refusal};
use crate::condition::Condition;
use crate::inbound::Request;
use crate::inbound::signature::is_hmac_sha1;
use crate::outbound::percent_encoded;

pub(super) fn check<'c, 's>(
    request: &Request<'_>,
    parameters: &'c Parameters,
    secret: impl FnOnce(&str) -> Result<&'s SecretString, Condition>,
) -> Result<Claim<'c>, Condition> {
    let given = parameters.needed("Signature")?;
    let claim = Claim {
        key: parameters.needed("AccessKeyId")?,
        nonce: parameters.needed("SignatureNonce")?,
        at: parameters.needed("Timestamp")?,
    };
    for (name, only) in [("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")] {
        if parameters.needed(name)? != only {
            return Err(Condition::invalid(name, format!("must be {only}")));
        }
    }
    let (root, all) = (percent_encoded(ROOT), percent_encoded(&parameters.canonical_all()));
    let signed = format!("{}&{root}&{all}", request.method);
    let key = format!("{}&", secret(claim.key)?.expose_secret());
    if is_hmac_sha1(&key, signed.as_bytes(), given) { Ok(claim) } else { Err(Refusal::OtherSignature.told()) }
}
