//! Rooms of different size side by side: a round visits all of them with each operation, every other round in reverse
//! order. Of each batch the cost of one operation is kept; a ratio is the median over rounds of ratios within a round.

use crate::room::{Operation, Room, Size};
use crate::spread::{exponent, least, median};

const ROUNDS: usize = 31;
const BATCH: usize = 1_000;

/// A hundred agents in two groups, ten thousand waiting.
const USUAL: Size = Size { waiting: 10_000, agents: 100, groups: 2, skills: 1, elsewhere: 0, lanes: 1, labels: 0 };

/// A room with its name and its size as a number.
type Named = (String, f64, Size);

pub(crate) fn waiting() {
    let sizes = [1_000, 10_000, 100_000, 1_000_000];
    let named = |waiting: usize| (format!("{waiting} waiting"), waiting as f64, Size { waiting, ..USUAL });
    compare("Waiting sessions", &sizes.map(named));
}

pub(crate) fn agents() {
    let sizes = [10, 1_000, 10_000];
    let inside = |agents: usize| (format!("{agents} agents"), agents as f64, Size { agents, ..USUAL });
    compare("Agents of two groups", &sizes.map(inside));
    let outside = |elsewhere: usize| (format!("{elsewhere} agents"), elsewhere as f64, Size { elsewhere, ..USUAL });
    compare("Idle agents outside the groups", &sizes.map(outside));
    let skilled = |skills: usize| {
        (format!("{skills} groups"), skills as f64, Size { agents: 1_000, groups: 100, skills, ..USUAL })
    };
    compare("Groups of each agent", &[1, 5, 50].map(skilled));
}

/// Sessions that stand in several lanes at once, or want their agent to be something.
pub(crate) fn search() {
    let size = Size { groups: 24, agents: 400, ..USUAL };
    let wide = |lanes: usize| (format!("{lanes} lanes"), lanes as f64, Size { lanes, ..size });
    compare("Lanes of each session", &[1, 3, 10].map(wide));
    let size = Size { lanes: 3, labels: 2, groups: 10, ..USUAL };
    let picky = |waiting: usize| (format!("{waiting} waiting"), waiting as f64, Size { waiting, ..size });
    compare("Waiting sessions, each in three lanes and with two labels", &[1_000, 10_000, 100_000].map(picky));
    let picky = |agents: usize| (format!("{agents} agents"), agents as f64, Size { agents, ..size });
    compare("Agents, sessions in three lanes and with two labels", &[100, 1_000, 10_000].map(picky));
}

/// As large as a desk should ever be, beside a small one.
pub(crate) fn market() {
    let small = Size { waiting: 1_000, agents: 20, groups: 10, skills: 3, elsewhere: 0, lanes: 1, labels: 0 };
    let large =
        Size { waiting: 1_000_000, agents: 20_000, groups: 5_000, skills: 3, elsewhere: 0, lanes: 1, labels: 0 };
    compare(
        "A whole desk, three groups an agent: 1,000 waiting, 20 agents, 10 groups; 1,000,000 waiting, 20,000 agents, 5,000 groups",
        &[("small".into(), 1_000.0, small), ("large".into(), 1_000_000.0, large)],
    );
}

fn compare(title: &str, named: &[Named]) {
    let mut rooms: Vec<Room> = named.iter().map(|(_, _, size)| Room::filled(*size)).collect();
    println!("\n## {title}\n\nMicroseconds an operation, least and median of {ROUNDS} batches of {BATCH}.\n");
    let names: Vec<&str> = named.iter().map(|(name, _, _)| name.as_str()).collect();
    println!("| operation | {} | last / first | exponent |", names.join(" | "));
    println!("| --- |{} --- | --- |", " --- |".repeat(named.len()));
    for operation in Operation::ALL {
        let costs = measure(&mut rooms, operation);
        print_row(operation, named, &costs);
    }
}

/// Cost of one operation in µs, by room, then by round.
fn measure(rooms: &mut [Room], operation: Operation) -> Vec<Vec<f64>> {
    let mut costs = vec![Vec::with_capacity(ROUNDS); rooms.len()];
    for round in 0..=ROUNDS {
        let mut order: Vec<usize> = (0..rooms.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let taken = rooms[index].run(operation, BATCH);
            // The first round warms the room up.
            if round > 0 {
                costs[index].push(taken.as_secs_f64() * 1e6 / BATCH as f64);
            }
        }
    }
    costs
}

fn print_row(operation: Operation, named: &[Named], costs: &[Vec<f64>]) {
    let cells: Vec<String> =
        costs.iter().map(|costs| format!("{:.2}, {:.2}", least(costs), median(costs.clone()))).collect();
    let ratios = costs[0].iter().zip(&costs[costs.len() - 1]).map(|(first, last)| last / first).collect();
    let growth: Vec<(f64, f64)> = named.iter().zip(costs).map(|(named, costs)| (named.1, least(costs))).collect();
    println!("| {} | {} | {:.2} | {:.3} |", operation.name(), cells.join(" | "), median(ratios), exponent(&growth));
}
