//! A simulated board on its cable: its start, its WiFi, its panics, and its cable that comes out.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use skylift::usb::monitor::{Decoder, Heard, Level, NotJoined, Options, WifiNews, wifi_news};
use skylift::usb::ports::{Behind, Port};
use skylift_protocol::{Network, Networks, Password, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::air::{AccessPoint, Air};
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::serial::{Board, BoardConfig};
use skylift_simulator::{FactoryFlash, FlashSource, Mdns};
use tempfile::TempDir;

use crate::debug_info;
use crate::panics::Known;
use crate::pty::Monitor;

/// The link to a board's port.
fn link(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("ttyBOARD")
}

fn plugged_in(image: &DemoImage, networks: &[(&str, &str)], folder: &TempDir) -> Board {
    let mut known = Networks::new();
    for (ssid, password) in networks {
        known = known.with_first(Network { ssid: bounded(ssid), password: Password::new(password).unwrap() });
    }
    let provisioning = Provisioning { networks: known, ..Provisioning::default() };
    let flash = FlashSource::Factory(FactoryFlash::new(image.build().expect("an image"), provisioning));
    let mut config = BoardConfig { link: Some(link(folder)), ..BoardConfig::new(flash) };
    config.device.mdns = Mdns::Off;
    config.device.listen = [127, 0, 0, 1].into();
    config.device.air = Some(Air::new(vec![AccessPoint::new("attic", "open sesame")]));
    Board::plug_in(config).expect("a board")
}

fn monitor(path: &Path, decoder: Option<Decoder>) -> Monitor {
    let port = Port::new(path.to_str().unwrap(), Behind::Unknown);
    let mut monitor = Monitor::of(Options { decoder, ..Options::new(port) });
    monitor.until(|heard| matches!(heard, Heard::Connected { .. }));
    monitor
}

/// The first news of the WiFi that is like this.
fn news(monitor: &mut Monitor, is_it: impl Fn(&WifiNews) -> bool) -> WifiNews {
    loop {
        if let Some(news) =
            monitor.lines.iter().filter_map(|line| wifi_news(&line.text)).find(|news| is_it(news))
        {
            return news;
        }
        monitor.until(|heard| matches!(heard, Heard::Read(_)));
    }
}

#[test]
fn a_board_tells_its_start_and_that_it_is_on_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let board = plugged_in(&DemoImage::default(), &[("attic", "open sesame")], &folder);
    let mut monitor = monitor(&board.path(), None);
    board.press_reset();
    let rom = monitor.read_until("ESP-ROM:");
    assert_eq!(rom.level, Level::Debug);
    let boot = monitor.read_until("Loaded app from partition");
    assert_eq!((boot.level, boot.tag()), (Level::Info, Some("boot")));
    let joined = news(&mut monitor, |news| matches!(news, WifiNews::Joined { .. }));
    assert_eq!(joined, WifiNews::Joined { ssid: Some("attic".to_owned()) });
    let address = news(&mut monitor, |news| matches!(news, WifiNews::Address(_)));
    assert_eq!(address, WifiNews::Address([127, 0, 0, 1].into()));
}

#[test]
fn a_wrong_password_and_a_missing_network_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let board =
        plugged_in(&DemoImage::default(), &[("attic", "open says me"), ("cellar", "12345678")], &folder);
    let mut monitor = monitor(&board.path(), None);
    board.press_reset();
    for (ssid, why) in [("attic", NotJoined::WrongPassword), ("cellar", NotJoined::NotFound)] {
        let expected = WifiNews::NotJoined { ssid: Some(ssid.to_owned()), why };
        assert_eq!(news(&mut monitor, |news| *news == expected), expected);
    }
}

#[test]
fn a_panic_is_decoded_with_the_elf_in_the_library() {
    let (known, folder) = (Known::new(), tempfile::tempdir().unwrap());
    let elf_sha256 = Some(Sha256::digest(debug_info::elf()).into());
    let image = DemoImage { behaviour: Behaviour::Crash, elf_sha256, ..DemoImage::default() };
    let board = plugged_in(&image, &[], &folder);
    let mut monitor = monitor(&board.path(), Some(Decoder::new(known.library(), None)));
    board.press_reset();
    let Heard::Decoded { first_line, reading } =
        monitor.until(|heard| matches!(heard, Heard::Decoded { .. }))
    else {
        unreachable!()
    };
    let decoded = reading.expect("frames");
    assert!(decoded.named_by_board && decoded.certain == decoded.frames.len());
    assert!(
        decoded.frames.iter().any(|frame| frame.function.as_deref() == Some("climate::run")),
        "{decoded:?}"
    );
    let panic = monitor.panics.iter().find(|panic| panic.lines.start == first_line).expect("the panic");
    assert!(!panic.message.is_empty() && panic.place.is_some(), "{panic:?}");
    let lines = monitor.lines.iter().filter(|line| panic.lines.contains(&line.number));
    let texts: Vec<_> = lines.map(|line| &*line.text).collect();
    assert!(texts[0].starts_with("panic: ") && *texts.last().unwrap() == "restarting", "{texts:?}");
}

#[test]
fn a_board_is_read_on_after_its_cable_was_out() {
    let folder = tempfile::tempdir().unwrap();
    let board = plugged_in(&DemoImage::default(), &[], &folder);
    let mut monitor = monitor(&board.path(), None);
    board.unplug();
    monitor.until(|heard| matches!(heard, Heard::Away));
    let before = monitor.lines.len();
    board.plug().expect("it is plugged in");
    monitor.until(|heard| matches!(heard, Heard::Connected { .. }));
    board.press_reset();
    monitor.lines.drain(..before);
    monitor.read_until("ESP-ROM:");
}
