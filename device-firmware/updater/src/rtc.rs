//! What survives a reset, but not a power cut: boot counts and the record of a panic.
//!
//! The area is at a fixed address outside what linkers place (on chips the top of RTC fast memory), so that an
//! image can read what the image before it left. Each part has a magic and a CRC, because after power-on it
//! holds anything.

use heapless::{String, Vec};

/// Bytes of the area.
pub const RTC_LEN: usize = 512;

const BOOTS_AT: usize = 0;
const BOOTS_LEN: usize = 20;
/// Set with the record, cleared by the boot that takes it.
const FRESH_AT: usize = 28;
const FRESH: [u8; 4] = *b"NEW!";
const CRASH_AT: usize = 32;
const CRASH_LEN: usize = 4 + CRASH_BODY + 4;
const BOOTS_MAGIC: u32 = 0x534B_4254;
const CRASH_MAGIC: u32 = 0x534B_4352;
const MESSAGE_LEN: usize = 160;
const FILE_LEN: usize = 96;
const ADDRESSES: usize = 8;
const CRASH_BODY: usize = 32 + 4 + 1 + MESSAGE_LEN + 1 + FILE_LEN + 4 * ADDRESSES;

const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// Counts since power was applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Boots {
    /// Boots.
    pub count: u32,
    /// Abnormal resets in a row, each soon after its boot.
    pub crashes_in_row: u16,
    /// The last boot ran long enough for its end not to count as a crash at start.
    pub ran_long: bool,
    /// The row of crashes has already led to the other slot once.
    pub switched: bool,
}

/// What a panic leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrashRecord {
    /// `elf_sha256` of the image that panicked: its descriptor is at hand even in a panic.
    pub elf_sha256: [u8; 32],
    /// The panic's message.
    pub message: String<MESSAGE_LEN>,
    /// Source file.
    pub file: String<FILE_LEN>,
    /// Line in it.
    pub line: u32,
    /// Return addresses, innermost first.
    pub addresses: Vec<u32, ADDRESSES>,
}

/// The area.
pub struct Rtc<'a>(&'a mut [u8; RTC_LEN]);

impl<'a> Rtc<'a> {
    /// Takes the area as it was found.
    #[must_use]
    pub const fn new(area: &'a mut [u8; RTC_LEN]) -> Self {
        Self(area)
    }

    /// The counts; all zero after power-on.
    #[must_use]
    pub fn boots(&self) -> Boots {
        let raw = self.0.get(BOOTS_AT..BOOTS_AT + BOOTS_LEN).unwrap_or_default();
        let Some([m0, m1, m2, m3, n0, n1, n2, n3, r0, r1, long, switched]) = checked(raw) else {
            return Boots::default();
        };
        if u32::from_le_bytes([m0, m1, m2, m3]) != BOOTS_MAGIC {
            return Boots::default();
        }
        Boots {
            count: u32::from_le_bytes([n0, n1, n2, n3]),
            crashes_in_row: u16::from_le_bytes([r0, r1]),
            ran_long: long != 0,
            switched: switched != 0,
        }
    }

    /// Keeps the counts.
    pub fn set_boots(&mut self, boots: Boots) {
        let mut raw = [0; BOOTS_LEN];
        raw[..4].copy_from_slice(&BOOTS_MAGIC.to_le_bytes());
        raw[4..8].copy_from_slice(&boots.count.to_le_bytes());
        raw[8..10].copy_from_slice(&boots.crashes_in_row.to_le_bytes());
        raw[10] = boots.ran_long.into();
        raw[11] = boots.switched.into();
        let crc = CRC.checksum(&raw[..12]);
        raw[12..16].copy_from_slice(&crc.to_le_bytes());
        self.0[BOOTS_AT..BOOTS_AT + BOOTS_LEN].copy_from_slice(&raw);
    }

    /// What the last panic left, if it is still there.
    #[must_use]
    pub fn crash(&self) -> Option<CrashRecord> {
        let raw = self.0.get(CRASH_AT..CRASH_AT + CRASH_LEN)?;
        let (magic, rest) = raw.split_first_chunk::<4>()?;
        let (body, crc) = rest.split_first_chunk::<CRASH_BODY>()?;
        let sound = u32::from_le_bytes(*magic) == CRASH_MAGIC
            && crc.first_chunk().is_some_and(|crc| u32::from_le_bytes(*crc) == CRC.checksum(body));
        if sound { parse_crash(body) } else { None }
    }

