//! The two kinds of token that a client of Huawei has. The kind stands inside, so that a token of one kind is none of the
//! other.

use std::time::Duration;

use secrecy::SecretString;
use usher_domain::Timestamp;

use crate::inbound::sealed;

/// How long an `AccessToken` lives, as the vendor's do.
pub(super) const ACCESS_LIFE: Duration = Duration::from_secs(600);
/// How long a `ccmessaging-token` lives, as the vendor's do.
pub(super) const MESSAGING_LIFE: Duration = Duration::from_secs(3_600);
/// How much longer it counts, to be replaced.
pub(super) const MESSAGING_GRACE: Duration = Duration::from_secs(3_600);

/// What a token says.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// This application has shown its secret.
    Access { app_key: String },
    /// This user may write on this channel of this application.
    Messaging { app_key: String, channel: String, user: String },
}

/// Why a token does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// It is none of ours.
    Forged,
    /// It was ours.
    Expired,
}

/// Kind, application, channel, user, instant of expiry in milliseconds.
type Claims = (String, String, String, String, i64);

const ACCESS: &str = "access";
const MESSAGING: &str = "messaging";

/// A token that counts from `now` for its kind's life.
pub(super) fn seal(key: &SecretString, token: Token, now: Timestamp) -> String {
    let claims: Claims = match token {
        Token::Access { app_key } => (ACCESS.to_owned(), app_key, String::new(), String::new(), ends(now, ACCESS_LIFE)),
        Token::Messaging { app_key, channel, user } => {
            (MESSAGING.to_owned(), app_key, channel, user, ends(now, MESSAGING_LIFE))
        }
    };
    sealed::seal(key, &claims)
}

fn ends(now: Timestamp, life: Duration) -> i64 {
    now.plus(life).millis()
}

/// What a token says, if it is ours and counts, and whether its life has ended: such a one must be replaced.
pub(super) fn open(key: &SecretString, text: &str, now: Timestamp) -> Result<(Token, bool), Refused> {
    let (kind, app_key, channel, user, ends): Claims = sealed::open(key, text).ok_or(Refused::Forged)?;
    let (token, grace) = match kind.as_str() {
        ACCESS => (Token::Access { app_key }, Duration::ZERO),
        MESSAGING => (Token::Messaging { app_key, channel, user }, MESSAGING_GRACE),
        _ => return Err(Refused::Forged),
    };
    if now >= Timestamp::from_millis(ends).plus(grace) {
        return Err(Refused::Expired);
    }
    Ok((token, now.millis() >= ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn access() -> Token {
        Token::Access { app_key: "app".to_owned() }
    }

    #[test]
    fn tokens_count_until_their_life_ends() {
        let key = SecretString::from("k".repeat(32));
        let token = seal(&key, access(), NOW);
        assert!(open(&key, &token, NOW).is_ok_and(|opened| opened == (access(), false)));
        let last = NOW.plus(ACCESS_LIFE).minus(Duration::from_millis(1));
        assert!(open(&key, &token, last).is_ok_and(|(_, has_ended)| !has_ended));
        assert_eq!(open(&key, &token, NOW.plus(ACCESS_LIFE)).err(), Some(Refused::Expired));
    }

    #[test]
    fn altered_tokens_and_those_of_another_key_are_forged() {
        let key = SecretString::from("k".repeat(32));
        let token = seal(&key, access(), NOW);
        for (at, byte) in token.bytes().enumerate() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if byte == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(open(&key, &altered, NOW).err(), Some(Refused::Forged), "byte {at}");
        }
        assert_eq!(open(&SecretString::from("other"), &token, NOW).err(), Some(Refused::Forged));
        for text in ["", ".", "a", "é.é", "e30."] {
            assert_eq!(open(&key, text, NOW).err(), Some(Refused::Forged), "{text}");
        }
    }
}
