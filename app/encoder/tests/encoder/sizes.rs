//! How small streams are, so that no change makes them larger unseen. The figures that count are in `docs/FIGURES.md`.

use skylift_encoder::{ChunkLog, encode, unwatched};

use crate::pairs::{Edit, firmware};

#[track_caller]
fn within(most: usize, old: &[u8], new: &[u8]) {
    let chunks = if old.is_empty() { ChunkLog::WHOLE } else { ChunkLog::DELTA };
    let bytes = encode(old, new, chunks, &mut unwatched).unwrap().len();
    println!("{bytes} bytes of {}", new.len());
    assert!(bytes <= most, "{bytes} bytes are more than {most}");
    assert!(bytes > most / 2, "{bytes} bytes are so few that the bound of {most} says nothing");
}

#[test]
fn a_longer_text() {
    let old = firmware(51, 400_000);
    let new = Edit::Insert { at: 300_000, bytes: b" and a few words more".to_vec() }.of(old.clone());
    within(218, &old, &Edit::Shift { from: 4000, every: 20_000, by: 21 }.of(new));
}

#[test]
fn changed_logic() {
    let old = firmware(52, 400_000);
    let new = Edit::Insert { at: 100_000, bytes: firmware(53, 600) }.of(old.clone());
    let new = Edit::Remove { at: 250_000, len: 333 }.of(new);
    within(1050, &old, &Edit::Shift { from: 4000, every: 700, by: 64 }.of(new));
}

#[test]
fn more_code() {
    let old = firmware(54, 200_000);
    let new = Edit::Insert { at: 90_000, bytes: firmware(54, 260_000)[200_000..].to_vec() }.of(old.clone());
    within(26_600, &old, &Edit::Shift { from: 0, every: 150, by: 8 }.of(new));
}

#[test]
fn a_whole_image() {
    within(127_500, &[], &firmware(55, 300_000));
}
