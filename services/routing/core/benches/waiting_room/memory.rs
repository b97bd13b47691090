//! What a waiting session and an agent cost in bytes: the slope over rooms of growing size, everything counted that the
//! desk holds.

use crate::counting::alive;
use crate::room::{Room, Size};
use crate::spread::line;

const SMALL: Size = Size { waiting: 0, agents: 100, groups: 10, skills: 1, elsewhere: 0, lanes: 1, labels: 0 };

pub(crate) fn measure() {
    println!("\n## Memory\n\n| one more | bytes | beside | R² |\n| --- | --- | --- | --- |");
    let waiting =
        [1_000, 10_000, 100_000, 1_000_000].map(|waiting| (waiting as f64, of_waiting(Size { waiting, ..SMALL })));
    row("waiting session, its ids and its group's name in the demand counted", &waiting);
    let size = Size { lanes: 3, labels: 2, ..SMALL };
    let waiting = [1_000, 10_000, 100_000].map(|waiting| (waiting as f64, of_waiting(Size { waiting, ..size })));
    row("waiting session in three lanes and with two labels", &waiting);
    for skills in [1, 3, 10] {
        let agents = [10, 100, 1_000, 10_000].map(|agents| (agents as f64, of_agents(agents, skills)));
        row(&format!("idle agent in {skills} groups"), &agents);
    }
}

fn row(what: &str, points: &[(f64, f64)]) {
    let (beside, each, r2) = line(points);
    println!("| {what} | {each:.0} | {beside:.0} | {r2:.4} |");
}

fn of_waiting(size: Size) -> f64 {
    let mut room = Room::empty(size);
    room.furnish();
    let before = alive();
    room.fill();
    (alive() - before) as f64
}

fn of_agents(agents: usize, skills: usize) -> f64 {
    let mut room = Room::empty(Size { agents, skills, groups: 100, ..SMALL });
    let before = alive();
    room.furnish();
    (alive() - before) as f64
}
