//! usher-delivery
