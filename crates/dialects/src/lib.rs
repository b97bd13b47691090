//! usher-dialects
