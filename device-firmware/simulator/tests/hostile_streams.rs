//! Streams that were damaged, or made to do harm: the image that runs is left alone, nothing but the file ordered is
//! ever whole, and the work is bounded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use skylift_protocol::Chip;
use skylift_simulator::certify::flash::BenchFlash;
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::nor::Nor;
use skylift_updater::BLOCK;
use skylift_updater::journal::{Attempt, Journal, mark_block};
use skylift_updater::partition::Layout;
use skylift_updater::stream::{HEADER_LEN, Header, StreamError};
use skylift_updater::writer::{Encoding, WriteError};

use support::deliver::{Delivery, Ended, boots, compressed, delta, device, held, subject_of};
use support::encoded::stream;
use support::lying::{Lying, While};

/// Streams that are changed in each of two encodings.
const CHANGED: u64 = 5000;
/// Bytes of a slot.
const SLOT: u32 = 128 << 10;
const SEED: u64 = 0x0DF1;

fn image(number: u64) -> Vec<u8> {
    let version = format!("1.{number}.0");
    DemoImage { version, size: 70 << 10, seed: number, ..DemoImage::default() }.build().unwrap()
}

/// One way a stream can be damaged.
fn damage(stream: &[u8], rng: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = stream.to_vec();
    let payload_at = Header::parse(stream.first_chunk().unwrap()).unwrap().payload_at() as usize;
    // Early damage has the most to go wrong after it.
    let early = (payload_at + 2000).min(bytes.len());
    let end = if rng.bool() { early } else { bytes.len() };
    let at = rng.usize(payload_at..end);
    match rng.u8(0..8) {
        0 | 1 => bytes[at] ^= 1 << rng.u8(0..8),
        2 => bytes[at..].iter_mut().take(8).for_each(|byte| *byte = rng.u8(..)),
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..(at + rng.usize(1..200)).min(stream.len()))),
        5 => {
            let (other, len) = (rng.usize(payload_at..bytes.len()), rng.usize(1..300));
            let len = len.min(bytes.len() - at.max(other));
            (0..len).for_each(|index| bytes.swap(at + index, other + index));
        }
        6 => bytes[at..].iter_mut().for_each(|byte| *byte = rng.u8(..)),
        _ => bytes[rng.usize(0..payload_at)] ^= 1 << rng.u8(0..8),
    }
    bytes
}

/// The kind of end, without its figures.
fn kind(ended: Ended) -> String {
    match ended {
        Ended::Failed(WriteError::Stream(error)) => format!("stream: {error:?}"),
        ended => format!("{ended:?}"),
    }
}

/// Sends damaged streams to a device; each time the old image still boots, or the very file that was ordered does.
fn try_damaged(old: &[u8], new: &[u8], honest: &Delivery<'_>) {
    let (start, layout) = device(old, SLOT);
    let [running, other] = [0, 1].map(|slot| layout.slot(slot).unwrap());
    let mut ends = BTreeMap::<String, usize>::new();
    for number in 0..CHANGED {
        let mut rng = fastrand::Rng::with_seed(SEED + number);
        let bytes = damage(honest.stream, &mut rng);
        let (mut nor, what) = (start.clone(), format!("seed {}", SEED + number));
        let ended = Delivery { stream: &bytes, ..*honest }.send(&mut nor, &layout);
        *ends.entry(kind(ended)).or_default() += 1;
        assert_eq!(held(&nor, running), held(&start, running), "{what}: the running image was changed");
        if ended == Ended::Whole {
            assert_eq!(boots(&mut nor), Some(1), "{what}");
            assert_eq!(&held(&nor, other)[..new.len()], new, "{what}: another file is whole");
            continue;
        }
        assert_eq!(held(&nor, layout.otadata), held(&start, layout.otadata), "{what}: otadata was changed");
        assert_eq!(boots(&mut nor), Some(0), "{what}");
        if number % 50 == 0 {
            assert_eq!(honest.send(&mut nor, &layout), Ended::Whole, "{what}: the update afterwards");
            assert_eq!(boots(&mut nor), Some(1), "{what}");
        }
    }
    println!("{CHANGED} streams: {ends:#?}");
    // Damage that only the tags of chunks show is no damage to a device that has nothing.
    let whole = ends.get("Whole").copied().unwrap_or(0);
    assert!(whole < CHANGED as usize / 20, "{whole} were taken");
}

#[test]
fn damaged_deltas() {
    let (old, new) = (image(0), image(1));
    try_damaged(&old, &new, &delta(&stream(&old, &new, 14), &new));
}

#[test]
fn damaged_compressed_images() {
    let (old, new) = (image(0), image(1));
    try_damaged(&old, &new, &compressed(&stream(&[], &new, 14), &new));
}

