//! The switch between slots: commit of an update, validation, return by hand, and what to do when the
//! bootloader has fallen back. Every operation leaves, at any cut, an otadata that boots a complete image.

use crate::flash::{Erase, Flash, FlashError, StoreError};
use crate::image::{ImageError, ImageInfo, verify_slot};
use crate::journal::{EndCode, Journal, Mark, set_mark};
use crate::otadata::{self, Entry, EntryIndex, Fresh, OtaData, OtaDataError, State};
use crate::partition::Layout;

/// Why a switch did not take place. Nothing bootable was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchError {
    /// otadata did not take it.
    OtaData(OtaDataError),
    /// The other slot holds no image that has validated before.
    NoOtherImage,
    /// Nobody keeps book of the running image (a factory app, or otadata names another slot).
    NotMine,
    /// The image in the other slot is below the floor of `secure_version`.
    BelowFloor,
}

impl<E: Into<OtaDataError>> From<E> for SwitchError {
    fn from(error: E) -> Self {
        Self::OtaData(error.into())
    }
}

impl core::fmt::Display for SwitchError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OtaData(error) => core::fmt::Display::fmt(error, f),
            Self::NoOtherImage => f.write_str("the other slot holds no image that has validated before"),
            Self::NotMine => f.write_str("otadata does not name the slot that runs"),
            Self::BelowFloor => f.write_str(
                "the image in the other slot has a secure_version below what this device has kept",
            ),
        }
    }
}

impl core::error::Error for SwitchError {}

/// The slot that an update goes to: the one after the running one.
#[must_use]
pub fn update_slot(layout: &Layout, running: Option<u8>) -> u8 {
    // Below the number of slots, so it fits.
    running.map_or(0, |slot| ((u32::from(slot) + 1) % layout.slot_count()) as u8)
}

/// Whether the bootloader runs something else than what otadata names.
#[must_use]
pub fn fell_back(ota: &OtaData, layout: &Layout, running: Option<u8>) -> bool {
    ota.active().is_some_and(|active| Some(ota.entry(active).slot(layout)) != running)
}

/// Makes otadata say what runs, and nothing of `target`, before that slot is erased.
///
/// After a fallback the active entry still names the slot that the update goes to, as kept; were it left so, a cut
/// after the last byte of the image and before the commit would boot the new image without probation. An older entry
/// that names it would let a return boot what came there and was never judged.
///
/// # Errors
/// otadata did not take it.
pub fn settle<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: Option<u8>,
    target: u8,
) -> Result<(), SwitchError> {
    let ota = OtaData::read(flash, layout)?;
    match running {
        Some(slot) if ota.mine(layout, slot).is_none() => {
            let over = ota.active().map_or(EntryIndex::First, EntryIndex::other);
            otadata::write_entry(flash, layout, over, slot, Fresh::Valid)?;
        }
        // A factory app runs when no entry can be followed; a stale one goes.
        None if ota.active().is_some() => return erase_both(flash, layout),
        _ => {}
    }
    match running {
        Some(slot) => release(flash, layout, slot, target),
        None => Ok(()),
    }
}

/// Takes the entry beside mine out of the game, if it names `target`.
fn release<F: Flash>(flash: &mut F, layout: &Layout, running: u8, target: u8) -> Result<(), SwitchError> {
    let ota = OtaData::read(flash, layout)?;
    let mine = ota.mine(layout, running).ok_or(SwitchError::NotMine)?;
    let other = ota.entry(mine.other());
    if other.is_whole() && other.slot(layout) == target {
        otadata::void(flash, layout, mine.other())?;
    }
    Ok(())
}

fn erase_both<F: Flash>(flash: &mut F, layout: &Layout) -> Result<(), SwitchError> {
    for sector in [layout.otadata.offset, layout.otadata.offset + Erase::Sector.bytes()] {
        flash.erase(sector, Erase::Sector)?;
    }
    Ok(())
}

/// Makes the image in `slot` the one that boots, on probation. [`settle`] came before the image was written.
///
/// # Errors
/// otadata did not take it: the old image boots.
pub fn commit<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: Option<u8>,
    slot: u8,
    fresh: Fresh,
) -> Result<(), SwitchError> {
    let ota = OtaData::read(flash, layout)?;
    let over = match running.map(|running| ota.mine(layout, running)) {
        Some(Some(mine)) => mine.other(),
        Some(None) => return Err(SwitchError::NotMine),
        None => EntryIndex::First,
    };
    otadata::write_entry(flash, layout, over, slot, fresh)?;
    note(flash, layout, Mark::Committed);
    Ok(())
}

/// Keeps the running image for good.
///
/// # Errors
/// Nobody keeps book of it, or otadata did not take it.
pub fn validate<F: Flash>(flash: &mut F, layout: &Layout, running: u8) -> Result<(), SwitchError> {
    let mine = OtaData::read(flash, layout)?.mine(layout, running).ok_or(SwitchError::NotMine)?;
    note(flash, layout, Mark::Validating);
    otadata::validate(flash, layout, mine)?;
    note(flash, layout, Mark::Validated);
    Ok(())
}

