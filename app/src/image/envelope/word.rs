//! How wide a word of the virtual machine is: containers are made for one width.

/// The width of a word: 4 bytes on every chip, 8 on a 64-bit host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WordSize {
    /// 32 bits.
    W32,
    /// 64 bits.
    W64,
}

impl WordSize {
    /// The width in bytes: 4 or 8.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::W32 => 4,
            Self::W64 => 8,
        }
    }

    /// The word of so many bytes; `None` if there is none.
    #[must_use]
    pub const fn of_bytes(bytes: i64) -> Option<Self> {
        match bytes {
            4 => Some(Self::W32),
            8 => Some(Self::W64),
            _ => None,
        }
    }
}
