//! Programs of the system that serve as independent oracles.

use std::process::{Command, Output, Stdio};

/// Whether a program is there. If not, says so, and fails where nothing may be skipped.
#[must_use]
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok() {
        return true;
    }
    skip(&format!("the program {program} is not installed"));
    false
}

/// Says that a test is skipped, and why.
///
/// # Panics
/// Where `SKYLIFT_REQUIRE_ALL=1`.
pub fn skip(why: &str) {
    println!("SKIPPED: {why}");
    assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: {why}");
}

/// Runs a program to its end.
///
/// # Panics
/// It cannot be started.
#[must_use]
pub fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    output.unwrap_or_else(|error| panic!("{program} cannot be started: {error}"))
}

/// What a program prints on its standard output, which must be text.
#[must_use]
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}
