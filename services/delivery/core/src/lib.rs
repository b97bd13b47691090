//! usher-delivery-core
