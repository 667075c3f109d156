//! The stills of every page, and how each is come by.

use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{Basis, Cost, Plan, Snapshot, Unavailable, Way};
use skylift::gui::{Event, FirmwareEvent, HistoryEvent, Opened, Page, UpdatesEvent};
use skylift::store::{Course, PastBoot, Sample};
use skylift_protocol::Encoding;

use super::fleet::{fleet, id_of, widest};
use super::{Material, Still};

/// A still with its name.
pub struct Stop {
    pub name: &'static str,
    pub still: Still,
}

/// One after the other.
pub fn stops(material: &Material, mut look: impl FnMut(&mut Stop)) {
    let mut stop = |name: &'static str, snapshot: &Snapshot, way: &[&str]| {
        let mut still = Still::of(material, snapshot);
        close_toasts(&mut still);
        way.iter().for_each(|name| still.click(name));
        answer(material, &mut still);
        look(&mut Stop { name, still });
    };
    let (seen, fleet, widest) = (&material.seen, &fleet(material), &widest(material));
    stop("first-start", &Snapshot::default(), &[]);
    stop("devices", fleet, &[]);
    stop("device", fleet, &["Device is-rolled-back"]);
    stop("device-widest", widest, &["Device WWWWWWWWGREENHOUSE-IN-THE-GARDEN"]);
    stop("dialog", fleet, &["Add device…"]);
    let planned =
        ["Updates", "New update…", "Update porch-light", "Update cellar-fan", "Image skylift-demo 1.2.0"];
    stop("plan", seen, &planned);
    stop("verdict-validated", seen, &["Updates", "Open skylift-demo 1.1.0 to porch-light"]);
    stop("verdict-rolled-back", seen, &["Updates", "Open skylift-demo 1.2.0 to cellar-fan"]);
    stop("updates", seen, &["Updates"]);
    stop("firmware", seen, &["Firmware", "Image skylift-demo 1.2.0, signed by bench"]);
    stop("jaguar", &super::toit::with_jaguar(material), &["Device happy-otter"]);
    stop("serve", seen, &["Serve"]);
    stop("history", seen, &["History", "Update skylift-demo 1.2.0 to cellar-fan"]);
    stop("certificate", seen, &["History", "Certificates"]);
    stop("messages", seen, &["Messages"]);
    stop("settings", seen, &["Settings"]);
    let mut still = Still::of(material, seen);
    close_toasts(&mut still);
    super::toit::open(&mut still);
    look(&mut Stop { name: "toit", still });
    let mut still = Still::of(material, seen);
    close_toasts(&mut still);
    super::log::read(&mut still, material);
    still.click("Monitor");
    look(&mut Stop { name: "monitor", still });
    for (name, board) in [
        ("usb-flashing", "CP2102N, USB to UART, /dev/ttyUSB0, Flashing, 35\u{202f}%"),
        ("usb-board", "ESP32-C6, native USB, /dev/ttyACM0, Ready"),
        ("usb-locked", "FT232R, USB to UART, /dev/ttyUSB2, No permission"),
    ] {
        let mut still = Still::of(material, seen);
        close_toasts(&mut still);
        super::usb::plug_in(&mut still);
        still.click(board);
        look(&mut Stop { name, still });
    }
    let mut still = Still::of(material, seen);
    close_toasts(&mut still);
    super::usb::choose(&mut still);
    look(&mut Stop { name: "usb-choices", still });
    let mut still = Still::of(material, seen);
    close_toasts(&mut still);
    super::usb::flash_several(&mut still);
    look(&mut Stop { name: "usb-several", still });
}

fn close_toasts(still: &mut Still) {
    use egui_kittest::kittest::Queryable as _;
    still.draw();
    while still.harness.query_all_by_label("Close message").count() > 0 {
        still.click("Close message");
    }
}

/// What the worker would answer to whoever has opened an image, or a past update.
fn answer(material: &Material, still: &mut Still) {
    let state = still.harness.state();
    match (state.page, state.history.open) {
        (Page::Firmware | Page::Updates, _) => {
            let wanted = state.firmware.open;
            let open = material.opened.iter().find(|image| Some(image.file_sha256) == wanted);
            let image = open.cloned().unwrap_or_else(|| material.image("1.2.0"));
            let opened = Opened::new(image, false);
            still.hear(Event::Firmware(FirmwareEvent::Opened(opened)));
            ways(still);
        }
        (Page::History, Some(number)) => {
            still.hear(Event::History(HistoryEvent::Course(number, Arc::new(course()))));
        }
        _ => {}
    }
}

/// What the engine would say of the ways to two devices: a delta to the one, with times of its own; none to the other.
fn ways(still: &mut Still) {
    let number = still.harness.state().updates.asking.number();
    let cost = |bytes: u32, seconds| Ok(Cost { bytes, seconds });
    for (name, delta, basis, faster) in [
        ("porch-light", cost(3_148, 4.4), Basis::Measured { updates: 3 }, 0.0),
        ("cellar-fan", Err(Unavailable::BaseNotHere), Basis::Typical, 1.8),
    ] {
        let ways = [
            (Encoding::Raw, cost(64 << 10, 7.9 - faster)),
            (Encoding::Compressed, cost(34_816, 6.1 - faster)),
            (Encoding::Delta, delta),
        ];
        let chosen = if basis == Basis::Typical { Encoding::Compressed } else { Encoding::Delta };
        let costs = Plan {
            device: id_of(name),
            label: name.to_owned(),
            raw_bytes: 64 << 10,
            ways: ways.map(|(encoding, cost)| Way { encoding, cost }).to_vec(),
            chosen,
            basis,
        };
        still.hear(Event::Updates(UpdatesEvent::Ways(number, id_of(name), Ok(Arc::new(costs)))));
    }
}

/// Downloaded in two seconds, restarted twice: the second time into the image before.
fn course() -> Course {
    let total = 64 << 10;
    let sample = |tenths: u32| Sample {
        at: Duration::from_millis(2000 + 100 * u64::from(tenths)),
        served: Some(u64::from(total * tenths / 20)),
        written: Some(total * tenths.saturating_sub(1) / 20),
        rssi: Some(if tenths % 8 < 4 { -61 } else { -66 }),
    };
    let boot = |count, seconds: [u64; 2], reset: &str, version: &str, state: &str| PastBoot {
        from: Duration::from_secs(seconds[0]),
        until: Duration::from_secs(seconds[1]),
        count,
        reset: reset.to_owned(),
        version: version.to_owned(),
        state: state.to_owned(),
        protection: "guard".to_owned(),
    };
    let boots = vec![
        boot(1, [0, 4], "power_on", "1.0.0", "valid"),
        boot(2, [5, 6], "software", "1.2.0", "pending"),
        boot(3, [7, 9], "panic", "1.0.0", "valid"),
    ];
    Course { samples: (0..=20).map(sample).collect(), boots }
}
