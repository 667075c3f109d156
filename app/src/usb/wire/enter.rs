//! The way into the loader. Where the ROM is known to take it, the stub is sent at the highest rate at once: at the first
//! one, that alone takes half a second.

use std::time::Duration;

use espflash::Error;
use espflash::command::{Command, CommandResponseValue};
use espflash::connection::{Connection, ResetAfterOperation, ResetBeforeOperation};
use espflash::flasher::Flasher;
use serialport::UsbPortInfo;
use skylift_protocol::Chip;

use super::approach::FIRST_BAUD;

/// A register that every chip has.
const ANY_REGISTER: u32 = 0x4000_1000;
/// How long the loader has to answer when it is only asked whether it is there.
const ANSWER: Duration = Duration::from_millis(500);
/// What is on its way when the rate changes is rubbish, and is over then (so it is in espflash and esptool).
const RUBBISH: Duration = Duration::from_millis(50);
/// How often the same is tried.
const TRIES: u32 = 3;
/// Chips whose ROM sets the rate that it is told; that of others goes by another crystal than they may have.
const EXACT: [Chip; 3] = [Chip::Esp32S3, Chip::Esp32C3, Chip::Esp32C6];
/// The flag of GET_SECURITY_INFO for a loader that takes no stub.
const SECURE_DOWNLOAD: u32 = 1 << 2;

/// How the loader is reached.
pub(super) struct Entry {
    pub usb: UsbPortInfo,
    pub before: ResetBeforeOperation,
    pub after: ResetAfterOperation,
    /// The rate at which the stub is sent if that can be; `None` sends none.
    pub stub_at: Option<u32>,
}

impl Entry {
    /// Gets the chip into its loader, the ROM's or the stub; the rate at which it is understood then.
    pub fn enter(&self, port: espflash::connection::Port) -> Result<(Flasher, u32), Error> {
        let mut connection = self.connection(port, self.before, FIRST_BAUD);
        let Some(rate) = self.stub_at.filter(|&rate| rate > FIRST_BAUD) else {
            return Ok((self.connect(connection)?, FIRST_BAUD));
        };
        connection.begin()?;
        let is_fast = is_exact_rom(&mut connection) && change_rate(&mut connection, 0, FIRST_BAUD, rate);
        let reached = if is_fast { rate } else { FIRST_BAUD };
        let connection = self.connection(connection.into_serial(), ResetBeforeOperation::NoReset, reached);
        match Flasher::try_connect(connection, true, true, true, None, None) {
            Ok(flasher) => Ok((flasher, reached)),
            Err(failed) if is_fast => Ok((self.connect(self.calmed(failed.1, rate))?, FIRST_BAUD)),
            Err(failed) => Err(failed.0),
        }
    }

    fn connect(&self, connection: Connection) -> Result<Flasher, Error> {
        Flasher::connect(connection, self.stub_at.is_some(), true, true, None, None)
    }

    fn connection(
        &self,
        port: espflash::connection::Port,
        before: ResetBeforeOperation,
        baud: u32,
    ) -> Connection {
        Connection::new(port, self.usb.clone(), self.after, before, baud)
    }

    /// The same from the beginning, after the cable has not carried the stub at that rate.
    fn calmed(&self, mut connection: Connection, rate: u32) -> Connection {
        // If the ROM does not hear that either, it takes a reset.
        change_rate(&mut connection, rate, rate, FIRST_BAUD);
        let mut port = connection.into_serial();
        let _ = serialport::SerialPort::set_baud_rate(&mut port, FIRST_BAUD);
        self.connection(port, self.before, FIRST_BAUD)
    }
}

/// Whether a ROM answers that takes any rate, and a stub. A stub that was left running says it in two bytes less.
fn is_exact_rom(connection: &mut Connection) -> bool {
    let said = connection.with_timeout(ANSWER, |connection| connection.command(Command::GetSecurityInfo));
    let Ok(CommandResponseValue::Vector(said)) = said else { return false };
    let (words, rest) = said.as_chunks::<4>();
    let [flags, _, _, chip, ..] = words else { return false };
    let chip = u16::try_from(u32::from_le_bytes(*chip)).map_or(Chip::Unknown, Chip::from_image_id);
    rest.is_empty() && EXACT.contains(&chip) && u32::from_le_bytes(*flags) & SECURE_DOWNLOAD == 0
}

/// Whether both sides are at another rate now; if not, both are at the one before, as far as can be told.
fn change_rate(connection: &mut Connection, told: u32, from: u32, to: u32) -> bool {
    let change = Command::ChangeBaudrate { new_baud: to, prior_baud: told };
    for _ in 0..TRIES {
        // The loader may have changed its rate, and its answer been lost.
        let _ = connection.with_timeout(ANSWER, |connection| connection.command(change));
        let _ = connection.set_baud(to);
        std::thread::sleep(RUBBISH);
        if answers_at(connection, to, false) {
            return true;
        }
        if !answers_at(connection, from, false) {
            break;
        }
    }
    false
}

/// Whether the loader is understood at a rate, at which this side is then.
pub(super) fn answers_at(connection: &mut Connection, rate: u32, hides_registers: bool) -> bool {
    let mut read = |connection: &mut Connection| {
        connection.set_baud(rate)?;
        connection.command(Command::ReadReg { address: ANY_REGISTER })
    };
    (0..TRIES).any(|_| match connection.with_timeout(ANSWER, &mut read) {
        Ok(_) => true,
        // A refusal is an answer, too.
        Err(error) => hides_registers && matches!(error, Error::RomError(_)),
    })
}
