//! Reading an image from a file, with the same check that the device makes.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use skylift_protocol::{Chip, Digest, FirmwareKind};
use skylift_updater::image::{GuardKind, GuardMarker, ImageInfo, ImageScan};
use skylift_updater::signature;

use super::envelope::inside::Inside;
use super::sign::Judged;
use super::{Flaw, InspectError, WrongFile};

/// Larger files are not read. No chip has a slot of more than 16 MiB.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// Signature sectors lie on a sector border behind the image.
const SECTOR: usize = 4096;

/// A complete, undamaged app image.
#[derive(Clone, PartialEq)]
pub struct Image {
    /// Where it came from.
    pub path: PathBuf,
    /// All bytes that are sent.
    pub bytes: Bytes,
    /// What the check found.
    pub info: ImageInfo,
    /// The chip it is made for; `Unknown` for one that is not in this version's list.
    pub chip: Chip,
    /// The project in its app descriptor.
    pub project: String,
    /// The version in its app descriptor.
    pub version: String,
    /// Digest of all bytes.
    pub file_sha256: Digest,
    /// Digest that the bootloader checks.
    pub image_sha256: Digest,
    /// Whether a signature follows the image.
    pub signature: Signature,
    /// What it is worth, once that was asked.
    pub(super) judged: Judged,
}

/// Whether a signature follows the image. What it is worth, the device decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Nothing follows.
    Absent,
    /// A signature sector of Secure Boot v2 follows.
    Present,
}

impl Image {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, or a device would not boot what is in it.
    pub fn open(path: &Path) -> Result<Self, InspectError> {
        let bytes = read(path).map_err(|flaw| InspectError { path: path.to_owned(), flaw })?;
        Self::from_bytes(path, bytes)
    }

    /// Checks bytes that are in memory already; `path` is what to call them.
    ///
    /// # Errors
    /// A device would not boot them.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, InspectError> {
        match check(&bytes) {
            Ok((info, signature)) => Ok(Self::new(path, bytes, info, signature)),
            Err(flaw) => Err(InspectError { path: path.to_owned(), flaw }),
        }
    }

    fn new(path: &Path, bytes: Vec<u8>, info: ImageInfo, signature: Signature) -> Self {
        Self {
            path: path.to_owned(),
            chip: Chip::from_image_id(info.head.chip_id),
            project: info.descriptor().project.as_str().to_owned(),
            version: info.descriptor().version.as_str().to_owned(),
            file_sha256: Digest(Sha256::digest(&bytes).into()),
            image_sha256: Digest(info.image_sha256),
            bytes: bytes.into(),
            info,
            signature,
            judged: Judged::default(),
        }
    }

    /// How many bytes are sent.
    #[must_use]
    pub fn size(&self) -> u32 {
        // At most MAX_FILE_BYTES.
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    /// The mark of the boot guard, if it has one.
    #[must_use]
    pub fn guard(&self) -> Option<GuardMarker> {
        self.info.guard()
    }

    /// What Toit's firmware tool put into it; `None` if it is not Toit's, or that part is damaged.
    #[must_use]
    pub fn toit(&self) -> Option<Inside> {
        Inside::read(&self.bytes).ok().flatten()
    }

    /// What it is made to run on.
    #[must_use]
    pub fn kind(&self) -> FirmwareKind {
        match self.guard().map(|marker| marker.kind) {
            Some(GuardKind::Real) => FirmwareKind::Real,
            Some(GuardKind::Simulated) => FirmwareKind::Simulated,
            None => FirmwareKind::Foreign,
        }
    }
}

impl std::fmt::Debug for Image {
    /// Leaves out the bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image")
            .field("path", &self.path)
            .field("size", &self.size())
            .field("project", &self.project)
            .field("version", &self.version)
            .field("image_sha256", &self.image_sha256)
            .finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Flaw> {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !path.metadata().map_err(Flaw::Unreadable)?.is_file() {
        return Err(Flaw::NotAFile);
    }
    let file = File::open(path).map_err(Flaw::Unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever the metadata said.
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(Flaw::Unreadable)?;
    Ok(bytes)
}

fn check(bytes: &[u8]) -> Result<(ImageInfo, Signature), Flaw> {
    if bytes.is_empty() {
        return Err(Flaw::Empty);
    }
    let wrong = WrongFile::recognise(bytes);
    // Envelopes may be larger, with the programs in them that images were made of.
    if bytes.len() > MAX_FILE_BYTES && wrong != Some(WrongFile::Envelope) {
        return Err(Flaw::TooLarge);
    }
    if let Some(kind) = wrong {
        return Err(Flaw::WrongFile(kind));
    }
    let mut scan = ImageScan::new();
    scan.push(bytes).map_err(Flaw::NotAnImage)?;
    let info = scan.finish().map_err(Flaw::NotAnImage)?;
    let signature = signature_behind(bytes, &info)?;
    Ok((info, signature))
}

fn signature_behind(bytes: &[u8], info: &ImageInfo) -> Result<Signature, Flaw> {
    let end = info.len as usize;
    let extra = bytes.len().saturating_sub(end);
    if extra == 0 {
        return Ok(Signature::Absent);
    }
    let sector = end.next_multiple_of(SECTOR);
    let signed = bytes.len() == sector + SECTOR && bytes.get(sector) == Some(&signature::MAGIC);
    if signed { Ok(Signature::Present) } else { Err(Flaw::TrailingBytes { end: info.len, extra }) }
}

#[cfg(test)]
mod tests;
