//! Alibaba Cloud's SMS service (`dysmsapi`, version 2017-05-25): reports and incoming SMS in, `SendSms` out.

pub mod inbound;
mod out_id;
pub mod outbound;
mod signature;
