//! Easemob (环信) IM and its customer service: callbacks and REST messages in, the REST send out.

mod hmac;
pub mod inbound;
pub mod outbound;