/// What a device refuses before anything is erased: not one operation on its flash.
fn refused_untouched(nor: &Nor, layout: &Layout, delivery: &Delivery<'_>) -> Ended {
    let mut nor = nor.clone();
    let before = nor.operations();
    let ended = delivery.send(&mut nor, layout);
    assert_eq!(nor.operations(), before, "{ended:?}, and something was written");
    assert_eq!(boots(&mut nor), Some(0));
    ended
}

/// A few bytes that promise 16 MB: whatever the order says of them.
#[test]
fn bombs_that_declare_more_than_there_is_room_for() {
    let (old, zeros) = (image(0), vec![0; SLOT as usize]);
    let (nor, layout) = device(&old, SLOT);
    let honest = stream(&[], &zeros, 16);
    let mut header = Header::parse(honest.first_chunk::<HEADER_LEN>().unwrap()).unwrap();
    header.new_size = 16 << 20;
    header.chunk_log = 28;
    let bomb =
        [&header.encode()[..], &honest[HEADER_LEN..HEADER_LEN + 8], &honest[HEADER_LEN + 16..]].concat();
    header.payload = bomb.len() as u32 - header.payload_at();
    let bomb = [&header.encode()[..], &bomb[HEADER_LEN..]].concat();
    assert!(bomb.len() < 500, "{} bytes", bomb.len());
    let mut ordered = compressed(&bomb, &zeros);
    let mismatch = Ended::Failed(WriteError::Stream(StreamError::Mismatch));
    assert_eq!(refused_untouched(&nor, &layout, &ordered), mismatch);
    ordered.subject.size = 16 << 20;
    let too_large = Ended::Failed(WriteError::TooLarge { size: 16 << 20, slot: SLOT });
    assert_eq!(refused_untouched(&nor, &layout, &ordered), too_large);
}

/// Repeats that fill the slot from a handful of bytes are decoded page by page, and end with the slot.
#[test]
fn bombs_that_fill_the_slot() {
    let old = image(0);
    let (nor, layout) = device(&old, SLOT);
    // No image: nothing is erased for it.
    let zeros = vec![0; SLOT as usize];
    let tiny = stream(&[], &zeros, 16);
    assert!(tiny.len() < 300, "{} bytes", tiny.len());
    let ended = refused_untouched(&nor, &layout, &compressed(&tiny, &zeros));
    assert!(matches!(ended, Ended::Failed(WriteError::Image(_))), "{ended:?}");
    // The head of an image, and repeats behind it, with digests that are right: it is written, and never named.
    let mut bomb = old[..4096].to_vec();
    bomb.resize(SLOT as usize, 0x55);
    let mut flash = nor.clone();
    let ended = compressed(&stream(&[], &bomb, 16), &bomb).send(&mut flash, &layout);
    assert!(matches!(ended, Ended::Failed(WriteError::Image(_) | WriteError::ImageDigest)), "{ended:?}");
    let outside = |nor: &Nor| {
        let slot = layout.slot(1).unwrap();
        (nor.bytes()[..layout.slots[0].end() as usize].to_vec(), nor.bytes()[slot.end() as usize..].to_vec())
    };
    let journal = layout.journal.unwrap();
    let without_journal = |nor: &Nor| {
        let mut nor = nor.clone();
        nor.overwrite(journal.offset, &vec![0; journal.size as usize]).unwrap();
        outside(&nor)
    };
    assert!(without_journal(&flash) == without_journal(&nor), "something outside the slot was changed");
    assert_eq!(boots(&mut flash), Some(0));
}

/// A delta against another image than the one that runs is found out before anything is erased.
fn wrong_base<F: BenchFlash>(flash: &mut F, layout: &Layout, delivery: &Delivery<'_>) -> Result<(), String> {
    let before = flash.nor().operations();
    let ended = delivery.send(flash, layout);
    let operations = flash.nor().operations() - before;
    if ended == Ended::Failed(WriteError::WrongBase) && operations == 0 {
        Ok(())
    } else {
        Err(format!("{ended:?} after {operations} operations"))
    }
}

#[test]
fn a_wrong_base() {
    let (base, new) = (image(0), image(1));
    let bytes = stream(&base, &new, 14);
    let delivery = delta(&bytes, &new);
    for other in [image(2), base[..base.len() - 4096].to_vec()] {
        let (nor, layout) = device(&other, SLOT);
        assert_eq!(wrong_base(&mut nor.clone(), &layout, &delivery), Ok(()));
        // A device that did not look would have erased something by then.
        let believed = vec![(layout.slot(0).unwrap().offset, base.clone())];
        let mut unlooked = Lying::new(nor, While::NothingIsErased, believed);
        let seen = wrong_base(&mut unlooked, &layout, &delivery).unwrap_err();
        assert!(seen.contains("operations") && unlooked.has_lied(), "{seen}");
    }
    // The order says delta and the stream builds on nothing, and the other way round.
    let (nor, layout) = device(&base, SLOT);
    let whole = stream(&[], &new, 14);
    let mismatch = Ended::Failed(WriteError::Stream(StreamError::Mismatch));
    assert_eq!(refused_untouched(&nor, &layout, &delta(&whole, &new)), mismatch);
    assert_eq!(refused_untouched(&nor, &layout, &compressed(&bytes, &new)), mismatch);
}

