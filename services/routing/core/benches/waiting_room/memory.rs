//! What a waiting session and an agent cost in bytes: the slope over rooms of growing size, everything counted that the
//! desk holds.

use crate::counting::alive;
use crate::room::{Room, Size};
use crate::spread::line;

const SMALL: Size = Size { waiting: 0, agents: 100, groups: 10, skills: 1, elsewhere: 0 };

pub(crate) fn measure() {
    println!("\n## Memory\n\n| one more | bytes | beside | R² |\n| --- | --- | --- | --- |");
    let waiting = [1_000, 10_000, 100_000, 1_000_000].map(|waiting| (waiting as f64, of_waiting(waiting)));
    row("waiting session, its ids and its group's name in the demand counted", &waiting);
    for skills in [1, 3, 10] {
        let agents = [10, 100, 1_000, 10_000].map(|agents| (agents as f64, of_agents(agents, skills)));
        row(&format!("idle agent in {skills} groups"), &agents);
    }
}

fn row(what: &str, points: &[(f64, f64)]) {
    let (beside, each, r2) = line(points);
    println!("| {what} | {each:.0} | {beside:.0} | {r2:.4} |");
}

fn of_waiting(waiting: usize) -> f64 {
    let mut room = Room::empty(Size { waiting, ..SMALL });
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
