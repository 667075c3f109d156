//! The image for one Jaguar device, as `jag firmware update` makes it: Toit's firmware with Jaguar in it, which comes up
//! under a new id, the device's old name, and in the network that is given.

mod error;
mod make;

use std::path::PathBuf;

use skylift_protocol::Network;

use super::jaguar_cache;
use super::recipe::{self, RecipeError, Warning};
use crate::image::Image;
use crate::image::envelope::extract::{Config, Firmware};
use crate::image::envelope::snapshot::Bundle;
use crate::image::envelope::{
    Envelope, EnvelopeError, Importance, Start, Trigger, Undecodable, Uuid, Value, WordSize, assets, json,
    tison,
};
use crate::image::read_bounded;

pub use error::JaguarImageError;
pub use make::{Wish, make};

/// The container that Jaguar is.
const JAGUAR: &str = "jaguar";
/// Its asset that says which device it is.
const CONFIG: &str = "config";
/// Real ones have some 300 KiB.
const MAX_SNAPSHOT: u64 = 32 << 20;
/// Before this release, devices of all chips said that they were an `esp32`.
const CHIP_IS_RIGHT: &str = "2.0.0-alpha.189";

/// A device, as it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JaguarDevice {
    /// Its name, which it keeps.
    pub name: String,
    /// Its chip, such as `esp32c3`.
    pub chip: String,
    /// The SDK that its firmware was made with.
    pub sdk_version: String,
    /// The word of its virtual machine.
    pub word_size: WordSize,
}

/// Where Jaguar comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service<'a> {
    /// A snapshot, such as that of an installed Jaguar.
    Snapshot(&'a [u8]),
    /// The container `jaguar` that the envelope has already.
    OfEnvelope,
    /// The user accepts that Jaguar goes, and the device is out of its reach from then on.
    Leave,
}

/// An image for one device.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The image. The WiFi password is in it.
    pub image: Image,
    /// The id under which the device comes back; `None` if Jaguar is not in the image.
    pub id: Option<Uuid>,
    /// What the user should know of it.
    pub warnings: Vec<Warning>,
}

/// The service of an installed Jaguar that was made with an SDK. Waits for the disk.
///
/// # Errors
/// There is none of that SDK.
fn installed_snapshot(sdk_version: &str) -> Result<Vec<u8>, JaguarImageError> {
    snapshot_in(&jaguar_cache::folders(), sdk_version)
}

fn snapshot_in(folders: &[PathBuf], sdk_version: &str) -> Result<Vec<u8>, JaguarImageError> {
    let mut found = Vec::new();
    for folder in folders {
        let Ok(bytes) = read_bounded(&folder.join("assets").join("jaguar.snapshot"), MAX_SNAPSHOT) else {
            continue;
        };
        match Bundle::parse(&bytes) {
            Ok(bundle) if bundle.sdk_version == sdk_version => return Ok(bytes),
            Ok(bundle) if !found.contains(&bundle.sdk_version) => found.push(bundle.sdk_version),
            _ => {}
        }
    }
    Err(JaguarImageError::NoJaguar { wanted: sdk_version.to_owned(), found })
}

/// Makes the image for a device. The envelope is what it was afterwards. Takes processor time.
///
/// # Errors
/// It is for another chip, Jaguar is missing or of another SDK, or no image can be made of the envelope.
pub fn prepare(
    envelope: &Envelope,
    device: &JaguarDevice,
    wifi: Option<&Network>,
    service: Service<'_>,
) -> Result<Prepared, JaguarImageError> {
    let chip = checked_chip(envelope, device)?;
    let mut envelope = envelope.clone();
    let id = Uuid::fresh()?;
    let snapshot = match service {
        Service::Snapshot(bytes) => Some(bytes.to_vec()),
        Service::OfEnvelope => Some(envelope.entry(JAGUAR).ok_or(JaguarImageError::NotInEnvelope)?.to_vec()),
        Service::Leave => None,
    };
    if let Some(snapshot) = snapshot {
        let start = Start { trigger: Trigger::Boot, importance: Importance::Critical };
        envelope.install(JAGUAR, snapshot, Some(identity(id, &device.name, &chip)?), start)?;
    }
    // Always another one: containers that belong to the old firmware must not run on the new one.
    envelope.set_property("uuid", text(&id.to_string()))?;
    let config = wifi.map(configuration).transpose()?.unwrap_or_default();
    let firmware = Firmware::extract(&envelope, &config)?;
    let mut warnings = recipe::warnings(&envelope, &config);
    warnings.extend(firmware.warnings().into_iter().map(Warning::Extract));
    let image =
        Image::from_bytes(recipe::IMAGE.as_ref(), firmware.into_bytes()).map_err(RecipeError::NotAnImage)?;
    let id = image.toit().and_then(|inside| inside.jaguar()).map(|jaguar| jaguar.id);
    // Jaguar validates by itself, once it is on the network.
    warnings.retain(|warning| id.is_none() || !warning.is_about_validation());
    Ok(Prepared { image, id, warnings })
}

