//! The tables for docs/FIGURES.md.

use std::time::Duration;

use skylift_simulator::nor::{BLOCK_ERASE_TIME, Counters, PAGE_PROGRAM_TIME};
use skylift_updater::{BLOCK, PAGE};

use crate::Cost;

/// Bytes a second over WiFi to a C3 whose radio is tuned (esp-hal#1605).
const LINK: f64 = 400_000.0;
/// Arduino's update of 1 MiB on a C3, its download included (arduino-esp32#7002).
const ARDUINO: Duration = Duration::from_millis(9200);

pub fn table_of_flash(ours: &Cost, sectors: &Cost, image: &[u8]) {
    let erasing = |counters: Counters| {
        Counters { pages_programmed: 0, bytes_programmed: 0, bytes_read: 0, ..counters }.time()
    };
    let Counters { blocks_erased, sectors_erased, pages_programmed, bytes_read, .. } = ours.counters;
    let (erase, baseline) = (erasing(ours.counters), erasing(sectors.counters));
    let (whole, bound) = (ours.counters.time(), bound(image));
    println!("| figure | value | goal |\n|---|---|---|");
    println!("| erases | {blocks_erased} blocks, {sectors_erased} sectors | |");
    println!("| pages programmed | {pages_programmed} (the image has {}) | |", pages(image));
    println!("| bytes read back | {} KiB | |", bytes_read / 1024);
    println!("| erase time | {}; by sectors {} | |", seconds(erase), seconds(baseline));
    println!("| erase time / by sectors | {:.2} | ≤ 0.35 |", ratio(erase, baseline));
    println!(
        "| whole update / flash bound | {} / {} = {:.2} | ≤ 1.4 |",
        seconds(whole),
        seconds(bound),
        ratio(whole, bound)
    );
    println!("| first progress after the order | {} | ≤ 0.3 s |", seconds(ours.first_progress));
}

pub fn table_of_encodings(image: &[u8], costs: &[(&str, Cost, &str)]) {
    println!(
        "| sent as | bytes | reads | flash time | / bound | first progress | with the download | / Arduino | goal |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---|");
    for (name, cost, goal) in costs {
        let (flash, first) = (cost.counters.time(), cost.first_progress);
        let whole = flash + Duration::from_secs_f64(cost.sent as f64 / LINK);
        println!(
            "| {name} | {} | {} | {} | {:.2} | {} | {} | {:.2} | {goal} |",
            cost.sent,
            cost.reads,
            seconds(flash),
            ratio(flash, bound(image)),
            seconds(first),
            seconds(whole),
            ratio(whole, ARDUINO)
        );
    }
}

/// Programs that an image needs: blank pages need none.
fn pages(image: &[u8]) -> usize {
    image.chunks(PAGE as usize).filter(|page| page.iter().any(|&byte| byte != 0xFF)).count()
}

/// The flash's own time for an image: every block erased, every page programmed.
fn bound(image: &[u8]) -> Duration {
    BLOCK_ERASE_TIME * image.len().div_ceil(BLOCK as usize) as u32 + PAGE_PROGRAM_TIME * pages(image) as u32
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}
