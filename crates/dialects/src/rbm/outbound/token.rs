//! Tokens for Google's API: a service account signs an assertion with its key and gets a token for it (RFC 7523;
//! <https://developers.google.com/identity/protocols/oauth2/service-account>).
//!
//! The audience stays Google's token address even where `token_uri` is another, as in Google's own clients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use usher_domain::Timestamp;

use crate::accounts::ServiceAccount;
use crate::outbound::{ProviderRequest, SendOutcome, Token, TokenGrant, form};

/// What the token allows.
const SCOPE: &str = "https://www.googleapis.com/auth/rcsbusinessmessaging";
/// Whom the assertion is for.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// How long an assertion counts, in seconds: the longest that Google takes.
const ASSERTION_SECONDS: i64 = 3_600;

/// The grant of a service account: one token for all its agents.
pub(super) fn grant(account: &ServiceAccount) -> TokenGrant {
    let name = format!("google {} {}", account.token_uri, account.client_email);
    let (account, secret) = (account.clone(), account.private_key.clone());
    TokenGrant::new(name, &secret, move |now| request(&account, now), Token::standard)
}

/// Whether assertions can be signed with the account's key.
pub(crate) fn is_signing_key(account: &ServiceAccount) -> bool {
    key_pair(account).is_some()
}

fn request(account: &ServiceAccount, now: Timestamp) -> Result<ProviderRequest, SendOutcome> {
    let unusable = || SendOutcome::rejected("the service account's private_key can not sign");
    let assertion = assertion(account, now).ok_or_else(unusable)?;
    let fields = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
    Ok(ProviderRequest {
        method: "POST",
        url: account.token_uri.clone(),
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: form(&fields).into_bytes(),
        grant: None,
    })
}

/// A JSON Web Token in its compact form (RFC 7515 §3.1), signed with RS256.
fn assertion(account: &ServiceAccount, now: Timestamp) -> Option<String> {
    let issued = now.millis().div_euclid(1_000);
    let mut header = json!({ "alg": "RS256", "typ": "JWT" });
    if let Some(id) = &account.private_key_id {
        header["kid"] = json!(id);
    }
    let claims = json!({
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + ASSERTION_SECONDS,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = sign(account, signed.as_bytes())?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn sign(account: &ServiceAccount, message: &[u8]) -> Option<Vec<u8>> {
    let key = key_pair(account)?;
    let mut signature = vec![0; key.public().modulus_len()];
    // The randomness only blinds the computation: the same message has the same signature.
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
    Some(signature)
}

fn key_pair(account: &ServiceAccount) -> Option<RsaKeyPair> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(account.private_key.expose_secret().as_bytes()).ok()?;
    RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()
}

#[cfg(test)]
mod tests {
    use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use usher_domain::Timestamp;

    use super::*;

    fn account() -> ServiceAccount {
        let file = json!({
            "type": "service_account", "client_email": "usher@acme.example", "private_key_id": "k1",
            "private_key": include_str!("../sample_key.pem"), "token_uri": "http://127.0.0.1:1/token",
        });
        secrecy::SecretString::from(file.to_string()).try_into().expect("a key file")
    }

    fn decoded(part: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    }

    #[test]
    fn a_service_account_asks_with_an_assertion_that_its_key_has_signed() {
        let request = grant(&account()).request(Timestamp::from_millis(1_614_265_330_250)).expect("a request");
        assert_eq!((request.method, request.url.as_str()), ("POST", "http://127.0.0.1:1/token"));
        let body = String::from_utf8(request.body).expect("a form");
        let given = body
            .strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=")
            .expect("the grant's type stands first");
        let [header, claims, signature] = given.split('.').collect::<Vec<_>>()[..] else { panic!("{given}") };
        assert_eq!(decoded(header), json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
        let expected = json!({
            "iss": "usher@acme.example", "scope": SCOPE, "aud": "https://oauth2.googleapis.com/token",
            "iat": 1_614_265_330, "exp": 1_614_268_930,
        });
        assert_eq!(decoded(claims), expected);
        let public = key_pair(&account()).expect("the sample's key").public_key().as_ref().to_vec();
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(format!("{header}.{claims}").as_bytes(), &signature)
            .expect("signed by the account's key");
    }

    #[test]
    fn agents_of_one_service_account_share_a_token_and_others_do_not() {
        let other = ServiceAccount { client_email: "other@acme.example".to_owned(), ..account() };
        assert_eq!(grant(&account()), grant(&account()));
        assert_ne!(grant(&account()), grant(&other));
        let other_key = ServiceAccount { private_key: "another".into(), ..account() };
        assert_ne!(grant(&account()), grant(&other_key), "a name without the secret gets nobody's token");
    }

    #[test]
    fn neither_key_nor_address_is_seen_in_debug() {
        let shown = format!("{:?} {:?}", account(), grant(&account()));
        assert!(!shown.contains("BEGIN") && !shown.contains("MII"), "{shown}");
    }
}
