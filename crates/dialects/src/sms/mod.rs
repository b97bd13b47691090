//! Short messages over a Twilio-style HTTP provider: status callbacks in, sending out.

pub mod inbound;
pub mod outbound;
