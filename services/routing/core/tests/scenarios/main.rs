//! Stories of the waiting room as readable texts: what happens, and below each line, behind `>`, all that follows from
//! it. They are reviewed as diffs. `README.md` beside them says how one is written.
//!
//! Each is played on the real cores, and once more on cores that before each record know only what they wrote.

mod acts;
mod directory;
mod stage;
mod tell;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stage::Stage;

/// How long after an act the next one happens.
const BREATH: Duration = Duration::from_secs(1);
/// With this variable the texts are written as things happen; then read what has changed.
const BLESS: &str = "BLESS";
/// Plays only the files whose path has this in it, where it is set.
const ONLY: &str = "SCENARIO";

/// One thing that happens, as it stands in the text.
struct Act {
    /// Comments and empty lines before it.
    before: Vec<String>,
    line: String,
    /// The indented lines below it.
    block: Vec<String>,
    /// What is said to follow.
    follows: Vec<String>,
}

#[test]
fn everything_happens_as_it_is_written() {
    let mut wrong = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).expect("a text");
        let played = play(&text, false);
        if let Some(difference) = difference(&played, &play(&text, true)) {
            wrong.push(format!("{}: restored cores say something else:\n{difference}", file.display()));
        } else if let Some(difference) = difference(&text, &played) {
            if std::env::var_os(BLESS).is_some() {
                fs::write(&file, &played).expect("the text can be written");
            } else {
                wrong.push(format!("{}:\n{difference}", file.display()));
            }
        }
    }
    let how = format!("If that is as it should be: {BLESS}=1 cargo test -p usher-routing-core --test scenarios");
    assert!(wrong.is_empty(), "{}\n{how}", wrong.join("\n"));
}

#[test]
fn what_does_not_follow_is_found() {
    let text = "directory:\n    agent li:\n\nli is online\n";
    let played = play(text, false);
    assert!(difference(text, &played).is_some_and(|found| found.contains("\n+ > fact: agent presence: agent li")));
    assert_eq!(difference(&played, &play(&played, true)), None);
    let lie = played.replace("presence online", "presence busy");
    assert_ne!(lie, played);
    assert!(difference(&lie, &played).is_some_and(|found| found.starts_with("  li is online\n- > ")));
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let entries = fs::read_dir(folder).expect("the folder of the scenarios").map(|entry| entry.expect("a file").path());
    let only = std::env::var_os(ONLY).unwrap_or_default();
    let is_meant = |path: &PathBuf| path.to_string_lossy().contains(&*only.to_string_lossy());
    let is_text = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "txt");
    let mut files: Vec<_> = entries.filter(|path| is_text(path) && is_meant(path)).collect();
    files.sort();
    assert!(!files.is_empty(), "there are scenarios");
    files
}

/// The text with what really follows.
fn play(text: &str, restarts: bool) -> String {
    let mut stage = Stage::new(restarts);
    let (acts, after) = read(text);
    let mut played = String::new();
    for act in acts {
        if act.line == "directory:" {
            directory::publish(&mut stage, &act.block);
            stage.settle();
        } else {
            acts::carry_out(&mut stage, &act.line);
        }
        stage.pass(BREATH);
        let block = act.block.iter().map(|line| format!("    {line}"));
        let follows = stage.take_told().into_iter().map(|line| format!("> {line}"));
        for line in act.before.into_iter().chain([act.line]).chain(block).chain(follows) {
            played = format!("{played}{line}\n");
        }
    }
    after.iter().fold(played, |played, line| format!("{played}{line}\n"))
}

/// The acts of a text, and what stands behind the last one.
fn read(text: &str) -> (Vec<Act>, Vec<String>) {
    let (mut acts, mut before) = (Vec::<Act>::new(), Vec::new());
    for line in text.lines() {
        let last = acts.last_mut().filter(|_| before.is_empty());
        match last {
            Some(act) if line.starts_with('>') => act.follows.push(line.to_owned()),
            Some(act) if line.starts_with(' ') => act.block.push(line.trim().to_owned()),
            _ if line.is_empty() || line.starts_with('#') => before.push(line.to_owned()),
            _ => {
                assert!(!line.starts_with(['>', ' ']), "nothing happens before this line: {line}");
                let before = std::mem::take(&mut before);
                acts.push(Act { before, line: line.to_owned(), block: Vec::new(), follows: Vec::new() });
            }
        }
    }
    (acts, before)
}

/// Each act after which something else follows, with what is missing (`-`) and what is there instead (`+`).
fn difference(said: &str, played: &str) -> Option<String> {
    let mut found = String::new();
    for (said, played) in read(said).0.iter().zip(read(played).0) {
        let (one, other) = (&said.follows, &played.follows);
        let front = one.iter().zip(other).take_while(|(one, other)| one == other).count();
        let ends = one[front..].iter().rev().zip(other[front..].iter().rev());
        let back = ends.take_while(|(one, other)| one == other).count();
        if one == other {
            continue;
        }
        found = format!("{found}  {}\n", played.line);
        let missing = one[front..one.len() - back].iter().map(|line| format!("- {line}\n"));
        let instead = other[front..other.len() - back].iter().map(|line| format!("+ {line}\n"));
        found.extend(missing.chain(instead));
    }
    (!found.is_empty()).then_some(found)
}
