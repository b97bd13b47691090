//! The vendors' protocols, pure both ways: a request becomes inputs or a refusal ([`inbound`]), a delivery becomes
//! provider requests and an outcome ([`outbound`]), a client that comes for its messages gets them ([`pull`]). One folder
//! per dialect, the same files in the same order:
//! `mod.rs` (what it is), `inbound.rs`, `outbound.rs`, tests as rows. No I/O, no clock: the instant is an argument.

pub mod accounts;
pub mod condition;
pub mod inbound;
pub mod look;
pub mod media;
pub mod outbound;
pub mod pull;

pub mod aliyun;
pub mod easemob;
pub mod huawei;
pub mod native;
pub mod rbm;
pub mod sms;
