//! Below which `secure_version` a device takes no image, as far as it knows.

/// The floor of `secure_version` that is kept in flash. It never sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    /// No image with a lower one is taken.
    At(u32),
    /// Nobody can tell any more what it was: no image below the one that runs is taken.
    Unknown,
}

impl Default for Floor {
    /// That of a device that was never told one.
    fn default() -> Self {
        Self::At(0)
    }
}
