//! State of the desk core.
