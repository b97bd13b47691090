//! usher-routing-core
