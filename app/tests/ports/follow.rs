//! A port that is waited for.

use std::time::Duration;

use skylift::usb::ports::{Port, follow};
use skylift::usb::{Cancel, UsbError};

use crate::pty::Pty;

#[test]
fn a_port_that_is_there_is_there_at_once() {
    let pty = Pty::new();
    assert_eq!(follow(&pty.port(), Duration::ZERO, &Cancel::default()).unwrap(), pty.port());
}

#[test]
fn a_port_that_is_gone_is_waited_for_until_it_is_called_off() {
    let port = Port::named("/dev/nobody-has-this");
    let gone = follow(&port, Duration::ZERO, &Cancel::default());
    assert!(matches!(&gone, Err(UsbError::Gone { port: path }) if path == port.path()), "{gone:?}");

    let cancel = Cancel::default();
    let waiting = std::thread::spawn({
        let cancel = cancel.clone();
        move || follow(&port, Duration::from_secs(600), &cancel)
    });
    cancel.cancel();
    assert!(matches!(waiting.join().unwrap(), Err(UsbError::Cancelled)));
}
