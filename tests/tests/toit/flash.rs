//! All of the flash in one file: what lies where, worked out by hand.

use sha2::{Digest as _, Sha256};
use skylift::image::envelope::Envelope as Read;
use skylift::image::envelope::extract::{
    Config, Content, ExtractError, Format, PartitionContent, Partitions, Warning, extract,
};
use skylift_tests::toit::archive::archive;
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::Envelope;

const MIB: usize = 1 << 20;
const FLASHING: &[u8] = br#"{"write_flash_args":["--flash_size","4MB"],"flash_settings":{"flash_size":"4MB"},
    "bootloader":{"offset":"0x1000"},"partition-table":{"offset":"0x8000"}}"#;
/// Name, type, subtype, offset and size, not in the order of the offsets.
const TABLE: [(&str, u8, u8, u32, u32); 4] = [
    ("ota_1", 0, 0x11, 0x1b_0000, 0x1a_0000),
    ("otadata", 1, 0, 0xd000, 0x2000),
    ("ota_0", 0, 0x10, 0x1_0000, 0x1a_0000),
    ("programs", 0x40, 0, 0x35_0000, 0xb_0000),
];
/// By `md5sum`, of the four entries in the order of their offsets.
const MD5: [u8; 16] =
    [0xb8, 0x08, 0x3d, 0x75, 0x44, 0x67, 0xbf, 0x97, 0x77, 0x8d, 0xae, 0x39, 0x64, 0xb5, 0x9f, 0x35];
/// The same with `extra` behind them: type 0x41, at 4 MiB, two sectors.
const MD5_WITH_EXTRA: [u8; 16] =
    [0x33, 0xf7, 0x4c, 0x9e, 0x6f, 0x95, 0x99, 0xbd, 0xeb, 0xbe, 0x63, 0x80, 0x6f, 0xfe, 0x77, 0xef];

