//! The look around after a boot: what images are in flash, and how the last update ended.

use embassy_futures::yield_now;
use skylift_protocol::{Digest, MAX_SLOTS, Resume, ValidationState};
use skylift_updater::image::{ImageInfo, SlotScan};
use skylift_updater::journal::{Journal, Mark, verified_bytes};
use skylift_updater::otadata::{OtaData, State as EntryState};
use skylift_updater::outcome::{Cause, End, Evidence};
use skylift_updater::writer::note_end;
use skylift_updater::{Flash, Region};

use crate::ends;
use crate::node::{Images, Node};
use crate::platform::Platform;

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Reads every slot once. To be awaited before the API is served: an identity is needed for it.
    pub async fn survey(&self) {
        let mut images = Images::default();
        for &slot in &self.boot.layout.slots {
            let image = self.scan(slot).await;
            // As many as there are slots.
            let _ = images.slots.push(image);
        }
        images.factory = match self.boot.layout.factory {
            Some(region) => self.scan(region).await,
            None => None,
        };
        self.images.replace(images);
        self.find_floor();
        self.recall();
        self.tighten();
        self.announce_running();
    }

    async fn scan(&self, region: Region) -> Option<ImageInfo> {
        let mut scan = SlotScan::new(region);
        loop {
            let step = scan.step(&mut *self.flash.borrow_mut());
            match step {
                Ok(true) => return scan.finish().ok(),
                Ok(false) => yield_now().await,
                Err(_) => return None,
            }
        }
    }

    /// What flash and RTC memory tell of the last update.
    pub(crate) fn recall(&self) {
        let layout = &self.boot.layout;
        let mut flash = self.flash.borrow_mut();
        let Ok(ota) = OtaData::read(&mut *flash, layout) else { return };
        let journal = layout.journal.and_then(|region| Journal::read(&mut *flash, region).ok().flatten());
        let crash = self.rtc.borrow().crash();
        let images = self.images.borrow();
        let evidence = Evidence {
            layout,
            ota: &ota,
            running: self.boot.running,
            images: &images.slots,
            journal: journal.as_ref(),
            crash: crash.as_ref(),
            reset: self.boot.reset,
        };
        let end = evidence.last_end();
        // What only this boot can tell is kept for the next ones.
        if let Some(End::RolledBack(Cause::Noted(code))) = end {
            note_end(&mut *flash, layout, code);
        }
        let tried = journal.as_ref().map(|journal| usize::from(journal.subject.slot));
        let image = tried.and_then(|slot| images.slots.get(slot)?.as_ref());
        let end = end.map(|end| ends::told(end, journal.as_ref(), image, crash.as_ref()));

        let mut state = self.state.borrow_mut();
        state.last_end = end;
        state.resume = journal.as_ref().and_then(resume_of);
        if state.validation == ValidationState::Untracked {
            state.validation = self.settled(&ota);
        }
        if journal.is_some_and(|journal| journal.attempt.is_some_and(|attempt| attempt.manual)) {
            state.deadline = state.deadline.map(|_| self.started + self.config.trial.manual_deadline);
        }
    }

    /// Without probation: kept, or nobody keeps book.
    fn settled(&self, ota: &OtaData) -> ValidationState {
        let mine = self.boot.running.and_then(|slot| ota.mine(&self.boot.layout, slot));
        match mine.map(|mine| ota.entry(mine).state()) {
            Some(EntryState::Valid) => ValidationState::Valid,
            _ => ValidationState::Untracked,
        }
    }

    fn announce_running(&self) {
        if let Some(image) = self.running_image() {
            let descriptor = image.descriptor();
            let (project, version) = (descriptor.project.as_str(), descriptor.version.as_str());
            self.log.line(format_args!("running {project} {version}, {}", self.boot.boot));
            if descriptor.elf_sha256 != [0; 32] {
                // In ESP-IDF's words: monitors find the ELF by them.
                self.log.line(format_args!("ELF file SHA256: {}", Digest(descriptor.elf_sha256)));
            }
        }
        if let Some(end) = &self.state.borrow().last_end {
            let reason = end.reason.map_or("", |reason| reason.as_str());
            self.log.line(format_args!("last update: {} {reason} {}", end.outcome, end.detail));
        }
        self.announcement_changed.signal(());
    }
}

/// A download that stopped before the switch can go on.
pub(crate) fn resume_of(journal: &Journal) -> Option<Resume> {
    let from = verified_bytes(journal);
    (from > 0 && !journal.marks.has(Mark::Committed))
        .then_some(Resume { file_sha256: Digest(journal.subject.file_sha256), from })
}

const _: () =
    assert!(MAX_SLOTS == skylift_updater::partition::MAX_SLOTS, "both crates tell of the same slots");
