//! Bytes on the air: what is sent of an image, and what that spares.

use skylift_protocol::Encoding;

/// Bytes that were sent, beside those that the images have. Of many devices, it is the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Airtime {
    /// Bytes that have left this computer for devices, those of broken attempts included.
    pub sent: u64,
    /// Bytes that the images have which were sent.
    pub raw: u64,
}

impl Airtime {
    /// Bytes that were spared: none if the broken attempts cost more.
    #[must_use]
    pub const fn saved(&self) -> u64 {
        self.raw.saturating_sub(self.sent)
    }

    /// Hundredths of the raw bytes that were spared, rounded down; `None` if that is less than one.
    #[must_use]
    pub const fn saved_percent(&self) -> Option<u64> {
        match self.saved().saturating_mul(100).checked_div(self.raw) {
            None | Some(0) => None,
            percent => percent,
        }
    }
}

impl std::ops::AddAssign for Airtime {
    fn add_assign(&mut self, other: Self) {
        self.sent = self.sent.saturating_add(other.sent);
        self.raw = self.raw.saturating_add(other.raw);
    }
}

impl std::ops::SubAssign for Airtime {
    fn sub_assign(&mut self, other: Self) {
        self.sent = self.sent.saturating_sub(other.sent);
        self.raw = self.raw.saturating_sub(other.raw);
    }
}

impl std::iter::Sum for Airtime {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let mut sum = Self::default();
        all.for_each(|one| sum += one);
        sum
    }
}

/// What a device is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// How the bytes relate to the image.
    pub encoding: Encoding,
    /// How many there are in all: those of the stream, or of the file if it is sent as it is.
    pub bytes: u32,
    /// How many have left this computer so far, over all attempts of this update.
    pub sent: u64,
}

/// A stream that an update waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingOut {
    /// What is worked out.
    pub encoding: Encoding,
    /// Hundredths done.
    pub percent: u32,
}

impl Sending {
    /// The share of these bytes that was sent, beside the same share of an image of `raw` bytes: an image that is half
    /// sent has spared nothing by what is still to come.
    #[must_use]
    pub fn airtime(&self, raw: u32) -> Airtime {
        let part = u128::from(self.sent.min(self.bytes.into()));
        let share = u128::from(raw) * part / u128::from(self.bytes.max(1));
        Airtime { sent: self.sent, raw: u64::try_from(share).unwrap_or(u64::MAX) }
    }
}
