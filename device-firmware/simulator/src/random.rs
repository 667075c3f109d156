//! The chip's random number generator, for jitter.

use std::convert::Infallible;

use rand_core::TryRng;

/// Random numbers of the operating system's, by way of fastrand.
pub(crate) struct Random(fastrand::Rng);

impl Random {
    pub fn new() -> Self {
        Self(fastrand::Rng::new())
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.u32(..))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.u64(..))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}
