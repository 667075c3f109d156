//! The NOR model: its rules, its counting and its faults.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "nor_model/file.rs"]
mod file;
#[path = "nor_model/property.rs"]
mod property;

use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::nor::{
    BLOCK_ERASE_TIME, BYTE_READ_TIME, Nor, NorError, PAGE_PROGRAM_TIME, SECTOR_ERASE_TIME,
};
use skylift_updater::{Erase, Flash, FlashError, SECTOR};

const CAPACITY: u32 = 0x2_0000;
const SEEDS: u64 = 300;

fn nor() -> Nor {
    Nor::blank(CAPACITY).unwrap()
}

fn held(nor: &Nor, offset: usize, len: usize) -> &[u8] {
    &nor.bytes()[offset..offset + len]
}

/// A flash whose first block holds `byte`, with a fault planned for the next operation.
fn full_of(byte: u8, fault: impl Fn(u64) -> FlashFault) -> Nor {
    let mut nor = nor();
    nor.overwrite(0, &[byte; 0x1_0000]).unwrap();
    nor.program(CAPACITY - 4, &[0; 4]).unwrap();
    nor.set_fault(fault(nor.operations()));
    nor
}

fn cut(moment: Moment, seed: u64) -> impl Fn(u64) -> FlashFault {
    move |operation| FlashFault::PowerCut { operation, moment, seed }
}

#[test]
fn refuses_what_the_chip_cannot_do() {
    let mut nor = nor();
    let programs: [(&str, u32, usize); 7] = [
        ("offset not a word", 2, 4),
        ("length not words", 0, 6),
        ("across a page", 252, 8),
        ("more than a page", 0, 260),
        ("at the end", CAPACITY, 4),
        ("over the end", CAPACITY - 4, 8),
        ("offset wraps", u32::MAX - 3, 8),
    ];
    for (name, offset, len) in programs {
        assert_eq!(nor.program(offset, &vec![0; len]), Err(FlashError), "{name}");
    }
    let erases: [(&str, u32, Erase); 5] = [
        ("inside a sector", 256, Erase::Sector),
        ("block at a sector", SECTOR, Erase::Block),
        ("sector at the end", CAPACITY, Erase::Sector),
        ("block at the end", CAPACITY, Erase::Block),
        ("offset wraps", u32::MAX - 4095, Erase::Sector),
    ];
    for (name, offset, unit) in erases {
        assert_eq!(nor.erase(offset, unit), Err(FlashError), "{name}");
    }
    assert_eq!(nor.read(CAPACITY - 3, &mut [0; 4]), Err(FlashError));
    assert_eq!(nor.read(u32::MAX, &mut [0; 4]), Err(FlashError));
    assert_eq!(nor.operations(), 0);
    assert!(nor.bytes().iter().all(|&byte| byte == 0xFF));
}

#[test]
fn half_a_block_at_the_end_has_sectors_only() {
    let mut nor = Nor::blank(0x1_8000).unwrap();
    assert_eq!(nor.erase(0x1_0000, Erase::Block), Err(FlashError));
    assert_eq!(nor.erase(0x1_7000, Erase::Sector), Ok(()));
}

#[test]
fn programs_clear_bits_and_erases_set_their_unit() {
    let mut nor = nor();
    nor.overwrite(0, &[0; CAPACITY as usize]).unwrap();
    nor.erase(0x1000, Erase::Sector).unwrap();
    assert_eq!((nor.bytes()[0xFFF], nor.bytes()[0x2000]), (0, 0));
    assert!(held(&nor, 0x1000, 0x1000).iter().all(|&byte| byte == 0xFF));
    nor.program(0x10FC, &[0xF0; 4]).unwrap();
    nor.program(0x10FC, &[0x3C; 4]).unwrap();
    assert_eq!(held(&nor, 0x10FB, 6), [0xFF, 0x30, 0x30, 0x30, 0x30, 0xFF]);
    nor.erase(0x1_0000, Erase::Block).unwrap();
    assert!(held(&nor, 0x1_0000, 0x1_0000).iter().all(|&byte| byte == 0xFF));
    let mut unaligned = [0; 3];
    nor.read(0x10FB, &mut unaligned).unwrap();
    assert_eq!(unaligned, [0xFF, 0x30, 0x30]);
}

#[test]
fn counts_operations_and_time() {
    let mut nor = nor();
    nor.program(0, &[0; 256]).unwrap();
    nor.program(256, &[0; 4]).unwrap();
    nor.program(0, &[]).unwrap();
    nor.erase(0, Erase::Sector).unwrap();
    nor.erase(0, Erase::Block).unwrap();
    nor.read(0, &mut [0; 100]).unwrap();
    let counters = nor.counters();
    assert_eq!((counters.pages_programmed, counters.bytes_programmed), (2, 260));
    assert_eq!((counters.sectors_erased, counters.blocks_erased, counters.bytes_read), (1, 1, 100));
    assert_eq!(nor.operations(), 4);
    let expected = 2 * PAGE_PROGRAM_TIME + SECTOR_ERASE_TIME + BLOCK_ERASE_TIME + 100 * BYTE_READ_TIME;
    assert_eq!(nor.time(), expected);
}

