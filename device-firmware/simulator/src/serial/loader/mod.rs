//! The loader in a chip's ROM, and the stub that a host puts in its place: command by command, over a NOR flash.
//!
//! Written from Espressif's document "Serial Protocol" (docs.espressif.com/projects/esptool, advanced topics). Where
//! that leaves something open, it does as the stubs do that esptool and espflash upload: they acknowledge a block of a
//! download before they program it, so that the next one crosses the wire meanwhile. What is uploaded is not run:
//! if it is as large as a stub and starts where the chip's code lies, this loader becomes the stub.

mod download;
mod memory;
mod reading;
mod registers;
mod reply;

use md5::{Digest, Md5};
use skylift_updater::Flash;

use super::Identity;
use super::model::Model;
use super::packet::{Answer, Program, Refusal, Request, op, response};
use crate::nor::Nor;
use download::Download;
use memory::Memory;
use reading::Reading;
use registers::Registers;

pub(super) use reply::{Reply, Then, Way};

/// The rate that every loader listens at first.
pub(super) const FIRST_BAUD: u32 = 115_200;
/// A SYNC is answered so many times.
const SYNC_ANSWERS: usize = 8;
/// The ROM says this in answers to SYNC, the stub a zero: so hosts tell them apart.
const SYNC_VALUE: u32 = 0x2012_0707;
/// What SYNC holds.
const SYNC_LEN: usize = 36;
/// Bytes of a slow reading, always.
const SLOW_LEN: usize = 64;

/// A loader that runs.
pub(super) struct Loader {
    program: Program,
    identity: Identity,
    registers: Registers,
    memory: Memory,
    download: Option<Download>,
    reading: Option<Reading>,
}

impl Loader {
    /// The ROM's, after a reset.
    pub fn new(model: Model, identity: Identity, flash_bytes: u32) -> Self {
        let mut registers = Registers::new(model, &identity, flash_bytes);
        registers.set_baud(FIRST_BAUD);
        Self {
            program: Program::Rom,
            identity,
            registers,
            memory: Memory::default(),
            download: None,
            reading: None,
        }
    }

    /// The host's rate, as the ROM has measured it.
    pub fn set_baud(&mut self, baud: u32) {
        self.registers.set_baud(baud);
    }

    /// Takes a frame.
    pub fn handle(&mut self, frame: &[u8], nor: &mut Nor) -> Reply {
        if let Some(mut reading) = self.reading.take()
            && let Ok(word) = <[u8; 4]>::try_from(frame)
        {
            reading.acknowledge(u32::from_le_bytes(word));
            return Reply { frames: self.go_on(reading, nor), then: Then::Stay };
        }
        let Some((request, whole)) = Request::parse(frame) else { return Reply::NOTHING };
        if request.op == op::RUN_USER_CODE && self.program == Program::Stub {
            // The stub returns into the ROM without a word.
            return Reply::just(Then::Leave(Way::Program));
        }
        let program = self.program;
        let answer = whole.and_then(|()| self.act(&request, nor));
        let done = answer.is_ok();
        let times = if done && request.op == op::SYNC { SYNC_ANSWERS } else { 1 };
        let mut frames = vec![response(program, request.op, &answer); times];
        let then = if done { self.afterwards(&request, nor, &mut frames) } else { Then::Stay };
        Reply { frames, then }
    }

    /// Programs what the stub has taken, after it has said so.
    pub fn program(&mut self, nor: &mut Nor) {
        if let Some(download) = &mut self.download {
            download.program(nor);
        }
    }

    fn go_on(&mut self, mut reading: Reading, nor: &mut Nor) -> Vec<Vec<u8>> {
        // A flash that cannot be read any more leaves the host waiting, as it does on a chip.
        let frames = reading.frames(nor).unwrap_or_default();
        self.reading = Some(reading).filter(|reading| !reading.is_over());
        frames
    }

    fn act(&mut self, request: &Request<'_>, nor: &mut Nor) -> Result<Answer, Refusal> {
        if self.identity.security.secure_download && !op::is_open(request.op) {
            return Err(Refusal::Unknown);
        }
        match request.op {
            op::SYNC if request.data.len() == SYNC_LEN => Ok(match self.program {
                Program::Rom => Answer::word(SYNC_VALUE),
                Program::Stub => Answer::DONE,
            }),
            op::SYNC => Err(Refusal::Malformed),
            op::READ_REG => request.words().map(|[address]| Answer::word(self.registers.read(address))),
            op::WRITE_REG => self.write_registers(request),
            op::MEM_BEGIN => self.memory.begin(request.words()?).map(done),
            op::MEM_DATA => self.memory.block(&request.block()?).map(done),
            op::MEM_END => request.words::<2>().map(|_| self.memory.end()).map(done),
            op::SPI_ATTACH => request.first_words::<1>().map(|_| Answer::DONE),
            op::SPI_SET_PARAMS => request.words::<6>().map(|_| Answer::DONE),
            op::CHANGE_BAUDRATE => request.words::<2>().map(|_| Answer::DONE),
            op::FLASH_BEGIN | op::FLASH_DEFL_BEGIN => self.begin(request, nor),
            op::FLASH_DATA | op::FLASH_DEFL_DATA => self.take_block(request, nor),
            op::FLASH_END | op::FLASH_DEFL_END => self.end(request),
            op::SPI_FLASH_MD5 => self.md5(request, nor),
            op::GET_SECURITY_INFO if self.registers.tell_security() => self.security(request),
            _ if self.program == Program::Stub => self.act_as_stub(request, nor),
            op::READ_FLASH_SLOW => read_slowly(request, nor),
            _ => Err(Refusal::Unknown),
        }
    }

