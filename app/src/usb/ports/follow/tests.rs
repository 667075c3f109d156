//! Boards that come back, over lists of ports as systems give them.

use std::cell::Cell;

use super::*;
use crate::usb::ports::{Behind, Fix};

const JTAG: (u16, u16) = (0x303A, 0x1001);
const S2_ROM: (u16, u16) = (0x303A, 0x0002);
const S2_PROGRAM: (u16, u16) = (0x303A, 0x80C2);
const CP2102: (u16, u16) = (0x10C4, 0xEA60);
const CH340: (u16, u16) = (0x1A86, 0x7523);

fn port(path: &str, (vid, pid): (u16, u16), serial: &str, location: &str) -> Port {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (serial, location) = (some(serial), some(location));
    let usb = Usb { vid, pid, serial, manufacturer: None, product: None, location, interface: Some(0) };
    Port::new(path, Behind::Usb(usb))
}

#[test]
fn a_board_is_known_again_and_never_taken_for_another() {
    let mac = "7C:DF:A1:00:11:22";
    let table = [
        // The next free number, and the old one taken by another board.
        (
            port("ACM0", JTAG, mac, "1-1"),
            vec![port("ACM0", JTAG, "7C:DF:A1:00:99:99", "1-2"), port("ACM1", JTAG, mac, "1-1")],
            Some("ACM1"),
        ),
        // In another socket.
        (port("ACM0", JTAG, mac, "1-1"), vec![port("ACM3", JTAG, mac, "2-1.4")], Some("ACM3")),
        // Another board in its socket.
        (port("ACM0", JTAG, mac, "1-1"), vec![port("ACM0", JTAG, "7C:DF:A1:00:99:99", "1-1")], None),
        // ROM and program: other products, the serial with and without colons, or none at all.
        (port("ACM0", JTAG, mac, "1-1"), vec![port("ACM1", S2_PROGRAM, "7CDFA1001122", "1-1")], Some("ACM1")),
        (port("ACM0", S2_PROGRAM, mac, "1-1"), vec![port("ACM1", S2_ROM, "0", "1-1")], Some("ACM1")),
        (port("ACM0", S2_PROGRAM, mac, "1-1"), vec![port("ACM1", S2_ROM, "0", "1-2")], None),
        // A bridge is never something else.
        (port("USB0", CP2102, "0001", "1-1"), vec![port("ACM0", JTAG, mac, "1-1")], None),
        // Serial numbers that all have: the socket counts.
        (
            port("USB0", CP2102, "0001", "1-1"),
            vec![port("USB0", CP2102, "0001", "1-2"), port("USB1", CP2102, "0001", "1-1")],
            Some("USB1"),
        ),
        (port("USB0", CH340, "", "1-1"), vec![port("USB0", CH340, "", "1-2")], None),
        // A system that tells neither: the path.
        (
            port("COM4", CH340, "", ""),
            vec![port("COM3", CH340, "", ""), port("COM4", CH340, "", "")],
            Some("COM4"),
        ),
        (port("COM4", CH340, "", ""), vec![port("COM3", CH340, "", "")], None),
        // Two that could be it.
        (
            port("COM4", CP2102, "77", ""),
            vec![port("COM5", CP2102, "77", ""), port("COM6", CP2102, "77", "")],
            None,
        ),
        (port("USB0", CP2102, "77", "1-1"), vec![], None),
    ];
    for (board, ports, expected) in table {
        assert_eq!(same_board(&board, &ports).map(Port::path), expected, "{board:?} among {ports:?}");
    }
}

fn on(path: &str, ids: (u16, u16), interface: u8) -> Port {
    let usb = port(path, ids, "FT1", "1-1").usb().unwrap().clone();
    Port::new(path, Behind::Usb(Usb { interface: Some(interface), ..usb }))
}

#[test]
fn of_a_bridge_with_several_ports_it_is_the_same_one() {
    let ft2232 = (0x0403, 0x6010);
    let now = [on("USB2", ft2232, 0), on("USB3", ft2232, 1)];
    assert_eq!(same_board(&on("USB1", ft2232, 1), &now).map(Port::path), Some("USB3"));
}

#[test]
fn of_a_program_with_several_ports_it_is_the_first() {
    let now = [on("ACM1", S2_PROGRAM, 2), on("ACM2", S2_PROGRAM, 0)];
    assert_eq!(same_board(&on("ACM0", JTAG, 0), &now).map(Port::path), Some("ACM2"));
}

#[test]
fn a_port_without_usb_is_where_it_was() {
    let board = Port::new("/dev/pts/5", Behind::Unknown);
    assert_eq!(same_board(&board, std::slice::from_ref(&board)), Some(&board));
    assert_eq!(same_board(&board, &[Port::new("/dev/pts/6", Behind::Unknown)]), None);
}

#[test]
fn it_is_waited_for_until_it_is_back_and_may_be_opened() {
    let board = port("ACM0", JTAG, "A1", "1-1");
    let back = port("ACM1", JTAG, "A1", "1-1");
    let looks = Cell::new(0);
    let look = || {
        looks.set(looks.get() + 1);
        if looks.get() < 3 { Vec::new() } else { vec![back.clone()] }
    };
    let state = |_: &Port| if looks.get() < 5 { State::NoPermission(Fix::UdevRule) } else { State::Ready };
    let found = follow_among(&board, Duration::from_secs(60), &Cancel::default(), look, state).unwrap();
    assert_eq!((found, looks.get()), (back, 5));
}

#[test]
fn a_wait_has_an_end() {
    let board = port("ACM0", JTAG, "A1", "1-1");
    let now = Duration::ZERO;
    let gone = follow_among(&board, now, &Cancel::default(), Vec::new, |_| State::Ready);
    assert!(matches!(gone, Err(UsbError::Gone { port }) if port == "ACM0"));

    let closed = |_: &Port| State::NoPermission(Fix::UdevRule);
    let closed = follow_among(&board, now, &Cancel::default(), || vec![board.clone()], closed);
    assert!(matches!(closed, Err(UsbError::NoPermission { .. })), "{closed:?}");

    let cancel = Cancel::default();
    let look = || {
        cancel.cancel();
        Vec::new()
    };
    let cancelled = follow_among(&board, Duration::from_secs(60), &cancel, look, |_| State::Ready);
    assert!(matches!(cancelled, Err(UsbError::Cancelled)), "{cancelled:?}");
}
