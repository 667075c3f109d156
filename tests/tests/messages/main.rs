//! What a person reads when something goes wrong: produced here, each line by the real thing, and kept in
//! `docs/MESSAGES.md`. `UPDATE_MESSAGES=1` writes that file anew; without it the two must agree.
//!
//! The words of the operating system are Linux's. `cover.rs` has every variant of every error: one that is new does not
//! compile before it says whether it has a line.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod cable;
mod computer;
mod cover;
mod devices;
#[path = "../../../app/tests/images/elf.rs"]
#[allow(dead_code, reason = "shared with the tests of building")]
mod elf;
mod files;
#[path = "../../../app/tests/images/hub.rs"]
#[allow(dead_code, reason = "shared with the tests of fetching")]
mod hub;
mod keys;
mod net;
mod paired;
mod plans;
mod proxy;
mod rollouts;
mod signing;
mod store;
mod table;
mod toit;
mod updates;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hub::{Hub, Reply};
use table::{How, Line, table};

const HEAD: &str = "# Messages

What you may read, and what to do then.
Every line is produced by a test (`tests/tests/messages`), so that it is what the program says.

";

type Part = (&'static str, fn() -> Vec<Line>);

const PARTS: [Part; 32] = [
    ("The file", files::images),
    ("Building an image", files::builds),
    ("The image library", files::library),
    ("Images on the net", net::sources),
    ("Toit's envelopes", toit::envelopes),
    ("What goes into an envelope", toit::contents),
    ("Making an image of an envelope", toit::making::images),
    ("From Toit programs to an image", toit::recipes::lines),
    ("Signing an image", signing::images),
    ("What is typed", computer::typed),
    ("Finding a device", devices::finding),
    ("Speaking with a device", devices::answers),
    ("What a device is asked to do", devices::requests),
    ("Paired devices", paired::lines),
    ("Keys of paired devices", keys::lines),
    ("What an update would send", plans::lines),
    ("Refused: nothing was written", updates::refusals),
    ("On the way", updates::on_the_way),
    ("Devices that take signed images only", signing::devices),
    ("The new firmware", updates::bad_images),
    ("Many devices", rollouts::lines),
    ("Drills", devices::drills),
    ("Ports", cable::ports::lines),
    ("A board on a cable", cable::boards::lines),
    ("Flashing by cable: nothing was written", cable::flash::lines),
    ("Backups of boards", cable::backups::lines),
    ("Setting a board up by cable", cable::settings::lines),
    ("The first contact", cable::contact::lines),
    ("The serial monitor", cable::log::lines),
    ("Certificates", store::certificates),
    ("This computer", computer::server),
    ("What is kept", kept),
];

fn kept() -> Vec<Line> {
    store::history().into_iter().chain(store::small_files()).collect()
}

/// So many parts are made at the same time: devices have deadlines, and a computer has few cores.
const AT_A_TIME: usize = 4;

fn produced(parts: &[Part]) -> Vec<(&'static str, Vec<Line>)> {
    thread::scope(|scope| {
        let running: Vec<_> = parts.iter().map(|(title, lines)| (*title, scope.spawn(*lines))).collect();
        running.into_iter().map(|(title, lines)| (title, lines.join().unwrap())).collect()
    })
}

/// A server that gives the second answer from the moment on at which the flag is set.
fn hub_that_changes(first: String, second: String) -> (Hub, Arc<AtomicBool>) {
    let changed = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&changed);
    let hub = Hub::start(move |_| Reply::ok(if flag.load(Ordering::Relaxed) { &*second } else { &*first }));
    (hub, changed)
}

/// Variants without a line, and why.
fn without_line() -> String {
    let mut text = String::from("## Not in these tables\n\n");
    for (variant, how) in cover::all() {
        if let How::Never(why) = how {
            writeln!(text, "- `{}`: {why}", short(variant)).unwrap();
        }
    }
    text
}

/// A variant without what it holds.
fn short(variant: &str) -> String {
    let name = variant.split(['(', '{']).next().unwrap_or(variant);
    name.split_whitespace().collect()
}

#[test]
fn every_message_is_as_the_docs_say() {
    let parts: Vec<(&str, Vec<Line>)> = PARTS.chunks(AT_A_TIME).flat_map(produced).collect();
    let mut text = HEAD.to_owned();
    for (title, lines) in &parts {
        write!(text, "## {title}\n\n{}\n", table(lines)).unwrap();
    }
    text.push_str(&without_line());
    expect_in_docs(&text);
    let shown: Vec<&str> = parts.iter().flat_map(|(_, lines)| lines).flat_map(Line::keys).copied().collect();
    for (variant, how) in cover::all() {
        let is_shown = shown.contains(&variant);
        match how {
            How::Caused => assert!(is_shown, "{variant} has no line"),
            How::Carries => {}
            How::Never(_) => assert!(!is_shown, "{variant} has a line after all"),
        }
    }
}

/// Every enum of the app that is an error is in `cover.rs`, or beside it; two of one name are there twice.
#[test]
fn no_error_is_forgotten() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src")];
    let mut covered = covered_in(
        &[include_str!("cover.rs"), include_str!("cover/cable.rs"), include_str!("cover/toit.rs")].concat(),
    );
    let mut forgotten = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for name in errors_in(&std::fs::read_to_string(path).unwrap()) {
                match covered.iter().position(|it| *it == name) {
                    Some(at) => drop(covered.swap_remove(at)),
                    None => forgotten.push(name),
                }
            }
        }
    }
    assert!(forgotten.is_empty(), "not in cover.rs: {forgotten:?}");
}

/// The names of the enums that are accounted for, without their modules.
fn covered_in(source: &str) -> Vec<String> {
    let types = source.split("covered!(").skip(1).filter_map(|after| after.split_once(" {"));
    types.map(|(name, _)| name.rsplit("::").next().unwrap_or(name).to_owned()).collect()
}

/// The names of the enums that derive `thiserror::Error`.
fn errors_in(source: &str) -> impl Iterator<Item = String> {
    let enums = source.split("thiserror::Error)]").skip(1).filter_map(|after| {
        let declared =
            after.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        let name = declared.strip_prefix("pub enum ")?;
        name.split([' ', '<']).next().map(str::to_owned)
    });
    enums.collect::<Vec<_>>().into_iter()
}

fn expect_in_docs(text: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/MESSAGES.md");
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    for (kept, now) in kept.lines().zip(text.lines()) {
        assert_eq!(kept, now, "docs/MESSAGES.md is behind: UPDATE_MESSAGES=1 writes it anew");
    }
    assert_eq!(kept.lines().count(), text.lines().count());
}
