//! From an ELF to an image, by espflash.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use espflash::flasher::{FlashData, FlashSettings, FlashSize};
use espflash::image_format::idf::IdfBootloaderFormat;
use espflash::image_format::{ImageFormat, Metadata};
use object::read::elf::ElfFile32;
use object::{Architecture, Endianness, Object as _, ObjectSection as _};
use skylift_protocol::Chip;

use super::super::library::Elf;
use super::{BuildError, Material};

/// No flash holds more; sections may overlap in a hostile file and claim any sum.
const MAX_LOADED: u64 = 64 * 1024 * 1024;

/// Where the app descriptor lies: in programs of esp-hal and ESP-IDF, and in older ones.
const DESCRIPTORS: [&str; 2] = [".flash.appdesc", ".rodata_desc"];

/// The program that cargo made.
pub(super) fn of_cargo(program: &Path, chip: Option<Chip>) -> Result<Material, BuildError> {
    let elf = Elf::open(program).map_err(|_| not_for_a_chip(program, "this computer"))?;
    material(elf, chip)
}

/// An image made from an ELF.
pub(super) fn material(elf: Elf, chip: Option<Chip>) -> Result<Material, BuildError> {
    let told = examine(&elf)?;
    let chip = choose(&elf.path, &told, chip)?;
    let bytes = image(&elf, chip)?;
    let from = format!("the ELF {}", elf.path.display());
    Ok(Material { path: elf.path.clone(), bytes, elf: Some(elf), from })
}

/// What an ELF says about its chip.
struct Told {
    chip: Option<Chip>,
    /// Chips of its instruction set.
    candidates: Vec<Chip>,
}

/// Looks at what espflash takes for granted, so that it is told in our words.
fn examine(elf: &Elf) -> Result<Told, BuildError> {
    let path = &elf.path;
    if elf.bytes.get(4) == Some(&2) {
        return Err(not_for_a_chip(path, &machine_64(&elf.bytes)));
    }
    let file = ElfFile32::<Endianness>::parse(&*elf.bytes)
        .map_err(|error| BuildError::Elf { path: path.clone(), why: error.to_string() })?;
    let candidates = match file.architecture() {
        Architecture::Xtensa => XTENSA.to_vec(),
        Architecture::Riscv32 => Chip::ALL.iter().copied().filter(|chip| !XTENSA.contains(chip)).collect(),
        other => return Err(not_for_a_chip(path, &format!("{other:?}"))),
    };
    let loaded = file.sections().fold(0_u64, |sum, section| sum.saturating_add(section.size()));
    if loaded > MAX_LOADED + elf.bytes.len() as u64 {
        return Err(BuildError::Elf {
            path: path.clone(),
            why: "its sections are larger than any flash".to_owned(),
        });
    }
    let descriptor = DESCRIPTORS.iter().find_map(|name| file.section_by_name(name));
    let address = descriptor.ok_or_else(|| BuildError::NoDescriptor(path.clone()))?.address();
    let named = Metadata::from_bytes(Some(&elf.bytes)).chip_name().map(Chip::from_word);
    let chip =
        named.filter(|chip| *chip != Chip::Unknown).or_else(|| by_address(file.architecture(), address));
    Ok(Told { chip, candidates })
}

const XTENSA: [Chip; 3] = [Chip::Esp32, Chip::Esp32S2, Chip::Esp32S3];

/// The chip by the address at which it maps constants, where that is its alone (ESP-IDF's `soc.h`).
fn by_address(architecture: Architecture, descriptor: u64) -> Option<Chip> {
    match (architecture, descriptor) {
        (Architecture::Xtensa, 0x3F40_0000..0x3F80_0000) => Some(Chip::Esp32),
        (Architecture::Xtensa, 0x3F00_0000..0x3F40_0000) => Some(Chip::Esp32S2),
        (Architecture::Xtensa, 0x3C00_0000..0x3E00_0000) => Some(Chip::Esp32S3),
        // RISC-V chips share theirs: the ESP32-P4 with the ESP32-S31, the ESP32-C3 with the ESP32-C2.
        _ => None,
    }
}

fn choose(path: &Path, told: &Told, wanted: Option<Chip>) -> Result<Chip, BuildError> {
    let path = path.to_owned();
    match (told.chip, wanted) {
        (Some(found), Some(wanted)) if found != wanted => Err(BuildError::OtherChip { path, found, wanted }),
        (Some(chip), _) | (None, Some(chip)) if told.candidates.contains(&chip) => Ok(chip),
        (Some(chip), _) | (None, Some(chip)) => {
            Err(BuildError::Elf { path, why: format!("its instructions are not those of the {chip}") })
        }
        (None, None) => Err(BuildError::WhichChip { path, candidates: told.candidates.clone() }),
    }
}

fn image(elf: &Elf, chip: Chip) -> Result<Vec<u8>, BuildError> {
    let fail = |why: String| BuildError::Elf { path: elf.path.clone(), why };
    let id = chip.image_id().unwrap_or(u16::MAX);
    let target = espflash::target::Chip::try_from(id)
        .map_err(|_| fail(format!("espflash does not know the {chip}")))?;
    // A damaged ELF can make espflash panic.
    match catch_unwind(AssertUnwindSafe(|| app_segment(&elf.bytes, target))) {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(fail(error.to_string())),
        Err(_) => Err(fail("espflash cannot make sense of it".to_owned())),
    }
}

/// The header says 4 MB of flash unless the program needs more; what is there, the bootloader on the device knows.
fn app_segment(elf: &[u8], chip: espflash::target::Chip) -> Result<Vec<u8>, espflash::Error> {
    let mut sizes = [FlashSize::_4Mb, FlashSize::_8Mb, FlashSize::_16Mb].into_iter();
    let mut size = sizes.next();
    loop {
        let settings = FlashSettings::new(None, size, None);
        let data = FlashData::new(settings, 0, None, chip, chip.default_xtal_frequency());
        match (IdfBootloaderFormat::new(elf, &data, None, None, None, None), sizes.next()) {
            (Err(espflash::Error::ElfTooBig(..)), Some(larger)) => size = Some(larger),
            (made, _) => {
                let segments = ImageFormat::from(made?).ota_segments();
                return Ok(segments
                    .into_iter()
                    .next()
                    .map(|segment| segment.data.into_owned())
                    .unwrap_or_default());
            }
        }
    }
}

fn not_for_a_chip(path: &Path, machine: &str) -> BuildError {
    BuildError::NotForAChip { path: path.to_owned(), machine: machine.to_owned() }
}

fn machine_64(elf: &[u8]) -> String {
    let architecture = object::File::parse(elf).map(|file| file.architecture());
    architecture
        .map_or_else(|_| "a 64-bit computer".to_owned(), |machine| format!("a computer ({machine:?})"))
}
