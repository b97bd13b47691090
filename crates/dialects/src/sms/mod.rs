//! Short messages; a folder per kind of provider, because they have nothing in common but the SMS.

pub mod inbound;
pub mod outbound;
pub mod twilio;
