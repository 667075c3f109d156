//! What Toit's firmware tool put into an app image: whether an `ota.bin` is Toit's, and which programs are in it.

use super::app_image::{AppImage, AppImageError, Resident};
use super::{Undecodable, Uuid, Value, assets, tison, ubjson};
use crate::advice::Advice;

/// The container by which Jaguar is known: its assets have the device's identity under this name.
const CONFIG_ASSET: &str = "config";

/// Assets of the system: the names of the containers beside it.
const IMAGES_ASSET: &str = "images";

/// What is in an app image of Toit. Its `Debug` shows no content: WiFi passwords are in it.
#[derive(Clone, PartialEq)]
pub struct Inside {
    /// The system that containers installed later must belong to.
    pub system_uuid: Uuid,
    /// The containers, the system first.
    pub containers: Vec<ContainerInside>,
    /// The configuration; `None` if the image has none.
    pub config: Option<Value>,
}

/// A container in an app image.
#[derive(Clone, PartialEq)]
pub struct ContainerInside {
    /// Its id, a digest of program and assets.
    pub id: Uuid,
    /// Its name, as the system knows it; none for the system itself.
    pub name: Option<String>,
    /// Bytes it takes in flash, without its assets.
    pub size: u32,
    /// Bit 0: runs at boot. Bit 1: is critical. Bit 7: has assets.
    pub flags: u8,
    /// Its assets by name.
    pub assets: Vec<(String, Vec<u8>)>,
}

/// As which device Jaguar runs in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JaguarIdentity {
    /// The device's id.
    pub id: Uuid,
    /// The device's name.
    pub name: String,
    /// The chip, as Jaguar calls it.
    pub chip: String,
}

/// Why the programs in an app image cannot be told.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsideError {
    /// The image or its table is wrong.
    #[error(transparent)]
    Image(#[from] AppImageError),
    /// Something in it does not decode.
    #[error("the programs in the firmware are damaged: {what} cannot be read: {why}")]
    Damaged {
        /// Assets or configuration.
        what: &'static str,
        /// What is wrong with it.
        why: Undecodable,
    },
}

impl Advice for InsideError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Image(error) => error.advice(),
            Self::Damaged { .. } => {
                vec!["build the firmware again, or take it from where it came once more".to_owned()]
            }
        }
    }
}

impl Inside {
    /// Looks into an app image. `None` if it is not Toit's, or no programs were put into it.
    ///
    /// # Errors
    /// It is Toit's, and what was put into it contradicts itself.
    pub fn read(image: &[u8]) -> Result<Option<Self>, InsideError> {
        let Ok(image) = AppImage::parse(image) else { return Ok(None) };
        let Ok((_, system_uuid)) = image.details() else { return Ok(None) };
        let Some(extension) = image.extension()? else { return Ok(None) };
        let programs = extension.programs()?;
        let mut containers = Vec::new();
        for program in &programs {
            containers.push(ContainerInside::read(program)?);
        }
        let names = containers.first().map(names).transpose()?.unwrap_or_default();
        for container in &mut containers {
            container.name = names.iter().find(|(_, id)| *id == container.id).map(|(name, _)| name.clone());
        }
        let config = match extension.config()? {
            [] => None,
            bytes => Some(ubjson::decode(bytes).map_err(|why| damaged("the configuration", why))?),
        };
        Ok(Some(Self { system_uuid, containers, config }))
    }

    /// As which device Jaguar runs in it; `None` if Jaguar is not in it.
    #[must_use]
    pub fn jaguar(&self) -> Option<JaguarIdentity> {
        self.containers.iter().find_map(ContainerInside::jaguar)
    }
}

impl ContainerInside {
    fn read(program: &Resident<'_>) -> Result<Self, InsideError> {
        let assets = match program.assets {
            Some(bytes) => assets::decode(bytes).map_err(|why| damaged("the assets of a container", why))?,
            None => Vec::new(),
        };
        let Resident { id, size, flags, .. } = *program;
        Ok(Self { id, name: None, size, flags, assets })
    }

    /// The asset of this name.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<&[u8]> {
        self.assets.iter().find(|(known, _)| known == name).map(|(_, content)| content.as_slice())
    }

    fn jaguar(&self) -> Option<JaguarIdentity> {
        let config = tison::decode(self.asset(CONFIG_ASSET)?).ok()?;
        let text = |key| config.get(key).and_then(Value::as_text);
        let (id, name, chip) = (text("id")?.parse().ok()?, text("name")?, text("chip")?);
        Some(JaguarIdentity { id, name: name.to_owned(), chip: chip.to_owned() })
    }
}

impl std::fmt::Debug for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let containers = self.containers.iter().map(|container| (container.id, container.size));
        f.debug_map().entries(containers).finish()
    }
}

/// The names of the containers beside the system, from the system's assets.
fn names(system: &ContainerInside) -> Result<Vec<(String, Uuid)>, InsideError> {
    let Some(images) = system.asset(IMAGES_ASSET) else { return Ok(Vec::new()) };
    let Value::Map(pairs) = tison::decode(images).map_err(|why| damaged("the list of containers", why))?
    else {
        return Ok(Vec::new());
    };
    let uuid = |value| match value {
        Value::Bytes(bytes) => bytes.try_into().ok().map(Uuid),
        _ => None,
    };
    Ok(pairs.into_iter().filter_map(|(name, value)| Some((name, uuid(value)?))).collect())
}

const fn damaged(what: &'static str, why: Undecodable) -> InsideError {
    InsideError::Damaged { what, why }
}
