//! A Twilio-style HTTP provider: status callbacks in, sending out.

pub mod inbound;
pub mod outbound;
