//! What attacks cost the owner of a paired device: an update while strangers flood the device, or hold its connections.
//!
//! `cargo bench -p skylift-tests --bench attacks` prints rows for docs/FIGURES.md after a few minutes. Each round
//! updates once undisturbed and once under each attack, so that all meet the same machine.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot run has nothing to say")]

// Other systems have one loopback address: strangers could not be told from the owner.
#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("This benchmark runs on Linux only.");
}