fn entry(&(name, kind, subtype, offset, size): &(&str, u8, u8, u32, u32)) -> Vec<u8> {
    let mut bytes = vec![0xaa, 0x50, kind, subtype];
    bytes.extend(offset.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.resize(32, 0);
    bytes
}

/// The table as a build may leave it: without a digest, in any order.
fn table() -> Vec<u8> {
    let mut bytes = TABLE.iter().flat_map(entry).collect::<Vec<u8>>();
    bytes.resize(0xc00, 0xff);
    bytes
}

/// The table as it is written: sorted, with its digest, a whole sector.
fn written(extra: Option<(&str, u8, u8, u32, u32)>, md5: [u8; 16]) -> Vec<u8> {
    let sorted = [TABLE[1], TABLE[2], TABLE[0], TABLE[3]];
    let mut bytes: Vec<u8> = sorted.iter().chain(&extra).flat_map(entry).collect();
    bytes.extend([0xeb, 0xeb]);
    bytes.extend([0xff; 14]);
    bytes.extend(md5);
    bytes.resize(4096, 0xff);
    bytes
}

/// A bootloader for a flash of `1 << log2` MiB, with one segment and a hash.
fn bootloader(chip: Chip, log2: u8) -> Vec<u8> {
    let mut bytes = vec![0xe9, 1, 2, log2 << 4 | 0xf, 0, 0, 8, 0x40, 0xee, 0, 0, 0, chip.id()];
    bytes.resize(23, 0);
    bytes.extend([1, 0, 0, 8, 0x40, 4, 0, 0, 0, 1, 2, 4, 8]);
    // 0xef with 1, 2, 4 and 8 taken in is 0xe0; it ends the next 16 bytes.
    bytes.resize(47, 0);
    bytes.push(0xe0);
    let hash = Sha256::digest(&bytes);
    bytes.extend(hash);
    bytes
}

/// An envelope with all that a flash needs.
fn whole(envelope: &Envelope) -> Vec<u8> {
    let extra = [
        ("$bootloader.bin".to_owned(), bootloader(envelope.body.chip, 2)),
        ("$partitions.bin".to_owned(), table()),
        ("$otadata.bin".to_owned(), vec![0xff; 0x2000]),
        ("$flashing.json".to_owned(), FLASHING.to_vec()),
        ("$firmware.elf".to_owned(), b"\x7fELF".to_vec()),
    ];
    [envelope.to_bytes(), archive(&extra)[8..].to_vec()].concat()
}

fn flash(size: usize, pieces: &[(usize, &[u8])]) -> Vec<u8> {
    let mut flash = vec![0; size];
    for (offset, bytes) in pieces {
        flash[*offset..offset + bytes.len()].copy_from_slice(bytes);
    }
    flash
}

fn given(contents: &[(&str, Content)]) -> Partitions {
    let one = |(name, content): &(&str, Content)| PartitionContent {
        name: (*name).to_owned(),
        content: content.clone(),
    };
    Partitions { table: None, contents: contents.iter().map(one).collect() }
}

fn image(file: &[u8], partitions: &Partitions) -> Result<(Vec<u8>, Vec<Warning>), ExtractError> {
    let envelope = Read::parse(file).unwrap();
    extract(&envelope, Format::Image, &Config::default(), partitions).map(|made| (made.bytes, made.warnings))
}

#[test]
fn everything_lies_where_the_envelope_says() {
    for chip in Chip::ALL {
        let envelope = super::extract::full(chip);
        let (bytes, warnings) = image(&whole(&envelope), &Partitions::default()).unwrap();
        let (boot, table, app) = (bootloader(chip, 2), written(None, MD5), envelope.app_image(&[]));
        let pieces = [(0x1000, &boot[..]), (0x8000, &table), (0xd000, &[0xff; 0x2000]), (0x1_0000, &app)];
        assert!(bytes == flash(4 * MIB, &pieces), "{chip:?}");
        assert_eq!(warnings, []);
    }
}

#[test]
fn the_users_partitions_lie_beside_them_and_the_flash_grows() {
    let envelope = Envelope::new(Chip::Esp32S3);
    let contents = [
        ("programs", Content::Bytes(b"mine".to_vec())),
        ("extra", Content::Empty(4097)),
        ("otadata", Content::Bytes(b"lost".to_vec())),
    ];
    let (bytes, warnings) = image(&whole(&envelope), &given(&contents)).unwrap();
    // 8 MiB is the smallest flash that holds a partition behind 4 MiB.
    let boot = bootloader(Chip::Esp32S3, 3);
    let table = written(Some(("extra", 0x41, 0, 0x40_0000, 0x2000)), MD5_WITH_EXTRA);
    let app = envelope.app_image(&[]);
    let pieces = [
        (0x35_0000, &b"mine"[..]),
        (0x1000, &boot),
        (0x8000, &table),
        (0xd000, &[0xff; 0x2000]),
        (0x1_0000, &app),
    ];
    assert!(bytes == flash(8 * MIB, &pieces));
    assert_eq!(warnings, [Warning::ContentNotUsed("otadata".to_owned())]);
}

#[test]
fn a_table_may_be_written_as_people_do() {
    let envelope = Envelope::new(Chip::Esp32);
    let csv = b"# Name, Type, SubType, Offset, Size, Flags\n\
        otadata, data, ota, 0xd000, 0x2000,\n\n ota_0,app,ota_0,0x10000,0x1a0000\n\
        ota_1, app, ota_1,, 1703936,\nprograms, 0x40, 0x00, , 0xb0000,\n";
    let partitions = Partitions { table: Some(csv.to_vec()), contents: Vec::new() };
    let own = image(&whole(&envelope), &Partitions::default()).unwrap();
    assert!(image(&whole(&envelope), &partitions).unwrap() == own);
    for (csv, said) in [
        ("ota_0, app, ota_0, , 0x1000", "line 1: the first partition needs an offset"),
        ("#\nota_0, app, ota_0, 0x1000", "line 2: a partition has a name"),
        ("ota_0, app, ota_99, 0x1000, 0x1000", "line 1: \"ota_99\" is no number"),
        ("ota_0, app, 256, 0x1000, 0x1000", "\"256\" is larger than a byte"),
        ("ota_0, app, ota_0, 0x1000, 1M", "\"1M\" is no number"),
        ("ota_0, app, ota_0, 0x1000, 0x1000, secret", "\"secret\" is no flag"),
        (
            "a, app, ota_0, 0xffffffff, 0x1000\nb, app, ota_1, , 1",
            "line 2: the partition before it has no end",
        ),
        ("", "it has no otadata"),
        ("o, data, ota, 0xd000, 0x2000", "it has no partition for an app"),
        ("\u{0}\u{ff}", "line 1"),
    ] {
        let partitions = Partitions { table: Some(csv.into()), contents: Vec::new() };
        let error = image(&whole(&envelope), &partitions).unwrap_err().to_string();
        assert!(error.contains(said), "{csv:?}: {error}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let file = whole(&Envelope::new(Chip::Esp32));
    for (contents, said) in [
        (&[("ota_1", Content::Empty(0x1a_0001))][..], "\"ota_1\" cannot be filled: it holds 1703936 bytes"),
        (&[("sixteen letters.", Content::Empty(1))], "1 to 15 bytes"),
        (&[("", Content::Empty(1))], "1 to 15 bytes"),
        (&[("a", Content::Empty(1)), ("a", Content::Empty(1))], "given twice"),
        (&[("a", Content::Empty(u64::MAX))], "no flash is so large"),
        (
            &[("a", Content::Empty(128 << 20))],
            "the flash is too small: the partition table ends at 0x8400000",
        ),
    ] {
        let error = image(&file, &given(contents)).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let short = "otadata, data, ota, 0xd000, 0x2000\nota_0, app, ota_0, 0x10000, 0x1000";
    let partitions = Partitions { table: Some(short.into()), contents: Vec::new() };
    let error = image(&file, &partitions).unwrap_err().to_string();
    assert!(error.contains("the partition \"ota_0\" holds 4096"), "{error}");
    let small = String::from_utf8(FLASHING.to_vec()).unwrap().replace("0x8000", "0x3ff001");
    let text = |bytes: &[u8]| bytes.windows(FLASHING.len()).position(|found| found == FLASHING).unwrap();
    let mut moved = file.clone();
    let at = text(&file);
    // As long as before: the sizes in the archive stay right.
    let small = small.replacen("\n    ", "\n  ", 1);
    moved[at..at + FLASHING.len()].copy_from_slice(small.as_bytes());
    let error = image(&moved, &Partitions::default()).unwrap_err().to_string();
    assert!(error.contains("the partition table ends at 0x400001"), "{error}");
}

#[test]
fn damaged_tables_are_refused() {
    let with = |table: Vec<u8>| {
        let partitions = Partitions { table: Some(table), contents: Vec::new() };
        image(&whole(&Envelope::new(Chip::Esp32)), &partitions)
    };
    assert!(with(written(None, MD5)).is_ok());
    assert!(with(written(None, MD5_WITH_EXTRA)).unwrap_err().to_string().contains("MD5"));
    assert!(with(table()[..128].to_vec()).unwrap_err().to_string().contains("no end"));
    let mut odd = table();
    odd[32] = 0;
    assert!(with(odd).unwrap_err().to_string().contains("an entry in it is damaged"));
    let many = entry(&TABLE[0]).repeat(128);
    assert!(with([many, vec![0xff; 32]].concat()).unwrap_err().to_string().contains("more than 127"));
}

#[test]
fn formats_need_their_parts() {
    let with = Read::parse(&whole(&Envelope::new(Chip::Esp32))).unwrap();
    let without = Read::parse(&Envelope::new(Chip::Esp32).to_bytes()).unwrap();
    let (none, config) = (Partitions::default(), Config::read(b"{}").unwrap());
    let elf = extract(&with, Format::Elf, &config, &none).unwrap();
    assert_eq!(
        (&elf.bytes[..], elf.warnings, elf.private),
        (&b"\x7fELF"[..], vec![Warning::ConfigNotUsed], false)
    );
    for (format, part) in [(Format::Elf, "$firmware.elf"), (Format::Image, "$flashing.json")] {
        let error = extract(&without, format, &config, &none).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    }
    let old = extract(&with, Format::Qemu, &config, &none).unwrap();
    assert_eq!((old.warnings, old.private), (vec![Warning::OldName], true));
    assert!(old.bytes == extract(&with, Format::Image, &config, &none).unwrap().bytes);
    let given = given(&[("programs", Content::Empty(1))]);
    let error = extract(&with, Format::Binary, &config, &given).err().unwrap();
    assert!(matches!(error, ExtractError::PartitionsNotUsed));
}

#[test]
fn a_firmware_larger_than_the_slots_is_said_to_be() {
    let envelope = super::extract::full(Chip::Esp32C3);
    let slot = |size: u32| {
        let mut table = TABLE;
        table[0].4 = size;
        let mut bytes = table.iter().flat_map(entry).collect::<Vec<u8>>();
        bytes.resize(0xc00, 0xff);
        let file =
            [envelope.to_bytes(), archive(&[("$partitions.bin".to_owned(), bytes)])[8..].to_vec()].concat();
        let read = Read::parse(&file).unwrap();
        assert_eq!(read.chip(), Some("esp32c3"));
        extract(&read, Format::Binary, &Config::default(), &Partitions::default()).unwrap().warnings
    };
    let len = envelope.app_image(&[]).len();
    assert_eq!(slot(len as u32), []);
    let said = slot(len as u32 - 1);
    assert_eq!(said, [Warning::LargerThanSlot { len, slot: len as u32 - 1 }]);
    assert!(said[0].to_string().contains(&len.to_string()));
}
