//! Files that are taken for an app image by mistake, told by their first bytes.

use std::io::Read as _;

use flate2::read::GzDecoder;

/// Where ESP-IDF's default layout has its partition table, seen from the start of flash.
const PARTITION_TABLE_AT: usize = 0x8000;
const PARTITION_MAGIC: &[u8] = &[0xAA, 0x50];
const IMAGE_MAGIC: u8 = 0xE9;
const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];
const ARCHIVE_MAGIC: &[u8] = b"!<arch>\n";
/// The first entry of an envelope, filled up as the names of entries are.
const ENVELOPE_ENTRY: &[u8] = b"$envelope       ";
/// The first entry of a snapshot.
const SNAPSHOT_ENTRY: &[u8] = b"toit            ";

/// A kind of file that is not an app image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongFile {
    /// What a compiler makes; the image is made from it.
    Elf,
    /// Bootloader, partition table and app in one, for flashing from the start of flash.
    MergedFlash,
    /// A partition table.
    PartitionTable,
    /// A gzip file.
    Gzip,
    /// A zip file.
    Zip,
    /// An xz file.
    Xz,
    /// A Zstandard file.
    Zstd,
    /// A UF2 file.
    Uf2,
    /// An `ar` archive, such as a static library.
    Archive,
    /// A firmware envelope of Toit, plain or gzip'ed.
    Envelope,
    /// A program that Toit's compiler made.
    ToitSnapshot,
    /// An Intel HEX file.
    IntelHex,
    /// A page of HTML or XML, such as an error page saved by a download.
    Markup,
    /// Nothing but erased flash.
    Blank,
}

impl WrongFile {
    /// What the bytes are, if they are known to be no app image.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        // Such files begin like an image (with the bootloader's header) or with erased flash.
        if is_merged_flash(bytes) {
            return Some(Self::MergedFlash);
        }
        if bytes.iter().all(|&byte| byte == 0xFF) || bytes.iter().all(|&byte| byte == 0) {
            return Some(Self::Blank);
        }
        match archive_entry(bytes).as_deref() {
            Some(ENVELOPE_ENTRY) => return Some(Self::Envelope),
            Some(SNAPSHOT_ENTRY) => return Some(Self::ToitSnapshot),
            _ => {}
        }
        let known: [(&[u8], Self); 11] = [
            (b"\x7fELF", Self::Elf),
            (PARTITION_MAGIC, Self::PartitionTable),
            (GZIP_MAGIC, Self::Gzip),
            (b"PK\x03\x04", Self::Zip),
            (b"PK\x05\x06", Self::Zip),
            (b"\xFD7zXZ\0", Self::Xz),
            (&[0x28, 0xB5, 0x2F, 0xFD], Self::Zstd),
            (b"UF2\n", Self::Uf2),
            (ARCHIVE_MAGIC, Self::Archive),
            (b":", Self::IntelHex),
            (b"<", Self::Markup),
        ];
        known.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|&(_, kind)| kind)
    }

    /// What it is, for "it is ...".
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Elf => "an ELF file, the program before it is made into an image",
            Self::MergedFlash => {
                "a merged image of the whole flash: bootloader, partition table and app in one"
            }
            Self::PartitionTable => "a partition table",
            Self::Gzip => "a gzip file",
            Self::Zip => "a zip file",
            Self::Xz => "an xz file",
            Self::Zstd => "a Zstandard file",
            Self::Uf2 => "a UF2 file, made for dragging onto a USB drive",
            Self::Archive => "an archive, such as a static library",
            Self::Envelope => "a firmware envelope of Toit, from which images are made",
            Self::ToitSnapshot => "a compiled Toit program, which goes into an envelope",
            Self::IntelHex => "an Intel HEX file",
            Self::Markup => {
                "a page of HTML or XML, perhaps an error page that was saved in place of the image"
            }
            Self::Blank => "blank: every byte is the same",
        }
    }

    /// What to do about it.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Elf => "make an image of it first: skylift build FILE -o ota.bin",
            Self::MergedFlash => "take the app out of it first: skylift build FILE -o ota.bin",
            Self::Gzip | Self::Zip | Self::Xz | Self::Zstd => "unpack it and give the .bin inside",
            Self::Envelope => "make an image of it first: skylift envelope -e FILE extract -o ota.bin",
            Self::ToitSnapshot => {
                "put it into an envelope: skylift envelope build -e ENVELOPE FILE -o ota.bin"
            }
            Self::Markup => "download it again and look at what came",
            Self::Uf2 | Self::IntelHex => "give the .bin that the build writes beside it",
            Self::PartitionTable | Self::Archive | Self::Blank => {
                "give the app image that the build writes, usually <project>.bin or ota.bin"
            }
        }
    }
}

