//! usher, the one binary: each service as a process, the demo, and the verbs for topics, directories and looking.
//! A library only so that the end-to-end tests can play the demo's scenario against processes of their own.

mod cli;
mod commands;
mod demo;
mod media;
mod parts;
mod probe;
pub mod scenario;
mod services;
mod signals;
mod streams;
mod topics;

use std::process::ExitCode;

use clap::Parser;

/// The whole program: reads the command line, runs the command, says in one sentence what went wrong.
pub fn main() -> ExitCode {
    match commands::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usher: {error:#}");
            ExitCode::FAILURE
        }
    }
}
