//! rbm: delivery → provider request or outcome.
