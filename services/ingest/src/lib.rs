//! usher-ingest
