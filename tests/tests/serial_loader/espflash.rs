//! espflash's library, the real code, at the cable of a board.

use espflash::connection::{Connection, ResetAfterOperation, ResetBeforeOperation};
use espflash::flasher::Flasher;
use espflash::image_format::Segment;
use espflash::target::DefaultProgressCallback;
use serialport::UsbPortInfo;
use skylift_simulator::serial::Board;

use crate::boards::open;

/// Which loader does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Rom,
    Stub,
}

/// Connected to a board that waits for a download.
pub fn try_connect(board: &Board, via: Via, baud: Option<u32>) -> Result<Flasher, espflash::Error> {
    let nothing_known = UsbPortInfo {
        vid: 0,
        pid: 0,
        serial_number: None,
        manufacturer: None,
        product: None,
        interface: None,
        location: None,
    };
    let connection = Connection::new(
        open(board, 115_200),
        nothing_known,
        ResetAfterOperation::NoResetNoStub,
        ResetBeforeOperation::NoReset,
        115_200,
    );
    Flasher::connect(connection, via == Via::Stub, true, true, None, baud)
}

pub fn connect(board: &Board, via: Via) -> Flasher {
    try_connect(board, via, None).unwrap()
}

/// Writes bytes, and has them verified.
pub fn write(flasher: &mut Flasher, offset: u32, bytes: &[u8]) -> Result<(), espflash::Error> {
    let segment = Segment { addr: offset, data: bytes.into() };
    flasher.write_bins_to_flash(&[segment], &mut DefaultProgressCallback)
}
