//! Records of `desks-state`: the state of the desk core.
