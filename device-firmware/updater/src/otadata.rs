//! otadata: the two entries by which the bootloader picks a slot, to the bit.
//!
//! Format: ESP-IDF `esp_ota_select_entry_t` in `esp_flash_partitions.h`; rules for writing: `SPEC.md`.

use crate::flash::{Erase, Flash, FlashError, Region, SECTOR, StoreError, WORD, store};
use crate::partition::Layout;

/// Bytes of an entry; it begins its sector.
const ENTRY: usize = 32;
const LABEL_AT: u32 = 4;
const LABEL_LEN: usize = 20;
const STATE_AT: u32 = 24;
const CRC_AT: u32 = 28;
/// Offset of the attempts in the entry: the second word of the label.
const TALLY_AT: u32 = LABEL_AT + 4;

/// A sequence number this high is not written by anyone who counts updates; the rest is for wrap-around.
const SEQUENCE_MAX: u32 = 0xFFFF_FF00;

/// Tries that an image on probation has under the boot guard.
pub const ATTEMPTS: u32 = 3;
const TALLY_BITS: u32 = (1 << ATTEMPTS) - 1;

/// `esp_rom_crc32_le(UINT32_MAX, ..)`: CRC-32 whose register starts at zero.
const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::Algorithm {
    width: 32,
    poly: 0x04C1_1DB7,
    init: 0,
    refin: true,
    refout: true,
    xorout: 0xFFFF_FFFF,
    check: 0,
    residue: 0,
});

/// What the state word says (`esp_ota_img_states_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 0: waiting for its first boot.
    New,
    /// 1: in its one try under a bootloader that rolls back.
    PendingVerify,
    /// 2: kept.
    Valid,
    /// 3: found bad by its own firmware.
    Invalid,
    /// 4: rolled back.
    Aborted,
    /// All ones: nobody keeps book.
    Undefined,
    /// Between UNDEFINED and VALID: power failed while validation was written.
    Validating,
    /// Between UNDEFINED and ABORTED: power failed while the abort was written.
    Aborting,
    /// No state of ESP-IDF, nor on the way from one of ours to another; bootloaders boot it.
    Odd,
}

/// The word of VALID, and the step before it: see [`validate`].
const VALID: u32 = 2;
const ALMOST_VALID: u32 = 0xFFFF_FF02;
/// The word of ABORTED, and the step before it.
const ABORTED: u32 = 4;
const ALMOST_ABORTED: u32 = 0xFFFF_FF04;
const UNDEFINED: u32 = u32::MAX;

impl State {
    /// The state of a word. A torn change from UNDEFINED is told from the bits that its target keeps:
    /// VALID keeps bit 1 and clears bit 2, ABORTED the other way round; while both are set it has not begun.
    #[must_use]
    pub const fn of(word: u32) -> Self {
        match word {
            0 => Self::New,
            1 => Self::PendingVerify,
            VALID => Self::Valid,
            3 => Self::Invalid,
            ABORTED => Self::Aborted,
            UNDEFINED => Self::Undefined,
            torn => match torn & (VALID | ABORTED) {
                VALID => Self::Validating,
                ABORTED => Self::Aborting,
                0 => Self::Odd,
                _ => Self::Undefined,
            },
        }
    }
}

/// One of the two entries, as it is in flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Sequence number; the higher bootable one wins.
    pub sequence: u32,
    /// Unused by bootloaders: a copy of the sequence, the attempts left, and ones.
    pub label: [u8; LABEL_LEN],
    /// State word; see [`State`].
    pub state_word: u32,
    /// CRC-32 of the sequence alone.
    pub crc: u32,
}

impl Entry {
    fn parse(raw: &[u8; ENTRY]) -> Self {
        let [q0, q1, q2, q3, label @ .., t0, t1, t2, t3, c0, c1, c2, c3] = *raw;
        Self {
            sequence: u32::from_le_bytes([q0, q1, q2, q3]),
            label,
            state_word: u32::from_le_bytes([t0, t1, t2, t3]),
            crc: u32::from_le_bytes([c0, c1, c2, c3]),
        }
    }

    /// What the state word says.
    #[must_use]
    pub const fn state(&self) -> State {
        State::of(self.state_word)
    }

