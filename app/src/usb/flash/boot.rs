//! Another slot boots, set by cable: for a board that no update over the air reaches any more.

use skylift_updater::image::verify_slot;
use skylift_updater::otadata::{EntryIndex, Fresh, OtaData, write_entry};
use skylift_updater::partition::Layout;

use super::Refusal;
use crate::usb::board::{Reader, Table};
use crate::usb::wire::Link;
use crate::usb::{Step, UsbError, Work};

/// Has the bootloader boot the app in a slot from the next start on, as a kept one. All of it is read before, to make sure
/// that it boots.
///
/// # Errors
/// There is no such slot, nothing in it would boot, or the board fails.
pub fn set_boot(link: &mut Link, label: &str, work: &mut Work<'_>) -> Result<(), UsbError> {
    let security = link.security()?;
    if security.secure_download {
        return Err(Refusal::SecureDownload.into());
    }
    if security.flash_encryption {
        return Err(Refusal::Encrypted.into());
    }
    for (offset, sector) in changes(link, label, work)? {
        link.write(Step::BootSelection, offset, &sector, work)?;
    }
    Ok(())
}

/// The sectors of otadata that change, the one that is followed from then on last.
fn changes(link: &mut Link, label: &str, work: &mut Work<'_>) -> Result<Vec<(u32, Vec<u8>)>, UsbError> {
    let mut reader = Reader::new(link, work);
    let table = Table::read(&mut reader);
    let layout = Layout::read(&mut reader);
    reader.check()?;
    let table = table.map_err(Refusal::Table)?;
    let layout = layout.map_err(Refusal::Table)?;
    let not_bootable = |problem: String| Refusal::NotBootable { label: label.to_owned(), problem };
    let partition = table.called(label).ok_or_else(|| Refusal::NoPartition(label.to_owned()))?;
    let slot = partition.slot().ok_or_else(|| not_bootable("it is no slot of an app".to_owned()))?;
    let checked = reader.widely(|reader| verify_slot(reader, partition.region()));
    reader.check()?;
    checked.map_err(|error| not_bootable(error.to_string()))?;
    let ota = OtaData::read(&mut reader, &layout);
    reader.check()?;
    let active = ota.ok().and_then(|ota| ota.active());
    let over = active.map_or(EntryIndex::First, EntryIndex::other);
    let written = write_entry(&mut reader, &layout, over, slot, Fresh::Valid);
    reader.check()?;
    written.map_err(|error| not_bootable(error.to_string()))?;
    Ok(reader.changes())
}
