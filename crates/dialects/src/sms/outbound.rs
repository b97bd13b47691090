//! sms: delivery → provider request or outcome.
