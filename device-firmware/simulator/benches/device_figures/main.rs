//! What an update costs on the device, counted in the flash operations and times of an ESP32-C3 module: raw, compressed,
//! as a delta, and into a slot that was erased ahead.
//!
//! `cargo bench -p skylift-simulator --bench device_figures [-- OLD NEW]`. The times are the NOR model's
//! (`nor/counters.rs` names their sources), not this computer's: the figures are the same on every machine.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

mod module;
mod tables;

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use skylift_encoder::{ChunkLog, unwatched};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{DEFAULT_CAPACITY, DEFAULT_TABLE, factory_flash};
use skylift_simulator::nor::{Counters, Nor};
use skylift_updater::image::ImageScan;
use skylift_updater::journal::{Attempt, Subject};
use skylift_updater::otadata::Fresh;
use skylift_updater::partition::Layout;
use skylift_updater::signature::Trust;
use skylift_updater::switch::commit;
use skylift_updater::writer::{Encoding, Workspace, Writer};
use skylift_updater::{BLOCK, Erase, Flash as _};

use module::{Erases, Module};
use tables::{table_of_encodings, table_of_flash};

const SIZE: u32 = 1 << 20;
/// The slot that does not run.
const SLOT: u8 = 1;

/// How an update comes.
#[derive(Clone, Copy)]
struct Sent<'a> {
    encoding: Encoding,
    bytes: &'a [u8],
    /// Bytes of the slot that were erased before the order.
    erased_ahead: u32,
}

/// What an update took.
struct Cost {
    sent: usize,
    counters: Counters,
    reads: u32,
    first_progress: Duration,
}

fn update(module: &Module, image: &[u8], sent: &Sent<'_>) -> Cost {
    let flash = &mut module.clone();
    let layout = Layout::read(flash).unwrap();
    let slot = layout.slot(SLOT).unwrap();
    for at in (0..sent.erased_ahead).step_by(BLOCK as usize) {
        flash.erase(slot.offset + at, Erase::Block).unwrap();
    }
    let before = flash.nor.counters();
    flash.reads = 0;
    let first_progress = write(flash, &layout, image, sent);
    commit(flash, &layout, Some(0), SLOT, Fresh::Guarded).unwrap();
    let written = &flash.nor.bytes()[slot.offset as usize..][..image.len()];
    assert!(written == image, "the slot holds something else");
    let counters = since(flash.nor.counters(), before);
    Cost { sent: sent.bytes.len(), counters, reads: flash.reads, first_progress }
}

/// As the node does it; when the first bytes were in flash.
fn write(flash: &mut Module, layout: &Layout, image: &[u8], sent: &Sent<'_>) -> Duration {
    let mut scan = ImageScan::new();
    scan.push(image).unwrap();
    let subject = Subject {
        file_sha256: Sha256::digest(image).into(),
        image_sha256: scan.finish().unwrap().image_sha256,
        size: image.len() as u32,
        slot: SLOT,
    };
    let begun = flash.nor.time();
    let mut first_progress = None;
    let mut workspace = Workspace::new();
    let (encoding, erased_ahead) = (sent.encoding, sent.erased_ahead);
    let mut writer =
        Writer::new(flash, &mut workspace, layout, Some(0), subject, encoding, erased_ahead).unwrap();
    while !writer.recheck(flash).unwrap() {}
    while (writer.position() as usize) < sent.bytes.len() {
        let rest = &sent.bytes[writer.position() as usize..];
        writer.push(flash, &rest[..rest.len().min(1460)]).unwrap();
        if writer.head().is_some() && !writer.has_begun() {
            let attempt = Attempt { order_id: [b'0'; 36], manual: false };
            writer.begin(flash, layout, Some(0), &attempt).unwrap();
        }
        if writer.written() > 0 {
            first_progress.get_or_insert(flash.nor.time() - begun);
        }
    }
    let mut check = writer.finish(flash, &Trust::Anybody).unwrap();
    while !check.step(flash).unwrap() {}
    first_progress.unwrap()
}

fn since(now: Counters, before: Counters) -> Counters {
    Counters {
        pages_programmed: now.pages_programmed - before.pages_programmed,
        bytes_programmed: now.bytes_programmed - before.bytes_programmed,
        sectors_erased: now.sectors_erased - before.sectors_erased,
        blocks_erased: now.blocks_erased - before.blocks_erased,
        bytes_read: now.bytes_read - before.bytes_read,
    }
}

/// Two images of 1 MiB that differ in a twentieth, or those named.
fn images() -> (Vec<u8>, Vec<u8>) {
    let image = |version: &str, seed| {
        DemoImage { version: version.into(), size: SIZE, seed, ..DemoImage::default() }.build().unwrap()
    };
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match named.as_slice() {
        [old, new] => (std::fs::read(old).unwrap(), std::fs::read(new).unwrap()),
        _ => (image("1.0.0", 0), image("2.0.0", 1)),
    }
}

fn main() {
    let (old, new) = images();
    let flash = factory_flash(DEFAULT_CAPACITY, &DEFAULT_TABLE, &old).unwrap();
    let nor = Nor::from_bytes(flash.into_bytes()).unwrap();
    let module = Module { nor, erases: Erases::Blocks, reads: 0 };

    let raw = Sent { encoding: Encoding::Raw, bytes: &new, erased_ahead: 0 };
    let ours = update(&module, &new, &raw);
    let sectors = update(&Module { erases: Erases::Sectors, ..module.clone() }, &new, &raw);
    println!("An update of {} KiB on an ESP32-C3 module\n", new.len() / 1024);
    table_of_flash(&ours, &sectors, &new);

    let encoded = |old: &[u8], chunks| skylift_encoder::encode(old, &new, chunks, &mut unwatched).unwrap();
    let (compressed, delta) = (encoded(&[], ChunkLog::WHOLE), encoded(&old, ChunkLog::DELTA));
    let size = |bytes: &[u8]| bytes.len() as u32;
    let sent = Sent { encoding: Encoding::Compressed { size: size(&compressed) }, bytes: &compressed, ..raw };
    let compressed = update(&module, &new, &sent);
    let sent = Sent { encoding: Encoding::Delta { size: size(&delta) }, bytes: &delta, ..raw };
    let plain = update(&module, &new, &sent);
    let erased_ahead = size(&new).next_multiple_of(BLOCK);
    let ahead = update(&module, &new, &Sent { erased_ahead, ..sent });
    println!();
    table_of_encodings(
        &new,
        &[
            ("raw", ours, "≤ 1.4 × the bound"),
            ("compressed", compressed, "≤ 1.4 × the bound"),
            ("delta", plain, "≤ 1.15 × the bound"),
            ("delta, the slot erased ahead", ahead, "≤ 0.35 × Arduino"),
        ],
    );
}