/// performance.md, section 2: the physical bound of 1 MiB on a C3 is 4.5 to 6.3 s, of sector erases 12 to 15 s.
#[test]
fn a_mebibyte_takes_as_long_as_on_a_chip() {
    let mut blocks = Nor::blank(1 << 20).unwrap();
    (0..16).for_each(|block| blocks.erase(block << 16, Erase::Block).unwrap());
    let mut sectors = Nor::blank(1 << 20).unwrap();
    (0..256).for_each(|sector| sectors.erase(sector << 12, Erase::Sector).unwrap());
    for nor in [&mut blocks, &mut sectors] {
        (0..4096).for_each(|page| nor.program(page << 8, &[0; 256]).unwrap());
    }
    let seconds = |nor: &Nor| nor.time().as_secs_f64();
    assert!((4.5..6.3).contains(&seconds(&blocks)), "{}", seconds(&blocks));
    assert!((12.0..16.5).contains(&seconds(&sectors)), "{}", seconds(&sectors));
}

#[test]
fn cut_before_and_after_are_all_or_nothing() {
    for (moment, byte) in [(Moment::Before, 0x5A), (Moment::After, 0x50)] {
        let mut nor = full_of(0x5A, cut(moment, 1));
        assert_eq!(nor.program(0, &[0xF0; 64]), Err(FlashError));
        assert!(nor.lost_power());
        assert_eq!(held(&nor, 0, 64), [byte; 64], "{}", nor.fault());
    }
    for (moment, byte) in [(Moment::Before, 0x5A), (Moment::After, 0xFF)] {
        let mut nor = full_of(0x5A, cut(moment, 1));
        assert_eq!(nor.erase(0, Erase::Block), Err(FlashError));
        assert_eq!(held(&nor, 0, 0x1_0000), [byte; 0x1_0000], "{}", nor.fault());
        assert!(!nor.is_weak(0));
    }
}

#[test]
fn without_power_everything_fails_until_it_is_back() {
    let mut nor = full_of(0, cut(Moment::Before, 0));
    let before = nor.operations();
    assert_eq!(nor.erase(0, Erase::Sector), Err(FlashError));
    assert_eq!(nor.read(0, &mut [0]), Err(FlashError));
    assert_eq!(nor.program(0, &[0; 4]), Err(FlashError));
    assert_eq!(nor.erase(0, Erase::Sector), Err(FlashError));
    assert_eq!(nor.operations(), before + 1, "the struck one counts, those without power do not");
    nor.power_on();
    assert!(!nor.lost_power());
    assert_eq!(nor.erase(0, Erase::Sector), Ok(()), "the plan strikes once");
    assert_eq!(nor.read(0, &mut [0]), Ok(()));
    nor.power_off();
    assert_eq!(nor.read(0, &mut [0]), Err(FlashError));
}

#[test]
fn a_cut_program_leaves_a_subset_of_its_bits() {
    let (mut nothing, mut everything, mut part) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut nor = full_of(0xFA, cut(Moment::Inside, seed));
        assert_eq!(nor.program(256, &[0xAF; 128]), Err(FlashError));
        // 0xFA AND 0xAF = 0xAA: 0xAA is cleared no further, what 0xFA lacks is not set.
        assert!(
            held(&nor, 256, 128).iter().all(|byte| byte & 0xAA == 0xAA && byte & !0xFA == 0),
            "seed {seed}"
        );
        assert!(held(&nor, 0, 256).iter().chain(held(&nor, 384, 256)).all(|&byte| byte == 0xFA));
        match held(&nor, 256, 128) {
            cells if cells == [0xFA; 128] => nothing += 1,
            cells if cells == [0xAA; 128] => everything += 1,
            _ => part += 1,
        }
    }
    assert!(nothing > 30 && everything > 30 && part > 100, "{nothing} {everything} {part}");
}

#[test]
fn a_cut_erase_leaves_a_mix_and_a_weak_unit() {
    let (mut unchanged, mut blank, mut mixed) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut nor = full_of(0x5A, cut(Moment::Inside, seed));
        assert_eq!(nor.erase(0x3000, Erase::Sector), Err(FlashError));
        nor.power_on();
        assert!(held(&nor, 0x3000, 0x1000).iter().all(|byte| byte & 0x5A == 0x5A), "seed {seed}");
        assert_eq!((nor.is_weak(0x2FFF), nor.is_weak(0x3000), nor.is_weak(0x4000)), (false, true, false));
        match held(&nor, 0x3000, 0x1000) {
            cells if cells == [0x5A; 0x1000] => unchanged += 1,
            cells if cells == [0xFF; 0x1000] => blank += 1,
            _ => mixed += 1,
        }
        nor.overwrite(0x3000, &[0xFF; 0x1000]).unwrap();
        nor.program(0x3100, &[0x12; 64]).unwrap();
        assert_ne!(
            held(&nor, 0x3100, 64),
            [0x12; 64],
            "seed {seed}: a program into a weak sector comes out wrong"
        );
        nor.erase(0x3000, Erase::Sector).unwrap();
        nor.program(0x3100, &[0x12; 64]).unwrap();
        assert_eq!(held(&nor, 0x3100, 64), [0x12; 64], "seed {seed}: erased again, it is good again");
    }
    assert!(unchanged > 30 && blank > 30 && mixed > 100, "{unchanged} {blank} {mixed}");
}