/// The running image reads differently once the writing has begun: what comes of it is not the file ordered.
#[test]
fn a_base_that_changes_in_the_middle() {
    let (base, new) = (image(0), image(1));
    let bytes = stream(&base, &new, 14);
    let (nor, layout) = device(&base, SLOT);
    let mut noticed = 0;
    for number in 0..200 {
        let mut rng = fastrand::Rng::with_seed(SEED + number);
        let at = rng.usize(..base.len() - 64);
        let changed: Vec<u8> = base[at..at + 64].iter().map(|byte| byte ^ rng.u8(1..)).collect();
        let lie = (layout.slot(0).unwrap().offset + at as u32, changed);
        let mut flash = Lying::new(nor.clone(), While::Writing, vec![lie]);
        let ended = delta(&bytes, &new).send(&mut flash, &layout);
        let whole = ended == Ended::Whole;
        assert!(whole || flash.has_lied(), "{ended:?}, and nobody lied");
        noticed += usize::from(!whole);
        assert_eq!(boots(&mut flash.nor), Some(u8::from(whole)), "seed {}", SEED + number);
        if whole {
            assert!(held(&flash.nor, layout.slot(1).unwrap()).starts_with(&new), "another file is whole");
        }
    }
    assert!(noticed > 100, "only {noticed} of 200 changes mattered");
}

/// The head of what is decoded is judged before anything is erased.
#[test]
fn a_head_that_is_not_taken() {
    let base = image(0);
    let other = DemoImage { chip: Chip::Esp32S3, size: 70 << 10, ..DemoImage::default() }.build().unwrap();
    let bytes = stream(&base, &other, 14);
    let (nor, layout) = device(&base, SLOT);
    let own_chip = |head: &skylift_updater::image::ImageHead| head.chip_id == 5;
    for (stream, encoding) in [
        (&bytes, Encoding::Delta { size: bytes.len() as u32 }),
        (&stream(&[], &other, 14), Encoding::Compressed { size: stream(&[], &other, 14).len() as u32 }),
    ] {
        let order = Delivery { stream, encoding, takes: own_chip, ..delta(&bytes, &other) };
        assert_eq!(refused_untouched(&nor, &layout, &order), Ended::Head);
        // A device that looked later would have written by then.
        let mut flash = nor.clone();
        let late = Delivery { looks_late: true, ..order };
        assert_eq!(late.send(&mut flash, &layout), Ended::Head);
        assert!(flash.operations() > nor.operations());
    }
}

/// Blocks that the journal calls verified and that have rotted since are made again, by their tags.
#[test]
fn what_has_rotted_is_made_again() {
    let (base, new) = (image(0), image(1));
    let bytes = stream(&base, &new, 13);
    let (mut nor, layout) = device(&base, SLOT);
    let (slot, journal) = (layout.slot(1).unwrap(), layout.journal.unwrap());
    nor.overwrite(slot.offset, &new[..BLOCK as usize]).unwrap();
    Journal::begin(&mut nor, journal, subject_of(&new)).unwrap();
    mark_block(&mut nor, journal, 0).unwrap();
    let attempt = Attempt { order_id: [b'0'; 36], manual: false };
    Journal::read(&mut nor, journal).unwrap().unwrap().add_attempt(&mut nor, journal, &attempt).unwrap();
    for rotten in [1000, 30_000, 60_000] {
        let mut rotted = nor.clone();
        rotted.overwrite(slot.offset + rotten, &[0; 16]).unwrap();
        // Without a look at the tags, the digest shows it at the end, and the first attempt was for nothing.
        let believed = vec![(slot.offset, new[..BLOCK as usize].to_vec())];
        let mut unlooked = Lying::new(rotted.clone(), While::NothingIsErased, believed);
        let ended = delta(&bytes, &new).send(&mut unlooked, &layout);
        assert_ne!(ended, Ended::Whole, "what has rotted is in the image");
        let mut again = unlooked.nor;
        assert_eq!(boots(&mut again), Some(0));
        assert_eq!(delta(&bytes, &new).send(&mut again, &layout), Ended::Whole, "the attempt after that");
        assert_eq!(delta(&bytes, &new).send(&mut rotted, &layout), Ended::Whole, "rotten at {rotten}");
        assert_eq!(boots(&mut rotted), Some(1));
        assert_eq!(Sha256::digest(&held(&rotted, slot)[..new.len()]), Sha256::digest(&new));
    }
}
