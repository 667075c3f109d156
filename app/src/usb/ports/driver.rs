//! Boards that are plugged in and have no port, and what to check when there is no port at all.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::port::{Kind, Usb};

/// A rule for udev: boards may be used without a group, and ModemManager keeps away from them.
pub const UDEV_RULE: &str = include_str!("../../../../assets/udev/60-skylift.rules");

/// How to install it.
pub(super) const RULE_STEPS: &str = "`skylift ports --udev-rule | sudo tee /etc/udev/rules.d/60-skylift.rules`, \
    `sudo udevadm control --reload`, then unplug the board and plug it in again";

/// A board, or its bridge, that is plugged in and has no port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// What it is, for people.
    pub name: String,
    /// What to do about it, the likeliest first.
    pub advice: Vec<String>,
}

/// What is plugged in and has no port. Linux tells; elsewhere it is empty.
#[must_use]
pub fn unserved() -> Vec<Unserved> {
    found(Path::new("/sys/bus/usb/devices"))
        .into_iter()
        .map(|usb| Unserved {
            name: usb.name(),
            advice: why_no_port(&usb, Path::new("/sys/module"), runs("brltty")),
        })
        .collect()
}

/// What to check when there is no port.
#[must_use]
pub fn advice_for_none() -> Vec<String> {
    let mut advice = vec![
        "another cable: many only charge, and carry no data".to_owned(),
        "another socket, at the computer itself instead of a hub".to_owned(),
    ];
    if cfg!(any(windows, target_os = "macos")) {
        let pages = ["CP210x", "CH340", "CH9102", "FT232R"].map(super::known::page_of);
        advice.push(format!("the driver of the board's bridge: {}", pages.join(", ")));
    } else if is_wsl() {
        advice.push(
            "in Windows, `usbipd bind` and `usbipd attach --wsl`: only then is a board seen in here"
                .to_owned(),
        );
    }
    advice.push("no board at hand? `skylift simulate --usb` makes one".to_owned());
    advice
}

fn is_wsl() -> bool {
    read(Path::new("/proc/version")).is_some_and(|version| version.to_ascii_lowercase().contains("microsoft"))
}

/// The boards among USB's devices, as Linux shows them, that no serial driver serves.
fn found(devices: &Path) -> Vec<Usb> {
    let folders = fs::read_dir(devices).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = folders
        .filter_map(|folder| Some((device(&folder)?, folder)))
        .filter(|(usb, _)| matches!(usb.kind(), Kind::SerialJtag | Kind::Otg | Kind::Bridge))
        .filter(|(_, folder)| !has_port(folder))
        .map(|(usb, _)| usb)
        .collect();
    found.sort_by(|a, b| a.location.cmp(&b.location));
    found
}

fn device(folder: &Path) -> Option<Usb> {
    let id = |file| u16::from_str_radix(&read(&folder.join(file))?, 16).ok();
    Some(Usb {
        vid: id("idVendor")?,
        pid: id("idProduct")?,
        serial: None,
        manufacturer: None,
        product: read(&folder.join("product")).and_then(super::port::text),
        location: Some(folder.file_name()?.to_string_lossy().into_owned()),
        interface: None,
    })
}

/// Below an interface (`1-2:1.0`) there is `tty` of USB's class, or `ttyUSB0` of a bridge's driver.
fn has_port(device: &Path) -> bool {
    let children = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let interfaces = children(device).filter(|child| child.file_name().to_string_lossy().contains(':'));
    interfaces.into_iter().any(|interface| {
        children(&interface.path()).any(|child| child.file_name().to_string_lossy().starts_with("tty"))
    })
}

fn why_no_port(usb: &Usb, modules: &Path, brltty: bool) -> Vec<String> {
    let module = usb.driver().module;
    if usb.kind() == Kind::Bridge && brltty {
        return vec![
            "brltty takes it for a braille display; nobody here reads braille? Then: \
             `sudo systemctl disable --now brltty-udev brltty`, and plug it in again"
                .to_owned(),
        ];
    }
    if !modules.join(module).exists() {
        return vec![format!("its driver is not loaded: `sudo modprobe {module}`")];
    }
    if usb.kind() == Kind::Otg {
        return vec!["its program offers no serial port: hold BOOT, press RESET, let go of BOOT".to_owned()];
    }
    vec!["unplug it and plug it in again; `sudo dmesg` then tells why its driver does not take it".to_owned()]
}

#[cfg(target_os = "linux")]
fn runs(program: &str) -> bool {
    super::holder::runs(program)
}

#[cfg(not(target_os = "linux"))]
fn runs(_: &str) -> bool {
    false
}

fn read(file: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(file).ok()?.take(4096).read_to_string(&mut text).ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device as Linux shows it; `below` are files below its interface.
    fn plug_in(devices: &Path, location: &str, ids: (&str, &str), below: &str) {
        let interface = devices.join(location).join(format!("{location}:1.0"));
        fs::create_dir_all(interface.join(below)).unwrap();
        fs::write(devices.join(location).join("idVendor"), format!("{}\n", ids.0)).unwrap();
        fs::write(devices.join(location).join("idProduct"), format!("{}\n", ids.1)).unwrap();
    }

    #[test]
    fn boards_without_a_port_are_found() {
        let devices = tempfile::tempdir().unwrap();
        plug_in(devices.path(), "1-1", ("1a86", "7523"), "ttyUSB0");
        plug_in(devices.path(), "1-2", ("1a86", "7523"), "power");
        plug_in(devices.path(), "1-3", ("303a", "1001"), "tty");
        plug_in(devices.path(), "1-4.1", ("303a", "1001"), "power");
        plug_in(devices.path(), "1-5", ("046d", "c31c"), "power");
        fs::create_dir(devices.path().join("usb1")).unwrap();
        let names: Vec<_> = found(devices.path()).iter().map(Usb::name).collect();
        assert_eq!(names, ["CH340, USB to UART", "Espressif chip, native USB"]);
    }

    #[test]
    fn why_there_is_no_port_is_told() {
        let modules = tempfile::tempdir().unwrap();
        fs::create_dir(modules.path().join("cdc_acm")).unwrap();
        let usb = |vid, pid| {
            let (serial, manufacturer, product, location, interface) = (None, None, None, None, None);
            Usb { vid, pid, serial, manufacturer, product, location, interface }
        };
        let table = [
            (usb(0x1A86, 0x7523), true, "brltty takes it for a braille display"),
            (usb(0x1A86, 0x7523), false, "`sudo modprobe ch341`"),
            (usb(0x10C4, 0xEA60), false, "`sudo modprobe cp210x`"),
            (usb(0x303A, 0x4001), true, "hold BOOT, press RESET"),
            (usb(0x303A, 0x1001), false, "unplug it and plug it in again"),
        ];
        for (usb, brltty, reason) in table {
            let advice = why_no_port(&usb, modules.path(), brltty);
            assert!(advice[0].contains(reason), "{advice:?} is not: {reason}");
        }
    }
}
