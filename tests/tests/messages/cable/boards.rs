//! A board that is not reached, or not to the end of the work.

use skylift::usb::wire::{Approach, Link};
use skylift::usb::{Cancel, Step, UsbError, Work};
use skylift_protocol::Chip;
use skylift_simulator::faults::FlashFault;
use skylift_simulator::serial::{Board, SerialFaults};

use super::{approach, at, blank, link, of, port};
use crate::table::Line;

pub fn lines() -> Vec<Line> {
    let mut lines = reached();
    lines.extend(by_hand());
    lines.extend(on_the_way());
    lines
}

fn connect(approach: &Approach) -> UsbError {
    Link::connect(approach, &mut Work::unwatched()).err().unwrap()
}

/// The ways into the loader.
fn reached() -> Vec<Line> {
    let board = blank();
    let other = Approach { chip: Some(Chip::Esp32C6), ..approach(&board) };
    let wrong = at("Another chip is there than the one that was asked for", &board, &connect(&other));
    board.set_faults(SerialFaults { stall_at: Some(0), ..SerialFaults::default() });
    vec![at("Nobody answers, on a port without reset lines", &board, &connect(&approach(&board))), wrong]
}

/// What a simulated board does not do: it has no reset lines, its chip is known, its flash answers.
fn by_hand() -> Vec<Line> {
    let damaged = espflash::Error::IncorrectResponse.to_string();
    vec![
        of(
            "Nobody answers, though the port could reset the chip",
            &UsbError::NoAnswer { port: port(), has_lines: true },
        ),
        of(
            "The chip starts its program in spite of the reset",
            &UsbError::NotInDownloadMode { port: port() },
        ),
        of(
            "The chip is none that is known",
            &UsbError::UnknownChip { port: port(), problem: "unrecognized magic value: 0x7".to_owned() },
        ),
        of(
            "The cable damages what it carries",
            &UsbError::Damaged { port: port(), baud: 115_200, problem: damaged },
        ),
        of("The flash does not answer", &UsbError::NoFlash { port: port() }),
        of(
            "The loader does not do what it is told to",
            &UsbError::Refused { port: port(), problem: "Bootloader failed to write to flash".to_owned() },
        ),
    ]
}

/// What happens while a board is written, for real.
fn on_the_way() -> Vec<Line> {
    // Bytes that nothing makes smaller.
    let data = bytes(0x2_0000);
    let write = |link: &mut Link, offset| {
        link.write(Step::App, offset, &data, &mut Work::unwatched()).map(drop).unwrap_err()
    };
    let fails = |symptom, fail: &dyn Fn(&Board)| {
        let board = blank();
        let mut link = link(&board);
        let path = board.path();
        fail(&board);
        of(symptom, &write(&mut link, 0x1_0000)).calling(path.to_str().unwrap(), super::PORT)
    };
    let faults = |faults: SerialFaults| move |board: &Board| board.set_faults(faults);
    let mut lines = vec![
        fails("The cable comes out", &|board| board.unplug()),
        fails(
            "The board says nothing more",
            &faults(SerialFaults { stall_at: Some(1000), ..SerialFaults::default() }),
        ),
        worn_out(&data[..0x1_0000]),
    ];
    let board = blank();
    let mut link = link(&board);
    lines.push(at("Something is to go behind the end of the flash", &board, &write(&mut link, 0x3F_0000)));
    lines.push(at("Something is to go into the middle of a sector", &board, &write(&mut link, 0x1001)));
    let cancel = Cancel::default();
    cancel.cancel();
    let called_off = link.erase(0, 0x1000, &mut Work::new(cancel, |_| ())).unwrap_err();
    lines.push(at("You call it off", &board, &called_off));
    lines
}

fn worn_out(data: &[u8]) -> Line {
    let board = blank();
    let mut link = link(&board);
    let worn =
        SerialFaults { flash: FlashFault::Silent { operation: 3, seed: 1 }, ..SerialFaults::default() };
    // Again and again: whenever something is told, before each attempt.
    let mut work = Work::new(Cancel::default(), |_| board.set_faults(worn));
    let said = link.write(Step::App, 0x1_0000, data, &mut work).map(drop).unwrap_err();
    of("The flash does not keep what is written", &said).calling(board.path().to_str().unwrap(), super::PORT)
}

fn bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fastrand::Rng::with_seed(1).fill(&mut bytes);
    bytes
}
