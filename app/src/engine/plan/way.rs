//! A plan: each way to send an image to one device, with its bytes and predicted seconds, and the one that is taken.

use skylift_protocol::{Encoding, Id};

use crate::advice::Advice;
use crate::engine::update::Verdict;

/// What an update of one device would cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The device.
    pub device: Id,
    /// What people call it.
    pub label: String,
    /// Bytes of the image, its signature included.
    pub raw_bytes: u32,
    /// Each way: raw, compressed, delta, always all three and in this order.
    pub ways: Vec<Way>,
    /// The way that is taken: what the user wants, or else the cheapest.
    pub chosen: Encoding,
    /// What the seconds are taken from.
    pub basis: Basis,
}

/// One way to send an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// How the bytes relate to the image.
    pub encoding: Encoding,
    /// What it costs, or why it cannot be had.
    pub cost: Result<Cost, Unavailable>,
}

/// What a way costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Bytes over the air.
    pub bytes: u32,
    /// Predicted seconds from the order until the new image answers.
    pub seconds: f64,
}

/// Why a way cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The device takes images as they are, and nothing else.
    #[error("the device's firmware takes raw images only")]
    NotUnderstood,
    /// Jaguar takes images as they are.
    #[error("Jaguar devices take raw images only")]
    Jaguar,
    /// It does not run from a slot, or does not say how long the image in it is.
    #[error("the device does not say exactly which bytes it runs")]
    BaseUntold,
    /// The image that it runs is not on this computer.
    #[error("the image that the device runs is not on this computer")]
    BaseNotHere,
    /// Another way was wanted.
    #[error("it was not worked out, because another way was wanted")]
    NotWanted,
    /// The device did not take it, in this very update.
    #[error("the device did not take it")]
    GivenUp,
    /// It would not be smaller than the image.
    #[error("it would not be smaller than the image")]
    NotSmaller,
    /// It could not be made.
    #[error("it could not be worked out: {why}")]
    Failed {
        /// What went wrong.
        why: String,
        /// What people can do about it, the likeliest first.
        advice: Vec<String>,
    },
}

impl Advice for Unavailable {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Failed { advice, .. } => advice.clone(),
            _ => Vec::new(),
        }
    }
}

/// What predicted seconds are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// This device's own last updates.
    Measured {
        /// How many of them.
        updates: u32,
    },
    /// The usual times of ESP32 chips: too little is known of this one.
    Typical,
}

impl Plan {
    /// The way of this encoding.
    #[must_use]
    pub fn way(&self, encoding: Encoding) -> Option<&Way> {
        self.ways.iter().find(|way| way.encoding == encoding)
    }

    /// What the way costs that is taken.
    #[must_use]
    pub fn cost(&self) -> Option<Cost> {
        self.way(self.chosen)?.cost.as_ref().ok().copied()
    }
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The engine does not know the device.
    #[error("no device with the id {0} is known")]
    NoSuchDevice(Id),
    /// Nothing would be sent: so an update would end.
    #[error("{}", .0.detail())]
    NotSent(Verdict),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

impl Advice for PlanError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::NotSent(verdict) => verdict.advice(),
            Self::NoSuchDevice(_) | Self::Stopped => Vec::new(),
        }
    }
}