fn is_merged_flash(bytes: &[u8]) -> bool {
    let begins_so = matches!(bytes.first(), Some(&(IMAGE_MAGIC | 0xFF)));
    begins_so && bytes.get(PARTITION_TABLE_AT..).is_some_and(|table| table.starts_with(PARTITION_MAGIC))
}

/// The name of the first entry of an archive, plain or gzip'ed, filled up with blanks.
fn archive_entry(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let most = (ARCHIVE_MAGIC.len() + ENVELOPE_ENTRY.len()) as u64;
    // What is left of a damaged file may tell it all the same.
    let _ = if bytes.starts_with(GZIP_MAGIC) {
        GzDecoder::new(bytes).take(most).read_to_end(&mut head)
    } else {
        bytes.take(most).read_to_end(&mut head)
    };
    head.strip_prefix(ARCHIVE_MAGIC).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        let mut merged = vec![0xFF; PARTITION_TABLE_AT + 32];
        merged[PARTITION_TABLE_AT..PARTITION_TABLE_AT + 2].copy_from_slice(PARTITION_MAGIC);
        let cases: [(&[u8], Option<WrongFile>); 9] = [
            (b"\x7fELF\x01\x01", Some(WrongFile::Elf)),
            (&merged, Some(WrongFile::MergedFlash)),
            (b"\x1f\x8b\x08\0", Some(WrongFile::Gzip)),
            (b"PK\x03\x04..", Some(WrongFile::Zip)),
            (b"<!doctype html>", Some(WrongFile::Markup)),
            (&[0xFF; 64], Some(WrongFile::Blank)),
            (&[0; 64], Some(WrongFile::Blank)),
            (b"\xE9\x01\x02\x20", None),
            (b"hello", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(WrongFile::recognise(bytes), expected, "{:?}", &bytes[..4]);
        }
    }

    #[test]
    fn envelopes_and_snapshots_are_told_from_other_archives_and_from_other_gzip_files() {
        use std::io::Write as _;
        let packed = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let envelope =
            [ARCHIVE_MAGIC, ENVELOPE_ENTRY, b"0           0     0     644     8         `\n"].concat();
        let library = [ARCHIVE_MAGIC, b"lib.o/          0"].concat();
        for (bytes, expected) in [
            (packed(&envelope), WrongFile::Envelope),
            (packed(&library), WrongFile::Gzip),
            (packed(b""), WrongFile::Gzip),
            (envelope, WrongFile::Envelope),
            (library, WrongFile::Archive),
            ([ARCHIVE_MAGIC, SNAPSHOT_ENTRY, b"0"].concat(), WrongFile::ToitSnapshot),
            ([ARCHIVE_MAGIC, b"toit"].concat(), WrongFile::Archive),
        ] {
            assert_eq!(WrongFile::recognise(&bytes), Some(expected), "{bytes:?}");
        }
    }

    #[test]
    fn an_image_that_is_merged_with_a_bootloader_at_0_is_known_too() {
        let mut merged = vec![0x11; PARTITION_TABLE_AT + 32];
        merged[0] = IMAGE_MAGIC;
        assert_eq!(WrongFile::recognise(&merged), None);
        merged[PARTITION_TABLE_AT..PARTITION_TABLE_AT + 2].copy_from_slice(PARTITION_MAGIC);
        assert_eq!(WrongFile::recognise(&merged), Some(WrongFile::MergedFlash));
    }
}
