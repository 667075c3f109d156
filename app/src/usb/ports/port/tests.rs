//! Names, kinds and order of ports.

use serialport::Location;

use super::usb::LONGEST_TEXT;
use super::*;

fn usb(vid: u16, pid: u16, product: &str) -> Usb {
    let product = (!product.is_empty()).then(|| product.to_owned());
    Usb { vid, pid, serial: None, manufacturer: None, product, location: None, interface: None }
}

#[test]
fn a_port_has_a_name_for_people() {
    let table = [
        (usb(0x303A, 0x1001, "USB JTAG/serial debug unit"), "Espressif chip, native USB"),
        (usb(0x303A, 0x0002, "ESP32-S2"), "ESP32-S2 in download mode, native USB"),
        (usb(0x303A, 0x80C2, ""), "LOLIN S2 Mini (ESP32-S2), native USB"),
        (usb(0x303A, 0x8FFF, "Somebody's Board"), "Somebody's Board, native USB"),
        (usb(0x303A, 0x8FFF, ""), "Espressif chip, native USB"),
        (usb(0x239A, 0x8123, "Feather ESP32-S3 TFT"), "Feather ESP32-S3 TFT, native USB"),
        (usb(0x10C4, 0xEA60, "CP2102N USB to UART Bridge Controller"), "CP2102N, USB to UART"),
        (usb(0x10C4, 0xEA60, "Some Vendor's Dongle"), "CP210x, USB to UART"),
        (usb(0x10C4, 0xEA60, ""), "CP210x, USB to UART"),
        (usb(0x1A86, 0x7523, "USB Serial"), "CH340, USB to UART"),
        (usb(0x1A86, 0x55D4, "USB Single Serial"), "CH9102, USB to UART"),
        (usb(0x0403, 0x6001, "FT232R USB UART"), "FT232R, USB to UART"),
        (
            Usb { interface: Some(1), ..usb(0x0403, 0x6010, "Dual RS232-HS") },
            "FT2232, USB to UART, channel B",
        ),
        (usb(0x0483, 0x5740, "STM32 Virtual ComPort"), "STM32 Virtual ComPort"),
        (usb(0x0483, 0x5740, ""), "USB device 0483:5740"),
    ];
    for (usb, name) in table {
        assert_eq!(Port::new("/dev/ttyUSB0", Behind::Usb(usb)).name(), name);
    }
    assert_eq!(Port::new("/dev/pts/5", Behind::Unknown).name(), "Pseudo-terminal");
}

#[test]
fn a_chip_that_is_known_is_named() {
    let native = Port::new("/dev/ttyACM0", Behind::Usb(usb(0x303A, 0x1001, "")));
    assert_eq!(native.name_with(Chip::Esp32C6), "ESP32-C6, native USB");
    let bridge = Port::new("/dev/ttyUSB0", Behind::Usb(usb(0x1A86, 0x7523, "")));
    assert_eq!(bridge.name_with(Chip::Esp32C6), "CH340, USB to UART");
}

#[test]
fn texts_of_a_device_cannot_drive_a_terminal_or_fill_it() {
    let info = UsbPortInfo {
        vid: 0x303A,
        pid: 0x8FFF,
        serial_number: Some("  ".to_owned()),
        manufacturer: Some("a\u{1b}[2J".to_owned()),
        product: Some("x".repeat(5000)),
        location: Some(Location::new("1".to_owned(), vec![2, 3])),
        interface: Some(0),
    };
    let usb = Usb::from(info);
    assert_eq!(usb.serial, None);
    assert_eq!(usb.manufacturer.as_deref(), Some("a\u{FFFD}[2J"));
    assert_eq!(usb.product.map(|product| product.len()), Some(LONGEST_TEXT));
    assert_eq!(usb.location.as_deref(), Some("1-2.3"));
}

#[test]
fn the_likeliest_boards_come_first_whatever_the_order_of_the_system() {
    let mut ports = [
        Port::new("/dev/ttyS0", Behind::BuiltIn),
        Port::new("/dev/ttyUSB10", Behind::Usb(usb(0x1A86, 0x7523, ""))),
        Port::new("/dev/ttyUSB9", Behind::Usb(usb(0x1A86, 0x7523, ""))),
        Port::new("/dev/ttyACM1", Behind::Usb(usb(0x0483, 0x5740, ""))),
        Port::new("/dev/ttyACM0", Behind::Usb(usb(0x303A, 0x1001, ""))),
    ];
    ports.sort_by(Port::order);
    let paths: Vec<_> = ports.iter().map(Port::path).collect();
    assert_eq!(paths, ["/dev/ttyACM0", "/dev/ttyUSB9", "/dev/ttyUSB10", "/dev/ttyACM1", "/dev/ttyS0"]);
}

#[test]
fn a_named_port_that_does_not_exist_is_a_port_too() {
    let port = Port::named("/dev/nobody-has-this");
    assert_eq!((port.path(), port.kind()), ("/dev/nobody-has-this", Kind::Unknown));
    assert_eq!(port.usb_port_info().pid, 0);
}
