//! Never brick: every flash operation of every story is interrupted, on both bootloaders, and each time the device
//! boots a complete image, nobody runs unwatched, and the update that follows succeeds.

mod support;

use skylift_updater::journal::EndCode;
use skylift_updater::outcome::Cause;

use support::interrupt::{Seeds, interrupt};
use support::mutant::{Mutant, Mutation};
use support::story::{Memory, SETUPS, Story, images, stories};

/// Bytes of an image that fills its slot of three blocks.
const LARGE: u32 = (192 << 10) - 500;
/// Bytes of an image for stories about the switch, in which the writing is not what matters.
const SMALL: u32 = 20 << 10;

const SEEDS: Seeds = Seeds { bulk: 1, switch: 60 };

fn try_all(names: &[&str], size: u32) {
    try_stories(|story| story.journal && names.contains(&story.name), size);
}

fn try_stories(chosen: impl Fn(&Story) -> bool, size: u32) {
    let images = images(size);
    let stories = stories();
    let chosen: Vec<&Story> = stories.iter().filter(|story| chosen(story)).collect();
    assert!(!chosen.is_empty());
    let mut failures = Vec::new();
    for story in chosen {
        for setup in SETUPS {
            let report = interrupt(story, &images, setup, SEEDS, |nor| nor);
            println!("{} on {:?}: {} points", story.name, setup, report.points);
            assert!(report.points > 0);
            failures.extend(report.failures);
        }
    }
    let shown = failures[..failures.len().min(20)].join("\n");
    assert!(failures.is_empty(), "{} points break:\n{shown}", failures.len());
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
    try_stories(|story| !story.journal, SMALL);
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
            None => support::story::Act::Offer(1),
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
