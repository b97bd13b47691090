//! The program as people start it, without any Kafka: the samples are whole, and a refusal is one sentence that names
//! the fix.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Nobody listens there.
const NO_KAFKA: &str = "127.0.0.1:1";
/// A session's name as it may be.
const SESSION: &str = "f8cca38601cc6fe8bfae5198501d406e.1700000000000.a854ae81db55c3af";
/// Longer than a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/samples")
}

/// The program with nothing of this environment but the sample secrets, in a folder where no file of ours is.
fn usher(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command.args(arguments).env_clear().current_dir(std::env::temp_dir()).stdin(Stdio::null());
    command.env("USHER__KAFKA__BROKERS", NO_KAFKA).envs(secrets());
    command
}

fn secrets() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(samples().join("env.sample")).expect("the sample is there");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('=').expect("NAME=value")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Killed when dropped, also by a test that fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn answers(address: &str) -> bool {
    std::net::TcpStream::connect(address).is_ok()
}

#[test]
fn the_samples_start_every_service() {
    let config = samples().join("usher.toml");
    for service in ["ingest", "routing", "delivery"] {
        let admin = free_address();
        let mut command = usher(&[service, "--config", &config.display().to_string()]);
        command.env("USHER__ADMIN__LISTEN", &admin).env("USHER__HTTP__LISTEN", "127.0.0.1:0").stderr(Stdio::piped());
        let mut running = Running(command.spawn().expect("the program starts"));
        let began = Instant::now();
        while !answers(&admin) {
            let ended = running.0.try_wait().expect("its state is known");
            assert!(ended.is_none(), "{service} ended by itself with the samples");
            assert!(began.elapsed() < PATIENCE, "{service} did not start with the samples");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_sample_secret_that_is_not_set_is_named() {
    let config = samples().join("usher.toml");
    let mut command = usher(&["delivery", "--config", &config.display().to_string()]);
    let output = command.env_remove("ACME_RBM_TOKEN").output().expect("the program ends");
    assert!(said(&output).contains("the environment has no variable `ACME_RBM_TOKEN`"), "{}", said(&output));
}

#[test]
fn a_refusal_names_the_fix_once() {
    let held = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = held.local_addr().expect("bound").to_string();
    let config = samples().join("usher.toml").display().to_string();
    let directory = samples().join("directory.yaml").display().to_string();
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a [&'a str]);
    let rows: &[Row<'_>] = &[
        (&["ingest"], &[], &["accounts.file (or USHER__ACCOUNTS__FILE)", "accounts.yaml: can not be read"]),
        (&["routing"], &[("USHER__LOG__FORMAT", "xml")], &["log.format", "text and json"]),
        (&["routing"], &[("USHER__LOG__LEVEL", "a=b=c")], &["log.level", "for example `info`"]),
        (&["ingest"], &[("USHER__HTTP__REQUESTS_MAX", "0")], &["http.requests_max", "at least 1"]),
        (&["topics", "apply"], &[], &["no Kafka answers at 127.0.0.1:1", "kafka.brokers or USHER__KAFKA__BROKERS"]),
        (&["tail", "events"], &[], &["no Kafka answers at 127.0.0.1:1", "kafka.brokers or USHER__KAFKA__BROKERS"]),
        (&["replay", "--to", "2026-11-21T00:00:00Z"], &[], &["no Kafka answers at 127.0.0.1:1"]),
        (&["explain", SESSION], &[], &["no Kafka answers at 127.0.0.1:1"]),
        (&["directory", "apply", "-f", "d6"], &[], &["d6: the file's name must end in .yaml, .yml or .toml"]),
        (&["directory", "apply", "-f", &directory], &[], &["no Kafka answers at 127.0.0.1:1"]),
        (&["demo", "--kafka", NO_KAFKA], &[], &["no Kafka answers at 127.0.0.1:1", "--kafka HOST:PORT"]),
        (&["routing"], &[("USHER__ADMIN__LISTEN", &taken)], &["admin.listen", &taken, "USHER__ADMIN__LISTEN"]),
        (
            &["ingest", "--config", &config],
            &[("USHER__HTTP__LISTEN", &taken)],
            &["http.listen", &taken, "USHER__HTTP__LISTEN"],
        ),
    ];
    std::thread::scope(|scope| {
        for (arguments, environment, words) in rows {
            scope.spawn(|| check_refusal(arguments, environment, words));
        }
    });
}

fn check_refusal(arguments: &[&str], environment: &[(&str, &str)], words: &[&str]) {
    let began = Instant::now();
    let output = usher(arguments).envs(environment.iter().copied()).output().expect("the program ends");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(began.elapsed() < Duration::from_secs(8), "{arguments:?} took {:?}", began.elapsed());
    for word in words {
        assert!(said.contains(word), "{arguments:?}: “{word}” is missing: {said}");
    }
    let last = said.lines().last().unwrap_or_default();
    for part in last.split(": ").filter(|part| part.len() > 20) {
        assert_eq!(last.matches(part).count(), 1, "{arguments:?} says it twice: {last}");
    }
    assert!(!said.contains('\u{1b}'), "{arguments:?}: colours although nobody looks: {said}");
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").to_string()
}
