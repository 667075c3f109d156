//! The stills of every page, and how each is come by.

use std::sync::Arc;
use std::time::Duration;

use skylift::engine::Snapshot;
use skylift::gui::{Event, FirmwareEvent, HistoryEvent, Opened, Page};
use skylift::store::{Course, PastBoot, Sample};

use super::fleet::{fleet, widest};
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
    stop("plan", seen, &["Updates", "New update…", "Update porch-light", "Image skylift-demo 1.2.0"]);
    stop("verdict-validated", seen, &["Updates", "Open skylift-demo 1.1.0 to porch-light"]);
    stop("verdict-rolled-back", seen, &["Updates", "Open skylift-demo 1.2.0 to cellar-fan"]);
    stop("updates", seen, &["Updates"]);
    stop("firmware", seen, &["Firmware", "Image skylift-demo 1.2.0, signed by bench"]);
    stop("serve", seen, &["Serve"]);
    stop("history", seen, &["History", "Update skylift-demo 1.2.0 to cellar-fan"]);
    stop("certificate", seen, &["History", "Certificates"]);
    stop("messages", seen, &["Messages"]);
    stop("settings", seen, &["Settings"]);
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
            let opened = Opened { image, elf_kept: false };
            still.hear(Event::Firmware(FirmwareEvent::Opened(opened)));
        }
        (Page::History, Some(number)) => {
            still.hear(Event::History(HistoryEvent::Course(number, Arc::new(course()))));
        }
        _ => {}
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
