//! Command and response packets of Espressif's serial protocol, and what a loader refuses.

/// Commands, by the names that the protocol's document gives them.
pub(super) mod op {
    pub const FLASH_BEGIN: u8 = 0x02;
    pub const FLASH_DATA: u8 = 0x03;
    pub const FLASH_END: u8 = 0x04;
    pub const MEM_BEGIN: u8 = 0x05;
    pub const MEM_END: u8 = 0x06;
    pub const MEM_DATA: u8 = 0x07;
    pub const SYNC: u8 = 0x08;
    pub const WRITE_REG: u8 = 0x09;
    pub const READ_REG: u8 = 0x0A;
    pub const SPI_SET_PARAMS: u8 = 0x0B;
    pub const SPI_ATTACH: u8 = 0x0D;
    pub const READ_FLASH_SLOW: u8 = 0x0E;
    pub const CHANGE_BAUDRATE: u8 = 0x0F;
    pub const FLASH_DEFL_BEGIN: u8 = 0x10;
    pub const FLASH_DEFL_DATA: u8 = 0x11;
    pub const FLASH_DEFL_END: u8 = 0x12;
    pub const SPI_FLASH_MD5: u8 = 0x13;
    pub const GET_SECURITY_INFO: u8 = 0x14;
    pub const ERASE_FLASH: u8 = 0xD0;
    pub const ERASE_REGION: u8 = 0xD1;
    pub const READ_FLASH: u8 = 0xD2;
    pub const RUN_USER_CODE: u8 = 0xD3;

    /// What the ROM still does in secure download mode.
    pub const fn is_open(command: u8) -> bool {
        matches!(
            command,
            SYNC | FLASH_BEGIN
                | FLASH_DATA
                | FLASH_END
                | FLASH_DEFL_BEGIN
                | FLASH_DEFL_DATA
                | FLASH_DEFL_END
                | SPI_ATTACH
                | SPI_SET_PARAMS
                | CHANGE_BAUDRATE
                | GET_SECURITY_INFO
        )
    }
}

/// Bytes before the data of a packet.
const HEADER_LEN: usize = 8;
/// Bytes before the payload of a data command: its length, its number, and two words of zeros.
const BLOCK_HEADER_LEN: usize = 16;
/// The checksum of nothing.
const CHECKSUM_SEED: u8 = 0xEF;

/// Which program answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// The loader in the chip's ROM.
    Rom,
    /// The loader that a host has put into the chip's RAM.
    Stub,
}

/// Why a command is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its parameters or its length are wrong.
    Malformed,
    /// This loader does not know it.
    Unknown,
    /// It cannot be done: not now, or not there.
    Failed,
    /// A block is damaged.
    Checksum,
    /// The flash did not take it.
    Write,
    /// The flash cannot be read there.
    Read,
    /// Too much is to be read at once.
    ReadLength,
    /// Packed data cannot be unpacked.
    Inflate,
    /// A block is larger than this loader's buffer.
    BlockSize,
    /// Nothing has been begun.
    NotBegun,
    /// Something is missing at the end.
    TooLittle,
    /// More came than was announced.
    TooMuch,
}

impl Refusal {
    /// "ROM Loader Errors", and the stub's list in esptool's `stub_flasher.h`.
    const fn code(self, program: Program) -> u8 {
        match (program, self) {
            (Program::Rom, Self::Malformed | Self::Unknown | Self::BlockSize) => 0x05,
            (Program::Rom, Self::Failed | Self::NotBegun | Self::TooLittle | Self::TooMuch) => 0x06,
            (Program::Rom, Self::Checksum) => 0x07,
            (Program::Rom, Self::Write) => 0x08,
            (Program::Rom, Self::Read) => 0x09,
            (Program::Rom, Self::ReadLength) => 0x0A,
            (Program::Rom, Self::Inflate) => 0x0B,
            (Program::Stub, Self::Malformed | Self::ReadLength) => 0xC0,
            (Program::Stub, Self::Checksum) => 0xC1,
            (Program::Stub, Self::BlockSize) => 0xC2,
            (Program::Stub, Self::Failed | Self::Write | Self::Read) => 0xC4,
            (Program::Stub, Self::NotBegun) => 0xC6,
            (Program::Stub, Self::Inflate) => 0xC7,
            (Program::Stub, Self::TooLittle) => 0xC8,
            (Program::Stub, Self::TooMuch) => 0xC9,
            (Program::Stub, Self::Unknown) => 0xFF,
        }
    }
}

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request<'f> {
    /// Which.
    pub op: u8,
    /// Of the payload of a data command.
    checksum: u32,
    /// Its parameters.
    pub data: &'f [u8],
}

impl<'f> Request<'f> {
    /// The command in a frame, and whether its length is what it says. `None` for what is no command.
    pub fn parse(frame: &'f [u8]) -> Option<(Self, Result<(), Refusal>)> {
        let (header, data) = frame.split_first_chunk::<HEADER_LEN>()?;
        let [0, op, low, high, checksum @ ..] = *header else { return None };
        let size = usize::from(u16::from_le_bytes([low, high]));
        let whole = if size == data.len() { Ok(()) } else { Err(Refusal::Malformed) };
        Some((Self { op, checksum: u32::from_le_bytes(checksum), data }, whole))
    }

