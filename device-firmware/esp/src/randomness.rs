//! Random numbers that nobody can foretell.
//!
//! The generator is a true one only while noise is mixed in, from the radio or from the ADC. Before the radio starts
//! it is the ADC, for as long as the drawing takes.

use esp_hal::peripherals::{ADC1, RNG};
use esp_hal::rng::{Trng, TrngError, TrngSource};
use skylift_node::BootSecret;

/// The number of this boot, and what nobody else knows of it. The ADC is as free afterwards as before.
///
/// # Errors
/// The source of noise could not be switched on.
pub(crate) fn draw(rng: RNG<'_>, adc: ADC1<'_>) -> Result<(u32, BootSecret), TrngError> {
    let _noise = TrngSource::new(rng, adc);
    let random = Trng::try_new()?;
    let mut secret = [0; 32];
    random.read(&mut secret);
    Ok((random.random(), BootSecret::new(secret)))
}
