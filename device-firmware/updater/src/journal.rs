//! The journal of the update under way: one sector that survives power cuts.
//!
//! It says which file goes into which slot, how far it is verified, how far the switch has come and how each
//! attempt ended. Bits are only cleared, so that every note is one program. Layout: `SPEC.md`, "Journal".

use crate::flash::{BLOCK, Erase, Flash, FlashError, PAGE, Region, StoreError, WORD, store};

const MAGIC: &[u8; 8] = b"SKYJRNL1";
const BLOCKS_AT: u32 = 0x100;
const BLOCKS_LEN: usize = 32;
const MARKS_AT: u32 = 0x200;
const ATTEMPTS_AT: u32 = 0x400;
const ATTEMPT_LEN: u32 = 64;
const ATTEMPTS_MAX: u32 = 48;
const ORDER_ID_LEN: usize = 36;
const ATTEMPT_CRC_AT: usize = 40;
const END_AT: u32 = 60;

const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// The file that the journal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Digest of all bytes sent.
    pub file_sha256: [u8; 32],
    /// Digest that the bootloader checks.
    pub image_sha256: [u8; 32],
    /// Bytes sent.
    pub size: u32,
    /// The slot it goes into.
    pub slot: u8,
}

/// Steps of the switch, each noted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The whole image is in the slot and verified.
    Written = 0,
    /// otadata names it.
    Committed = 1,
    /// Its validation began.
    Validating = 2,
    /// It is kept.
    Validated = 3,
    /// Somebody asked for the other slot afterwards.
    Returned = 4,
    /// It crashed again and again afterwards.
    CrashLoop = 5,
    /// The slot that it came from was erased ahead of another update: nothing is there to go back to.
    Prepared = 6,
}

impl Mark {
    const ALL: [Self; 7] = [
        Self::Written,
        Self::Committed,
        Self::Validating,
        Self::Validated,
        Self::Returned,
        Self::CrashLoop,
        Self::Prepared,
    ];

    const fn at(self) -> u32 {
        MARKS_AT + self as u32 * WORD
    }
}

/// How an attempt ended: a number of the caller's; the guard's own are the constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndCode(pub u16);

/// Set of [`Mark`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u8);

impl Marks {
    /// Whether a step was noted.
    #[must_use]
    pub const fn has(self, mark: Mark) -> bool {
        self.0 & (1 << mark as u8) != 0
    }
}

/// One attempt at the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Id of the order, padded with zeros.
    pub order_id: [u8; ORDER_ID_LEN],
    /// A person confirms the new image, not its self-test.
    pub manual: bool,
}

/// The journal as it is in flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The file.
    pub subject: Subject,
    /// Blocks of 64 KiB that are in the slot, verified, from its start on.
    pub verified_blocks: u32,
    /// Steps of the switch.
    pub marks: Marks,
    /// The last attempt, if it was noted whole.
    pub attempt: Option<Attempt>,
    /// How the last attempt ended, if it has.
    pub end: Option<EndCode>,
    attempts: u32,
}

impl Journal {
    /// Reads the journal; `None` if there is none, or a torn one.
    ///
    /// # Errors
    /// The flash cannot be read.
    pub fn read<F: Flash>(flash: &mut F, region: Region) -> Result<Option<Self>, FlashError> {
        let mut page = [0; PAGE as usize];
        flash.read(region.offset, &mut page)?;
        let Some(subject) = parse_subject(&page) else { return Ok(None) };
        let mut journal = Self {
            subject,
            verified_blocks: read_blocks(flash, region)?,
            marks: read_marks(flash, region)?,
            attempt: None,
            end: None,
            attempts: 0,
        };
        journal.read_attempts(flash, region)?;
        Ok(Some(journal))
    }

    /// Begins anew: for another file, or for the same one with fewer blocks verified.
    ///
    /// # Errors
    /// The flash did not take it.
    pub fn begin<F: Flash>(flash: &mut F, region: Region, subject: Subject) -> Result<(), StoreError> {
        flash.erase(region.offset, Erase::Sector)?;
        store(flash, region.offset, &encode_subject(&subject))
    }

    /// Makes a journal that is about nothing, so that nothing is resumed.
    ///
    /// # Errors
    /// The flash did not take it.
    pub fn clear<F: Flash>(flash: &mut F, region: Region) -> Result<(), StoreError> {
        Ok(flash.erase(region.offset, Erase::Sector)?)
    }

    /// Notes an attempt at the file. When there is no room for more, none is noted.
    ///
    /// # Errors
    /// The flash did not take it.
    pub fn add_attempt<F: Flash>(
        &self,
        flash: &mut F,
        region: Region,
        attempt: &Attempt,
    ) -> Result<(), StoreError> {
        if self.attempts >= ATTEMPTS_MAX {
            return Ok(());
        }
        let mut raw = [0xFF; END_AT as usize];
        raw[..ORDER_ID_LEN].copy_from_slice(&attempt.order_id);
        raw[ORDER_ID_LEN] = attempt.manual.into();
        let crc = CRC.checksum(&raw[..=ORDER_ID_LEN]);
        raw[ATTEMPT_CRC_AT..ATTEMPT_CRC_AT + 4].copy_from_slice(&crc.to_le_bytes());
        store(flash, attempt_at(region, self.attempts), &raw)
    }

    /// Notes how the last attempt ended; the first note stays.
    ///
    /// # Errors
    /// The flash did not take it.
    pub fn set_end<F: Flash>(&self, flash: &mut F, region: Region, end: EndCode) -> Result<(), StoreError> {
        if self.attempts == 0 || self.end.is_some() {
            return Ok(());
        }
        let word = u32::from(end.0) | u32::from(!end.0) << 16;
        store(flash, attempt_at(region, self.attempts - 1) + END_AT, &word.to_le_bytes())
    }

