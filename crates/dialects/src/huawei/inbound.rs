//! huawei: request → inputs or refusal.
