//! What a waiting session costs in bytes, counted at the allocator: the one figure of the waiting room that is the same
//! on every machine. The room and the counting are the benchmark's.

#[path = "../benches/waiting_room/counting.rs"]
mod counting;
#[path = "../benches/waiting_room/members.rs"]
mod members;
#[allow(dead_code, reason = "what takes the time is the benchmark's only")]
#[path = "../benches/waiting_room/room.rs"]
mod room;

use room::{Room, Size};

fn bytes_of(waiting: usize) -> i64 {
    let mut room = Room::empty(Size { waiting, agents: 10, groups: 2, skills: 1, elsewhere: 0, lanes: 1, labels: 0 });
    room.furnish();
    let before = counting::alive();
    room.fill();
    counting::alive() - before
}

#[test]
fn a_waiting_session_takes_no_more_than_256_bytes_with_its_ids() {
    let (few, many) = (bytes_of(2_000), bytes_of(26_000));
    let each = (many - few) / 24_000;
    assert!((1..=256).contains(&each), "{each} bytes for each waiting session");
}
