//! Google RCS for Business: its webhook in; send and revoke out.

pub mod inbound;
pub mod outbound;
