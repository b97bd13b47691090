//! The generated types of package `usher.v1`, as they stand on the wire. Only the codec and tests touch them;
//! everything else uses the types of `usher-domain`.

#![allow(missing_docs, reason = "generated from the .proto files, which carry the comments")]
#![allow(clippy::all, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/usher.v1.rs"));
