//! Huawei Cloud AICC: `sendAsync`, its token and file calls in; out by push to the tenant's server, or collected by the
//! visitor's page with `poll`.

mod code;
pub mod inbound;
pub mod outbound;
pub(crate) mod pull;
