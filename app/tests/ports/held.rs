//! Who holds a port.

use std::fs::File;

use skylift::advice::Advice as _;
use skylift::usb::UsbError;
use skylift::usb::ports::{Holder, Kind, Port, State, refusal};

use crate::pty::Pty;

fn in_use(program: &str, pid: u32) -> State {
    State::InUse { by: Some(Holder { program: program.to_owned(), pid }) }
}

#[test]
fn a_port_that_another_program_has_open_is_in_use_by_it() {
    let pty = Pty::new();
    assert_eq!(State::of(&pty.port()), State::Ready);
    let sleep = pty.opened_by_sleep();
    let state = State::of(&pty.port());
    assert_eq!(state, in_use("sleep", sleep.pid()));
    assert_eq!(state.to_string(), format!("in use by sleep (process {})", sleep.pid()));
    assert_eq!(state.advice(), ["close sleep"]);
    drop(sleep);
    assert_eq!(State::of(&pty.port()), State::Ready);
}

#[test]
fn a_port_that_this_process_has_open_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ttyACM0");
    let _held = File::create(&path).unwrap();
    let state = State::of(&Port::named(path.to_str().unwrap()));
    assert!(matches!(&state, State::InUse { by: Some(holder) } if holder.is_us()), "{state:?}");
    assert_eq!(state.to_string(), "in use by this Skylift");
}

#[test]
fn who_is_the_board_behind_a_pseudo_terminal_does_not_use_the_port() {
    let pty = Pty::new();
    let _both_ends = File::open(&pty.path).unwrap();
    assert_eq!(State::of(&pty.port()), State::Ready);
    let sleep = pty.opened_by_sleep();
    assert_eq!(State::of(&pty.port()), in_use("sleep", sleep.pid()));
}

#[test]
fn opening_a_port_that_another_program_has_locked_names_the_program() {
    let pty = Pty::new();
    let locked = pty.locked_by_sh();
    let error = serialport::new(&pty.path, 115_200).open_native().expect_err("it is locked");
    let error = refusal(&pty.path, &error);
    assert!(
        matches!(&error, UsbError::InUse { by: Some(holder), .. } if holder.pid == locked.pid()),
        "{error:?}"
    );
    assert_eq!(error.to_string(), format!("sh (process {}) uses {}", locked.pid(), pty.path));
    assert_eq!(error.advice(), ["close sh"]);
}

#[test]
fn a_port_that_is_unplugged_is_gone() {
    // No pseudo-terminal: the system would give its path to the next one at once.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ttyACM0");
    std::fs::write(&path, "").unwrap();
    let (port, path) = (Port::named(path.to_str().unwrap()), path.to_str().unwrap());
    assert_eq!(State::of(&port), State::Ready);
    std::fs::remove_file(path).unwrap();
    assert_eq!(State::of(&port), State::Gone);
    let error = serialport::new(path, 115_200).open_native().expect_err("it is gone");
    let error = refusal(path, &error);
    assert!(matches!(error, UsbError::NoPort { .. }), "{error:?}");
}

#[test]
fn a_link_to_a_port_is_that_port() {
    let (pty, folder) = (Pty::new(), tempfile::tempdir().unwrap());
    let link = folder.path().join("usb-Espressif_USB_JTAG_serial_debug_unit-if00");
    std::os::unix::fs::symlink(&pty.path, &link).unwrap();
    let port = Port::named(link.to_str().unwrap());
    assert_eq!((port.path(), port.kind()), (pty.path.as_str(), Kind::Unknown));
    let sleep = pty.opened_by_sleep();
    assert_eq!(State::of(&port), in_use("sleep", sleep.pid()));
}
