//! The binary `usher`, under a name that the tests of this package can find.

fn main() -> std::process::ExitCode {
    usher::main()
}
