//! The file server beside others, in one run on one machine: speed, memory, CPU, a thousand clients, honest progress.
//!
//! `cargo bench -p skylift-tests --bench serving` prints tables for docs/FIGURES.md after some twelve minutes.
//! After `--` come words that narrow it: `quick` for one short round, the names of servers (`skylift`, `nginx`,
//! `python`, `serve`), the names of loads (`one`, `eight`, `thousand`, `dead`, `honesty`).
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

/// Memory and CPU time of the servers are read from /proc.
#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("This benchmark runs on Linux only.");
}
