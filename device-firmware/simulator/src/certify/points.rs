//! Where power is cut: between any two flash operations, and inside each.

use skylift_protocol::Encoding;

use super::recording::Recording;
use crate::faults::{FlashFault, Moment};

/// Cuts inside an operation on otadata or journal; inside one that writes an image, of which there are thousands,
/// one.
const INSIDE_SWITCH: u64 = 32;
/// How many noises RTC memory can come back with: few, so that devices become alike and their end is known.
const NOISES: u64 = 8;

/// A point, in one part of the life.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Which device, and how NEW is sent to it.
    pub device: usize,
    /// Which part of its life: 0 is the write, the others are the endings.
    pub part: usize,
    pub fault: FlashFault,
    /// It is before the switch: OLD boots after it, whatever NEW is like.
    pub writes: bool,
    /// Seed of what RTC memory holds afterwards.
    pub noise: u64,
}

/// Every point of a part. A cut after an operation is one before the next, so only the last has both.
///
/// Of encoded images, which take their time to decode, it is every page that is cut, and not each of the programs that
/// it is made of: from there on, raw images take the same way.
pub(super) fn of(
    device: usize,
    (encoding, part): (Encoding, usize),
    recording: &Recording,
    seed: u64,
) -> Vec<Point> {
    let numbers = recording.numbers();
    let last = numbers.end.saturating_sub(1);
    let mut points = Vec::new();
    let raw = encoding == Encoding::Raw;
    for operation in numbers.filter(|&operation| raw || recording.is_no_part_of_a_page(operation)) {
        let bulk = !raw || recording.is_bulk(operation);
        let writes = part == 0 && operation < recording.bulk_end();
        let noise = mix(seed, operation % NOISES, u64::MAX);
        let mut add = |moment, number| {
            let fault = FlashFault::PowerCut { operation, moment, seed: mix(seed, operation, number) };
            points.push(Point { device, part, fault, writes, noise });
        };
        add(Moment::Before, 0);
        (0..if bulk { 1 } else { INSIDE_SWITCH }).for_each(|number| add(Moment::Inside, number));
        if operation == last {
            add(Moment::After, 0);
        }
    }
    points
}

/// A seed for one point from the seed of all.
fn mix(seed: u64, operation: u64, number: u64) -> u64 {
    let mut rng = fastrand::Rng::with_seed(seed);
    let seed = rng.u64(..) ^ operation.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.rotate_left(32);
    fastrand::Rng::with_seed(seed).u64(..)
}
