//! Short messages; a folder per kind of provider, because they have nothing in common but the SMS.

pub mod aliyun;
pub mod inbound;
pub mod incoming;
pub mod outbound;
pub mod smpp;
pub mod twilio;
