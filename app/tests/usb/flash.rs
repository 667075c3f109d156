//! A board is flashed: for the first time, again, in part, and not where that would destroy something.

use skylift::usb::board::Table;
use skylift::usb::flash::{
    BootloaderWish, Fate, Firmware, Plan, Refusal, Scope, TableWish, Target, Wish, write,
};
use skylift::usb::{Cancel, Progress, Step, Told, Work};
use skylift_protocol::Chip;
use skylift_simulator::FlashSource;
use skylift_simulator::serial::{Board, BoardConfig};

use crate::board::flashed;
use crate::boards::{Heard, blank, bundled, demo, facts, link, plan, runs};

#[test]
fn a_blank_board_gets_the_bundled_firmware_and_starts_it() {
    let board = blank();
    let mut link = link(&board);
    let plan = plan(&bundled(), &facts(&mut link));
    let heard = Heard::default();
    let report = write(&plan, &mut link, &mut heard.work()).unwrap();
    assert_eq!(report.unchanged, 4096, "the half of otadata that is to be blank");
    let steps: Vec<Step> = heard
        .all()
        .iter()
        .filter_map(|told| if let Told::Progress(progress) = told { Some(progress.step) } else { None })
        .collect();
    assert!(steps.is_sorted() && steps.last() == Some(&Step::BootSelection), "{steps:?}");
    drop(link.leave(&mut Work::unwatched()).unwrap());
    runs(&board);
}

#[test]
fn the_rom_alone_flashes_it_too() {
    let board = blank();
    let approach = skylift::usb::wire::Approach {
        loader: skylift::usb::wire::Loader::Rom,
        ..crate::boards::approach(&board)
    };
    let mut link = skylift::usb::wire::Link::connect(&approach, &mut Work::unwatched()).unwrap();
    let plan = plan(&demo("1.0.0", 70_000), &facts(&mut link));
    write(&plan, &mut link, &mut Work::unwatched()).unwrap();
    drop(link.leave(&mut Work::unwatched()).unwrap());
    runs(&board);
}

#[test]
fn an_unchanged_reflash_sends_a_tenth_at_most() {
    let board = blank();
    let mut link = link(&board);
    let firmware = bundled();
    let first = plan(&firmware, &facts(&mut link));
    let before = board.wire().bytes_in;
    write(&first, &mut link, &mut Work::unwatched()).unwrap();
    let full = board.wire().bytes_in - before;
    let again = plan(&firmware, &facts(&mut link));
    assert_eq!(again.app, first.app, "what is there already stays where it is");
    let before = board.wire().bytes_in;
    let report = write(&again, &mut link, &mut Work::unwatched()).unwrap();
    let sent = board.wire().bytes_in - before;
    assert_eq!(report.bytes, report.unchanged);
    assert!(sent * 10 <= full, "{sent} bytes of {full} were sent");
    println!("unchanged reflash: {sent} of {full} bytes on the wire");
}

#[test]
fn after_an_update_over_the_air_the_flashed_app_boots_not_the_old_slot() {
    let (_board, mut link) = flashed("1.0.0");
    let second = plan(&demo("2.0.0", 70_000), &facts(&mut link));
    write(&second, &mut link, &mut Work::unwatched()).unwrap();
    // ota_1 boots now, as after an update. Another table puts the app into ota_0.
    let given = Wish { table: TableWish::Given(small_table()), ..Wish::default() };
    let target = Target::from(&facts(&mut link));
    let third = Plan::make(&demo("3.0.0", 70_000), &given, &target).unwrap();
    write(&third, &mut link, &mut Work::unwatched()).unwrap();
    let facts = facts(&mut link);
    let boots = facts.boots().unwrap();
    assert_eq!((boots.partition.label.as_str(), &*boots.image().unwrap().version), ("ota_0", "3.0.0"));
}

fn small_table() -> Table {
    let csv = "nvs, data, nvs, 0x9000, 0x4000\notadata, data, ota, 0xd000, 0x2000\n\
               ota_0, app, ota_0, 0x10000, 0x100000\nota_1, app, ota_1, 0x110000, 0x100000\n\
               skylift, data, nvs, 0x210000, 0x10000\nfiles, data, spiffs, 0x220000, 0x40000\n";
    Table::from_csv(csv).unwrap()
}

#[test]
fn the_app_alone_goes_into_the_slot_that_does_not_run() {
    let (board, mut link) = flashed("1.0.0");
    let before = board.flash();
    let wish = Wish { scope: Scope::AppOnly, ..Wish::default() };
    let plan = Plan::make(&demo("2.0.0", 70_000), &wish, &Target::from(&facts(&mut link))).unwrap();
    assert_eq!(plan.app.label, "ota_1");
    write(&plan, &mut link, &mut Work::unwatched()).unwrap();
    assert_eq!(facts(&mut link).boots().unwrap().image().unwrap().version, "2.0.0");
    let after = board.flash();
    assert!(after[..0xD000] == before[..0xD000] && after[0x1_0000..0x1F_0000] == before[0x1_0000..0x1F_0000]);
}

