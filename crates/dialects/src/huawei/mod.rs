//! Huawei Cloud AICC: `sendAsync` and its token calls in, the push downlink (OAuth) out.

pub mod inbound;
pub mod outbound;
