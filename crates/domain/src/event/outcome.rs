//! What becomes of a message: the join of its receipts, and how one with a deadline ended.

/// The join of receipts: `Accepted < Sent < Delivered < Read`, and `Failed`, `Expired` lose to `Delivered` (I17).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Status {
    /// In usher's hands.
    #[default]
    Accepted,
    /// The provider took it.
    Sent,
    /// Its deadline passed.
    Expired,
    /// It was refused, or tries were used up.
    Failed,
    /// It reached the device.
    Delivered,
    /// It was opened.
    Read,
}

/// How a message with a deadline ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It arrived in time.
    Delivered,
    /// An SMS was ordered instead.
    FellBack,
    /// An SMS was ordered although the message may have arrived.
    FellBackAtRisk,
    /// Nothing was sent instead, by policy.
    Suppressed,
    /// Nothing could be sent instead.
    Failed,
}

/// Why it ended so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutcomeReason {
    /// A receipt says so.
    Receipt,
    /// The provider can not reach the recipient.
    NotReachable,
    /// The provider revoked it at its deadline.
    TtlRevoked,
    /// It was never submitted.
    NeverSubmitted,
    /// Its fate was unknown at the deadline, and it is critical.
    Critical,
    /// The revoke was answered with 200, and no report came in the grace.
    Revoked,
    /// No evidence came in the grace.
    NoEvidence,
    /// The visitor has opted out.
    OptedOut,
    /// There is no phone number.
    NoNumber,
    /// Fallback is off for this message.
    FallbackOff,
    /// It has nothing that an SMS could say.
    NoText,
    /// An agent took it back.
    Recalled,
}
