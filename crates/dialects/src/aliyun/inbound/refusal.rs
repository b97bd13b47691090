//! What Alibaba Cloud's clients are told: its own codes, which callers know, beside our sentences.

use crate::condition::Condition;

/// What is wrong about a parameter that is not there.
pub(super) const MISSING: &str = "is missing";

/// The refusals for which the vendor has a code of its own. The sentence is what a condition carries, so the code is found
/// by it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No signature that could be checked.
    Incomplete,
    /// A signature that leaves out what must be covered.
    Uncovered,
    /// The key is unknown.
    NoSuchKey,
    /// The signature is not ours.
    OtherSignature,
    /// The body is not the one that was signed.
    OtherBody,
    /// The older signature, where it is not taken.
    OlderSignature,
    /// The instant can not be read.
    InvalidTimeStamp,
    /// The instant is outside the window.
    Expired,
    /// The nonce was used before.
    NonceUsed,
    /// Another action.
    NoSuchAction,
    /// Another version of the interface.
    NoSuchVersion,
    /// An agent that is not one of the key's accounts.
    NoSuchAgent,
}

impl Refusal {
    /// The condition that says it.
    pub(super) fn told(self) -> Condition {
        let sentence = self.sentence().to_owned();
        match self {
            Self::NoSuchAction | Self::NoSuchVersion | Self::NoSuchAgent => Condition::NotFound(sentence),
            _ => Condition::Unauthorised(sentence),
        }
    }

    const ALL: [Self; 12] = [
        Self::Incomplete,
        Self::Uncovered,
        Self::NoSuchKey,
        Self::OtherSignature,
        Self::OtherBody,
        Self::OlderSignature,
        Self::InvalidTimeStamp,
        Self::Expired,
        Self::NonceUsed,
        Self::NoSuchAction,
        Self::NoSuchVersion,
        Self::NoSuchAgent,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Incomplete | Self::Uncovered => "IncompleteSignature",
            Self::NoSuchKey => "InvalidAccessKeyId.NotFound",
            Self::OtherSignature | Self::OtherBody => "SignatureDoesNotMatch",
            Self::OlderSignature => "UnsupportedSignatureVersion",
            Self::InvalidTimeStamp => "InvalidTimeStamp.Format",
            Self::Expired => "InvalidTimeStamp.Expired",
            Self::NonceUsed => "SignatureNonceUsed",
            Self::NoSuchAction => "InvalidAction.NotFound",
            Self::NoSuchVersion => "NoSuchVersion",
            Self::NoSuchAgent => "InvalidAIAgentId.NotFound",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Incomplete => "Authorization must be ACS3-HMAC-SHA256 with Credential, SignedHeaders and Signature",
            Self::Uncovered => {
                "SignedHeaders must name host, x-acs-action, x-acs-content-sha256, x-acs-date, x-acs-signature-nonce and \
                 x-acs-version"
            }
            Self::NoSuchKey => "the access key is not known",
            Self::OtherSignature => {
                "the signature does not fit; check the secret, and that nothing in between changes Host, path or query"
            }
            Self::OtherBody => "x-acs-content-sha256 is not the hash of the body",
            Self::OlderSignature => "this account does not take signatures of version 1.0; allow_v1 is its switch",
            Self::InvalidTimeStamp => "the signed instant must be like 2021-04-28T01:25:22Z",
            Self::Expired => "the signed instant is more than 15 minutes away from ours",
            Self::NonceUsed => "the signature's nonce was used before",
            Self::NoSuchAction => "Action: there is SendMessageChatText only",
            Self::NoSuchVersion => "Version: there is 2020-11-09 only",
            Self::NoSuchAgent => "AIAgentId: no account of this access key has such an agent",
        }
    }
}

/// The code of a condition.
pub(super) fn code(condition: &Condition) -> &'static str {
    let known = |sentence: &str| Refusal::ALL.into_iter().find(|refusal| refusal.sentence() == sentence);
    match condition {
        Condition::Invalid { problem, .. } if problem == MISSING => "MissingParameter",
        Condition::Invalid { .. } => "InvalidParameter",
        Condition::Unauthorised(sentence) => known(sentence).map_or("Unauthorized", Refusal::code),
        Condition::Forbidden(_) => "Forbidden",
        Condition::NotFound(sentence) => known(sentence).map_or("NotFound", Refusal::code),
        Condition::MethodNotAllowed { .. } => "UnsupportedHTTPMethod",
        Condition::TooLarge { .. } => "RequestEntityTooLarge",
        Condition::HeadTooLarge { .. } => "RequestHeaderTooLarge",
        Condition::UnsupportedMediaType { .. } => "UnsupportedMediaType",
        Condition::TooSlow { .. } => "RequestTimeout",
        Condition::Unavailable { .. } => "ServiceUnavailable",
        Condition::Internal => "InternalError",
    }
}
