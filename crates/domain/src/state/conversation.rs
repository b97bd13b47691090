//! State of the conversation core.
