//! Alibaba Cloud's message chat (IMS, version 2020-11-09): the tenant's server pushes with `SendMessageChatText`, the
//! customer's client collects what waits for it.

pub mod inbound;
pub mod outbound;