    /// Keeps what a panic leaves. Called from panic handlers: it cannot fail and does not allocate.
    pub fn set_crash(&mut self, crash: &CrashRecord) {
        let body = encode_crash(crash);
        let raw = &mut self.0[CRASH_AT..CRASH_AT + CRASH_LEN];
        raw[..4].copy_from_slice(&CRASH_MAGIC.to_le_bytes());
        raw[4..4 + CRASH_BODY].copy_from_slice(&body);
        raw[4 + CRASH_BODY..].copy_from_slice(&CRC.checksum(&body).to_le_bytes());
        self.0[FRESH_AT..CRASH_AT].copy_from_slice(&FRESH);
    }

    /// The last panic, once: the boot right after it. A later reset is not another panic.
    pub fn take_fresh_crash(&mut self) -> Option<CrashRecord> {
        let fresh = self.0.get(FRESH_AT..CRASH_AT)? == FRESH;
        self.0[FRESH_AT..CRASH_AT].fill(0);
        self.crash().filter(|_| fresh)
    }

    /// Forgets the last panic.
    pub fn clear_crash(&mut self) {
        self.0[CRASH_AT..CRASH_AT + 4].fill(0);
    }
}

/// The first 12 bytes if the CRC behind them matches.
fn checked(raw: &[u8]) -> Option<[u8; 12]> {
    let (body, rest) = raw.split_first_chunk::<12>()?;
    let crc = rest.first_chunk::<4>()?;
    (u32::from_le_bytes(*crc) == CRC.checksum(body)).then_some(*body)
}

fn encode_crash(crash: &CrashRecord) -> [u8; CRASH_BODY] {
    let mut body = [0; CRASH_BODY];
    let (digest, rest) = body.split_at_mut(32);
    digest.copy_from_slice(&crash.elf_sha256);
    let (line, rest) = rest.split_at_mut(4);
    line.copy_from_slice(&crash.line.to_le_bytes());
    let (message, rest) = rest.split_at_mut(1 + MESSAGE_LEN);
    put_text(message, &crash.message);
    let (file, addresses) = rest.split_at_mut(1 + FILE_LEN);
    put_text(file, &crash.file);
    for (place, address) in addresses.chunks_exact_mut(4).zip(&crash.addresses) {
        place.copy_from_slice(&address.to_le_bytes());
    }
    body
}

fn parse_crash(body: &[u8; CRASH_BODY]) -> Option<CrashRecord> {
    let (digest, rest) = body.split_first_chunk::<32>()?;
    let (line, rest) = rest.split_first_chunk::<4>()?;
    let (message, rest) = rest.split_at_checked(1 + MESSAGE_LEN)?;
    let (file, addresses) = rest.split_at_checked(1 + FILE_LEN)?;
    let addresses =
        addresses.chunks_exact(4).filter_map(|word| Some(u32::from_le_bytes(word.try_into().ok()?)));
    Some(CrashRecord {
        elf_sha256: *digest,
        message: take_text(message)?,
        file: take_text(file)?,
        line: u32::from_le_bytes(*line),
        addresses: addresses.filter(|&address| address != 0).collect(),
    })
}

/// A length byte, then the text.
fn put_text(place: &mut [u8], text: &str) {
    if let Some((len, room)) = place.split_first_mut()
        && let Some(room) = room.get_mut(..text.len())
    {
        *len = text.len() as u8;
        room.copy_from_slice(text.as_bytes());
    }
}

fn take_text<const N: usize>(place: &[u8]) -> Option<String<N>> {
    let (&len, room) = place.split_first()?;
    String::try_from(core::str::from_utf8(room.get(..usize::from(len))?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_noise_does_not() {
        let mut area = [0xA5; RTC_LEN];
        let mut rtc = Rtc::new(&mut area);
        assert_eq!(rtc.boots(), Boots::default());
        assert_eq!(rtc.crash(), None);

        let boots = Boots { count: 7, crashes_in_row: 3, ran_long: true, switched: false };
        let crash = CrashRecord {
            elf_sha256: [9; 32],
            message: String::try_from("sensor ünplugged").unwrap(),
            file: String::try_from("src/main.rs").unwrap(),
            line: 42,
            addresses: Vec::from_slice(&[0x4200_1234, 0x4200_5678]).unwrap(),
        };
        rtc.set_boots(boots);
        rtc.set_crash(&crash);
        assert_eq!((rtc.boots(), rtc.crash()), (boots, Some(crash.clone())));
        assert_eq!(rtc.take_fresh_crash(), Some(crash.clone()));
        assert_eq!((rtc.take_fresh_crash(), rtc.crash()), (None, Some(crash)));

        rtc.clear_crash();
        assert_eq!((rtc.boots(), rtc.crash()), (boots, None));
    }
}
