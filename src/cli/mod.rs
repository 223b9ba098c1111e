//! Room 9: the command line; one file per command.

/// Runs the command that the arguments name; the exit code.
pub fn main() -> std::process::ExitCode {
    todo!()
}
