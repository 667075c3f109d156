//! Faults as they are written on a command line: `drop@200000,rate=65536`.

use std::str::FromStr;

use crate::faults::{FlashFault, Moment};
use crate::link::LinkFaults;

/// Everything that is to go wrong with a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Of its flash; operations are counted from the device's start.
    pub flash: FlashFault,
    /// Of its link.
    pub link: LinkFaults,
    /// How long its flash operations take, in percent of a chip's; `None` for no time at all.
    pub flash_pace: Option<u32>,
    /// It claims success of an update and goes on running the old image.
    pub lies: bool,
}

/// A text that is no list of faults.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no fault; there are power-cut@OPERATION[:before|inside|after[:SEED]], drop@BYTE, stall@BYTE, \
     flip@BYTE, rate=BYTES_PER_SECOND, slow-flash=PERCENT and lie, separated by commas"
)]
pub struct UnknownFault(String);

impl FromStr for Faults {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let mut faults = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            faults.add(word).ok_or_else(|| UnknownFault(word.to_owned()))?;
        }
        Ok(faults)
    }
}

impl Faults {
    fn add(&mut self, word: &str) -> Option<()> {
        if word == "lie" {
            self.lies = true;
        } else if let Some(rate) = word.strip_prefix("rate=") {
            self.link.rate = Some(rate.parse().ok().filter(|&rate| rate > 0)?);
        } else if let Some(percent) = word.strip_prefix("slow-flash=") {
            self.flash_pace = Some(percent.parse().ok().filter(|percent| (1..=1000).contains(percent))?);
        } else {
            let (kind, place) = word.split_once('@')?;
            match kind {
                "drop" => self.link.drop_at = Some(place.parse().ok()?),
                "stall" => self.link.stall_at = Some(place.parse().ok()?),
                "flip" => self.link.flip_at = Some(place.parse().ok()?),
                "power-cut" => self.flash = power_cut(place)?,
                _ => return None,
            }
        }
        Some(())
    }
}

fn power_cut(place: &str) -> Option<FlashFault> {
    let mut parts = place.split(':');
    let operation = parts.next()?.parse().ok()?;
    let moment = match parts.next().unwrap_or("inside") {
        "before" => Moment::Before,
        "inside" => Moment::Inside,
        "after" => Moment::After,
        _ => return None,
    };
    let seed = parts.next().map_or(Some(operation), |seed| seed.parse().ok())?;
    parts.next().is_none().then_some(FlashFault::PowerCut { operation, moment, seed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_word() {
        let faults: Faults =
            "power-cut@12:after:7, drop@5,stall@6,flip@7,rate=8,slow-flash=50,lie".parse().unwrap();
        assert_eq!(faults.flash, FlashFault::PowerCut { operation: 12, moment: Moment::After, seed: 7 });
        let link = LinkFaults { drop_at: Some(5), stall_at: Some(6), flip_at: Some(7), rate: Some(8) };
        assert_eq!((faults.link, faults.flash_pace, faults.lies), (link, Some(50), true));
        assert_eq!("".parse(), Ok(Faults::default()));
    }

    #[test]
    fn other_words_are_refused() {
        for text in [
            "drop",
            "drop@x",
            "rate=0",
            "slow-flash=0",
            "power-cut@1:during",
            "power-cut@1:after:2:3",
            "truth",
        ] {
            assert!(text.parse::<Faults>().unwrap_err().to_string().contains(text), "{text}");
        }
    }
}
