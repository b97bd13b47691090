//! usher-proto
