//! Writes seeds: an input or more for each target, made from what devices and the app really write.
//!
//! `.ci/fuzz --reseed` runs it, and keeps what of them covers most. It is built as targets are, and ends before it would
//! become one: so nothing is compiled twice.
#![no_main]

#[cfg(feature = "app")]
mod backups;
mod flash;
mod images;
mod network;
#[cfg(feature = "app")]
mod serial;
mod streams;
#[cfg(feature = "app")]
mod texts;
#[cfg(feature = "app")]
mod toit;

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;

/// Inputs by target.
struct Seeds<'a> {
    folder: &'a Path,
    count: usize,
}

impl Seeds<'_> {
    /// Adds an input; a target's choices come before what is parsed.
    fn add(&mut self, target: &str, choices: &[u8], bytes: impl AsRef<[u8]>) {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        self.count += 1;
        let file = folder.join(format!("seed-{:04}", self.count));
        fs::write(file, [choices, bytes.as_ref()].concat()).expect("a file");
    }
}

fuzz_target!(init: write(), |_data: &[u8]| {});

/// All seeds, and the end.
fn write() {
    let folder = std::env::args().nth(1).expect("the folder to write to");
    let mut seeds = Seeds { folder: Path::new(&folder), count: 0 };
    #[cfg(feature = "app")]
    backups::add(&mut seeds);
    flash::add(&mut seeds);
    images::add(&mut seeds);
    network::add(&mut seeds);
    #[cfg(feature = "app")]
    serial::add(&mut seeds);
    streams::add(&mut seeds);
    #[cfg(feature = "app")]
    texts::add(&mut seeds);
    #[cfg(feature = "app")]
    toit::add(&mut seeds);
    println!("{} seeds in {folder}", seeds.count);
    std::process::exit(0);
}
