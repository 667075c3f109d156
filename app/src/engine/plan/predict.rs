//! Predicting what each way costs, and choosing the cheapest. Pure.
//!
//! Erasing and programming stop the radio of a chip with one flash, and decoding the core: so all times add up.

use skylift_protocol::Encoding;

use super::pace::Tempo;
use super::{Cost, Unavailable, Way};

/// Seconds that decoding takes for a byte of the image, and for a byte of the stream: reading the slots back and the
/// coder itself, at 20 us a read, 10 MB/s and 45 cycles a bit of 160 MHz. Fitted to the estimates for five real
/// images; not measured on a chip.
const DECODE_IMAGE: f64 = 0.45e-6;
const DECODE_STREAM: f64 = 5.0e-6;

/// Decoding on a computer, where simulated devices run, takes so much less.
const ON_A_COMPUTER: f64 = 0.01;
/// No chip takes more bytes a second: an ESP32 took 36 Mbit/s in a lab (esp-idf#322).
const FASTEST_CHIP: f64 = 4_500_000.0;

/// Bytes of the image in a chunk, as powers of two: a stream that is taken up again goes on where one begins.
const FULL_CHUNK: u32 = 16;
const DELTA_CHUNK: u32 = 18;

/// Times so near to each other are the same.
const SAME: f64 = 1.05;

/// What is to be sent, and how far the device is with it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task {
    /// Bytes of the image.
    pub(super) size: u32,
    /// Bytes of it that the device has from an earlier attempt.
    pub(super) had: u32,
    /// Bytes of the slot that have been erased ahead.
    pub(super) erased: u32,
    /// The device is a program on a computer.
    pub(super) simulated: bool,
}

/// What a way costs whose stream, or file, has `bytes` bytes.
pub(super) fn cost(encoding: Encoding, bytes: u32, task: Task, tempo: &Tempo) -> Cost {
    let (size, had) = (f64::from(task.size), f64::from(task.had(encoding)));
    let left = size - had;
    // What the device has of the image, it skips in the stream, which begins with its table all the same.
    let bytes = match encoding {
        Encoding::Raw => left,
        _ => (f64::from(bytes) * left / size.max(1.0)).ceil(),
    };
    let to_erase = (size - f64::from(task.erased.min(task.size)).max(had)).max(0.0);
    let decoding = decoding(encoding, left, bytes, task.simulated || tempo.link > FASTEST_CHIP);
    let seconds = to_erase * tempo.erase + left * tempo.write + bytes / tempo.link + decoding + tempo.restart;
    Cost { bytes: whole(bytes), seconds }
}

/// Seconds that a device decodes for so many bytes of the image, made of so many of the stream.
pub(super) fn decoding(encoding: Encoding, image: f64, stream: f64, on_a_computer: bool) -> f64 {
    let speed = if on_a_computer { ON_A_COMPUTER } else { 1.0 };
    match encoding {
        Encoding::Raw => 0.0,
        _ => (image * DECODE_IMAGE + stream * DECODE_STREAM) * speed,
    }
}

impl Task {
    /// What need not be sent again: a stream goes on at the begin of a chunk.
    fn had(&self, encoding: Encoding) -> u32 {
        match encoding {
            Encoding::Raw => self.had.min(self.size),
            _ if self.had >= self.size => self.size,
            Encoding::Delta => self.had & !((1 << DELTA_CHUNK) - 1),
            _ => self.had & !((1 << FULL_CHUNK) - 1),
        }
    }
}

/// The cheapest way: the one with the fewest seconds, or, of those that take hardly longer, with the fewest bytes.
pub(super) fn cheapest(ways: &[Way]) -> Encoding {
    let known = || ways.iter().filter_map(|way| Some((way.encoding, way.cost.as_ref().ok()?)));
    let least = known().map(|(_, cost)| cost.seconds).fold(f64::INFINITY, f64::min);
    let near = known().filter(|(_, cost)| cost.seconds <= least * SAME);
    near.min_by_key(|(_, cost)| cost.bytes).map_or(Encoding::Raw, |(encoding, _)| encoding)
}

/// The three ways, in their order.
pub(super) fn ways(
    compressed: Result<u32, Unavailable>,
    delta: Result<u32, Unavailable>,
    task: Task,
    tempo: &Tempo,
) -> Vec<Way> {
    let way = |encoding, bytes: Result<u32, Unavailable>| Way {
        encoding,
        cost: bytes.map(|bytes| cost(encoding, bytes, task, tempo)),
    };
    vec![
        way(Encoding::Raw, Ok(task.size)),
        way(Encoding::Compressed, compressed),
        way(Encoding::Delta, delta),
    ]
}

/// It was made of integers that fit.
fn whole(bytes: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and u32::MAX")]
    let whole = bytes as u32;
    whole
}

#[cfg(test)]
mod tests;
