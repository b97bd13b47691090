//! Rules and properties.
