//! Who flashes: Skylift, and espflash's library alone. Both write the app into a slot, read it back by its digest, and
//! have its slot booted.

use std::time::Instant;

use espflash::connection::{Connection, ResetAfterOperation, ResetBeforeOperation};
use espflash::flasher::Flasher;
use espflash::image_format::Segment;
use espflash::target::DefaultProgressCallback;
use serialport::UsbPortInfo;
use skylift::image::Image;
use skylift::usb::Work;
use skylift::usb::board::{Board as Facts, Depth};
use skylift::usb::flash::{Firmware, Plan, Scope, Target, Wish, write};
use skylift::usb::wire::{After, Approach, Link};
use skylift_simulator::serial::Board;

/// The rate of both.
pub const BAUD: u32 = 921_600;
/// The second slot, which nothing runs from.
const SLOT: u32 = 0x1F_0000;

/// Seconds from the opened port to the last byte that is verified, with everything that is read before.
pub fn skylift(board: &Board, app: &[u8]) -> f64 {
    let started = Instant::now();
    let path = board.path();
    let approach = Approach { after: After::NoReset, baud: BAUD, ..Approach::new(path.to_str().unwrap()) };
    let mut work = Work::unwatched();
    let mut link = Link::connect(&approach, &mut work).unwrap();
    let facts = Facts::read(&mut link, Depth::Heads, &mut work).unwrap();
    let image = Image::from_bytes("app.bin".as_ref(), app.to_vec()).unwrap();
    let wish = Wish { scope: Scope::AppOnly, ..Wish::default() };
    let plan =
        Plan::make(&Firmware::app(image, "a benchmark".to_owned()), &wish, &Target::from(&facts)).unwrap();
    write(&plan, &mut link, &mut work).unwrap();
    link.leave(&mut work).unwrap();
    started.elapsed().as_secs_f64()
}

/// The same, without a look at the board and without otadata.
pub fn espflash(board: &Board, app: &[u8]) -> f64 {
    let started = Instant::now();
    let port = serialport::new(board.path().to_str().unwrap(), 115_200).open_native().unwrap();
    let nothing_known = UsbPortInfo {
        vid: 0,
        pid: 0,
        serial_number: None,
        manufacturer: None,
        product: None,
        interface: None,
        location: None,
    };
    let (after, before) = (ResetAfterOperation::NoResetNoStub, ResetBeforeOperation::NoReset);
    let connection = Connection::new(port, nothing_known, after, before, 115_200);
    let mut flasher = Flasher::connect(connection, true, true, true, None, Some(BAUD)).unwrap();
    let segment = Segment { addr: SLOT, data: app.into() };
    flasher.write_bins_to_flash(&[segment], &mut DefaultProgressCallback).unwrap();
    started.elapsed().as_secs_f64()
}