    fn act_as_stub(&mut self, request: &Request<'_>, nor: &mut Nor) -> Result<Answer, Refusal> {
        match request.op {
            op::ERASE_FLASH => download::erase(nor, 0, nor.capacity()).map(done),
            op::ERASE_REGION => {
                let [offset, size] = request.words()?;
                download::erase(nor, offset, size).map(done)
            }
            op::READ_FLASH => {
                self.reading = Some(Reading::begin(request.words()?, nor)?);
                Ok(Answer::DONE)
            }
            _ => Err(Refusal::Unknown),
        }
    }

    /// Address, value, mask and a pause each.
    fn write_registers(&mut self, request: &Request<'_>) -> Result<Answer, Refusal> {
        let (writes, rest) = request.data.as_chunks::<16>();
        if writes.is_empty() || !rest.is_empty() {
            return Err(Refusal::Malformed);
        }
        for write in writes {
            let (words, _) = write.as_chunks::<4>();
            let [address, value, mask, _] = [0, 1, 2, 3].map(|at| u32::from_le_bytes(words[at]));
            self.registers.write(address, value, mask)?;
        }
        Ok(Answer::DONE)
    }

    fn begin(&mut self, request: &Request<'_>, nor: &mut Nor) -> Result<Answer, Refusal> {
        if !matches!(request.data.len(), 16 | 20) {
            return Err(Refusal::Malformed);
        }
        let packed = request.op == op::FLASH_DEFL_BEGIN;
        self.download = None;
        self.download = Some(Download::begin(self.program, request.first_words()?, packed, nor)?);
        Ok(Answer::DONE)
    }

    fn take_block(&mut self, request: &Request<'_>, nor: &mut Nor) -> Result<Answer, Refusal> {
        let download = self.download.as_mut().ok_or(Refusal::NotBegun)?;
        let packed = request.op == op::FLASH_DEFL_DATA;
        download.block(&request.block()?, packed, nor).map(done)
    }

    /// Only the stub minds that something is missing, and tells what came of the last block.
    fn end(&mut self, request: &Request<'_>) -> Result<Answer, Refusal> {
        request.words::<1>()?;
        let outcome = match &self.download {
            _ if self.program == Program::Rom => Ok(()),
            None => return Err(Refusal::NotBegun),
            Some(download) if !download.is_whole() => return Err(Refusal::TooLittle),
            Some(download) => download.outcome(),
        };
        self.download = None;
        outcome.map(done)
    }

    fn md5(&self, request: &Request<'_>, nor: &mut Nor) -> Result<Answer, Refusal> {
        let [offset, len, _, _] = request.words()?;
        offset.checked_add(len).filter(|&end| end <= nor.capacity()).ok_or(Refusal::Failed)?;
        let mut bytes = vec![0; len as usize];
        nor.read(offset, &mut bytes).map_err(|_| Refusal::Read)?;
        let sum = Md5::digest(&bytes);
        Ok(Answer::bytes(match self.program {
            Program::Rom => sum.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
            Program::Stub => sum.to_vec(),
        }))
    }

    fn security(&self, request: &Request<'_>) -> Result<Answer, Refusal> {
        request.words::<0>()?;
        Ok(Answer::bytes(self.identity.security.info(self.identity.silicon.chip)))
    }

    /// What a command does once it is answered.
    fn afterwards(&mut self, request: &Request<'_>, nor: &mut Nor, frames: &mut Vec<Vec<u8>>) -> Then {
        let first = request.first_words::<1>().map_or(0, |[word]| word);
        match request.op {
            op::CHANGE_BAUDRATE => return Then::Baud(first),
            op::FLASH_DATA | op::FLASH_DEFL_DATA if self.program == Program::Stub => return Then::Program,
            op::FLASH_END | op::FLASH_DEFL_END => return self.after_flash(first),
            op::MEM_END => return self.after_memory(request, frames),
            op::WRITE_REG if self.registers.bitten() => return Then::Leave(Way::Program),
            op::READ_FLASH => {
                if let Some(reading) = self.reading.take() {
                    frames.extend(self.go_on(reading, nor));
                }
            }
            _ => {}
        }
        Then::Stay
    }

    /// In ROM both words end the loader. The stub stays, or resets the chip, which keeps it in download mode.
    const fn after_flash(&self, word: u32) -> Then {
        match (self.program, word) {
            (Program::Rom, _) => Then::Leave(Way::Program),
            (Program::Stub, 0) => Then::Leave(Way::Rom),
            (Program::Stub, _) => Then::Stay,
        }
    }

    fn after_memory(&mut self, request: &Request<'_>, frames: &mut Vec<Vec<u8>>) -> Then {
        match request.words() {
            Ok([0, entry]) if self.memory.holds_stub(entry) && self.registers.is_code(entry) => {
                self.program = Program::Stub;
                self.memory = Memory::default();
                self.download = None;
                frames.push(b"OHAI".to_vec());
                Then::Stay
            }
            // Whatever it is that runs now, it is no loader.
            Ok([0, _]) => Then::Leave(Way::Program),
            _ => Then::Stay,
        }
    }
}

fn done((): ()) -> Answer {
    Answer::DONE
}

fn read_slowly(request: &Request<'_>, nor: &mut Nor) -> Result<Answer, Refusal> {
    let [offset, len] = request.first_words()?;
    if len as usize > SLOW_LEN {
        return Err(Refusal::ReadLength);
    }
    let mut bytes = vec![0; SLOW_LEN];
    let wanted = bytes.get_mut(..len as usize).unwrap_or_default();
    nor.read(offset, wanted).map_err(|_| Refusal::Read)?;
    Ok(Answer::bytes(bytes))
}
