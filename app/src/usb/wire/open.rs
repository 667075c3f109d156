//! A port is opened for a loader.

use espflash::connection::Port;
use serialport::{FlowControl, SerialPort, UsbPortInfo};

use super::approach::FIRST_BAUD;
use crate::usb::{UsbError, ports};

/// An open port, and what is known of its other end.
pub(super) struct Opened {
    pub port: Port,
    pub usb: UsbPortInfo,
    /// It has the lines that reset a chip.
    pub has_lines: bool,
}

/// Opens a port at the rate of every loader.
pub(super) fn open(name: &str) -> Result<Opened, UsbError> {
    let opened = serialport::new(name, FIRST_BAUD).flow_control(FlowControl::None).open_native();
    let mut port = opened.map_err(|error| ports::refusal(name, &error))?;
    // Asks for the lines that come in; who has none of those, has none that go out.
    let has_lines = port.read_clear_to_send().is_ok();
    Ok(Opened { port, usb: ports::Port::named(name).usb_port_info(), has_lines })
}
