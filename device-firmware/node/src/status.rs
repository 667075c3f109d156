//! `/status` and `/events`: what the device says of itself.

use embassy_time::Instant;
use heapless::Vec;
use skylift_protocol as protocol;
use skylift_protocol::{
    Digest, Event, Fields, FirmwareKind, MAX_SLOTS, Prepared, Protection, ResetReason, SlotState, Status,
};
use skylift_updater::Flash;
use skylift_updater::guard::Reset;
use skylift_updater::image::{GuardKind, ImageInfo};
use skylift_updater::otadata::{OtaData, State as EntryState};
use skylift_updater::switch::fell_back;

use crate::node::Node;
use crate::platform::Platform;

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Everything that `/status` tells; `None` if otadata cannot be read.
    pub(crate) fn status(&self) -> Option<Status> {
        let layout = &self.boot.layout;
        let ota = OtaData::read(&mut *self.flash.borrow_mut(), layout).ok()?;
        let state = self.state.borrow();
        let boots_next = ota.active().map(|active| ota.entry(active).slot(layout)).or(self.boot.running);
        Some(Status {
            protocol: protocol::PROTOCOL,
            id: self.identity.id.clone(),
            name: state.name.clone(),
            chip: self.identity.chip,
            chip_revision: self.platform.chip_revision(),
            flash_size: Some(self.flash.borrow().capacity()),
            access: self.access(),
            policy: Some(self.image_policy()),
            encodings: self.config.encodings.clone(),
            running: self.running(),
            slots: self.slots(&ota),
            boots_next,
            protection: if self.bootloader_watches() { Protection::Bootloader } else { Protection::Guard },
            validation: protocol::Validation {
                state: state.validation,
                deadline_s: state.deadline.map(seconds_to),
            },
            fell_back: fell_back(&ota, layout, self.boot.running),
            safe_mode: self.safe_mode(),
            phase: state.phase,
            progress: state.progress.clone(),
            resume: state.resume,
            prepared: state.preparation.map(|it| Prepared { slot: it.slot(), bytes: it.erased() }),
            last_end: state.last_end.clone(),
            boot_count: self.rtc.borrow().boots().count,
            boot_id: Some(self.boot.boot_id),
            reset_reason: reset_reason(self.boot.reset),
            uptime_s: whole_seconds(self.started.elapsed().as_secs()),
            wifi: self.wifi.shown(&self.config.wifi),
            rssi_dbm: self.platform.rssi_dbm(),
            heap_free: self.platform.heap_free(),
            heap_least: self.platform.heap_least(),
            temperature_c: self.platform.temperature_c(),
            fields: self.fields(),
        })
    }

    /// What the user's own firmware tells; in safe mode nothing of it runs.
    fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        if !self.safe_mode()
            && let Err(flaw) = self.platform.fields(&mut fields)
            && !self.flawed_fields.replace(true)
        {
            self.log.line(format_args!("a field of the firmware is left out of the status: {flaw}"));
        }
        fields
    }

    /// What an event tells.
    pub(crate) fn event(&self) -> Event {
        let state = self.state.borrow();
        Event { phase: state.phase, progress: state.progress.clone() }
    }

    fn running(&self) -> protocol::Running {
        let image = self.running_image();
        let descriptor = image.as_ref().map(ImageInfo::descriptor);
        protocol::Running {
            slot: self.boot.running,
            project: descriptor.map(|it| protocol::bounded(it.project.as_str())).unwrap_or_default(),
            version: descriptor.map(|it| protocol::bounded(it.version.as_str())).unwrap_or_default(),
            image_sha256: Digest(image.as_ref().map(|image| image.image_sha256).unwrap_or_default()),
            elf_sha256: Digest(descriptor.map(|it| it.elf_sha256).unwrap_or_default()),
            kind: match image.as_ref().and_then(ImageInfo::guard).map(|guard| guard.kind) {
                Some(GuardKind::Real) => FirmwareKind::Real,
                Some(GuardKind::Simulated) => FirmwareKind::Simulated,
                None => FirmwareKind::Foreign,
            },
        }
    }

    fn slots(&self, ota: &OtaData) -> Vec<protocol::Slot, MAX_SLOTS> {
        let layout = &self.boot.layout;
        let images = self.images.borrow();
        let regions = layout.slots.iter().zip(0..);
        regions
            .map(|(region, slot)| {
                let image = images.slots.get(usize::from(slot)).and_then(Option::as_ref);
                let descriptor = image.map(ImageInfo::descriptor);
                protocol::Slot {
                    slot,
                    offset: Some(region.offset),
                    size: region.size,
                    state: ota.naming(layout, slot).map(|entry| slot_state(ota.entry(entry).state())),
                    project: descriptor.map(|it| protocol::bounded(it.project.as_str())),
                    version: descriptor.map(|it| protocol::bounded(it.version.as_str())),
                    image_sha256: image.map(|image| Digest(image.image_sha256)),
                    image_size: image.map(|image| image.len),
                }
            })
            .collect()
    }
}

fn slot_state(state: EntryState) -> SlotState {
    match state {
        EntryState::New => SlotState::New,
        EntryState::PendingVerify => SlotState::PendingVerify,
        EntryState::Valid => SlotState::Valid,
        EntryState::Invalid => SlotState::Invalid,
        EntryState::Aborted => SlotState::Aborted,
        // Torn words are settled at the next boot; bootloaders take them for undefined.
        EntryState::Undefined | EntryState::Validating | EntryState::Aborting | EntryState::Odd => {
            SlotState::Undefined
        }
    }
}

fn reset_reason(reset: Reset) -> ResetReason {
    match reset {
        Reset::PowerOn => ResetReason::PowerOn,
        Reset::Software => ResetReason::Software,
        Reset::Panic => ResetReason::Panic,
        Reset::Watchdog => ResetReason::Watchdog,
        Reset::Brownout => ResetReason::Brownout,
        Reset::DeepSleep => ResetReason::DeepSleep,
        Reset::External => ResetReason::External,
    }
}

fn seconds_to(deadline: Instant) -> u32 {
    whole_seconds(deadline.saturating_duration_since(Instant::now()).as_secs())
}

fn whole_seconds(seconds: u64) -> u32 {
    u32::try_from(seconds).unwrap_or(u32::MAX)
}