    /// Whether the entry was written completely.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.sequence != u32::MAX && self.sequence != 0 && self.crc == crc_of(self.sequence)
    }

    /// Whether the bootloader would follow it.
    #[must_use]
    pub fn is_bootable(&self) -> bool {
        self.is_whole() && !matches!(self.state(), State::Invalid | State::Aborted)
    }

    /// Attempts left; `None` if the label is not ours for this sequence
    /// (ESP-IDF carries old labels over into new entries).
    #[must_use]
    pub fn attempts_left(&self) -> Option<u32> {
        let [q0, q1, q2, q3, tally, ..] = self.label;
        (u32::from_le_bytes([q0, q1, q2, q3]) == self.sequence)
            .then(|| (u32::from(tally) & TALLY_BITS).count_ones())
    }

    /// The slot it names.
    #[must_use]
    pub fn slot(&self, layout: &Layout) -> u8 {
        // Below MAX_SLOTS, so it fits.
        (self.sequence.wrapping_sub(1) % layout.slot_count()) as u8
    }
}

/// Which of the two entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryIndex {
    /// In the first sector.
    First,
    /// In the second sector.
    Second,
}

impl EntryIndex {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    const fn sector(self, otadata: Region) -> u32 {
        match self {
            Self::First => otadata.offset,
            Self::Second => otadata.offset + SECTOR,
        }
    }
}

/// Both entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtaData {
    first: Entry,
    second: Entry,
}

impl OtaData {
    /// Reads both entries.
    ///
    /// # Errors
    /// The flash cannot be read.
    pub fn read<F: Flash>(flash: &mut F, layout: &Layout) -> Result<Self, FlashError> {
        let mut entry = |copy: EntryIndex| {
            let mut raw = [0; ENTRY];
            flash.read(copy.sector(layout.otadata), &mut raw)?;
            Ok(Entry::parse(&raw))
        };
        Ok(Self { first: entry(EntryIndex::First)?, second: entry(EntryIndex::Second)? })
    }

    /// An entry.
    #[must_use]
    pub const fn entry(&self, copy: EntryIndex) -> &Entry {
        match copy {
            EntryIndex::First => &self.first,
            EntryIndex::Second => &self.second,
        }
    }

    /// The entry that the bootloader follows: bootable, and of the higher sequence (equal: the first).
    #[must_use]
    pub fn active(&self) -> Option<EntryIndex> {
        match (self.first.is_bootable(), self.second.is_bootable()) {
            (true, true) if self.second.sequence > self.first.sequence => Some(EntryIndex::Second),
            (true, _) => Some(EntryIndex::First),
            (false, true) => Some(EntryIndex::Second),
            (false, false) => None,
        }
    }

    /// The active entry, if it names the slot that runs. Guard, validation and return touch only this one.
    #[must_use]
    pub fn mine(&self, layout: &Layout, running: u8) -> Option<EntryIndex> {
        self.active().filter(|&copy| self.entry(copy).slot(layout) == running)
    }

    /// The whole entry of the highest sequence that names `slot`, bootable or not.
    #[must_use]
    pub fn naming(&self, layout: &Layout, slot: u8) -> Option<EntryIndex> {
        let names = |copy: EntryIndex| {
            let entry = self.entry(copy);
            entry.is_whole() && entry.slot(layout) == slot
        };
        match (names(EntryIndex::First), names(EntryIndex::Second)) {
            (true, true) if self.second.sequence > self.first.sequence => Some(EntryIndex::Second),
            (true, _) => Some(EntryIndex::First),
            (false, true) => Some(EntryIndex::Second),
            (false, false) => None,
        }
    }

    /// The lowest sequence above both entries that names `slot`.
    fn next_sequence(&self, layout: &Layout, slot: u8) -> Option<u32> {
        let sequence_of = |entry: &Entry| if entry.is_whole() { entry.sequence } else { 0 };
        let highest = sequence_of(&self.first).max(sequence_of(&self.second));
        let count = layout.slot_count();
        let lowest = highest.checked_add(1)?;
        let ahead = (u32::from(slot) + count - lowest.wrapping_sub(1) % count) % count;
        lowest.checked_add(ahead).filter(|&sequence| sequence < SEQUENCE_MAX)
    }
}

/// The state an entry is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fresh {
    /// On probation under the boot guard: the bootloader boots UNDEFINED as it is.
    Guarded,
    /// On probation under a bootloader that rolls back: it gives NEW one try.
    New,
    /// Kept: the image has validated before.
    Valid,
}