    fn read_attempts<F: Flash>(&mut self, flash: &mut F, region: Region) -> Result<(), FlashError> {
        while self.attempts < ATTEMPTS_MAX {
            let mut raw = [0; ATTEMPT_LEN as usize];
            flash.read(attempt_at(region, self.attempts), &mut raw)?;
            if raw == [0xFF; ATTEMPT_LEN as usize] {
                break;
            }
            self.attempts += 1;
            (self.attempt, self.end) = parse_attempt(&raw);
        }
        Ok(())
    }
}

/// Notes that a block of 64 KiB of the file is in the slot, verified.
///
/// # Errors
/// The flash did not take it.
pub fn mark_block<F: Flash>(flash: &mut F, region: Region, block: u32) -> Result<(), StoreError> {
    let (word, bit) = (block / 32, block % 32);
    if word as usize * WORD as usize >= BLOCKS_LEN {
        return Ok(());
    }
    store(flash, region.offset + BLOCKS_AT + word * WORD, &cleared_up_to(bit))
}

/// Notes that so many blocks, from the first on, are in the slot, verified.
///
/// # Errors
/// The flash did not take it.
pub fn mark_blocks<F: Flash>(flash: &mut F, region: Region, count: u32) -> Result<(), StoreError> {
    // The last bit of a word takes those before it along.
    let mut last_of_words = (0..count).filter(|block| block % 32 == 31 || block + 1 == count);
    last_of_words.try_for_each(|block| mark_block(flash, region, block))
}

/// A word whose bits up to `bit` are clear; those before are clear in flash already, or were never verified alone.
fn cleared_up_to(bit: u32) -> [u8; 4] {
    u32::MAX.checked_shl(bit + 1).unwrap_or(0).to_le_bytes()
}

/// Notes a step of the switch.
///
/// # Errors
/// The flash did not take it.
pub fn set_mark<F: Flash>(flash: &mut F, region: Region, mark: Mark) -> Result<(), StoreError> {
    store(flash, region.offset + mark.at(), &[0; WORD as usize])
}

/// Bytes of the file that are in the slot, verified.
#[must_use]
pub fn verified_bytes(journal: &Journal) -> u32 {
    journal.verified_blocks.saturating_mul(BLOCK).min(journal.subject.size)
}

fn attempt_at(region: Region, index: u32) -> u32 {
    region.offset + ATTEMPTS_AT + index * ATTEMPT_LEN
}

fn encode_subject(subject: &Subject) -> [u8; PAGE as usize] {
    let mut page = [0xFF; PAGE as usize];
    page[..8].copy_from_slice(MAGIC);
    page[8..40].copy_from_slice(&subject.file_sha256);
    page[40..72].copy_from_slice(&subject.image_sha256);
    page[72..76].copy_from_slice(&subject.size.to_le_bytes());
    page[76] = subject.slot;
    let crc = CRC.checksum(&page[..252]);
    page[252..].copy_from_slice(&crc.to_le_bytes());
    page
}

fn parse_subject(page: &[u8; PAGE as usize]) -> Option<Subject> {
    let (body, crc) = page.split_last_chunk::<4>()?;
    let rest = body.strip_prefix(MAGIC)?;
    if CRC.checksum(body) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (file_sha256, rest) = rest.split_first_chunk::<32>()?;
    let (image_sha256, rest) = rest.split_first_chunk::<32>()?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    Some(Subject {
        file_sha256: *file_sha256,
        image_sha256: *image_sha256,
        size: u32::from_le_bytes(*size),
        slot: *rest.first()?,
    })
}

fn read_blocks<F: Flash>(flash: &mut F, region: Region) -> Result<u32, FlashError> {
    let mut bits = [0; BLOCKS_LEN];
    flash.read(region.offset + BLOCKS_AT, &mut bits)?;
    let whole = bits.iter().take_while(|&&byte| byte == 0).count();
    let next = bits.get(whole).map_or(0, |byte| byte.trailing_zeros());
    Ok(whole as u32 * 8 + next)
}

fn read_marks<F: Flash>(flash: &mut F, region: Region) -> Result<Marks, FlashError> {
    let mut set = 0;
    for mark in Mark::ALL {
        let mut word = [0; WORD as usize];
        flash.read(region.offset + mark.at(), &mut word)?;
        // A torn mark counts: whoever began to write it had reached the step.
        set |= u8::from(word != [0xFF; WORD as usize]) << mark as u8;
    }
    Ok(Marks(set))
}

fn parse_attempt(raw: &[u8; ATTEMPT_LEN as usize]) -> (Option<Attempt>, Option<EndCode>) {
    let [.., c0, c1, i0, i1] = *raw;
    let (code, inverse) = (u16::from_le_bytes([c0, c1]), u16::from_le_bytes([i0, i1]));
    (parse_order(raw), (code == !inverse).then_some(EndCode(code)))
}

fn parse_order(raw: &[u8; ATTEMPT_LEN as usize]) -> Option<Attempt> {
    let (body, rest) = raw.split_first_chunk::<{ ORDER_ID_LEN + 1 }>()?;
    let crc = rest.get(ATTEMPT_CRC_AT - body.len()..)?.first_chunk::<4>()?;
    let (order_id, flags) = body.split_first_chunk::<ORDER_ID_LEN>()?;
    let sound = u32::from_le_bytes(*crc) == CRC.checksum(body);
    sound.then_some(Attempt { order_id: *order_id, manual: flags == [1] })
}
