//! sms: request → inputs or refusal.
