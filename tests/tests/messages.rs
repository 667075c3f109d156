//! What a person reads when something goes wrong: produced here, each line by the real thing, and kept in
//! `docs/MESSAGES.md`. `UPDATE_MESSAGES=1` writes that file anew; without it the two must agree.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use skylift::advice::Advice;
use skylift::engine::{Step, UpdateOptions, Verdict};
use skylift::image::Image;
use skylift::server::{FileServer, ServerConfig};
use skylift_protocol::Chip;
use skylift_simulator::demo_image::{Behaviour, DemoImage, MarkerKind};
use skylift_simulator::provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::{Host, short_times};
use skylift_tests::wait::until;

/// A line of the table.
struct Line {
    symptom: &'static str,
    message: String,
    advice: Vec<String>,
}

fn of_error(symptom: &'static str, error: &impl Advice) -> Line {
    Line { symptom, message: error.to_string(), advice: error.advice() }
}

fn of_verdict(symptom: &'static str, verdict: &Verdict) -> Line {
    let reason = verdict.reason().map_or(String::new(), |reason| format!(" ({reason})"));
    let message = format!("{}{reason}: {}", verdict.as_str().replace('_', " "), verdict.detail());
    Line { symptom, message, advice: verdict.advice() }
}

fn with_faults(faults: &str) -> DeviceConfig {
    DeviceConfig { faults: faults.parse().unwrap(), ..fresh() }
}

fn files() -> Vec<Line> {
    let folder = tempfile::tempdir().unwrap();
    let good = image("1.1.0", Behaviour::Healthy);
    let mut damaged = good.clone();
    damaged[5000] ^= 1;
    let open = |name: &str, bytes: Option<&[u8]>| {
        let path = folder.path().join(name);
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).unwrap();
        }
        Image::open(&path).unwrap_err()
    };
    let mut lines = vec![
        of_error("The path is wrong", &open("ota.bin", None)),
        of_error("The file is empty", &open("empty.bin", Some(b""))),
        of_error("The file was cut short", &open("short.bin", Some(&good[..good.len() / 2]))),
        of_error("A byte of the file is damaged", &open("damaged.bin", Some(&damaged))),
        of_error("Something was appended", &open("longer.bin", Some(&[&good[..], b"oops"].concat()))),
        of_error("It is an ELF", &open("firmware.elf", Some(b"\x7fELF\x01\x01\x01 and so on"))),
        of_error("It is an archive", &open("firmware.zip", Some(b"PK\x03\x04 and so on"))),
        of_error("It is something else", &open("notes.txt", Some(b"buy milk"))),
    ];
    // The folder's name is another each time.
    let place = format!("{}/", folder.path().display());
    for line in &mut lines {
        line.message = line.message.replace(&place, "");
    }
    lines
}

fn refusals() -> Vec<Line> {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let of = |symptom, image: DemoImage| of_verdict(symptom, &host.update(&device, &image.build().unwrap()));
    let new = demo("1.1.0", Behaviour::Healthy);
    let mut lines = vec![
        of("The image is for another chip", DemoImage { chip: Chip::Esp32S3, ..new.clone() }),
        of("The image is larger than a slot", DemoImage { size: 0x1E_1000, ..new.clone() }),
        of("The image is of another project", DemoImage { project: "kettle".into(), ..new.clone() }),
    ];
    let foreign = new.foreign().unwrap();
    lines.push(of_verdict("Nobody would roll the image back", &host.update(&device, &foreign)));
    let same = host.update(&device, &image("1.0.0", Behaviour::Healthy));
    lines.push(of_verdict("The device runs this image already", &same));

    let real = DemoImage { kind: MarkerKind::Real, ..demo("1.0.0", Behaviour::Healthy) };
    let factory = FactoryFlash::new(real.build().unwrap(), Provisioning::default());
    let config = DeviceConfig { simulated: false, flash: FlashSource::Factory(factory), ..fresh() };
    let chip = Device::start(config).unwrap();
    lines.push(of_verdict("The image is for simulated devices", &host.update(&chip, &new.build().unwrap())));
    lines
}

