//! What was said to one device about erasing ahead, and whether it is told again. Pure.
//!
//! What a device has erased it knows in RAM only, so a restart loses it; and one that was away when it was told knows
//! of nothing. Both are told again once they answer. A refusal stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use super::prepare::Preparation;
use crate::engine::snapshot::Device;

/// Each time may cost the slot an erase: a device that restarts over and over is left alone then.
pub(super) const MOST_TIMES: u8 = 5;

/// What was said to a device about erasing ahead.
#[derive(Debug, Default)]
pub(super) struct Telling {
    stage: Stage,
    times: u8,
    /// As the device was known when it was told last.
    known: Known,
    shown: Option<Preparation>,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Untold,
    /// It is being told, for as long as this is wanted.
    UnderWay(StillWaits),
    /// Nobody answered.
    Unanswered,
    /// It erases this slot, or has.
    Erases(u8),
    /// It has said no.
    Left,
}

/// What tells a new answer, and a restart, from what was known before.
#[derive(Debug, Default)]
struct Known {
    last_seen: Option<SystemTime>,
    boot: Option<Boot>,
}

/// The number is not in all firmware, and the count begins anew when power was cut.
type Boot = (Option<u32>, u32);

/// Whether a device still waits for its turn; asked just before it is told.
#[derive(Clone, Debug)]
pub(in crate::engine) struct StillWaits(Arc<AtomicBool>);

impl StillWaits {
    pub(super) fn holds(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Telling {
    /// What came of it, as it is shown.
    pub(super) const fn shown(&self) -> Option<&Preparation> {
        self.shown.as_ref()
    }

    pub(super) const fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::UnderWay(_))
    }

    /// Whether the device is to be told, by what is known of it now.
    pub(super) fn is_due(&self, device: &Device) -> bool {
        self.times < MOST_TIMES
            && match self.stage {
                Stage::Untold => true,
                Stage::UnderWay(_) | Stage::Left => false,
                Stage::Unanswered => device.last_seen != self.known.last_seen,
                Stage::Erases(slot) => self.has_forgotten(device, slot),
            }
    }

    /// A device that says nothing of the slot may have said so just before it was told; not after a restart.
    fn has_forgotten(&self, device: &Device, slot: u8) -> bool {
        let says_so = device.status.as_ref().and_then(|status| status.prepared);
        boot_of(device).is_some_and(|boot| self.known.boot != Some(boot))
            && says_so.is_none_or(|prepared| prepared.slot != slot)
    }

    /// The device is told now.
    pub(super) fn begin(&mut self, device: &Device) -> StillWaits {
        let still = StillWaits(Arc::new(AtomicBool::new(true)));
        self.stage = Stage::UnderWay(still.clone());
        self.times += 1;
        self.known = Known { last_seen: device.last_seen, boot: boot_of(device) };
        self.shown.get_or_insert(Preparation::Asked);
        still
    }

    /// It does not only wait any more. What has left this computer cannot be called back.
    pub(super) fn call_off(&self) {
        if let Stage::UnderWay(still) = &self.stage {
            still.0.store(false, Ordering::Relaxed);
        }
    }

    /// What came of it; [`Preparation::Asked`] if nobody answered.
    pub(super) fn end(&mut self, came: Preparation) {
        let is_last = self.times >= MOST_TIMES;
        self.stage = match came {
            Preparation::Asked => Stage::Unanswered,
            Preparation::Erases { slot } => Stage::Erases(slot),
            Preparation::Left(_) => Stage::Left,
        };
        // Once it has erased, the image in the slot is gone, whatever comes later.
        if !matches!(self.shown, Some(Preparation::Erases { .. }))
            || matches!(came, Preparation::Erases { .. })
        {
            self.shown = Some(match came {
                Preparation::Asked if is_last => Preparation::Left("it did not answer".to_owned()),
                came => came,
            });
        }
    }
}

fn boot_of(device: &Device) -> Option<Boot> {
    device.status.as_ref().map(|status| (status.boot_id, status.boot_count))
}

#[cfg(test)]
mod tests;
