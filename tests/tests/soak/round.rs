//! What happens in one round: everything is decided by its seed, but not the order in which threads get their turns.

use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::{Faults, LinkFaults};

use crate::images::{SIZES, any_operation};
use crate::unfit::Unfit;

/// How the bytes come to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It fetches them.
    Pull,
    /// It reaches no address of the host, and is pushed to.
    Push,
}

/// What somebody does in the middle of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Takes power away, and gives it back.
    CutPower,
    /// Presses the reset button.
    PressReset,
    /// Takes power away, until the device counts as lost.
    PowerOff,
    /// Cancels the update.
    Cancel,
    /// Kills the app, without a chance to clean up.
    Kill,
}

/// A deed, and its moment: so many flash operations after the update has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    pub deed: Deed,
    pub at: u64,
}

/// A device's partition table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Skylift's own.
    Own,
    /// Somebody else's: without a journal, nothing is resumed, and less is known after a restart.
    Foreign,
}

/// What a device is like.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    pub bootloader: Bootloader,
    pub table: Table,
    pub faults: Faults,
}

/// An image on its way to one device.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    pub behaviour: Behaviour,
    pub size: u32,
    pub way: Way,
}

/// The course of a round.
#[derive(Clone, Copy, Debug)]
pub enum Plot {
    /// One update, and perhaps a hand at the device.
    Once(Sending, Option<Hand>),
    /// An update that is cancelled, or whose app is killed, and is offered again by another app.
    Again(Sending, Hand, Way),
    /// An update whose device is without power for a while, from so many flash operations on.
    Away(Sending, u64),
    /// An image that must be refused.
    Unfit(Unfit),
    /// One image for so many devices, each with faults of its own.
    Rollout(Sending, usize),
}

/// One round.
#[derive(Debug)]
pub struct Round {
    pub seed: u64,
    pub nature: Nature,
    pub plot: Plot,
}

/// How often a behaviour is chosen: as often as it is listed.
const BEHAVIOURS: [Behaviour; 8] = [
    Behaviour::Healthy,
    Behaviour::Healthy,
    Behaviour::Healthy,
    Behaviour::Healthy,
    Behaviour::Crash,
    Behaviour::Hang,
    Behaviour::NeverValidates,
    Behaviour::NoNetwork,
];

impl Round {
    /// The round of a seed.
    pub fn of(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let sending = Sending::random(&mut rng);
        let plot = match rng.u8(0..100) {
            0..5 => Plot::Away(sending, Hand::random(Deed::PowerOff, &mut rng, sending.size).at),
            5..52 => Plot::Once(sending, Hand::sometimes(&mut rng, sending.size)),
            52..70 => Plot::Again(sending, Hand::random(Deed::Cancel, &mut rng, sending.size), way(&mut rng)),
            70..84 => Plot::Again(sending, Hand::random(Deed::Kill, &mut rng, sending.size), way(&mut rng)),
            84..94 => Plot::Unfit(Unfit::random(&mut rng)),
            _ => Plot::Rollout(Sending { way: Way::Pull, ..sending }, rng.usize(3..=5)),
        };
        Self { seed, nature: Nature::random(&mut rng, sending.size), plot }
    }

    /// The natures of the other devices of a rollout.
    pub fn natures(&self, count: usize, size: u32) -> Vec<Nature> {
        let mut rng = fastrand::Rng::with_seed(self.seed ^ u64::MAX);
        (0..count).map(|_| Nature::random(&mut rng, size)).collect()
    }
}

impl Sending {
    fn random(rng: &mut fastrand::Rng) -> Self {
        let behaviour = BEHAVIOURS[rng.usize(0..BEHAVIOURS.len())];
        Self { behaviour, size: SIZES[rng.usize(0..SIZES.len())], way: way(rng) }
    }
}

impl Hand {
    fn random(deed: Deed, rng: &mut fastrand::Rng, size: u32) -> Self {
        Self { deed, at: any_operation(rng, size).max(1) }
    }

    fn sometimes(rng: &mut fastrand::Rng, size: u32) -> Option<Self> {
        match rng.u8(0..8) {
            0 => Some(Self::random(Deed::CutPower, rng, size)),
            1 => Some(Self::random(Deed::PressReset, rng, size)),
            _ => None,
        }
    }
}

impl Nature {
    fn random(rng: &mut fastrand::Rng, size: u32) -> Self {
        // A bootloader that is cut inside its own writes may leave what only a journal can tell: SPEC.md, "Journal".
        let (bootloader, table) = match rng.u8(0..8) {
            0 => (Bootloader::Stock, Table::Foreign),
            1..5 => (Bootloader::Stock, Table::Own),
            _ => (Bootloader::Rollback, Table::Own),
        };
        let flash = flash_fault(rng, bootloader, size);
        // The lie needs the journal to be told in.
        let lies = rng.u8(0..12) == 0 && table == Table::Own;
        let faults = Faults { flash, link: link_faults(rng, size), lies, ..Faults::default() };
        Self { bootloader, table, faults }
    }
}

fn way(rng: &mut fastrand::Rng) -> Way {
    if rng.u8(0..4) == 0 { Way::Push } else { Way::Pull }
}

/// A bootloader that rolls back does not read back what it writes: what fails silently there is out of our hands.
fn flash_fault(rng: &mut fastrand::Rng, bootloader: Bootloader, size: u32) -> FlashFault {
    let (operation, seed) = (any_operation(rng, size), rng.u64(..));
    match rng.u8(0..8) {
        0..3 => FlashFault::PowerCut { operation, moment: Moment::ALL[rng.usize(0..3)], seed },
        3 if bootloader == Bootloader::Stock => FlashFault::Silent { operation, seed },
        _ => FlashFault::None,
    }
}

/// Lost packets are stalls here: netem, which could lose them, needs a module that few kernels have.
fn link_faults(rng: &mut fastrand::Rng, size: u32) -> LinkFaults {
    let mut one_in = |n: u8| (rng.u8(0..n) == 0).then(|| rng.u64(0..u64::from(size)));
    LinkFaults { drop_at: one_in(2), stall_at: one_in(4), flip_at: one_in(8), rate: None }
}