/// Gives the running image on probation up. Under a bootloader that rolls back, the next reset does it.
///
/// # Errors
/// There is nothing to go back to, or otadata did not take it.
pub fn give_up<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: u8,
    end: EndCode,
) -> Result<(), SwitchError> {
    let ota = OtaData::read(flash, layout)?;
    let mine = ota.mine(layout, running).ok_or(SwitchError::NotMine)?;
    if ota.entry(mine).state() == State::PendingVerify {
        note_end(flash, layout, end);
        return Ok(());
    }
    fallback(flash, layout, &ota, mine)?;
    note_end(flash, layout, end);
    Ok(otadata::abort(flash, layout, mine)?)
}

/// Runs the other slot from the next boot on, by a new entry; the image that runs now stays a good one.
///
/// # Errors
/// There is nothing to go to, its `secure_version` is below `floor`, or otadata did not take it.
pub fn return_to_other<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: u8,
    floor: u32,
    why: Mark,
) -> Result<(), SwitchError> {
    let ota = OtaData::read(flash, layout)?;
    let mine = ota.mine(layout, running).ok_or(SwitchError::NotMine)?;
    let (slot, image) = fallback(flash, layout, &ota, mine)?;
    if image.descriptor().secure_version < floor {
        return Err(SwitchError::BelowFloor);
    }
    otadata::write_entry(flash, layout, mine.other(), slot, Fresh::Valid)?;
    note(flash, layout, why);
    Ok(())
}

/// The slot that can be gone back to, and the complete image in it, which has been kept.
fn fallback<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    ota: &OtaData,
    mine: EntryIndex,
) -> Result<(u8, ImageInfo), SwitchError> {
    let running = ota.entry(mine).slot(layout);
    let other = ota.entry(mine.other());
    let slot = if other.is_whole() {
        Some(other.slot(layout)).filter(|_| was_kept(other))
    } else {
        slot_before_update(flash, layout, running)?
    };
    let slot = slot.filter(|&slot| slot != running).ok_or(SwitchError::NoOtherImage)?;
    let region = layout.slot(slot).ok_or(SwitchError::NoOtherImage)?;
    match verify_slot(flash, region) {
        Ok(image) => Ok((slot, image)),
        Err(ImageError::Flash) => Err(FlashError.into()),
        Err(_) => Err(SwitchError::NoOtherImage),
    }
}

/// Where the running image was updated from, by the journal. A cut inside a return has erased the entry that said
/// so; what ran before a validated update had been kept, and lies there until the slot is prepared.
fn slot_before_update<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: u8,
) -> Result<Option<u8>, FlashError> {
    let Some(region) = layout.journal else { return Ok(None) };
    let journal = Journal::read(flash, region)?;
    let ours = journal.is_some_and(|it| {
        it.subject.slot == running && it.marks.has(Mark::Validated) && !it.marks.has(Mark::Prepared)
    });
    Ok(ours.then(|| slot_before(layout, running)))
}

/// The slot that an update to `slot` comes from.
pub(crate) fn slot_before(layout: &Layout, slot: u8) -> u8 {
    let count = layout.slot_count();
    // Below the number of slots, so it fits.
    ((u32::from(slot) + count - 1) % count) as u8
}

/// Whether an entry is followed by the bootloader and names an image that is not on probation.
fn was_kept(entry: &Entry) -> bool {
    let kept = match entry.state() {
        State::Valid | State::Validating => true,
        // Without our label nobody counts attempts: written by tools that keep no book.
        State::Undefined | State::Odd => entry.attempts_left().is_none(),
        State::New | State::PendingVerify | State::Invalid | State::Aborted | State::Aborting => false,
    };
    kept && entry.is_bootable()
}

/// Whether the journal knows the very image that runs as one that has not validated. Asked only when otadata keeps
/// no book of it, so the slot is read as well: the journal may be about what lay there before.
pub(crate) fn is_unproven<F: Flash>(flash: &mut F, layout: &Layout, running: u8) -> bool {
    let Some(region) = layout.journal else { return false };
    let Ok(Some(journal)) = Journal::read(flash, region) else { return false };
    let awaited = journal.subject.slot == running
        && journal.marks.has(Mark::Written)
        && !journal.marks.has(Mark::Validated);
    let image = layout.slot(running).filter(|_| awaited).map(|slot| verify_slot(flash, slot));
    image.is_some_and(|image| image.is_ok_and(|image| image.image_sha256 == journal.subject.image_sha256))
}

/// The journal learns what otadata knows already: power failed between a validation and its note.
pub(crate) fn catch_up<F: Flash>(flash: &mut F, layout: &Layout, running: u8) {
    let Some(region) = layout.journal else { return };
    if let Ok(Some(journal)) = Journal::read(flash, region)
        && journal.subject.slot == running
        && journal.marks.has(Mark::Committed)
        && !journal.marks.has(Mark::Validated)
    {
        note(flash, layout, Mark::Validated);
    }
}

/// The journal tells what happened, it decides nothing: a note that cannot be written is left out.
pub(crate) fn note<F: Flash>(flash: &mut F, layout: &Layout, mark: Mark) {
    if let Some(region) = layout.journal
        && let Ok(Some(_)) = Journal::read(flash, region)
    {
        let _: Result<(), StoreError> = set_mark(flash, region, mark);
    }
}

pub(crate) fn note_end<F: Flash>(flash: &mut F, layout: &Layout, end: EndCode) {
    if let Some(region) = layout.journal
        && let Ok(Some(journal)) = Journal::read(flash, region)
    {
        let _: Result<(), StoreError> = journal.set_end(flash, region, end);
    }
}