/// Why otadata was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtaDataError {
    /// The flash did not take it.
    Store(StoreError),
    /// Sequence numbers have run out; somebody wrote nonsense here.
    Exhausted,
}

impl<E: Into<StoreError>> From<E> for OtaDataError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl core::fmt::Display for OtaDataError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Store(error) => write!(f, "otadata was not written: {error}"),
            Self::Exhausted => f.write_str("otadata has a sequence number that leaves no higher one"),
        }
    }
}

impl core::error::Error for OtaDataError {}

/// Writes a new entry for `slot` above both, over the entry `over`. Until its last word is programmed the other
/// entry decides, from then on this one.
///
/// # Errors
/// The flash did not take it; `over` is erased then, if the flash lets us.
pub fn write_entry<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    over: EntryIndex,
    slot: u8,
    fresh: Fresh,
) -> Result<(), OtaDataError> {
    let sequence =
        OtaData::read(flash, layout)?.next_sequence(layout, slot).ok_or(OtaDataError::Exhausted)?;
    let written = replace(flash, layout, over, &fresh.entry(sequence));
    if matches!(written, Err(OtaDataError::Store(StoreError::ReadBack(_)))) {
        // A half-taken entry must not be left to a later accident. If even this fails, its CRC is wrong anyway.
        flash.erase(over.sector(layout.otadata), Erase::Sector)?;
    }
    written
}

impl Fresh {
    fn entry(self, sequence: u32) -> Entry {
        let mut label = [0xFF; LABEL_LEN];
        // Also for NEW: should the bootloader not roll back after all, the guard finds its label.
        if self != Self::Valid {
            label[..4].copy_from_slice(&sequence.to_le_bytes());
        }
        let state_word = match self {
            Self::Guarded => UNDEFINED,
            Self::New => 0,
            Self::Valid => VALID,
        };
        Entry { sequence, label, state_word, crc: crc_of(sequence) }
    }
}

/// Attempts at writing an entry that does not read back; a cell that needs more is worn out.
const WRITE_TRIES: usize = 3;

/// CRC away, erase, body, CRC last; each read back. All but the last word of `raw` is the body.
///
/// The old CRC goes first, by a program: an erase that is cut may leave sequence and CRC, and turn the state or the
/// label beside them into anything.
fn rewrite<F: Flash>(flash: &mut F, sector: u32, raw: &[u8; ENTRY], crc: u32) -> Result<(), StoreError> {
    let (body, _) = raw.split_at(CRC_AT as usize);
    let mut tries = WRITE_TRIES;
    loop {
        flash.program(sector + CRC_AT, &[0; WORD as usize])?;
        flash.erase(sector, Erase::Sector)?;
        let written =
            store(flash, sector, body).and_then(|()| store(flash, sector + CRC_AT, &crc.to_le_bytes()));
        tries -= 1;
        if tries == 0 || !matches!(written, Err(StoreError::ReadBack(_))) {
            return written;
        }
    }
}

/// Takes an entry out of the game: no bootloader follows one with a wrong CRC.
///
/// # Errors
/// The flash did not take it.
pub fn void<F: Flash>(flash: &mut F, layout: &Layout, copy: EntryIndex) -> Result<(), OtaDataError> {
    let sector = copy.sector(layout.otadata);
    match store(flash, sector + CRC_AT, &[0; WORD as usize]) {
        Err(StoreError::ReadBack(_)) => Ok(flash.erase(sector, Erase::Sector)?),
        stored => Ok(stored?),
    }
}

/// Clears one attempt of the tally.
///
/// # Errors
/// The flash did not take it.
pub fn spend_attempt<F: Flash>(flash: &mut F, layout: &Layout, copy: EntryIndex) -> Result<(), OtaDataError> {
    let entry = *OtaData::read(flash, layout)?.entry(copy);
    let [_, _, _, _, t0, t1, t2, t3, ..] = entry.label;
    let word = u32::from_le_bytes([t0, t1, t2, t3]);
    let lowest = word & TALLY_BITS & (word & TALLY_BITS).wrapping_neg();
    let tally = (word & !lowest).to_le_bytes();
    match store(flash, copy.sector(layout.otadata) + TALLY_AT, &tally) {
        Err(StoreError::ReadBack(_)) => {
            let mut label = entry.label;
            label[4..8].copy_from_slice(&tally);
            replace(flash, layout, copy, &Entry { label, ..entry })
        }
        stored => Ok(stored?),
    }
}

