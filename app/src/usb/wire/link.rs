//! The loader of a chip, reached: its pace, and how it is left.

use std::time::{Duration, Instant};

use espflash::command::Command;
use espflash::connection::{Port, ResetAfterOperation, ResetBeforeOperation};
use espflash::flasher::{FlashSize, Flasher, SpiAttachParams};
use espflash::target::FlashTarget;

use super::approach::{After, Approach, Before, FIRST_BAUD, Loader, rates};
use super::enter::{self, Entry};
use super::failure::{self, Kind};
use super::open::{Opened, open};
use super::write::begin_nothing;
use crate::usb::{Progress, Step, UsbError, Work, ports};

/// The USB product of the serial port that is built into chips.
const USB_SERIAL_JTAG: u16 = 0x1001;
/// How long a chip with USB of its own is waited for after its reset.
const COMES_BACK: Duration = Duration::from_secs(5);
/// How often the same is tried at the same rate.
const TRIES: u32 = 3;
/// How long the same is tried at all, from its first failure on.
const PATIENCE: Duration = Duration::from_secs(25);

/// A chip's loader that answers.
pub struct Link {
    flasher: Flasher,
    approach: Approach,
    has_lines: bool,
    baud: u32,
    flash_size: u32,
    flash_id: Option<u32>,
}

impl Link {
    /// Opens the port, gets the chip into its loader, and goes over to the highest rate that works.
    ///
    /// # Errors
    /// The port cannot be had, or no loader answers on it.
    pub fn connect(approach: &Approach, work: &mut Work<'_>) -> Result<Self, UsbError> {
        work.check()?;
        work.progress(Progress { step: Step::Connect, done: 0, total: 1, unchanged: 0 });
        let mut link = Self::reach(approach, work)?;
        link.hurry(work)?;
        work.progress(Progress { step: Step::Connect, done: 1, total: 1, unchanged: 0 });
        Ok(link)
    }

    /// A chip with USB of its own may be another USB device in its loader: its port goes while it is reset, and comes back
    /// under any path.
    fn reach(approach: &Approach, work: &mut Work<'_>) -> Result<Self, UsbError> {
        let board = ports::Port::named(&approach.port);
        match Self::enter(approach, work) {
            Err(UsbError::Gone { .. })
                if matches!(board.kind(), ports::Kind::SerialJtag | ports::Kind::Otg) => {}
            reached => return reached,
        }
        let found = ports::follow(&board, COMES_BACK, &work.cancel())?;
        let there = Approach { port: found.path().to_owned(), before: Before::NoReset, ..approach.clone() };
        Self::enter(&there, work)
    }

    fn enter(approach: &Approach, work: &mut Work<'_>) -> Result<Self, UsbError> {
        let Opened { port, usb, has_lines } = open(&approach.port)?;
        let (before, after) = ways(approach, usb.pid, has_lines);
        let stub = approach.loader == Loader::Stub;
        // The rate of a chip's own USB means nothing.
        let kind = ports::Port::named(&approach.port).kind();
        let has_own_usb = matches!(kind, ports::Kind::SerialJtag | ports::Kind::Otg);
        let stub_at = stub.then_some(if has_own_usb { FIRST_BAUD } else { approach.baud });
        let unreached = |error| failure::unreached(&approach.port, has_lines, FIRST_BAUD, &error);
        let (mut flasher, baud) = Entry { usb, before, after, stub_at }.enter(port).map_err(unreached)?;
        let flash_id = left_by_detection(&mut flasher);
        let mut link = Self { flasher, approach: approach.clone(), has_lines, baud, flash_size: 0, flash_id };
        link.persist(work, |link, _| {
            target(&link.flasher, link.has_stub()).begin(link.flasher.connection())
        })?;
        let info = link.persist(work, |link, _| link.flasher.device_info())?;
        link.flash_size = info.flash_size.size();
        link.check_chip()?;
        Ok(link)
    }

