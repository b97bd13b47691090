//! huawei: delivery → provider request or outcome.
