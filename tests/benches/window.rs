//! How long the window needs to draw itself with many devices: `ui()`, without what the graphics card gets of it.
//!
//! `cargo bench -p skylift-tests --bench window`
#![allow(clippy::expect_used, reason = "a benchmark that cannot run has nothing to say")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use egui::{Context, RawInput, Rect, pos2, vec2};
use skylift::engine::{
    Device, Happening, Job, JobId, JobImage, Phase, Presence, Progress, Snapshot, Source, Step,
};
use skylift::gui::{Event, State, draw, dress};
use skylift_protocol::{Digest, Status, ValidationState, bounded};

const ROUNDS: usize = 400;
const WARM_UP: usize = 50;

fn main() {
    let many = measure(1000, 200);
    let few = measure(100, 20);
    println!("| one picture of the devices page, 1600 × 1000 | p50 | p99 | goal |");
    println!("|---|---|---|---|");
    println!("| 100 devices, 20 updating | {} | {} | |", ms(few.p50), ms(few.p99));
    println!("| 1,000 devices, 200 updating | {} | {} | ≤ 1 ms |", ms(many.p50), ms(many.p99));
    println!("| the same, relative | {:.2} | | ≤ 1.5 |", many.p50.as_secs_f64() / few.p50.as_secs_f64());
    println!(
        "| a new snapshot of 1,000 taken in, beside drawing | {} | {} | |",
        ms(many.taken),
        ms(many.taken99)
    );
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

struct Figures {
    p50: Duration,
    p99: Duration,
    taken: Duration,
    taken99: Duration,
}

fn measure(devices: usize, updating: usize) -> Figures {
    let ctx = Context::default();
    dress(&ctx);
    let mut state = State::new(Default::default());
    let (mut drawn, mut taken) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + ROUNDS {
        let snapshot = Arc::new(snapshot(devices, updating, round));
        let begun = Instant::now();
        let _ = state.hear(Event::Snapshot(snapshot));
        let heard = begun.elapsed();
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1600.0, 1000.0))),
            ..RawInput::default()
        };
        let begun = Instant::now();
        let output = ctx.run_ui(input, |ui| draw(ui, &state, &mut Vec::new()));
        let spent = begun.elapsed();
        assert!(output.shapes.len() > 100, "a page is drawn");
        if round >= WARM_UP {
            drawn.push(spent);
            taken.push(heard);
        }
    }
    drawn.sort();
    taken.sort();
    let at = |times: &[Duration], share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    Figures { p50: at(&drawn, 50), p99: at(&drawn, 99), taken: at(&taken, 50), taken99: at(&taken, 99) }
}

/// What an engine shows of so many devices, with other figures in each round.
fn snapshot(devices: usize, updating: usize, round: usize) -> Snapshot {
    Snapshot {
        devices: (0..devices).map(|number| Arc::new(device(number, round))).collect(),
        jobs: (0..updating).map(|number| Arc::new(job(number, round))).collect(),
        ..Snapshot::default()
    }
}

fn device(number: usize, round: usize) -> Device {
    let id = bounded(&format!("skylift-{number:06}"));
    Device {
        id,
        name: format!("greenhouse-{number}"),
        chip: skylift_protocol::Chip::Esp32C3,
        version: "1.8.0".to_owned(),
        address: SocketAddr::from(([10, 0, (number / 250) as u8, (number % 250) as u8], 80)),
        other_addresses: Vec::new(),
        slot: Some(0),
        validation: Some(ValidationState::Valid),
        source: Source::Mdns,
        presence: if number % 50 == 7 { Presence::Offline } else { Presence::Online },
        last_seen: Some(SystemTime::now()),
        status: Some(Arc::new(status(number, round))),
        problem: None,
    }
}

fn status(number: usize, round: usize) -> Status {
    let slot = |place: u8, version: &str, state: &str| {
        serde_json::json!({
            "slot": place, "size": 1_966_080, "offset": 0x1_0000, "state": state, "image_size": 1_048_576,
            "project": "climate", "version": version, "image_sha256": "ab".repeat(32),
        })
    };
    let text = serde_json::json!({
        "protocol": 1, "id": format!("skylift-{number:06}"), "name": format!("greenhouse-{number}"),
        "chip": "esp32c3", "access": "open",
        "running": {
            "slot": 0, "project": "climate", "version": "1.8.0", "image_sha256": "ab".repeat(32),
            "elf_sha256": "cd".repeat(32), "kind": "real",
        },
        "slots": [slot(0, "1.8.0", "valid"), slot(1, "1.7.0", "valid")],
        "boots_next": 0, "protection": "guard", "validation": { "state": "valid" }, "phase": "idle",
        "boot_count": 3, "reset_reason": "power_on", "uptime_s": round, "rssi_dbm": -40 - (number % 50) as i32,
    });
    serde_json::from_value(text).expect("a status")
}

fn job(number: usize, round: usize) -> Job {
    let digest = Digest([7; 32]);
    let image = JobImage {
        path: "ota.bin".into(),
        project: "climate".to_owned(),
        version: "1.9.0".to_owned(),
        size: 1 << 20,
        file_sha256: digest,
        image_sha256: digest,
    };
    let written = ((number * 7919 + round * 4096) % (1 << 20)) as u32;
    let progress = Progress { written, total: 1 << 20, rate: Some(44_000.0) };
    Job {
        id: JobId(number as u64 + 1),
        device: bounded(&format!("skylift-{:06}", number * 5)),
        device_label: format!("greenhouse-{}", number * 5),
        from_version: "1.8.0".to_owned(),
        image,
        phase: Phase::Downloading(progress),
        history: vec![Happening::Entered(Step::Preparing), Happening::Entered(Step::Downloading)],
        started_at: SystemTime::now(),
        verdict: None,
        drill: None,
        recovery: None,
    }
}
