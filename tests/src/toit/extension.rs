//! What an extraction appends to the constants of an app image: the table of containers, their images, the
//! configuration.

use super::body::Body;
use super::encoded::{Uuid, pad};
use super::relocatable::relocated;

/// A container as it goes into an app image.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its relocatable image of 32 bits.
    pub image: Vec<u8>,
    /// Its flags.
    pub flags: u8,
    /// Its assets, encoded.
    pub assets: Option<Vec<u8>>,
}

/// The bytes behind the constants, and how many of them are not free.
#[derive(Clone, Debug)]
pub struct Extension {
    /// All of them, a multiple of 64 KiB.
    pub bytes: Vec<u8>,
    /// How many the table and the images take.
    pub used: usize,
}

/// The app image of a body with these containers.
#[must_use]
pub fn app_image(body: &Body, system: &Uuid, parts: &[Part], config: &[u8]) -> Vec<u8> {
    let extension = patched(body.table(), system, parts, config);
    body.patched(body.table(), system, &extension.bytes)
}

/// The extension for a table at the address `table`.
#[must_use]
pub fn patched(table: u32, system: &Uuid, parts: &[Part], config: &[u8]) -> Extension {
    let head = 20 + 8 * parts.len();
    let (mut entries, mut images) = (Vec::new(), Vec::new());
    for part in parts {
        let address = table + (head + images.len()) as u32;
        // Not the size of the image: that of its masks, as Toit's tool has it.
        let masks = part.image.len() - part.image.len().div_ceil(132) * 128;
        entries.extend_from_slice(&address.to_le_bytes());
        entries.extend_from_slice(&(masks as u32).to_le_bytes());
        images.extend(placed(part, system, address));
    }
    let used = head + images.len();
    let whole = (used + 4 + config.len().max(1024)).next_multiple_of(0x1_0000);
    let words = [0x98df_c301, used as u32, (whole - used) as u32, parts.len() as u32];
    let check = words.iter().fold(0xb314_7ee9, |check, word| check ^ word);
    let mut bytes: Vec<u8> = words.iter().chain([&check]).flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend(entries);
    bytes.extend(images);
    bytes.extend_from_slice(&(config.len() as u32).to_le_bytes());
    bytes.extend_from_slice(config);
    bytes.resize(whole, 0);
    Extension { bytes, used }
}

fn placed(part: &Part, system: &Uuid, address: u32) -> Vec<u8> {
    let mut memory = relocated(&part.image, address);
    pad(&mut memory, 4);
    memory[24] = part.flags;
    memory[32..48].copy_from_slice(system);
    if let Some(assets) = &part.assets {
        memory[24] |= 0x80;
        memory.extend_from_slice(&(assets.len() as u32).to_le_bytes());
        memory.extend_from_slice(assets);
        pad(&mut memory, 4);
    }
    memory
}
