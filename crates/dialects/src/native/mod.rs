//! Our own JSON API in; our own signed webhooks (Standard Webhooks) out, to channel, workspace and bot.

pub mod inbound;
pub mod outbound;
#[cfg(test)]
mod page;
