//! Records of `conversations-state`: the state of the conversation core.