    fn check_chip(&self) -> Result<(), UsbError> {
        match self.approach.chip {
            Some(wanted) if wanted != self.chip() => Err(UsbError::WrongChip {
                port: self.port().to_owned(),
                wanted: wanted.to_string(),
                found: self.chip().to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// Goes over to the highest rate at which the loader is understood, if it has not found one on its way.
    fn hurry(&mut self, work: &mut Work<'_>) -> Result<(), UsbError> {
        let is_slow = self.baud == FIRST_BAUD;
        for rate in rates(self.approach.baud).into_iter().filter(|&rate| is_slow && rate > FIRST_BAUD) {
            work.check()?;
            if self.change_rate(rate) {
                break;
            }
            work.note(format!("{rate} baud does not work on {}", self.port()));
        }
        work.baud(self.baud);
        Ok(())
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.approach.port
    }

    /// The rate at which bytes go now.
    #[must_use]
    pub const fn baud(&self) -> u32 {
        self.baud
    }

    /// Whether the port can reset the chip.
    #[must_use]
    pub const fn has_lines(&self) -> bool {
        self.has_lines
    }

    /// Bytes of its flash.
    #[must_use]
    pub const fn flash_size(&self) -> u32 {
        self.flash_size
    }

    /// How its flash names itself, if that is known: maker in the first byte, family, size.
    #[must_use]
    pub const fn flash_id(&self) -> Option<u32> {
        self.flash_id
    }

    pub(super) fn has_stub(&self) -> bool {
        self.approach.loader == Loader::Stub && !self.flasher.secure_download_mode()
    }

    /// Whether it tells what the flash holds.
    pub(super) fn shows_flash(&self) -> bool {
        !self.flasher.secure_download_mode()
    }

    pub(super) const fn flasher(&mut self) -> &mut Flasher {
        &mut self.flasher
    }

    pub(super) const fn flasher_ref(&self) -> &Flasher {
        &self.flasher
    }

    pub(super) fn sentence(&self, error: &espflash::Error) -> UsbError {
        failure::sentence(self.port(), self.baud, error)
    }

    /// Does something, again if what came was damaged, and slower if that does not help.
    pub(super) fn persist<T>(
        &mut self,
        work: &mut Work<'_>,
        mut act: impl FnMut(&mut Self, &mut Work<'_>) -> Result<T, espflash::Error>,
    ) -> Result<T, UsbError> {
        let (mut tries, mut failing) = (0, None);
        loop {
            work.check()?;
            let error = match act(self, work) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            tries += 1;
            if failing.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                return Err(self.sentence(&error));
            }
            match failure::kind(&error) {
                // Nobody waits for the time-outs of a board that is not there any more.
                Kind::Silent if !self.answers_at(self.baud) => return Err(self.sentence(&error)),
                Kind::Damaged | Kind::Silent if tries < TRIES => {}
                Kind::Damaged | Kind::Silent => {
                    self.slow_down(&error, work)?;
                    tries = 0;
                }
                Kind::Gone | Kind::Other => return Err(self.sentence(&error)),
            }
        }
    }

    fn slow_down(&mut self, error: &espflash::Error, work: &mut Work<'_>) -> Result<(), UsbError> {
        let (from, sentence) = (self.baud, self.sentence(error));
        let slower = rates(from).into_iter().filter(|&rate| rate < from);
        for rate in slower {
            work.check()?;
            if self.change_rate(rate) {
                work.note(format!("{from} baud arrives damaged, lowered to {rate}"));
                work.baud(rate);
                return Ok(());
            }
        }
        Err(sentence)
    }

    /// Whether both sides are at another rate now; if not, both are at the one before, as far as can be told.
    fn change_rate(&mut self, rate: u32) -> bool {
        let before = self.baud;
        for _ in 0..TRIES {
            // The loader may have changed its rate, and its answer been lost.
            let _ = self.flasher.change_baud(rate);
            if self.answers_at(rate) {
                self.baud = rate;
                return true;
            }
            if !self.answers_at(before) {
                break;
            }
        }
        false
    }

    /// Whether the loader is understood at a rate, at which this side is then.
    fn answers_at(&mut self, rate: u32) -> bool {
        let hides_registers = self.flasher.secure_download_mode();
        enter::answers_at(self.flasher.connection(), rate, hides_registers)
    }

    /// Ends the work: the chip runs its program, or stays in its loader, as the approach says. The port can be used on.
    ///
    /// # Errors
    /// The board is gone, or does not let itself be restarted.
    pub fn leave(mut self, work: &mut Work<'_>) -> Result<Port, UsbError> {
        work.progress(Progress { step: Step::Restart, done: 0, total: 1, unchanged: 0 });
        let left = self.restart().map_err(|error| self.sentence(&error));
        left?;
        work.progress(Progress { step: Step::Restart, done: 1, total: 1, unchanged: 0 });
        let mut port = self.flasher.into_connection().into_serial();
        // The program speaks at the loader's first rate.
        let _ = serialport::SerialPort::set_baud_rate(&mut port, FIRST_BAUD);
        Ok(port)
    }

    fn restart(&mut self) -> Result<(), espflash::Error> {
        if self.baud != FIRST_BAUD && (self.approach.after == After::NoReset || !self.has_lines) {
            // Whoever comes next begins there; and what is still on its way would be lost in a change of this side alone.
            self.change_rate(FIRST_BAUD);
        }
        let (stub, chip, lines) = (self.has_stub(), self.flasher.chip(), self.has_lines);
        match self.approach.after {
            After::Reset if !lines => run_program(&mut self.flasher, stub),
            After::Reset | After::NoReset => self.flasher.connection().reset_after(stub, chip),
        }
    }
}

/// How espflash gets into the loader, and out of it. A native USB port whose chip was put into download mode by hand
/// leaves it by its watchdog only.
fn ways(approach: &Approach, product: u16, has_lines: bool) -> (ResetBeforeOperation, ResetAfterOperation) {
    let by_hand = approach.before == Before::NoReset || !has_lines;
    let before = if by_hand { ResetBeforeOperation::NoReset } else { ResetBeforeOperation::DefaultReset };
    let after = match approach.after {
        After::NoReset => ResetAfterOperation::NoReset,
        After::Reset if by_hand && product == USB_SERIAL_JTAG => ResetAfterOperation::WatchdogReset,
        After::Reset => ResetAfterOperation::HardReset,
    };
    (before, after)
}

/// The answer of the flash to espflash's question for its size is left in the controller's register.
fn left_by_detection(flasher: &mut Flasher) -> Option<u32> {
    if flasher.secure_download_mode() {
        return None;
    }
    let register = flasher.chip().spi_registers().w0();
    let id = flasher.connection().read_reg(register).ok()?;
    let [maker, _, size, _] = id.to_le_bytes();
    (FlashSize::from_detected(size).is_ok() && maker != 0).then_some(id)
}

/// What espflash makes ready for the flash with.
fn target(flasher: &Flasher, has_stub: bool) -> Box<dyn FlashTarget> {
    flasher.chip().flash_target(SpiAttachParams::default(), has_stub, false, false)
}

/// Has a loader run the program, where no line can reset the chip.
fn run_program(flasher: &mut Flasher, stub: bool) -> Result<(), espflash::Error> {
    if stub {
        return flasher.connection().write_command(Command::RunUserCode);
    }
    // The ROM's loader does so at the end of a download, if it has begun one.
    begin_nothing(flasher, 0, 0)?;
    flasher.connection().write_command(Command::FlashEnd { reboot: true })
}
