//! usher-e2e
