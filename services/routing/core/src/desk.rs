//! The desk core.
