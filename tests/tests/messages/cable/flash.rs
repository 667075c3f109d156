//! What is not written to a board, and slots that it is not to boot.

use skylift::image::Image;
use skylift::usb::Work;
use skylift::usb::board::{Board as Facts, Depth, Table};
use skylift::usb::flash::{
    BootloaderWish, Firmware, Piece, Plan, Refusal, TableWish, Target, Wish, set_boot,
};
use skylift_protocol::Chip;
use skylift_simulator::FlashSource;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::layout::{self, APP, DATA, DEFAULT_CAPACITY, DEFAULT_TABLE, FACTORY, NVS, Partition};
use skylift_simulator::serial::{Board, BoardConfig, Security};
use skylift_tests::devices::{demo, image};

use super::{MAC, at, blank, link, plugged, with_fuses, with_table};
use crate::files::Place;
use crate::store::resealed;
use crate::table::Line;

pub fn lines() -> Vec<Line> {
    let mut lines = boards();
    lines.extend(firmware());
    lines.extend(tables());
    lines.extend(files());
    lines.extend(bootloaders());
    lines.extend(slots());
    lines
}

fn ours() -> Firmware {
    Firmware::bundled(Chip::Esp32C3).unwrap()
}

fn app(image: Vec<u8>) -> Firmware {
    Firmware::app(Image::from_bytes("demo.bin".as_ref(), image).unwrap(), "a demo".to_owned())
}

fn target() -> Target {
    Target::blank(Chip::Esp32C3, DEFAULT_CAPACITY)
}

/// One that takes images of the simulator's.
fn simulated(chip: Chip) -> Target {
    let mut target = Target::blank(chip, DEFAULT_CAPACITY);
    target.identity.mac = Some("62:55:f9:00:00:01".to_owned());
    target.identity.revision = Some((0, 3));
    target
}

fn line(symptom: &'static str, refusal: &Refusal) -> Line {
    Line::of(symptom, refusal)
}

fn refused(symptom: &'static str, firmware: &Firmware, wish: &Wish, target: &Target) -> Line {
    line(symptom, &Plan::make(firmware, wish, target).unwrap_err())
}

/// Boards that were read.
fn boards() -> Vec<Line> {
    let on = |symptom, firmware: &Firmware, board: &Board| {
        let facts = Facts::read(&mut link(board), Depth::Heads, &mut Work::unwatched()).unwrap();
        refused(symptom, firmware, &Wish::default(), &Target::from(&facts))
    };
    let fuses = |security| with_fuses(security);
    let none = Security::default();
    let c6 = Firmware::bundled(Chip::Esp32C6).unwrap();
    vec![
        on("Secure boot is burnt in", &ours(), &fuses(Security { secure_boot: true, ..none })),
        on("Flash encryption is burnt in", &ours(), &fuses(Security { flash_encryption: true, ..none })),
        on("Secure download mode is burnt in", &ours(), &fuses(Security { secure_download: true, ..none })),
        on("The firmware is for another chip", &c6, &blank()),
        on("The firmware is for simulated devices", &app(image("1.0.0", Behaviour::Healthy)), &blank()),
    ]
}

fn firmware() -> Vec<Line> {
    let mut unknown = target();
    (unknown.identity.chip, unknown.identity.name) = (Chip::Unknown, "ESP32-H4".to_owned());
    let late = app(resealed(&image("1.0.0", Behaviour::Healthy), 15, 101));
    let large = app(DemoImage { size: 0x1F_0000, ..demo("1.0.0", Behaviour::Healthy) }.build().unwrap());
    let any = Wish::default();
    vec![
        line("No firmware for the chip comes along", &Firmware::bundled(Chip::Esp32S3).unwrap_err()),
        refused("The chip is none that Skylift knows", &ours(), &any, &unknown),
        refused("The firmware needs a later revision of the chip", &late, &any, &simulated(Chip::Esp32C3)),
        refused("The firmware is larger than its slot", &large, &any, &simulated(Chip::Esp32C3)),
    ]
}

fn tables() -> Vec<Line> {
    let given = |table: Table| Wish { table: TableWish::Given(table), ..Wish::default() };
    let nvs = Partition::new("nvs", DATA, NVS, 0x2_0000, 0x4000);
    let app = Partition::new("app", APP, FACTORY, 0x1_0000, 0x10_0000);
    let keep = Wish { table: TableWish::Keep, ..Wish::default() };
    let larger = given(Table::for_flash(2 * DEFAULT_CAPACITY).unwrap());
    let small = Target::blank(Chip::Esp32C3, DEFAULT_CAPACITY / 2);
    let mut odd = ours();
    let bytes = vec![0; 4];
    odd.brought.pieces.push(Piece { offset: 0x1_0001, bytes, what: "storage".to_owned() });
    vec![
        refused("The flash is too small for Skylift's table", &ours(), &Wish::default(), &small),
        refused("The table is for a larger flash", &ours(), &larger, &target()),
        refused(
            "Partitions of the table lie over each other",
            &ours(),
            &given(table(&[app, nvs])),
            &target(),
        ),
        refused("The table has no place for an app", &ours(), &given(table(&[nvs])), &target()),
        refused("The table is to be kept, and there is none", &ours(), &keep, &target()),
        refused("Something of a build has no place in the flash", &odd, &Wish::default(), &target()),
    ]
}

/// A table of these partitions, whatever is wrong with them.
fn table(partitions: &[Partition]) -> Table {
    Table::from_bytes(&layout::partition_table(partitions).unwrap()).unwrap()
}

/// Tables and bootloaders that somebody names.
fn files() -> Vec<Line> {
    let place = Place::new();
    let rubbish = place.write("rubbish", [0x5A; 6000]);
    let lines = vec![
        line(
            "The bootloader that is named cannot be read",
            &BootloaderWish::read(&place.path("bootloader.bin"), false).unwrap_err(),
        ),
        line("What is named is no partition table", &TableWish::read(&rubbish).unwrap_err()),
    ];
    place.settle(lines)
}

fn bootloaders() -> Vec<Line> {
    let bootloader = BootloaderWish::Given { bytes: vec![0xE9; 5000], rolls_back: true };
    let mut odd = target();
    odd.identity.crystal = 26;
    let other = Wish { bootloader, ..Wish::default() };
    vec![
        refused("What is given is no bootloader for the chip", &ours(), &other, &target()),
        refused("No bootloader for a chip with this crystal comes along", &ours(), &Wish::default(), &odd),
    ]
}

/// Another slot is to boot.
fn slots() -> Vec<Line> {
    let image = image("1.0.0", Behaviour::Healthy);
    let flash = layout::factory_flash(DEFAULT_CAPACITY, &DEFAULT_TABLE, &image).unwrap();
    let flashed = plugged(BoardConfig::with_mac(MAC, FlashSource::Bytes(flash.into_bytes())));
    let boot = |symptom, board: &Board, slot| {
        let error = set_boot(&mut link(board), slot, &mut Work::unwatched()).unwrap_err();
        at(symptom, board, &error)
    };
    let single = table(&[Partition::new("app", APP, FACTORY, 0x1_0000, 0x10_0000)]);
    vec![
        boot("The slot that is to boot is not there", &flashed, "ota_7"),
        boot("The slot that is to boot holds no app", &flashed, "ota_1"),
        boot("The partition that is to boot is no slot", &flashed, "nvs"),
        boot("There is nothing to choose between", &with_table(&single), "app"),
    ]
}
