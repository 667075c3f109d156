//! What an update costs on the device, counted in the flash operations and times of an ESP32-C3 module.
//!
//! `cargo bench -p skylift-simulator --bench device_figures`. The times are the NOR model's (`nor/counters.rs` names
//! their sources), not this computer's: the figures are the same on every machine.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{DEFAULT_CAPACITY, DEFAULT_TABLE, factory_flash};
use skylift_simulator::nor::{BLOCK_ERASE_TIME, Counters, Nor, PAGE_PROGRAM_TIME};
use skylift_updater::image::ImageScan;
use skylift_updater::journal::{Attempt, Subject};
use skylift_updater::otadata::Fresh;
use skylift_updater::partition::Layout;
use skylift_updater::signature::Trust;
use skylift_updater::switch::commit;
use skylift_updater::writer::Writer;
use skylift_updater::{BLOCK, Erase, Flash, FlashError, PAGE, SECTOR};

const SIZE: u32 = 1 << 20;

/// The baseline: a flash driver that knows sectors only, as Arduino's did before it learned of blocks.
struct SectorsOnly(Nor);

impl Flash for SectorsOnly {
    fn capacity(&self) -> u32 {
        self.0.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.0.read(offset, buf)
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.0.program(offset, data)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        (offset..offset + unit.bytes())
            .step_by(SECTOR as usize)
            .try_for_each(|at| self.0.erase(at, Erase::Sector))
    }
}

/// What an update took.
struct Cost {
    counters: Counters,
    first_progress: Duration,
}

fn update<F: Flash>(flash: &mut F, image: &[u8], nor: impl Fn(&F) -> &Nor) -> Cost {
    let layout = Layout::read(flash).unwrap();
    let mut scan = ImageScan::new();
    scan.push(image).unwrap();
    let subject = Subject {
        file_sha256: Sha256::digest(image).into(),
        image_sha256: scan.finish().unwrap().image_sha256,
        size: image.len() as u32,
        slot: 1,
    };
    let begun = nor(flash).time();
    let mut first_progress = None;
    let mut writer = Writer::new(flash, &layout, Some(0), subject).unwrap();
    while !writer.recheck(flash).unwrap() {}
    for piece in image.chunks(1460) {
        let mut rest = piece;
        while !rest.is_empty() {
            let taken = writer.push(flash, rest).unwrap();
            rest = &rest[taken..];
            if writer.head().is_some() && !writer.has_begun() {
                let attempt = Attempt { order_id: [b'0'; 36], manual: false };
                writer.begin(flash, &layout, Some(0), &attempt).unwrap();
            }
            if writer.written() > 0 {
                first_progress.get_or_insert(nor(flash).time() - begun);
            }
        }
    }
    let mut check = writer.finish(flash, &Trust::Anybody).unwrap();
    while !check.step(flash).unwrap() {}
    commit(flash, &layout, Some(0), 1, Fresh::Guarded).unwrap();
    Cost { counters: nor(flash).counters(), first_progress: first_progress.unwrap() }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn main() {
    let old = DemoImage::default().build().unwrap();
    let new = DemoImage { version: "2.0.0".into(), size: SIZE, ..DemoImage::default() }.build().unwrap();
    let fresh = factory_flash(DEFAULT_CAPACITY, &DEFAULT_TABLE, &old).unwrap();
    let fresh = Nor::from_bytes(fresh.into_bytes()).unwrap();

    let ours = update(&mut fresh.clone(), &new, |nor| nor);
    let sectors = update(&mut SectorsOnly(fresh), &new, |flash| &flash.0);

    let erasing = |counters: Counters| {
        let erase_only = Counters { pages_programmed: 0, bytes_programmed: 0, bytes_read: 0, ..counters };
        erase_only.time()
    };
    let pages = new.chunks(PAGE as usize).filter(|page| page.iter().any(|&byte| byte != 0xFF)).count();
    let blocks = (new.len() as u32).div_ceil(BLOCK);
    let bound = BLOCK_ERASE_TIME * blocks + PAGE_PROGRAM_TIME * pages as u32;
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();

    println!("An update of {} KiB on an ESP32-C3 module, flash time only", new.len() / 1024);
    println!("| figure | value | goal |\n|---|---|---|");
    let Counters { blocks_erased, sectors_erased, pages_programmed, bytes_read, .. } = ours.counters;
    println!("| erases | {blocks_erased} blocks, {sectors_erased} sectors | |");
    println!("| pages programmed | {pages_programmed} (the image has {pages}) | |");
    println!("| bytes read back | {} KiB | |", bytes_read / 1024);
    let (erase, baseline) = (erasing(ours.counters), erasing(sectors.counters));
    println!("| erase time | {}, by sectors {} | |", seconds(erase), seconds(baseline));
    println!("| erase time / by sectors | {:.2} | 0.35 |", ratio(erase, baseline));
    let whole = ours.counters.time();
    println!(
        "| whole update / flash bound | {} / {} = {:.2} | 1.4 |",
        seconds(whole),
        seconds(bound),
        ratio(whole, bound)
    );
    println!("| first progress after the order | {} | 0.3 s |", seconds(ours.first_progress));
}
