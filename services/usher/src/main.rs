//! The binary `usher`.

fn main() -> std::process::ExitCode {
    usher::main()
}