/// Puts an image on probation whose entry has lost its label: power failed while a bootloader rewrote it.
///
/// # Errors
/// The flash did not take it.
pub fn reopen<F: Flash>(flash: &mut F, layout: &Layout, copy: EntryIndex) -> Result<(), OtaDataError> {
    let entry = *OtaData::read(flash, layout)?.entry(copy);
    replace(flash, layout, copy, &Fresh::Guarded.entry(entry.sequence))
}

/// Makes the image of an entry a kept one.
///
/// From UNDEFINED by clearing bits, the low byte first: VALID directly could be cut at INVALID(3).
/// From every other state by erasing and writing anew; a cut there boots the old image.
///
/// # Errors
/// The flash did not take it.
pub fn validate<F: Flash>(flash: &mut F, layout: &Layout, copy: EntryIndex) -> Result<(), OtaDataError> {
    let entry = *OtaData::read(flash, layout)?.entry(copy);
    match entry.state() {
        State::Valid => Ok(()),
        State::Undefined | State::Validating => {
            step_state(flash, layout, copy, &entry, [ALMOST_VALID, VALID])
        }
        _ => replace(flash, layout, copy, &Entry { state_word: VALID, ..entry }),
    }
}

/// Marks the image of an entry as rolled back: the bootloader follows the other entry from now on.
/// The caller has made sure that the other entry leads to a complete image.
///
/// # Errors
/// The flash did not take it.
pub fn abort<F: Flash>(flash: &mut F, layout: &Layout, copy: EntryIndex) -> Result<(), OtaDataError> {
    let entry = *OtaData::read(flash, layout)?.entry(copy);
    match entry.state() {
        State::Aborted => Ok(()),
        State::Undefined | State::Aborting => {
            step_state(flash, layout, copy, &entry, [ALMOST_ABORTED, ABORTED])
        }
        _ => replace(flash, layout, copy, &Entry { state_word: ABORTED, ..entry }),
    }
}

/// Clears the state word's bits in two steps. A torn word may have lost other bits already, hence the AND;
/// it never has lost one that the target keeps, or it would not be in this state.
fn step_state<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    copy: EntryIndex,
    entry: &Entry,
    [first, last]: [u32; 2],
) -> Result<(), OtaDataError> {
    let at = copy.sector(layout.otadata) + STATE_AT;
    let halfway = entry.state_word & first;
    let stepped = store(flash, at, &halfway.to_le_bytes())
        .and_then(|()| store(flash, at, &(halfway & last).to_le_bytes()));
    match stepped {
        // The sector does not keep what is programmed: an erase of it was cut. A fresh one does.
        Err(StoreError::ReadBack(_)) => replace(flash, layout, copy, &Entry { state_word: last, ..*entry }),
        stepped => Ok(stepped?),
    }
}

/// Erases an entry and writes it anew. A cut boots the other one.
fn replace<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    copy: EntryIndex,
    entry: &Entry,
) -> Result<(), OtaDataError> {
    let mut raw = [0xFF; ENTRY];
    raw[..4].copy_from_slice(&entry.sequence.to_le_bytes());
    raw[LABEL_AT as usize..STATE_AT as usize].copy_from_slice(&entry.label);
    raw[STATE_AT as usize..CRC_AT as usize].copy_from_slice(&entry.state_word.to_le_bytes());
    Ok(rewrite(flash, copy.sector(layout.otadata), &raw, crc_of(entry.sequence))?)
}

fn crc_of(sequence: u32) -> u32 {
    CRC.checksum(&sequence.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_the_roms() {
        // As written by ESP-IDF's otatool for the first two updates.
        assert_eq!(crc_of(1), 0x4743_989A);
        assert_eq!(crc_of(2), 0x55F6_3774);
    }

    #[test]
    fn torn_words_are_told_apart() {
        for (word, state) in [
            (0xFFFF_FFFF, State::Undefined),
            (0xFFFF_FFFE, State::Undefined),
            (0xFFFF_FF02, State::Validating),
            (0x00F0_0002, State::Validating),
            (0xFFFF_FF04, State::Aborting),
            (0xFFFF_FF84, State::Aborting),
            (2, State::Valid),
            (4, State::Aborted),
            (0xFFFF_FF00, State::Odd),
        ] {
            assert_eq!(State::of(word), state, "{word:#010x}");
        }
    }
}
