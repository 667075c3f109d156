//! What cannot be made of an envelope, or only with a warning.

use skylift::image::envelope::Envelope as Read;
use skylift::image::envelope::extract::{
    Config, Content, ExtractError, Firmware, Format, PartitionContent, Partitions, Warning, extract,
};
use skylift::image::envelope::inside::{Inside, InsideError};
use skylift_tests::toit::archive::archive;
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::{Container, Envelope, SDK};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::snapshot::{Bundle, snapshot};

use super::{bundle, damaged, entry, holding, info, metadata, of_snapshot, read};
use crate::table::Line;

fn of(symptom: &'static str, error: &ExtractError) -> Line {
    match error {
        ExtractError::Firmware(flaw) => Line::within(symptom, error, flaw),
        ExtractError::Envelope(skylift::image::envelope::EnvelopeError::Snapshot { error: flaw, .. }) => {
            of_snapshot(symptom, error, flaw)
        }
        ExtractError::Envelope(flaw) => super::of(symptom, flaw),
        _ => Line::of(symptom, error),
    }
}

fn refused(envelope: &[u8], format: Format, partitions: &Partitions) -> ExtractError {
    extract(&read(envelope), format, &Config::default(), partitions).err().unwrap()
}

pub fn images() -> Vec<Line> {
    [firmware(), programs(), flash(), warnings(), insides()].into_iter().flatten().collect()
}

/// The firmware in it cannot take programs.
fn firmware() -> Vec<Line> {
    let of_body = |symptom, body: Vec<u8>| {
        let system = Bundle::new(SDK, Program::sample()).to_bytes();
        let envelope = holding(vec![entry("$firmware.bin", body), entry("system", system)]);
        of(symptom, &refused(&envelope, Format::Binary, &Partitions::default()))
    };
    let with = |symptom, change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = Envelope::new(Chip::Esp32).body.to_bytes();
        change(&mut body);
        of_body(symptom, body)
    };
    let near_the_end = 0x3f7f_f000_u32.to_le_bytes();
    let mut torn = Envelope::new(Chip::Esp32).app_image(&[]);
    torn[32 + 4096 + 4] ^= 1;
    vec![
        of(
            "The envelope has no firmware",
            &refused(&holding(Vec::new()), Format::Binary, &Partitions::default()),
        ),
        of_body("The firmware in it is something else", b"buy milk, a lot of it, and bread".to_vec()),
        with("The firmware in it was cut short", &|body| body.truncate(body.len() / 2)),
        of_body("The firmware in it is larger than any slot", vec![0xe9; 17 << 20]),
        with("The firmware in it is for a chip without Toit", &|body| body[12] = 10),
        with("The firmware in it has no constants", &|body| body[1] = 0),
        with("The firmware in it is not Toit's", &|body| body[32 + 256] ^= 1),
        with("The chip's addresses do not reach so far", &|body| body[24..28].copy_from_slice(&near_the_end)),
        recreated("An envelope is created from a damaged image", torn),
    ]
}

fn recreated(symptom: &'static str, firmware_bin: Vec<u8>) -> Line {
    use skylift::image::envelope::{CreateError, Esp32Parts};
    let system_snapshot = Bundle::new(SDK, Program::sample()).to_bytes();
    let parts = Esp32Parts { firmware_bin, system_snapshot, ..Esp32Parts::default() };
    let error = Read::create_esp32(parts).unwrap_err();
    let CreateError::Firmware(flaw) = &error else { panic!("{error}") };
    Line::within(symptom, &error, flaw)
}

/// A program in it cannot be converted.
fn programs() -> Vec<Line> {
    let of_program = |symptom, content: Vec<u8>| {
        let body = Envelope::new(Chip::Esp32).body.to_bytes();
        let envelope = holding(vec![entry("$firmware.bin", body), entry("lamp", content)]);
        of(symptom, &refused(&envelope, Format::Binary, &Partitions::default()))
    };
    let whole = snapshot(&Program::sample());
    let pages = |count: u8| move |program: &mut Vec<u8>| program[8..12].fill(count);
    let stranger = Bundle::new("v2.0.0-alpha.100", Program::sample()).to_bytes();
    vec![
        of_program("A program in it is neither snapshot nor image", b"main: print 1".to_vec()),
        of_program("A program in it was cut short", bundle(&whole[..whole.len() - 5])),
        of_program("A program in it is damaged", damaged(pages(0))),
        of_program("A program in it wants more memory than there is", damaged(pages(0xff))),
        of_program("A program in it is of an SDK that Skylift does not know", stranger),
    ]
}

