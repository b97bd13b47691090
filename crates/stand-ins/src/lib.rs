//! usher-stand-ins
