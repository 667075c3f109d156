//! Never brick: every flash operation of every story is interrupted, on both bootloaders, and each time the device
//! boots a complete image, nobody runs unwatched, and the update that follows succeeds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::Arc;

use skylift_protocol::Encoding;
use skylift_simulator::certify::image::Image;
use skylift_updater::journal::EndCode;
use skylift_updater::outcome::Cause;
use skylift_updater::partition::Layout;

use support::encoded::{encoded_stories, with_streams};
use support::interrupt::{Seeds, interrupt};
use support::lying::{Lying, While};
use support::mutant::{Mutant, Mutation};
use support::story::{MATCHING, Memory, SETUPS, Setup, Story, images, stories};
use support::witness::Witness;

/// Bytes of an image that fills its slot of three blocks.
const LARGE: u32 = (192 << 10) - 500;
/// Bytes of an image for stories about the switch, in which the writing is not what matters.
const SMALL: u32 = 20 << 10;

/// Deltas that begin in either slot, and one of an image that is bad.
const FROM_ANYWHERE: [&str; 3] = ["delta", "delta from slot 1", "delta of a bad image"];

const SEEDS: Seeds = Seeds { bulk: 1, switch: 60 };
/// The switch is the same, however the image came.
const STREAM_SEEDS: Seeds = Seeds { bulk: 1, switch: 6 };

fn try_all(names: &[&str], size: u32) {
    let mut stories = stories();
    stories.retain(|story| story.journal && names.contains(&story.name));
    try_stories(&stories, &images(size), &SETUPS, SEEDS);
}

/// The stories that are told in streams, with chunks of two to the power of `chunk_log`.
fn try_streams(chosen: impl Fn(&Story) -> bool, size: u32, chunk_log: u8, setups: &[Setup]) -> usize {
    let mut stories = encoded_stories();
    stories.retain(chosen);
    try_stories(&stories, &with_streams(&images(size), chunk_log), setups, STREAM_SEEDS)
}

/// The updates that were resumed after an interruption.
fn try_stories(stories: &[Story], images: &Arc<[Image]>, setups: &[Setup], seeds: Seeds) -> usize {
    assert!(!stories.is_empty());
    let (mut failures, mut resumed) = (Vec::new(), 0);
    for story in stories {
        for &setup in setups {
            let report = interrupt(story, images, setup, seeds, Witness::new);
            println!("{} on {:?}: {} points, {} resumed", story.name, setup, report.points, report.resumed);
            assert!(report.points > 0 || !report.failures.is_empty());
            failures.extend(report.failures);
            resumed += report.resumed;
        }
    }
    let shown = failures[..failures.len().min(20)].join("\n");
    assert!(failures.is_empty(), "{} points break:\n{shown}", failures.len());
    resumed
}

#[test]
fn updates() {
    try_all(&["update from slot 0"], LARGE);
    try_all(&["update from slot 0", "update from slot 1"], SMALL);
}

#[test]
fn aborts() {
    try_all(&["abort after a panic", "abort after a hang", "abort after restarts"], SMALL);
}

#[test]
fn returns() {
    try_all(&["return by hand", "crash loop"], SMALL);
}

#[test]
fn resumes() {
    try_all(&["resume"], LARGE);
}

#[test]
fn odd_beginnings() {
    try_all(&["update after a fallback", "update over a stale label"], SMALL);
}

/// Foreign partition tables have no journal: no resume, but nothing less safe.
#[test]
fn without_a_journal() {
    let mut stories = stories();
    stories.retain(|story| !story.journal);
    try_stories(&stories, &images(SMALL), &SETUPS, SEEDS);
}

/// A chunk is a block here: what was written of one is fetched again, and no more.
#[test]
fn deltas() {
    let resumed = try_streams(|story| story.journal && story.name == "delta", LARGE, 16, &MATCHING);
    assert!(resumed > 0);
    try_streams(|story| story.journal && FROM_ANYWHERE.contains(&story.name), SMALL, 12, &SETUPS);
}

/// The smallest chunks: the journal's blocks are what bounds what is fetched again.
#[test]
fn compressed_images() {
    let resumed = try_streams(|story| story.journal && story.name == "compressed", LARGE, 12, &MATCHING);
    assert!(resumed > 0);
}

/// What one encoding began, another goes on with.
#[test]
fn encodings_in_turns() {
    let resumed =
        try_streams(|story| story.name.contains(", then ") && story.journal, LARGE, 15, &MATCHING[..1]);
    assert!(resumed > 0);
}