    /// Its parameters, if they are so many words.
    pub fn words<const N: usize>(&self) -> Result<[u32; N], Refusal> {
        if self.data.len() == N * 4 { self.first_words() } else { Err(Refusal::Malformed) }
    }

    /// Its first parameters; there may be more.
    pub fn first_words<const N: usize>(&self) -> Result<[u32; N], Refusal> {
        let (words, _) = self.data.as_chunks::<4>();
        let words: &[[u8; 4]; N] = words.first_chunk().ok_or(Refusal::Malformed)?;
        Ok(words.map(u32::from_le_bytes))
    }

    /// The block of a data command, if it has come unharmed.
    pub fn block(&self) -> Result<Block<'f>, Refusal> {
        let [len, number, ..] = self.first_words::<4>()?;
        let bytes = self.data.get(BLOCK_HEADER_LEN..).unwrap_or_default();
        if bytes.len() != len as usize {
            return Err(Refusal::Malformed);
        }
        let sum = bytes.iter().fold(CHECKSUM_SEED, |sum, byte| sum ^ byte);
        if u32::from(sum) == self.checksum { Ok(Block { number, bytes }) } else { Err(Refusal::Checksum) }
    }
}

/// A piece of what is downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block<'f> {
    /// Its number, from 0.
    pub number: u32,
    /// Its bytes.
    pub bytes: &'f [u8],
}

/// What a command has come to.
pub(super) struct Answer {
    /// The word that some commands ask for.
    pub value: u32,
    /// Data before the status.
    pub data: Vec<u8>,
}

impl Answer {
    /// It is done; there is nothing to say.
    pub const DONE: Self = Self { value: 0, data: Vec::new() };

    /// A word.
    pub const fn word(value: u32) -> Self {
        Self { value, data: Vec::new() }
    }

    /// Bytes.
    pub const fn bytes(data: Vec<u8>) -> Self {
        Self { value: 0, data }
    }
}

/// The packet that answers a command.
///
/// ROM: a flag, a code, and two bytes that mean nothing. Stub: a code and a zero. (The document says flag and code for
/// the stub too; the stubs that esptool and espflash upload send it this way round, and esptool reads it so.)
pub(super) fn response(program: Program, op: u8, answer: &Result<Answer, Refusal>) -> Vec<u8> {
    let code = answer.as_ref().err().map_or(0, |refusal| refusal.code(program));
    let status: &[u8] = match program {
        Program::Rom => &[(code != 0).into(), code, 0, 0],
        Program::Stub => &[code, 0],
    };
    let (value, data) = answer.as_ref().map_or((0, &[][..]), |answer| (answer.value, &answer.data[..]));
    let size = u16::try_from(data.len() + status.len()).unwrap_or(u16::MAX);
    let mut packet = vec![1, op];
    packet.extend(size.to_le_bytes());
    packet.extend(value.to_le_bytes());
    packet.extend(data);
    packet.extend(status);
    packet
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_and_its_length_checked() {
        let frame = [0, op::READ_REG, 4, 0, 0, 0, 0, 0, 0x00, 0x10, 0x00, 0x40];
        let (request, whole) = Request::parse(&frame).unwrap();
        assert_eq!((request.op, whole), (op::READ_REG, Ok(())));
        assert_eq!(request.words(), Ok([0x4000_1000]));
        assert_eq!(request.words::<2>(), Err(Refusal::Malformed));
        assert_eq!(Request::parse(&frame[..11]).unwrap().1, Err(Refusal::Malformed));
        assert_eq!(Request::parse(&frame[..7]), None);
        assert_eq!(Request::parse(&[1; 12]), None, "a response is no command");
    }

    #[test]
    fn a_block_is_believed_only_with_its_checksum_and_length() {
        let frame = |sum: u8, len: u8| {
            let mut frame = vec![0, op::FLASH_DATA, 18, 0, sum, 0, 0, 0, len, 0, 0, 0, 5];
            frame.extend([0; 11]);
            frame.extend([0x12, 0x34]);
            frame
        };
        let block = |sum, len| Request::parse(&frame(sum, len)).unwrap().0.block().map(|block| block.number);
        assert_eq!(block(0xEF ^ 0x12 ^ 0x34, 2), Ok(5));
        assert_eq!(block(0xEE, 2), Err(Refusal::Checksum));
        assert_eq!(block(0xEF ^ 0x12 ^ 0x34, 3), Err(Refusal::Malformed));
    }

    #[test]
    fn the_status_has_four_bytes_in_rom_and_two_in_the_stub() {
        let refused = Err(Refusal::Checksum);
        assert_eq!(response(Program::Rom, 3, &refused), [1, 3, 4, 0, 0, 0, 0, 0, 1, 7, 0, 0]);
        assert_eq!(response(Program::Stub, 3, &refused), [1, 3, 2, 0, 0, 0, 0, 0, 0xC1, 0]);
        let word = Ok(Answer::word(0x0102_0304));
        assert_eq!(response(Program::Stub, 10, &word), [1, 10, 2, 0, 4, 3, 2, 1, 0, 0]);
    }
}
