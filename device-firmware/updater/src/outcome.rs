//! How the last update ended, read from what flash and RTC memory still tell.

use crate::guard::Reset;
use crate::image::ImageInfo;
use crate::journal::{EndCode, Journal, Mark};
use crate::otadata::{OtaData, State};
use crate::partition::Layout;
use crate::rtc::CrashRecord;
use crate::switch::fell_back;

/// The end of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The new image runs and is kept.
    Validated,
    /// The new image was tried, the old one runs.
    RolledBack(Cause),
    /// The update never got to the switch.
    Failed(Option<EndCode>),
}

/// Why the old image runs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// As noted by the guard (its constants) or by the node.
    Noted(EndCode),
    /// Power failed while validation was written.
    ValidationInterrupted,
    /// The bootloader did not take the image.
    BootloaderRefused,
    /// It crashed again and again after its validation.
    CrashLoop,
    /// Somebody asked for the other slot after its validation.
    ByHand,
}

/// What is known at this boot.
pub struct Evidence<'a> {
    /// The partition table.
    pub layout: &'a Layout,
    /// otadata, as the guard left it.
    pub ota: &'a OtaData,
    /// The slot that runs.
    pub running: Option<u8>,
    /// The images in the slots, where they are complete.
    pub images: &'a [Option<ImageInfo>],
    /// The journal, where there is one.
    pub journal: Option<&'a Journal>,
    /// What the last panic left.
    pub crash: Option<&'a CrashRecord>,
    /// Why the chip started.
    pub reset: Reset,
}

impl Evidence<'_> {
    /// The end of the last update; `None` if there was none, or it has not ended.
    #[must_use]
    pub fn last_end(&self) -> Option<End> {
        match self.journal {
            Some(journal) if self.running == Some(journal.subject.slot) => self.new_runs(journal),
            Some(journal) => self.old_runs(journal),
            None if self.layout.journal.is_none() => self.without_journal(),
            // It begins anew with each update: power failed when one had hardly begun, and otadata tells of an older one.
            None => None,
        }
    }

    fn image(&self, slot: u8) -> Option<&ImageInfo> {
        self.images.get(usize::from(slot))?.as_ref()
    }

    fn state_of(&self, slot: u8) -> Option<State> {
        self.ota.naming(self.layout, slot).map(|entry| self.ota.entry(entry).state())
    }

    fn new_runs(&self, journal: &Journal) -> Option<End> {
        let slot = journal.subject.slot;
        let same = self.image(slot).is_some_and(|image| image.image_sha256 == journal.subject.image_sha256);
        // Somebody else, by cable perhaps, has put another image there.
        (same && self.state_of(slot) == Some(State::Valid)).then_some(End::Validated)
    }

    fn old_runs(&self, journal: &Journal) -> Option<End> {
        let slot = journal.subject.slot;
        let marks = journal.marks;
        if marks.has(Mark::Validated) {
            return Some(End::RolledBack(self.after_validation(journal)));
        }
        // Power may have failed between the switch and its note; then otadata tells.
        let tried = marks.has(Mark::Committed)
            || marks.has(Mark::Written)
                && matches!(self.state_of(slot), Some(State::Aborted | State::Invalid));
        Some(if tried { End::RolledBack(self.on_probation(journal)) } else { End::Failed(journal.end) })
    }

    fn after_validation(&self, journal: &Journal) -> Cause {
        if journal.marks.has(Mark::CrashLoop) {
            Cause::CrashLoop
        } else if journal.marks.has(Mark::Returned) {
            Cause::ByHand
        } else {
            Cause::BootloaderRefused
        }
    }

    fn on_probation(&self, journal: &Journal) -> Cause {
        if let Some(end) = journal.end {
            return Cause::Noted(end);
        }
        if journal.marks.has(Mark::Validating) {
            return Cause::ValidationInterrupted;
        }
        if self.panicked(journal.subject.slot) {
            return Cause::Noted(EndCode::PANIC);
        }
        if fell_back(self.ota, self.layout, self.running) {
            return Cause::BootloaderRefused;
        }
        // A bootloader that rolls back notes nothing; at the boot right after it the reset still tells.
        if self.reset == Reset::Watchdog {
            return Cause::Noted(EndCode::WATCHDOG);
        }
        Cause::Noted(EndCode::RESTARTED)
    }

    fn panicked(&self, slot: u8) -> bool {
        let image = self.image(slot);
        image.zip(self.crash).is_some_and(|(image, crash)| image.descriptor().elf_sha256 == crash.elf_sha256)
    }

    /// Foreign tables have no journal: an aborted entry beside the running one tells that something was tried.
    fn without_journal(&self) -> Option<End> {
        let running = self.running?;
        let slots = 0..self.layout.slots.len() as u8;
        let aborted = slots
            .filter(|&slot| slot != running)
            .find(|&slot| matches!(self.state_of(slot), Some(State::Aborted | State::Invalid)))?;
        let cause = if self.panicked(aborted) { EndCode::PANIC } else { EndCode::RESTARTED };
        Some(End::RolledBack(Cause::Noted(cause)))
    }
}
