//! Stories of updates that are sent as streams: deltas and compressed images, whole, in parts, and in turns with others.

use std::sync::Arc;

use skylift_encoder::{ChunkLog, encode, unwatched};
use skylift_protocol::Encoding::{self, Compressed, Delta, Raw};
use skylift_simulator::certify::chip::Chip;
use skylift_simulator::certify::image::{Encoded, Image};
use skylift_simulator::nor::Nor;
use skylift_updater::guard::Reset;
use skylift_updater::outcome::End;

use super::story::{Act, Conduct, Life, Story, View, nothing, updated_once};

/// The images, each with streams for devices that run an earlier one, and for any device.
pub fn with_streams(images: &[Image], chunk_log: u8) -> Arc<[Image]> {
    let made = images.iter().enumerate().map(|(number, image)| {
        let earlier = images.iter().enumerate().take(number);
        let deltas = earlier.map(|(base, old)| (Some(base), &old.bytes[..old.info.len as usize]));
        let bases = deltas.chain([(None, &[][..])]);
        let streams = bases.map(|(base, old)| Encoded { base, bytes: stream(old, &image.bytes, chunk_log) });
        Image { streams: streams.collect(), ..image.clone() }
    });
    made.collect()
}

/// A stream with chunks of two to the power of `chunk_log`.
pub fn stream(old: &[u8], new: &[u8], chunk_log: u8) -> Vec<u8> {
    encode(old, new, ChunkLog::new(chunk_log).unwrap(), &mut unwatched).unwrap()
}

/// Until image 1 runs: the first offer in one encoding, all later ones in another.
fn want_1(view: &View, first: Encoding, later: Encoding) -> Act {
    match (view.running, view.offers) {
        (1, _) => Act::Rest,
        (_, 0) => Act::Offer(1, first),
        _ => Act::Offer(1, later),
    }
}

/// Image 1 is bad; after it was rolled back, image 2 is wanted.
fn want_1_then_2(view: &View) -> Act {
    match (view.running, view.end) {
        (2, _) => Act::Rest,
        (_, Some(End::RolledBack(_))) => Act::Offer(2, Delta),
        _ => Act::Offer(1, Delta),
    }
}

/// The link breaks each time so many bytes of the stream have come, three times.
fn in_parts(view: &View, encoding: Encoding, part: usize) -> Act {
    match (view.running, view.offers) {
        (1, _) => Act::Rest,
        (_, offers @ 0..3) => Act::OfferPart(1, encoding, part * (offers + 1)),
        _ => Act::Offer(1, encoding),
    }
}

/// The other slot holds what was a twin of image 1 but for its last bytes.
fn over_a_twin(chip: &mut Chip<Nor>) {
    let twin = chip.images[1].another("a twin");
    let started = chip.start().unwrap();
    let slot = started.layout.slot(1).unwrap();
    chip.flash.overwrite(slot.offset, &twin.bytes).unwrap();
}

pub fn encoded_stories() -> Vec<Story> {
    use Conduct::{Healthy, Panics};
    let story = |name, decide, before| Story {
        name,
        life: Life { conducts: &[Healthy, Healthy, Healthy], decide, asks: false, kept: &[0] },
        before,
        reset: Reset::PowerOn,
        journal: true,
    };
    let mut stories = vec![
        story("delta", |view| want_1(view, Delta, Delta), nothing),
        story("compressed", |view| want_1(view, Compressed, Compressed), nothing),
        story("delta, then raw", |view| want_1(view, Delta, Raw), nothing),
        story("raw, then delta", |view| want_1(view, Raw, Delta), nothing),
        story("compressed, then delta", |view| want_1(view, Compressed, Delta), nothing),
        story("delta, then compressed", |view| want_1(view, Delta, Compressed), nothing),
        story("delta in parts", |view| in_parts(view, Delta, 3000), nothing),
        story("compressed in parts", |view| in_parts(view, Compressed, 40_000), nothing),
        story("delta over a twin", |view| want_1(view, Delta, Delta), over_a_twin),
    ];
    stories.push(Story {
        life: Life { conducts: &[Healthy, Panics, Healthy], decide: want_1_then_2, asks: true, kept: &[0] },
        ..story("delta of a bad image", want_1_then_2, nothing)
    });
    let from_1 = |view: &View| if view.running == 2 { Act::Rest } else { Act::Offer(2, Delta) };
    stories.push(Story {
        life: Life { conducts: &[Healthy; 3], decide: from_1, asks: false, kept: &[0, 1] },
        ..story("delta from slot 1", from_1, updated_once)
    });
    for name in ["delta", "compressed", "delta, then raw"] {
        let told = stories.iter().find(|story| story.name == name).cloned();
        stories.extend(told.map(|story| Story { journal: false, ..story }));
    }
    stories
}
