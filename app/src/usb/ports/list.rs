//! Which ports there are.

use super::Kind;
use super::port::Port;
use crate::usb::UsbError;

/// The ports that a board may be on, the likeliest first. The order does not depend on when they were plugged in.
///
/// # Errors
/// [`UsbError::Ports`] if the system does not tell.
pub fn list() -> Result<Vec<Port>, UsbError> {
    let mut ports = list_all()?;
    ports.retain(|port| may_have_a_board(port, has_hardware));
    Ok(ports)
}

/// All ports that the system knows, those as well that no board can be on.
///
/// # Errors
/// [`UsbError::Ports`] if the system does not tell.
pub fn list_all() -> Result<Vec<Port>, UsbError> {
    let mut ports: Vec<Port> =
        system()?.into_iter().map(Port::from).filter(|port| !is_shadow(port)).collect();
    ports.sort_by(Port::order);
    Ok(ports)
}

fn system() -> Result<Vec<serialport::SerialPortInfo>, UsbError> {
    // serialport panics without it.
    if cfg!(target_os = "linux") && !std::path::Path::new("/sys/class/tty").is_dir() {
        return Err(UsbError::Ports { problem: "there is no /sys/class/tty".to_owned() });
    }
    serialport::available_ports().map_err(|error| UsbError::Ports { problem: error.to_string() })
}

/// macOS has two of each; opening `tty.` waits for a carrier, which boards do not give.
fn is_shadow(port: &Port) -> bool {
    cfg!(target_os = "macos") && port.path().starts_with("/dev/tty.")
}

fn may_have_a_board(port: &Port, has_hardware: impl Fn(&str) -> bool) -> bool {
    match port.kind() {
        Kind::Bluetooth => false,
        Kind::BuiltIn => {
            !port.path().contains("Bluetooth")
                && !port.path().contains("debug-console")
                && has_hardware(port.path())
        }
        _ => true,
    }
}

/// Linux makes `ttyS0` to `ttyS31` whether there is hardware or not; type 0 is none (`PORT_UNKNOWN` in
/// `include/uapi/linux/serial_core.h`).
fn has_hardware(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let kind = std::fs::read_to_string(format!("/sys/class/tty/{name}/type"));
    kind.map_or(true, |kind| kind.trim() != "0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::ports::{Behind, Usb};

    #[test]
    fn only_ports_that_may_have_a_board_are_listed() {
        let usb = Usb {
            vid: 1,
            pid: 2,
            serial: None,
            manufacturer: None,
            product: None,
            location: None,
            interface: None,
        };
        let table = [
            ("/dev/ttyACM0", Behind::Usb(usb), true),
            ("/dev/ttyS0", Behind::BuiltIn, true),
            ("/dev/ttyS1", Behind::BuiltIn, false),
            ("/dev/rfcomm0", Behind::Bluetooth, false),
            ("/dev/cu.Bluetooth-Incoming-Port", Behind::BuiltIn, false),
            ("/dev/cu.debug-console", Behind::BuiltIn, false),
        ];
        for (path, behind, listed) in table {
            let port = Port::new(path, behind);
            assert_eq!(may_have_a_board(&port, |path| path != "/dev/ttyS1"), listed, "{path}");
        }
    }
}
