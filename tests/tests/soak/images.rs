//! The images of the soak: each built once, and told apart by all of its bytes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_tests::devices::demo;

/// Bytes of the images that are sent: less than a block of 64 KiB, two and a bit, nearly three.
pub const SIZES: [u32; 3] = [40 << 10, 140 << 10, 180 << 10];
/// Bytes of a page, the least that is programmed.
const PAGE: u32 = 256;
/// Flash operations around those that program pages: erases, journal, otadata, probation.
const AROUND: u32 = 24;

/// An image that devices run or are sent.
#[derive(Debug)]
pub struct Picture {
    /// The version in its descriptor; no two images of one round have the same.
    pub version: &'static str,
    /// What a device does with it.
    pub behaviour: Behaviour,
    /// All of it.
    pub bytes: Vec<u8>,
}

type Key = (&'static str, &'static str, u32);

impl Picture {
    /// The image of this version, behaviour and size in bytes.
    pub fn of(version: &'static str, behaviour: Behaviour, size: u32) -> Arc<Self> {
        static BUILT: Mutex<BTreeMap<Key, Arc<Picture>>> = Mutex::new(BTreeMap::new());
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let bytes = DemoImage { size, ..demo(version, behaviour) }.build().unwrap();
            Arc::new(Self { version, behaviour, bytes })
        };
        Arc::clone(built.entry((version, behaviour.as_str(), size)).or_insert_with(make))
    }

    /// The digest that the bootloader checks, in hex: an image ends with it.
    pub fn digest(&self) -> String {
        self.bytes[self.bytes.len() - 32..].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The image that devices come with.
    pub fn factory() -> Arc<Self> {
        Self::of("1.0.0", Behaviour::Healthy, SIZES[1])
    }
}

/// Flash operations of an update with an image of this size, at most.
pub fn operations(size: u32) -> u64 {
    u64::from(size.div_ceil(PAGE) + AROUND)
}

/// One of them. The first and the last, where the journal begins and the switch is, are chosen as often as all others.
pub fn any_operation(rng: &mut fastrand::Rng, size: u32) -> u64 {
    match rng.u8(0..4) {
        0 => rng.u64(0..u64::from(AROUND)),
        1 => operations(size) - rng.u64(1..=u64::from(AROUND)),
        _ => rng.u64(0..operations(size)),
    }
}