/// The chip that the device has: the envelope's, where the device may not know its own.
fn checked_chip(envelope: &Envelope, device: &JaguarDevice) -> Result<String, JaguarImageError> {
    if envelope.word_size() != device.word_size {
        return Err(JaguarImageError::OtherWord(device.name.clone()));
    }
    // Without a chip in it, its firmware is broken, which making the image says better.
    let chip = envelope.chip().unwrap_or(&device.chip);
    let is_vague = device.chip == "esp32" && is_before(&device.sdk_version, CHIP_IS_RIGHT);
    if chip == device.chip || is_vague {
        return Ok(chip.to_owned());
    }
    let (name, device) = (device.name.clone(), device.chip.clone());
    Err(JaguarImageError::OtherChip { name, device, envelope: chip.to_owned() })
}

fn is_before(version: &str, other: &str) -> bool {
    let parse = |text: &str| semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).ok();
    parse(version).zip(parse(other)).is_some_and(|(version, other)| version < other)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Which device it is, as an asset of Jaguar.
fn identity(id: Uuid, name: &str, chip: &str) -> Result<Vec<u8>, EnvelopeError> {
    let damaged = |why: Undecodable| EnvelopeError::Assets { name: JAGUAR.to_owned(), why };
    let pairs = [("id", id.to_string()), ("name", name.to_owned()), ("chip", chip.to_owned())];
    let map =
        Value::Map(pairs.into_iter().map(|(key, value)| (key.to_owned(), Value::Text(value))).collect());
    let config = tison::encode(&map).map_err(damaged)?;
    assets::encode(&[(CONFIG.to_owned(), config)]).map_err(damaged)
}

/// The network, where Jaguar looks for it.
fn configuration(wifi: &Network) -> Result<Config, JaguarImageError> {
    let network = Value::Map(vec![
        ("wifi.ssid".to_owned(), text(&wifi.ssid)),
        ("wifi.password".to_owned(), text(wifi.password.reveal())),
    ]);
    let config = json::encode(&Value::Map(vec![("wifi".to_owned(), network)]))?;
    Ok(Config::read(&config)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::Advice as _;

    fn bundle(version: &str) -> Vec<u8> {
        let mut bytes = b"!<arch>\n".to_vec();
        let mut entry = |name: &str, data: &[u8]| {
            let size = data.len();
            bytes.extend(format!("{name:<16}0           0     0     644     {size:<10}`\n").into_bytes());
            bytes.extend_from_slice(data);
            bytes.resize(bytes.len().next_multiple_of(2), b'\n');
        };
        entry("toit", b"like a tiger");
        entry("sdk-version", version.as_bytes());
        entry("snapshot", b"program");
        bytes
    }

    #[test]
    fn the_service_of_an_installed_jaguar_is_that_of_the_envelopes_sdk() {
        let cache = tempfile::tempdir().unwrap();
        let folders = ["v1", "v2", "v3", "v4"].map(|version| cache.path().join(version));
        for (folder, content) in
            folders.iter().zip([bundle("v2.0.0-a"), bundle("v2.0.0-b"), b"noise".to_vec()])
        {
            std::fs::create_dir_all(folder.join("assets")).unwrap();
            std::fs::write(folder.join("assets/jaguar.snapshot"), content).unwrap();
        }
        assert_eq!(snapshot_in(&folders, "v2.0.0-b").unwrap(), bundle("v2.0.0-b"));
        let error = snapshot_in(&folders, "v2.0.0-c").unwrap_err();
        assert!(error.to_string().contains("(but of v2.0.0-a, v2.0.0-b)"), "{error}");
        assert!(error.is_refusal() && error.advice()[0].contains("jag setup"), "{:?}", error.advice());
        assert!(!snapshot_in(&[], "v2.0.0-c").unwrap_err().to_string().contains("but of"));
    }

    #[test]
    fn chips_are_known_from_alpha_189_on() {
        for (version, before) in [
            ("v2.0.0-alpha.188", true),
            ("v2.0.0-alpha.189", false),
            ("v2.0.0-alpha.195.17", false),
            ("odd", false),
        ] {
            assert_eq!(is_before(version, CHIP_IS_RIGHT), before, "{version}");
        }
    }
}
