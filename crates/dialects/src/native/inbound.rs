//! native: request → inputs or refusal.
