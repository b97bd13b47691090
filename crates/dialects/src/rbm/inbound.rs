//! rbm: request → inputs or refusal.
