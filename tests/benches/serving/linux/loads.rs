//! The loads, and what comes of running one against one server.

use std::time::Duration;

use super::contestants::{Contestant, Site};
use super::crowd::{Crowd, Errand};
use super::report::median;
use super::streams::{one_by_one, side_by_side};
use super::watched::Cost;

/// Bytes a second of a client in a crowd.
pub const RATE: u32 = 64 * 1024;
const CLIENTS: usize = 1000;
const DEAD: usize = 50;
/// The usual soft limit on a Linux desktop.
const OPEN_FILES: u64 = 1024;
/// A crowd's clients are given up after so many times the ideal.
const PATIENCE: f64 = 2.0;
const SIDE_BY_SIDE: usize = 8;

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Load {
    /// One after the other, as fast as it goes.
    One,
    /// Eight at once, as fast as it goes.
    Eight,
    /// A thousand at once, slowly.
    Thousand,
    /// The same, beside dead clients and with few open files allowed.
    Dead,
}

impl Load {
    pub const ALL: [Self; 4] = [Self::One, Self::Eight, Self::Thousand, Self::Dead];

    /// As it is called on the command line of this benchmark.
    pub fn word(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Eight => "eight",
            Self::Thousand => "thousand",
            Self::Dead => "dead",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::One => "one client at a time, as fast as it goes",
            Self::Eight => "8 clients at once, as fast as it goes",
            Self::Thousand => "1,000 clients at once, 64 KiB/s each",
            Self::Dead => "the same with 1,024 open files and 50 dead clients",
        }
    }

    /// The last is our own matter.
    pub fn is_for(self, contestant: Contestant) -> bool {
        self != Self::Dead || contestant == Contestant::Skylift
    }

    /// Starts the server afresh, and runs the load.
    pub fn run(self, contestant: Contestant, site: &Site, quick: bool) -> Outcome {
        let open_files = (self == Self::Dead).then_some(OPEN_FILES);
        let server = contestant.start(site, open_files);
        // What is done once only, such as reading the file, is not what is measured.
        one_by_one(server.address, &site.image, 3);
        let image = &site.image;
        match self {
            Self::One => {
                let times = if quick { 200 } else { 1000 };
                let (mut took, cost) = server.during(|address| one_by_one(address, image, times));
                took.sort_unstable();
                let seconds = median(took.iter().map(Duration::as_secs_f64));
                Outcome::fast(image.len() as f64 / seconds, (image.len() * times) as u64, cost)
            }
            Self::Eight => {
                let times = if quick { 50 } else { 200 };
                let (took, cost) = server.during(|address| side_by_side(address, image, SIDE_BY_SIDE, times));
                let bytes = (image.len() * times * SIDE_BY_SIDE) as u64;
                Outcome::fast(bytes as f64 / took.as_secs_f64(), bytes, cost)
            }
            Self::Thousand | Self::Dead => {
                let dead = if self == Self::Dead { DEAD } else { 0 };
                let errand = Errand { address: server.address, image: image.clone(), rate: RATE };
                let patience = errand.ideal().mul_f64(PATIENCE);
                let (crowd, cost) = server.during(|_| errand.crowd(CLIENTS, dead, patience));
                Outcome::crowd(&crowd, errand.ideal(), cost)
            }
        }
    }
}

/// What a load came to, once.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Bytes a second; nothing for a crowd.
    pub speed: Option<f64>,
    pub crowd: Option<CrowdOutcome>,
    /// MiB.
    pub growth: f64,
    /// Seconds a GB sent.
    pub cpu: f64,
}

/// What a crowd came to.
#[derive(Clone, Copy, Debug)]
pub struct CrowdOutcome {
    pub exact: usize,
    /// When the last of those was done, in ideal times.
    pub finish: f64,
    /// Seconds until all but one in a hundred of those had a first byte.
    pub first_byte: f64,
}

impl Outcome {
    fn fast(speed: f64, bytes: u64, cost: Cost) -> Self {
        Self { speed: Some(speed), crowd: None, growth: mebibytes(cost), cpu: per_gigabyte(cost, bytes) }
    }

    fn crowd(crowd: &Crowd, ideal: Duration, cost: Cost) -> Self {
        let finish = crowd.exact.iter().map(|it| it.finish).max().unwrap_or_default();
        let mut first_bytes: Vec<_> = crowd.exact.iter().map(|it| it.first_byte).collect();
        first_bytes.sort_unstable();
        let first_byte = first_bytes.get(first_bytes.len() * 99 / 100).copied().unwrap_or_default();
        let crowd_outcome = CrowdOutcome {
            exact: crowd.exact.len(),
            finish: finish.as_secs_f64() / ideal.as_secs_f64(),
            first_byte: first_byte.as_secs_f64(),
        };
        let cpu = per_gigabyte(cost, crowd.bytes);
        Self { speed: None, crowd: Some(crowd_outcome), growth: mebibytes(cost), cpu }
    }
}

fn mebibytes(cost: Cost) -> f64 {
    cost.growth as f64 / f64::from(1 << 20)
}

fn per_gigabyte(cost: Cost, bytes: u64) -> f64 {
    cost.cpu.as_secs_f64() / (bytes as f64 / 1e9)
}
