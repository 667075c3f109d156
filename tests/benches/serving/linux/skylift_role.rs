//! This program as the `skylift` program: the server measured is a process of its own, compiled as a release is.

use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Set in the process that is to be `skylift`; its value is the soft limit of open files, or `as-is`.
const ROLE: &str = "SKYLIFT_BENCH_OPEN_FILES";

/// `skylift serve IMAGE` on any free port, in a data folder that nobody else uses.
pub fn command(image: &Path, data_dir: &Path, open_files: Option<u64>) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, open_files.map_or_else(|| "as-is".to_owned(), |limit| limit.to_string()));
    command.arg("--data-dir").arg(data_dir).arg("serve").arg(image).args(["--port", "0"]);
    command
}

/// Is `skylift`, if this process was started for that.
pub fn run_if_asked() -> Option<ExitCode> {
    let role = std::env::var(ROLE).ok()?;
    if let Ok(limit) = role.parse() {
        let maximum = getrlimit(Resource::Nofile).maximum;
        setrlimit(Resource::Nofile, Rlimit { current: Some(limit), maximum }).unwrap();
    }
    Some(skylift::cli::run())
}
