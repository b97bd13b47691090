//! An SMSC that speaks SMPP 3.4 (`SMPP_v3_4_Issue1_2`): what is submitted and what is delivered, without the connection.
//! PDUs themselves are written and read by delivery's session.

mod alphabet;
pub mod inbound;
pub mod outbound;
mod provider_id;
mod segments;

pub use provider_id::of_answer;
pub use segments::Segment;