#[test]
fn a_block_stays_weak_sector_by_sector() {
    let mut nor = full_of(0, cut(Moment::Inside, 3));
    assert_eq!(nor.erase(0, Erase::Block), Err(FlashError));
    nor.power_on();
    nor.erase(0x4000, Erase::Sector).unwrap();
    let weak: Vec<u32> = (0..32).filter(|sector| nor.is_weak(sector * SECTOR)).collect();
    assert_eq!(weak, [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    nor.erase(0, Erase::Block).unwrap();
    assert!((0..32).all(|sector| !nor.is_weak(sector * SECTOR)));
}

#[test]
fn a_silent_fault_reports_success_and_leaves_bits() {
    let (mut single, mut single_bits) = (0, 0);
    for seed in 0..SEEDS {
        let plan = |operation| FlashFault::Silent { operation, seed };
        let mut nor = full_of(0xFA, plan);
        assert_eq!(nor.program(0, &[0xAF; 128]), Ok(()));
        let wrong: u32 = held(&nor, 0, 128).iter().map(|byte| (byte ^ 0xAA).count_ones()).sum();
        assert!(
            held(&nor, 0, 128).iter().all(|byte| byte & !0xFA == 0 && byte & 0xAA == 0xAA),
            "seed {seed}"
        );
        assert!((1..=256).contains(&wrong), "seed {seed}");
        if wrong == 1 {
            single += 1;
            single_bits |= held(&nor, 0, 128).iter().fold(0, |bits, byte| bits | (byte ^ 0xAA));
        }
        nor.program(0, &[0xAF; 128]).unwrap();
        assert_eq!(held(&nor, 0, 128), [0xAA; 128], "it strikes once");

        let mut nor = full_of(0x5A, plan);
        assert_eq!(nor.erase(0, Erase::Sector), Ok(()));
        assert_ne!(held(&nor, 0, 0x1000), [0xFF; 0x1000], "seed {seed}");
        assert!(held(&nor, 0, 0x1000).iter().all(|byte| byte & 0x5A == 0x5A), "seed {seed}");
        assert!(!nor.lost_power() && !nor.is_weak(0));
    }
    assert_eq!(single_bits, 0x50, "each bit has its turn");
    assert!(single > 60, "{single} of {SEEDS} were of a single bit");
}

#[test]
fn a_silent_fault_needs_a_bit_to_change() {
    let mut nor = full_of(0xA5, |operation| FlashFault::Silent { operation, seed: 9 });
    assert_eq!(nor.program(0, &[0xFF; 16]), Ok(()));
    assert_eq!(held(&nor, 0, 16), [0xA5; 16]);
}

#[test]
fn a_seed_repeats_its_fault() {
    let run = |seed| {
        let mut nor = full_of(0, cut(Moment::Inside, seed));
        let _ = nor.erase(0, Erase::Block);
        nor.power_on();
        nor.program(0, &[0x0F; 256]).unwrap();
        nor.into_bytes()
    };
    assert_eq!(run(77), run(77));
    assert_ne!(run(77), run(78));
}

#[test]
fn a_fault_says_what_it_is() {
    let fault = FlashFault::PowerCut { operation: 17, moment: Moment::Inside, seed: 42 };
    assert_eq!(fault.to_string(), "power cut inside flash operation 17 (seed 42)");
    assert_eq!(format!("{fault:?}"), "PowerCut { operation: 17, moment: Inside, seed: 42 }");
    let fault = FlashFault::Silent { operation: 3, seed: 5 };
    assert_eq!(fault.to_string(), "silent failure of flash operation 3 (seed 5)");
}

#[test]
fn a_clone_is_a_fork() {
    let mut nor = full_of(0, cut(Moment::Inside, 5));
    let mut fork = nor.clone();
    assert_eq!(nor.erase(0, Erase::Sector), Err(FlashError));
    assert_eq!((fork.lost_power(), fork.bytes()[0]), (false, 0));
    assert_eq!(fork.erase(0, Erase::Sector), Err(FlashError));
    assert_eq!(fork.bytes(), nor.bytes(), "the fork has the plan and its randomness");
    assert!(nor.clone().lost_power());
}

#[test]
fn sizes_that_are_no_flash_are_refused() {
    for bytes in [0, 1, 4095, 4097] {
        assert!(matches!(Nor::from_bytes(vec![0; bytes]), Err(NorError::Size(_))), "{bytes}");
    }
    assert!(Nor::blank(u32::MAX).is_err() && Nor::blank(256 << 20).is_err());
}