#[test]
fn wherever_it_is_called_off_a_whole_app_boots() {
    let (board, mut link) = flashed("1.0.0");
    let plan = plan(&demo("2.0.0", 200_000), &facts(&mut link));
    let total: u64 = plan.regions.iter().map(|region| u64::from(region.length())).sum();
    for step in [Step::App, Step::Erase, Step::Bootloader, Step::PartitionTable, Step::BootSelection] {
        let cancel = Cancel::default();
        let by = cancel.clone();
        let mut work = Work::new(cancel, move |told| {
            if matches!(told, Told::Progress(Progress { step: at, .. }) if at == step) {
                by.cancel();
            }
        });
        let _ = write(&plan, &mut link, &mut work).unwrap_err();
        let facts = skylift::usb::board::Board::read(
            &mut link,
            skylift::usb::board::Depth::Whole,
            &mut Work::unwatched(),
        )
        .unwrap();
        let version = &facts.boots().unwrap().image().unwrap().version;
        assert_eq!(version, "1.0.0", "called off in {step:?}");
    }
    assert!(total > 200_000);
    write(&plan, &mut link, &mut Work::unwatched()).unwrap();
    drop(link.leave(&mut Work::unwatched()).unwrap());
    runs(&board);
}

#[test]
fn what_moves_is_erased_and_what_stays_is_kept() {
    let (board, mut link) = flashed("1.0.0");
    let work = &mut Work::unwatched();
    for (offset, bytes) in [(0x9000, b"mine"), (0x22_0000, b"junk")] {
        link.write(Step::App, offset, bytes, work).unwrap();
    }
    let wish = Wish { table: TableWish::Given(small_table()), ..Wish::default() };
    let plan = Plan::make(&demo("2.0.0", 70_000), &wish, &Target::from(&facts(&mut link))).unwrap();
    let fate = |name: &str| {
        let changes = plan.changes();
        let found = changes.iter().find(|change| change.name.ends_with(name));
        found.unwrap_or_else(|| panic!("{name} in {changes:?}")).fate
    };
    assert_eq!([fate("nvs"), fate("ota_0"), fate("files")], [Fate::Kept, Fate::Replaced, Fate::Erased]);
    assert_eq!([fate("Bootloader"), fate("Partition table")], [Fate::Kept, Fate::Replaced]);
    write(&plan, &mut link, work).unwrap();
    let flash = board.flash();
    assert_eq!(&flash[0x9000..0x9004], b"mine");
    assert!(flash[0x22_0000..0x26_0000].iter().all(|&byte| byte == 0xFF));
}

#[test]
fn what_would_destroy_something_is_refused_with_the_way_round() {
    use skylift::advice::Advice as _;
    let blank = Target::blank(Chip::Esp32C3, 4 << 20);
    let with = |change: fn(&mut Target)| {
        let mut target = blank.clone();
        change(&mut target);
        target
    };
    let refused = |firmware: &Firmware, wish: &Wish, target: &Target| {
        let refusal = Plan::make(firmware, wish, target).unwrap_err();
        assert!(!refusal.advice().is_empty() && !refusal.to_string().is_empty());
        refusal
    };
    let (ours, any) = (bundled(), Wish::default());
    assert_eq!(refused(&ours, &any, &with(|it| it.security.secure_boot = true)), Refusal::SecureBoot);
    assert_eq!(refused(&ours, &any, &with(|it| it.security.flash_encryption = true)), Refusal::Encrypted);
    assert_eq!(refused(&ours, &any, &with(|it| it.security.secure_download = true)), Refusal::SecureDownload);
    let wrong = refused(&ours, &any, &Target::blank(Chip::Esp32C6, 4 << 20));
    assert_eq!(wrong, Refusal::WrongChip { image: Chip::Esp32C3, board: Chip::Esp32C6 });
    assert_eq!(refused(&demo("1.0.0", 70_000), &any, &blank), Refusal::Simulated);
    let small = refused(&ours, &any, &Target::blank(Chip::Esp32C3, 2 << 20));
    assert_eq!(small, Refusal::SmallFlash { size: 2 << 20 });
    let large = Wish { table: TableWish::Given(Table::for_flash(8 << 20).unwrap()), ..Wish::default() };
    assert!(matches!(refused(&ours, &large, &blank), Refusal::TableTooLarge { .. }));
    let keep = Wish { table: TableWish::Keep, ..Wish::default() };
    assert_eq!(refused(&ours, &keep, &blank), Refusal::NothingToKeep);
    let simulated = with(|it| it.identity.mac = Some("62:55:f9:00:00:01".to_owned()));
    let too_large = demo("1.0.0", 0x1F_0000);
    assert!(matches!(refused(&too_large, &any, &simulated), Refusal::TooLarge { .. }));
    let bootloader = BootloaderWish::Given { bytes: vec![0xE9; 5000], rolls_back: true };
    let odd = Wish { bootloader, ..Wish::default() };
    assert_eq!(refused(&ours, &odd, &blank), Refusal::NotABootloader(Chip::Esp32C3));
    let old = with(|it| it.identity.revision = Some((0, 0)));
    if !ours.app.info.head.revisions.admit(0) {
        assert!(matches!(refused(&ours, &any, &old), Refusal::Revision { .. }));
    }
}

#[test]
fn other_chips_have_their_bootloader_where_their_rom_looks_for_it() {
    let mut config = BoardConfig::new(FlashSource::Blank(4 << 20));
    config.device.chip = Chip::Esp32C6;
    let board = Board::plug_in(config).unwrap();
    let mut link = link(&board);
    let firmware = Firmware::bundled(Chip::Esp32C6).unwrap();
    let plan = plan(&firmware, &facts(&mut link));
    write(&plan, &mut link, &mut Work::unwatched()).unwrap();
    assert_eq!(board.flash()[0], 0xE9);
    assert_eq!(
        facts(&mut link).holds.unwrap().bootloader.unwrap().rolls_back,
        skylift::usb::board::RollsBack::No
    );
}
