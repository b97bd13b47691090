//! Holds the page of features to the code: each row names a test that exists, or says that usher does not do it yet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../docs/features.md");

/// The rows of all tables: what the document says, and by what it is shown.
fn rows() -> Vec<(&'static str, &'static str)> {
    let lines = PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let rows = lines.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [said, shown] = cells.as_slice() else { panic!("not two cells: {line}") };
        (*said, *shown)
    });
    rows.filter(|(_, shown)| *shown != "shown by").collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of all tests of the project.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["crates", "proto/src", "services", "tests"] {
        sources(&root.join(folder), &mut files);
    }
    files.iter().flat_map(|file| names(&std::fs::read_to_string(file).expect("a source file"))).collect()
}

/// The functions below `#[test]`, with other attributes between them or not.
fn names(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
            if std::mem::take(&mut is_test) {
                names.extend(rest.split('(').next().map(str::to_owned));
            }
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            is_test = false;
        }
    }
    names
}

#[test]
fn every_feature_names_a_test_that_exists_or_is_not_yet_there() {
    let tests = tests();
    assert!(rows().len() > 40, "the page has lost its tables");
    for (said, shown) in rows() {
        if shown.starts_with("not yet") {
            continue;
        }
        let name = shown.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let name = name.unwrap_or_else(|| panic!("no test and not `not yet`: {said}: {shown}"));
        assert!(tests.contains(name), "{said}: there is no test {name}");
    }
}