fn busy() -> Line {
    let device = Device::start(with_faults("rate=100000")).unwrap();
    let (first, second) = (Host::default(), Host::default());
    let job = first.begin(&device, &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    first.await_step(job, Step::Downloading);
    of_verdict(
        "Somebody else updates the device",
        &second.update(&device, &image("1.2.0", Behaviour::Healthy)),
    )
}

fn bad_images() -> Vec<Line> {
    [
        ("The new firmware panics", Behaviour::Crash),
        ("The new firmware stands still", Behaviour::Hang),
        ("The new firmware finds no network", Behaviour::NoNetwork),
        ("The new firmware never validates", Behaviour::NeverValidates),
    ]
    .into_iter()
    .map(|(symptom, behaviour)| {
        let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
        of_verdict(symptom, &host.update(&device, &image("6.6.6", behaviour)))
    })
    .collect()
}

fn on_the_way() -> Vec<Line> {
    let new = image("1.1.0", Behaviour::Healthy);
    let (host, device) = (Host::default(), Device::start(with_faults("flip@100000")).unwrap());
    let damaged = of_verdict("Bytes are damaged on the way", &host.update(&device, &new));

    let (host, device) = (Host::default(), Device::start(with_faults("rate=100000")).unwrap());
    let job = host.begin(&device, &new, UpdateOptions::default());
    until("some of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 70_000).map(|_| ())
    });
    host.cancel(job);
    let cancelled = of_verdict("You cancelled it", &host.verdict(job).verdict.unwrap());

    let silence = std::time::Duration::from_millis(700);
    let host = Host::new(skylift::engine::Timing { silence, comeback: silence, ..short_times() });
    let device = Device::start(with_faults("rate=100000")).unwrap();
    let job = host.begin(&device, &new, UpdateOptions::default());
    host.await_step(job, Step::Downloading);
    device.power_off();
    let lost = of_verdict("The device lost power for good", &host.verdict(job).verdict.unwrap());

    let (host, device) = (Host::default(), Device::start(with_faults("lie")).unwrap());
    let liar = of_verdict("The device claims a success that it does not run", &host.update(&device, &new));
    vec![damaged, cancelled, lost, liar]
}

fn server() -> Line {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let config = ServerConfig { address: Ipv4Addr::LOCALHOST.into(), port, ..ServerConfig::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(FileServer::start(config)).err().unwrap();
    let mut line = of_error("The port is taken", &error);
    line.message = line.message.replace(&port.to_string(), "8000");
    line
}

/// Digests, ids and ports are others in each run.
fn settled(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_digest = core.len() >= 12 && core.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_id = core.starts_with("test-");
        let line = word.rsplit_once(".rs:").map(|(file, _)| format!("{file}.rs:<line>)"));
        let port = core.strip_prefix("127.0.0.1:").filter(|port| port.parse::<u16>().is_ok());
        words.push(match port {
            _ if line.is_some() => line.unwrap_or_default(),
            _ if is_digest => word.replace(core, "<digest>"),
            _ if is_id => word.replace(core, "<id>"),
            Some(port) if port != "8000" => word.replace(port, "<port>"),
            _ => word.to_owned(),
        });
    }
    words.join(" ").replace('|', "\\|")
}

fn table(lines: &[Line]) -> String {
    let mut text = String::from("| what happened | message | what to do |\n|---|---|---|\n");
    for Line { symptom, message, advice } in lines {
        let advice = if advice.is_empty() { "–".to_owned() } else { advice.join("; ") };
        writeln!(text, "| {symptom} | {} | {} |", settled(message), settled(&advice)).unwrap();
    }
    text
}

#[test]
fn every_message_is_as_the_docs_say() {
    let ways = on_the_way();
    let mut text = String::from(
        "# Messages\n\nWhat you may read, and what to do then.\nEvery line is produced by a test \
         (`tests/tests/messages.rs`), so that it is what the program says.\n\n",
    );
    for (title, lines) in [
        ("The file", files()),
        ("Refused: nothing was written", refusals().into_iter().chain([busy()]).collect()),
        ("On the way", ways),
        ("The new firmware", bad_images()),
        ("This computer", vec![server()]),
    ] {
        write!(text, "## {title}\n\n{}\n", table(&lines)).unwrap();
    }
    let text = format!("{}\n", text.trim_end());
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/MESSAGES.md");
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    for (kept, now) in kept.lines().zip(text.lines()) {
        assert_eq!(kept, now, "docs/MESSAGES.md is behind: UPDATE_MESSAGES=1 writes it anew");
    }
    assert_eq!(kept.lines().count(), text.lines().count());
}
