//! What makes an update a rollout: which devices, in which order, and when it stops.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::super::figures::seconds;
use super::super::session::Session;
use super::ahead::Ahead;
use super::choose::Chosen;
use crate::engine::{Discovery, Limits, Target};

/// Devices, named one by one or not.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Many devices")]
pub(in crate::cli) struct Whom {
    /// Ids, names or host:port
    #[arg(value_name = "DEVICE", help_heading = None, required_unless_present_any = ["all", "tags", "retry_failed"])]
    pub(super) devices: Vec<Target>,
    /// Every device on the network
    #[arg(long)]
    pub(super) all: bool,
    /// With --all: search for so many seconds
    #[arg(long, value_name = "S", default_value = "3", value_parser = seconds)]
    pub(super) wait: Duration,
    /// The devices with this tag; can be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<String>,
    /// The devices that failed in the last rollout: rolled back, failed, lost or not found
    #[arg(long, conflicts_with_all = ["devices", "all", "tags"])]
    pub(super) retry_failed: bool,
}

/// The options of a rollout.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Many devices")]
pub(in crate::cli) struct Care {
    #[command(flatten)]
    pub(super) whom: Whom,
    /// Update so many devices at the same time [default: the setting updates.parallel]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(super) parallel: Option<usize>,
    /// Update this device first, or the first N; if one fails, the others are not begun
    #[arg(long, value_name = "DEVICE|N")]
    pub(super) canary: Option<CanaryWish>,
    /// Begin no more devices after so many failures; refusals do not count
    #[arg(long, value_name = "K", value_parser = at_least_one)]
    pub(super) stop_after: Option<usize>,
    /// Leave out devices that run this very image already
    #[arg(long)]
    pub(super) only_outdated: bool,
    /// Wait for devices that do not answer, and update them when they come back
    #[arg(long)]
    pub(super) when_back: bool,
    #[command(flatten)]
    pub(super) ahead: Ahead,
}

/// Who goes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CanaryWish {
    /// So many of the first.
    First(usize),
    /// This device.
    Device(Target),
}

impl From<Whom> for Care {
    /// These devices, and no care at all.
    fn from(whom: Whom) -> Self {
        Self {
            whom,
            parallel: None,
            canary: None,
            stop_after: None,
            only_outdated: false,
            when_back: false,
            ahead: Ahead::default(),
        }
    }
}

impl Care {
    /// How these devices are found, and those that were named.
    pub(in crate::cli) fn discovery(&self, chosen: &Chosen, session: &Session) -> Discovery {
        if self.whom.all { session.mdns() } else { session.discovery_for(&chosen.targets()) }
    }

    /// Whether any of these options asks for a rollout, however few devices there are.
    pub(super) fn is_wanted(&self) -> bool {
        self.whom.all
            || self.whom.retry_failed
            || !self.whom.tags.is_empty()
            || self.only_outdated
            || self.when_back
            || self.ahead.erase_ahead
            || self.parallel.is_some()
            || self.canary.is_some()
            || self.stop_after.is_some()
    }

    /// `usual` devices are updated at the same time unless an option says otherwise.
    pub(super) fn limits(&self, usual: usize) -> Limits {
        Limits { parallel: self.parallel.unwrap_or(usual), stop_after: self.stop_after }
    }
}

impl FromStr for CanaryWish {
    type Err = String;

    /// A number is a number of devices; a device with such a name can be called by its id.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().parse() {
            Ok(0) => Err("at least one device has to go first".to_owned()),
            Ok(first) => Ok(Self::First(first)),
            Err(_) => Target::from_str(text).map(Self::Device).map_err(|error| error.to_string()),
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "a number from 1 on is expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_a_number_or_a_device() {
        assert_eq!("3".parse(), Ok(CanaryWish::First(3)));
        let called = |name: &str| Ok(CanaryWish::Device(Target::Called(name.to_owned())));
        assert_eq!("sky-03".parse(), called("sky-03"));
        assert!("0".parse::<CanaryWish>().is_err() && "".parse::<CanaryWish>().is_err());
        assert!(at_least_one("0").is_err() && at_least_one("many").is_err());
        assert_eq!(at_least_one("50"), Ok(50));
    }
}
