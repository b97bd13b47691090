//! The conversation core.
