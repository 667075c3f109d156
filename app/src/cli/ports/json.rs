//! Ports for programs.

use serde_json::{Value, json};

use crate::usb::ports::{Seen, State, Unserved};

/// A port as a line of JSON. Vendor and product are hexadecimal, as everybody writes them.
pub(super) fn port(seen: &Seen) -> Value {
    let usb = seen.port.usb();
    let holder = match &seen.state {
        State::InUse { by } => by.as_ref(),
        _ => None,
    };
    json!({
        "path": seen.port.path(),
        "name": seen.port.name(),
        "kind": seen.port.kind().as_str(),
        "vid": usb.map(|usb| format!("{:04x}", usb.vid)),
        "pid": usb.map(|usb| format!("{:04x}", usb.pid)),
        "serial": usb.and_then(|usb| usb.serial.as_ref()),
        "manufacturer": usb.and_then(|usb| usb.manufacturer.as_ref()),
        "product": usb.and_then(|usb| usb.product.as_ref()),
        "location": usb.and_then(|usb| usb.location.as_ref()),
        "state": seen.state.as_str(),
        "used_by": holder.map(|holder| json!({ "program": holder.program, "process": holder.pid })),
        "advice": seen.state.advice(),
    })
}

/// A board without a port as a line of JSON.
pub(super) fn unserved(board: &Unserved) -> Value {
    json!({ "path": null, "name": board.name, "state": "no_port", "advice": board.advice })
}
