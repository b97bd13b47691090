#![allow(clippy::unwrap_used, reason = "tests")]

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// A `deliver_sm` with this sender and these TLVs.
fn deliver(sequence: u32, source: &[u8], tlvs: &[u8]) -> Vec<u8> {
    let body = [b"\0\x01\x01", source, b"\0\x01\x01123\0\x04\0\0\0\0\0\0\0\0\x02Hi", tlvs].concat();
    pdu(5, sequence, &body)
}

fn pdu(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).unwrap();
    [[length, command, 0, sequence].map(u32::to_be_bytes).concat().as_slice(), body].concat()
}

/// What comes out when this goes in by so many octets at a time, and what is kept out.
async fn sifted(octets: &[u8], at_a_time: usize) -> (Vec<u8>, Vec<u32>) {
    let (ours, mut theirs) = tokio::io::duplex(at_a_time);
    let (unread, mut told) = mpsc::channel(100);
    let mut sieve = Sieve::new(ours, 1_000, unread);
    let octets = octets.to_vec();
    tokio::spawn(async move { theirs.write_all(&octets).await.unwrap() });
    let mut out = Vec::new();
    sieve.read_to_end(&mut out).await.unwrap();
    (out, std::iter::from_fn(|| told.try_recv().ok()).collect())
}

#[tokio::test]
async fn what_can_be_read_comes_through_unchanged_however_it_is_cut() {
    let octets = [
        pdu(0x15, 1, b""),
        deliver(2, b"123", b""),
        pdu(0x8000_0004, 3, b"name\0"),
        deliver(4, b"456", b"\x00\x1e\x00\x02a\0"),
    ]
    .concat();
    for at_a_time in [1, 7, 10_000] {
        assert_eq!(sifted(&octets, at_a_time).await, (octets.clone(), Vec::new()));
    }
}

#[tokio::test]
async fn what_can_not_be_read_is_kept_out_by_its_number() {
    let (good, after) = (deliver(1, b"123", b""), pdu(0x15, 4, b""));
    let octets = [good.clone(), deliver(2, b"T\xc3\xa9l", b""), pdu(5, 3, &[0xff; 9]), after.clone()].concat();
    assert_eq!(sifted(&octets, 10_000).await, ([good, after].concat(), vec![2, 3]));
}

#[tokio::test]
async fn a_name_without_its_end_gets_one() {
    let (without, with) = (b"\x00\x1e\x00\x02ab\x04\x27\x00\x01\x02", b"\x00\x1e\x00\x03ab\0\x04\x27\x00\x01\x02");
    assert_eq!(sifted(&deliver(1, b"1", without), 10_000).await, (deliver(1, b"1", with), Vec::new()));
    let twice = b"\x00\x1e\x00\x04ab\0\0\x04\x27\x00\x01\x02";
    assert_eq!(sifted(&deliver(1, b"1", twice), 10_000).await, (deliver(1, b"1", with), Vec::new()));
}

#[tokio::test]
async fn what_is_no_pdu_is_left_to_the_client() {
    for length in [4_u32, 1_001] {
        let octets = [deliver(1, b"1", b""), length.to_be_bytes().to_vec(), vec![0; 40]].concat();
        assert_eq!(sifted(&octets, 10_000).await, (octets.clone(), Vec::new()));
    }
}
