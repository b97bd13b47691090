//! What stands on topics: any bytes as an envelope, and as state. What is read is written the same again.

use usher_proto::{decode, encode, show, state};

pub fn fuzz(data: &[u8]) {
    if let Ok(envelope) = decode(data) {
        let bytes = encode(&envelope);
        assert_eq!(decode(&bytes).as_ref(), Ok(&envelope));
    }
    let _ = show(data, true);
    let _ = state::conversation::decode_key(data);
    let _ = state::conversation::decode_value(data);
    let _ = state::desk::decode_key(data);
    let _ = state::desk::decode_value(data);
}
