//! native: delivery → provider request or outcome.
