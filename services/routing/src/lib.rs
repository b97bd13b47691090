//! usher-routing
