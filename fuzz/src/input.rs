//! An input taken apart from its start: a target's choices first, what is parsed behind them.

/// The bytes that are left. What is missing reads as zeros.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// All of an input.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        u8::from_le_bytes(self.array())
    }

    /// The next four bytes as a number.
    pub fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let (now, later) = self.0.split_at(N.min(self.0.len()));
        self.0 = later;
        let mut bytes = [0; N];
        bytes[..now.len()].copy_from_slice(now);
        bytes
    }

    /// Two bytes that say how many follow, and these; fewer at the end.
    pub fn counted(&mut self) -> &'a [u8] {
        let len = usize::from(u16::from_le_bytes(self.array()));
        let (now, later) = self.0.split_at(len.min(self.0.len()));
        self.0 = later;
        now
    }

    /// Everything that is left.
    #[must_use]
    pub const fn rest(self) -> &'a [u8] {
        self.0
    }
}