/// The link breaks, and power fails besides.
#[test]
fn streams_in_parts() {
    try_streams(|story| story.name.contains(" in parts"), LARGE, 14, &MATCHING[..1]);
}

/// Chunks of two blocks: where one is made again, the journal must not call its first block verified any more.
#[test]
fn streams_in_chunks_of_two_blocks() {
    let chosen = |story: &Story| story.name == "compressed in parts";
    let resumed = try_streams(chosen, (256 << 10) - 500, 17, &MATCHING[1..]);
    assert!(resumed > 0);
}

/// Content that reads right before anything was written is not believed.
#[test]
fn a_delta_over_a_twin() {
    try_streams(|story| story.name == "delta over a twin", LARGE, 13, &MATCHING[1..]);
}

#[test]
fn streams_without_a_journal() {
    try_streams(|story| !story.journal, SMALL, 12, &SETUPS);
}

/// The reasons are true as well, where nothing interrupts.
#[test]
fn reasons() {
    let images = images(SMALL);
    for (name, code) in [
        ("abort after a panic", EndCode::PANIC),
        ("abort after a hang", EndCode::WATCHDOG),
        ("abort after restarts", EndCode::RESTARTED),
    ] {
        let stories = stories();
        let mut story = stories.into_iter().find(|story| story.name == name).unwrap();
        // Ends where the bad image has been given up.
        story.life.decide = |view| match support::story::rolled_back(view.end) {
            Some(_) => support::story::Act::Rest,
            None => support::story::Act::Offer(1, Encoding::Raw),
        };
        let mut chip = story.begin(&images, SETUPS[0]);
        story.life.live(&mut chip, &mut Memory::new(&story.life)).unwrap();
        let started = chip.start().unwrap();
        let end = chip.last_end(&started).unwrap();
        assert_eq!(support::story::rolled_back(end), Some(Cause::Noted(code)), "{name}");
    }
}

/// A test that cannot fail proves nothing: with one rule left out, it must find points that break.
#[test]
fn mutants_are_caught() {
    let images = images(SMALL);
    for (mutation, finds) in [
        // A read-back finds what failed silently; the order and the place of writes matter when power fails.
        (Mutation::NoReadBack, "silent failure"),
        (Mutation::CrcFirst, "power cut"),
        (Mutation::WrongCopy, "power cut"),
    ] {
        let caught = stories().iter().any(|story| {
            let report = interrupt(story, &images, SETUPS[0], SEEDS, |nor| Mutant::new(nor, mutation));
            let failure = report.failures.iter().find(|failure| failure.contains(finds));
            if let Some(failure) = failure {
                let (failures, points) = (report.failures.len(), report.points);
                println!("{mutation:?}: {failures} of {points} points break, such as\n{failure}");
            }
            failure.is_some()
        });
        assert!(caught, "{mutation:?}: no {finds} breaks anything");
    }
}

/// What the journal says of blocks is read as `said`, until something is erased: is that found out by a story?
fn blind_to_blocks(name: &str, size: u32, seeds: Seeds, said: u8, finds: &str) {
    let images = with_streams(&images(size), 12);
    let stories = encoded_stories();
    let story = stories.iter().find(|story| story.name == name).unwrap();
    let layout = Layout::read(&mut story.begin(&images, MATCHING[0]).flash).unwrap();
    // `SPEC.md`, "Journal": a bit for each block, cleared once it is verified.
    let lie = (layout.journal.unwrap().offset + 0x100, vec![said; 32]);
    let blind = |nor| Lying::new(nor, While::NothingIsErased, vec![lie.clone()]);
    let report = interrupt(story, &images, MATCHING[0], seeds, blind);
    let failure = report.failures.iter().find(|failure| failure.contains(finds));
    println!("{} of {} points break, such as\n{}", report.failures.len(), report.points, failure.unwrap());
}

/// Bytes that read right, in sectors whose erase was cut, are no part of an image.
#[test]
fn going_on_beyond_verified_blocks_is_caught() {
    let seeds = Seeds { bulk: 12, switch: 1 };
    blind_to_blocks("delta over a twin", SMALL, seeds, 0, "whose erase was cut");
}

/// No more than a chunk is fetched again.
#[test]
fn beginning_anew_is_caught() {
    blind_to_blocks(
        "compressed",
        LARGE,
        Seeds { bulk: 0, switch: 0 },
        0xFF,
        "bytes were taken, and it goes on",
    );
}
