//! The lying device: it goes on running the old image after an update, and writes its books so that its own node
//! tells, in good faith, that the update has validated.

use skylift_updater::image::verify_slot;
use skylift_updater::journal::{Attempt, Journal, Mark, Subject, set_mark};
use skylift_updater::otadata::{EntryIndex, Fresh, OtaData, write_entry};
use skylift_updater::partition::Layout;

use crate::nor::Nor;

/// Falsifies the books if an update has just been committed and runs from `offset`; whether it did.
pub(crate) fn tell(nor: &mut Nor, layout: &Layout, offset: u32) -> bool {
    try_tell(nor, layout, offset).unwrap_or(false)
}

fn try_tell(nor: &mut Nor, layout: &Layout, offset: u32) -> Option<bool> {
    let region = layout.journal?;
    let journal = Journal::read(nor, region).ok()??;
    let running = layout.slot_at(offset)?;
    let fresh = journal.subject.slot == running
        && journal.marks.has(Mark::Committed)
        && !journal.marks.has(Mark::Validated);
    if !fresh {
        return Some(false);
    }
    let old = (0..).zip(&layout.slots).find(|(slot, _)| *slot != running)?;
    let image = verify_slot(nor, *old.1).ok()?;
    let over = OtaData::read(nor, layout).ok()?.active().map_or(EntryIndex::First, EntryIndex::other);
    write_entry(nor, layout, over, old.0, Fresh::Valid).ok()?;
    // The old image's digest in the place of the new one's: the node finds what it expects.
    let subject = Subject { image_sha256: image.image_sha256, slot: old.0, ..journal.subject };
    Journal::begin(nor, region, subject).ok()?;
    let attempt = journal.attempt.unwrap_or(Attempt { order_id: [0; 36], manual: false });
    Journal::read(nor, region).ok()??.add_attempt(nor, region, &attempt).ok()?;
    for mark in [Mark::Written, Mark::Committed, Mark::Validating, Mark::Validated] {
        set_mark(nor, region, mark).ok()?;
    }
    Some(true)
}