/// A partition table with otadata and one slot.
fn table(slot: u32) -> Vec<u8> {
    let entry = |kind: u8, subtype: u8, offset: u32, size: u32, name: &str| {
        let mut bytes = vec![0xaa, 0x50, kind, subtype];
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.resize(32, 0);
        bytes
    };
    let mut table =
        [entry(1, 0, 0xd000, 0x2000, "otadata"), entry(0, 0x10, 0x1_0000, slot, "ota_0")].concat();
    table.resize(0xc00, 0xff);
    table
}

/// An envelope with all parts.
fn complete(flashing: &str, slot: u32) -> Vec<u8> {
    holding(vec![
        entry("$firmware.bin", Envelope::new(Chip::Esp32).body.to_bytes()),
        entry("system", Bundle::new(SDK, Program::sample()).to_bytes()),
        entry("$bootloader.bin", Envelope::new(Chip::Esp32).body.to_bytes()),
        entry("$partitions.bin", table(slot)),
        entry("$otadata.bin", [0xff; 0x2000]),
        entry("$flashing.json", flashing),
        entry("$firmware.elf", "\x7fELF"),
    ])
}

const FLASHING: &str = r#"{"flash_settings":{"flash_size":"4MB"},"bootloader":{"offset":"0x1000"},
    "partition-table":{"offset":"0x8000"}}"#;

fn partition(name: &str, content: Content) -> Partitions {
    Partitions { table: None, contents: vec![PartitionContent { name: name.to_owned(), content }] }
}

fn flash() -> Vec<Line> {
    let host = archive(&[info(8), metadata("host")]);
    let whole = complete(FLASHING, 0x10_0000);
    let none = Partitions::default();
    let otherwise = Partitions { table: Some(b"buy milk".to_vec()), contents: Vec::new() };
    let lamp = partition("lamp", Content::Empty(4096));
    let recipe = Firmware::extract(&read(&host), &Config::default()).err().unwrap();
    vec![
        of("The envelope is for a computer", &recipe),
        of("An envelope for a computer has no such format", &refused(&host, Format::Image, &none)),
        of("Partitions go with another format", &refused(&whole, Format::Binary, &lamp)),
        of("The envelope has no ELF", &refused(&Envelope::new(Chip::Esp32).to_bytes(), Format::Elf, &none)),
        of(
            "The envelope does not say how to flash it",
            &refused(&complete("{}", 0x10_0000), Format::Image, &none),
        ),
        of("The partition table is none", &refused(&whole, Format::Image, &otherwise)),
        of(
            "What is put into a partition is too large",
            &refused(&whole, Format::Image, &partition("otadata", Content::Empty(0x3000))),
        ),
        of(
            "The firmware is larger than its partition",
            &refused(&complete(FLASHING, 0x1_0000), Format::Image, &none),
        ),
        of(
            "No flash is as large as the table",
            &refused(&complete(FLASHING, 0x0900_0000), Format::Image, &none),
        ),
        of("The configuration cannot be read", &Config::read(b"wifi = 1").err().unwrap()),
    ]
}

fn warnings() -> Vec<Line> {
    let of = |symptom, envelope: &[u8], format, config: &Config, partitions: &Partitions| {
        let made =
            extract(&read(envelope), format, config, partitions).unwrap_or_else(|error| panic!("{error}"));
        let [warning]: [Warning; 1] = made.warnings.try_into().unwrap();
        Line::new(symptom, &warning, &warning)
    };
    let whole = complete(FLASHING, 0x10_0000);
    let (plain, none) = (Config::default(), Partitions::default());
    let config = Config::read(b"{\"a\":1}").unwrap();
    let otadata = partition("otadata", Content::Empty(4096));
    vec![
        of("The image is too large for a slot", &complete(FLASHING, 0x1_0000), Format::Binary, &plain, &none),
        of("A configuration goes into no ELF", &whole, Format::Elf, &config, &none),
        of("The format is called by its old name", &whole, Format::Qemu, &plain, &none),
        of("A partition is the firmware's own", &whole, Format::Image, &plain, &otadata),
    ]
}

/// What was put into an image that is otherwise sound.
fn insides() -> Vec<Line> {
    let of = |symptom, bytes: &[u8]| {
        let error = Inside::read(bytes).unwrap_err();
        match &error {
            InsideError::Image(_) => Line::of(symptom, &error),
            InsideError::Damaged { why, .. } => Line::of(symptom, &error).also(why),
        }
    };
    let mut envelope = Envelope::new(Chip::Esp32);
    let mut lamp = Container::snapshot("lamp", Bundle::new(SDK, Program::sample()));
    lamp.assets = Some(b"pin = 5!".to_vec());
    envelope.containers.push(lamp);
    let mut torn = Envelope::new(Chip::Esp32).app_image(&[]);
    torn[32 + 4096 + 4] ^= 1;
    vec![
        of("The table of programs in an image is damaged", &torn),
        of("The assets in an image are damaged", &envelope.app_image(&[])),
    ]
}
