//! What people look at instead of sending: calls of the native API that are answered from what usher has said before.

pub use crate::native::inbound::look::{Look, pattern, receive};
