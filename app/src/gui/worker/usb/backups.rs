//! The backups of this computer.

use super::super::{Outbox, Worker};
use super::{failure, send};
use crate::engine::printable;
use crate::gui::messages::sentence;
use crate::gui::usb::{BackupEvent, BackupRow, Event, Soundness};
use crate::store::DataDir;
use crate::usb::UsbError;
use crate::usb::backup::{Backup, BackupError, Backups};

impl Worker {
    pub(super) fn load_backups(&self) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || list(&data, &outbox));
    }

    pub(super) fn verify_backup(&self, id: String) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let checked = Backups::new(&data).find(&id).and_then(|backup| backup.verify());
            let sound = match checked {
                Ok(()) => Soundness::Whole,
                Err(error) => Soundness::Damaged(told(error)),
            };
            tell(&outbox, BackupEvent::Checked(id, sound));
        });
    }

    pub(super) fn delete_backup(&self, id: String) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let backups = Backups::new(&data);
            if let Err(error) = backups.find(&id).and_then(|backup| backups.delete(&backup.path)) {
                outbox.failed("The backup was not deleted", &error);
            }
            list(&data, &outbox);
        });
    }
}

fn tell(outbox: &Outbox, event: BackupEvent) {
    send(outbox, Event::Backups(event));
}

fn list(data: &DataDir, outbox: &Outbox) {
    let event = match Backups::new(data).list() {
        Ok(listing) => BackupEvent::Listed(
            listing.backups.iter().map(row).collect(),
            listing.damaged.iter().map(|error| sentence(&error.to_string())).collect(),
        ),
        Err(error) => BackupEvent::Failed(told(error)),
    };
    tell(outbox, event);
}

fn told(error: BackupError) -> String {
    let failure = failure(&UsbError::from(error));
    std::iter::once(failure.what).chain(failure.advice).collect::<Vec<_>>().join(" ")
}

fn row(backup: &Backup) -> BackupRow {
    let about = &backup.about;
    let ran = about.held.slots.iter().find(|slot| slot.chosen).and_then(|slot| slot.image.as_ref());
    BackupRow {
        id: backup.id.clone(),
        taken: about.taken.into(),
        chip: printable(&about.chip),
        mac: about.mac.as_deref().map(printable),
        flash: about.held.flash_size.into(),
        size: backup.size,
        ran: ran.map_or_else(String::new, |image| {
            format!("{} {}", printable(&image.project), printable(&image.version))
        }),
        partitions: about.held.partitions.iter().map(|partition| partition.name.clone()).collect(),
        sound: Soundness::default(),
    }
}
