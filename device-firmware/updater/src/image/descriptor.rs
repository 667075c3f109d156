//! The app descriptor at offset 32 of an image (`esp_app_desc_t`, 256 bytes).

use super::ImageError;

/// Bytes of the descriptor.
pub(super) const DESCRIPTOR_LEN: usize = 256;
const MAGIC: [u8; 4] = 0xABCD_5432_u32.to_le_bytes();

/// A text of up to 32 bytes, ended by NUL if shorter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DescriptorText([u8; 32]);

impl DescriptorText {
    /// The text up to the first NUL or the first byte that is not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.0.split(|&byte| byte == 0).next().unwrap_or_default();
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => text
                .get(..error.valid_up_to())
                .and_then(|text| core::str::from_utf8(text).ok())
                .unwrap_or_default(),
        }
    }
}

impl core::fmt::Debug for DescriptorText {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.as_str(), f)
    }
}

/// What an application says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppDescriptor {
    /// For anti-rollback: a device refuses images below its floor.
    pub secure_version: u32,
    /// `PROJECT_VER`.
    pub version: DescriptorText,
    /// `PROJECT_NAME`.
    pub project: DescriptorText,
    /// Version of ESP-IDF, or of what stands in for it.
    pub idf_version: DescriptorText,
    /// Build time, `HH:MM:SS`, then the date: 16 bytes each.
    pub built: DescriptorText,
    /// Digest of the ELF that the image was made from; zero if the build did not fill it in.
    pub elf_sha256: [u8; 32],
    /// Bytes of a page of the MMU, as 2 to the power of this, on chips that have a choice; 0 in older builds.
    pub mmu_page: u8,
}

impl AppDescriptor {
    /// Reads a descriptor from its first byte on.
    pub(super) fn parse(raw: &[u8; DESCRIPTOR_LEN]) -> Result<Self, ImageError> {
        if !raw.starts_with(&MAGIC) {
            return Err(ImageError::NoDescriptor);
        }
        let secure_version = raw.get(4..8).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes);
        Ok(Self {
            secure_version: secure_version.unwrap_or_default(),
            version: DescriptorText(array_at(raw, 16)),
            project: DescriptorText(array_at(raw, 48)),
            built: DescriptorText(array_at(raw, 80)),
            idf_version: DescriptorText(array_at(raw, 112)),
            elf_sha256: array_at(raw, 144),
            mmu_page: raw.get(180).copied().unwrap_or_default(),
        })
    }

    /// Build time, as the build wrote it.
    #[must_use]
    pub fn time(&self) -> &str {
        half(&self.built.0, 0)
    }

    /// Build date, as the build wrote it.
    #[must_use]
    pub fn date(&self) -> &str {
        half(&self.built.0, 16)
    }
}

fn array_at(raw: &[u8; DESCRIPTOR_LEN], at: usize) -> [u8; 32] {
    // Every offset above lies inside.
    raw.get(at..at + 32).and_then(|field| field.try_into().ok()).unwrap_or_default()
}

fn half(raw: &[u8; 32], at: usize) -> &str {
    let field = raw.get(at..at + 16).unwrap_or_default();
    let text = field.split(|&byte| byte == 0).next().unwrap_or_default();
    core::str::from_utf8(text).unwrap_or_default()
}
