//! What a device makes of an image it got: whether its bootloader takes it, and as which device Jaguar runs in it.

use sha2::{Digest as _, Sha256};

use super::identity::Identity;
use crate::toit::body::Chip;
use crate::toit::encoded::Uuid;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;
use crate::toit::{encoded, envelope};

/// The app image that makes a chip the Jaguar device of this identity, with `config` as its configuration.
#[must_use]
pub fn image_for(chip: Chip, identity: &Identity, config: &[u8]) -> Vec<u8> {
    let mut envelope = envelope::Envelope { uuid: Some(identity.id), ..Envelope::new(chip) };
    let mut jaguar = Container::snapshot("jaguar", Bundle::new(SDK, Program::saying("jaguar")));
    jaguar.flags = 3;
    let fields = [
        ("id", encoded::text(&identity.dashed())),
        ("name", encoded::text(&identity.name)),
        ("chip", encoded::text(&identity.chip)),
    ];
    jaguar.assets = Some(encoded::assets(&[("config", &encoded::tison_map(&fields))]));
    envelope.containers.push(jaguar);
    envelope.app_image(config)
}

/// An app image in which Jaguar is not.
#[must_use]
pub fn image_without_jaguar(chip: Chip) -> Vec<u8> {
    let mut envelope = Envelope::new(chip);
    envelope.containers.push(Container::snapshot("blink", Bundle::new(SDK, Program::saying("blink"))));
    envelope.app_image(&[])
}

/// Whether the bootloader of a chip takes an image: `esp_image_verify` of ESP-IDF, checksum and hash included.
#[must_use]
pub fn is_verified(image: &[u8], chip: Chip) -> bool {
    verified_end(image, chip).is_some()
}

/// As which device Jaguar runs in an image: id, name and chip. Nothing if it is not in there.
#[must_use]
pub fn jaguar_in(image: &[u8]) -> Option<(Uuid, String, String)> {
    let (load, constants) = constants(image)?;
    let marker = constants.windows(4).position(|window| window == 0x7017_da7a_u32.to_le_bytes())?;
    let table = number(constants, marker + 4)?.checked_sub(load)? as usize;
    let containers = number(constants, table + 12)? as usize;
    (0..containers).find_map(|place| {
        let address = number(constants, table + 20 + 8 * place)?.checked_sub(load)? as usize;
        let pages = u16::from_le_bytes(constants.get(address + 30..address + 32)?.try_into().ok()?);
        let has_assets = constants.get(address + 24)? & 0x80 != 0;
        has_assets.then_some(())?;
        // Behind the image stand the length of its assets, and the assets.
        let assets = constants.get(address + usize::from(pages) * 4096 + 4..)?;
        identity_in(&asset(assets, "config")?)
    })
}

/// Where an image ends, if everything in it is right.
fn verified_end(image: &[u8], chip: Chip) -> Option<usize> {
    let head = image.get(..24)?;
    if head[0] != 0xe9 || head[12] != chip.id() || !(1..=16).contains(&head[1]) {
        return None;
    }
    let (mut at, mut checksum) = (24, 0xef);
    for _ in 0..head[1] {
        let len = number(image, at + 4)? as usize;
        let data = image.get(at + 8..)?.get(..len)?;
        checksum = data.iter().fold(checksum, |sum, byte| sum ^ byte);
        at += 8 + len;
    }
    let end = (at + 1).next_multiple_of(16);
    if *image.get(end - 1)? != checksum {
        return None;
    }
    if head[23] != 1 {
        return Some(end);
    }
    (image.get(end..end + 32)? == Sha256::digest(&image[..end]).as_slice()).then_some(end + 32)
}

/// The segment with the marker of Toit, and the address it is loaded to.
fn constants(image: &[u8]) -> Option<(u32, &[u8])> {
    let mut at = 24;
    for _ in 0..*image.get(1)? {
        let (load, len) = (number(image, at)?, number(image, at + 4)? as usize);
        let data = image.get(at + 8..)?.get(..len)?;
        if data.get(256..260) == Some(&0x7017_da7a_u32.to_le_bytes()) {
            return Some((load, data));
        }
        at += 8 + len;
    }
    None
}

/// The content of an asset.
fn asset(blob: &[u8], wanted: &str) -> Option<Vec<u8>> {
    let mut at = 8;
    for _ in 0..number(blob, 4)? {
        let mut field = || {
            let len = number(blob, at)? as usize;
            let content = blob.get(at + 4..at + 4 + len)?;
            at += 4 + len.next_multiple_of(4);
            Some(content.to_vec())
        };
        let (name, content) = (field()?, field()?);
        if name == wanted.as_bytes() {
            return Some(content);
        }
    }
    None
}

/// Id, name and chip from a TISON map of strings shorter than 128 bytes.
fn identity_in(tison: &[u8]) -> Option<(Uuid, String, String)> {
    // Behind the marker of four bytes and the length: a map, and how many pairs there are.
    let map = tison.iter().skip(4).position(|byte| byte & 0x80 == 0)? + 5;
    let mut rest = tison.get(map + 2..)?;
    let mut text = || {
        let [11, len, more @ ..] = rest else { return None };
        let (text, after) = more.split_at_checked(usize::from(*len))?;
        rest = after;
        String::from_utf8(text.to_vec()).ok()
    };
    let (mut id, mut name, mut chip) = (None, None, None);
    for _ in 0..tison.get(map + 1).copied()? {
        match (text()?.as_str(), text()?) {
            ("id", value) => id = Some(value),
            ("name", value) => name = Some(value),
            ("chip", value) => chip = Some(value),
            _ => {}
        }
    }
    let hex = id?.replace('-', "");
    let id = u128::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == 32)?;
    Some((id.to_be_bytes(), name?, chip?))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
