//! Updates that do not end well: every reason, told by a device that runs the real code wherever it can be.

use std::sync::atomic::Ordering;
use std::time::Duration;

use skylift::engine::{Action, Command, HostReason, Step, Timing, UpdateOptions, Verdict};
use skylift::image::Image;
use skylift_protocol::{Chip, Confirm};
use skylift_provisioning::Provisioning;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage, MarkerKind};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};
use skylift_tests::devices::{self, demo, image};
use skylift_tests::host::{Host, short_times};
use skylift_tests::wait::until;

use crate::proxy::{self, Tamper};
use crate::table::Line;

/// A device that takes images as they are: what is done to bytes here is done to those of the image.
fn fresh() -> DeviceConfig {
    let mut config = devices::fresh();
    config.node.encodings.clear();
    config
}

fn with_faults(faults: &str) -> DeviceConfig {
    DeviceConfig { faults: faults.parse().unwrap(), ..fresh() }
}

/// A device that counts as a real one.
fn real() -> DeviceConfig {
    let image = DemoImage { kind: MarkerKind::Real, ..demo("1.0.0", Behaviour::Healthy) };
    let factory = FactoryFlash::new(image.build().unwrap(), Provisioning::default());
    DeviceConfig { simulated: false, flash: FlashSource::Factory(factory), ..fresh() }
}

/// A device whose new image is well for a second before it counts so: trouble comes first on a busy computer too.
pub fn patient() -> DeviceConfig {
    let mut config = fresh();
    config.node.trial.well_for = embassy_time::Duration::from_secs(1);
    config
}

fn with_rollback() -> DeviceConfig {
    let provisioning = Provisioning { bootloader_rolls_back: true, ..Provisioning::default() };
    let factory = FactoryFlash::new(image("1.0.0", Behaviour::Healthy), provisioning);
    DeviceConfig { bootloader: Bootloader::Rollback, flash: FlashSource::Factory(factory), ..fresh() }
}

fn new() -> Vec<u8> {
    image("1.1.0", Behaviour::Healthy)
}

/// The end of an update of a device with these qualities.
fn ends(symptom: &'static str, config: DeviceConfig, image: &[u8]) -> Line {
    let (host, device) = (Host::default(), Device::start(config).unwrap());
    Line::of_verdict(symptom, &host.update(&device, image))
}

pub fn refusals() -> Vec<Line> {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let of =
        |symptom, image: DemoImage| Line::of_verdict(symptom, &host.update(&device, &image.build().unwrap()));
    let new = demo("1.1.0", Behaviour::Healthy);
    let mut lines = vec![
        of("The image is for another chip", DemoImage { chip: Chip::Esp32S3, ..new.clone() }),
        of("The image is for another revision of the chip", DemoImage { least_revision: 300, ..new.clone() }),
        of("The image is larger than a slot", DemoImage { size: 0x1E_1000, ..new.clone() }),
        of("The image is of another project", DemoImage { project: "kettle".into(), ..new.clone() }),
    ];
    let foreign = new.foreign().unwrap();
    lines.push(Line::of_verdict("Nobody would roll the image back", &host.update(&device, &foreign)));
    let same = host.update(&device, &image("1.0.0", Behaviour::Healthy));
    lines.push(Line::of_verdict("The device runs this image already", &same).also(&HostReason::SameImage));
    lines.push(ends("The image is for simulated devices", real(), &new.build().unwrap()));
    lines.push(busy());
    lines.push(on_probation());
    lines
}

fn busy() -> Line {
    let device = Device::start(with_faults("rate=30000")).unwrap();
    let (first, second) = (Host::default(), Host::default());
    let job = first.begin(&device, &new(), UpdateOptions::default());
    first.await_step(job, Step::Downloading);
    let verdict = second.update(&device, &image("1.2.0", Behaviour::Healthy));
    Line::of_verdict("Somebody else updates the device", &verdict)
}

fn on_probation() -> Line {
    let device = Device::start(fresh()).unwrap();
    let (first, second) = (Host::default(), Host::default());
    let manual = UpdateOptions { confirm: Confirm::Manual, ..UpdateOptions::default() };
    let job = first.begin(&device, &new(), manual);
    first.await_step(job, Step::PendingValidation);
    let verdict = second.update(&device, &image("1.2.0", Behaviour::Healthy));
    Line::of_verdict("The device runs an image that is not validated yet", &verdict)
}

pub fn on_the_way() -> Vec<Line> {
    let mut lines = vec![
        ends("All is well", fresh(), &new()),
        ends("Bytes are damaged on the way", with_faults("flip@100000"), &new()),
        ends("The device claims a success that it does not run", with_faults("lie"), &new()),
        cancelled(),
        lost(),
        standing_still(),
        losing_power(),
        without_server(),
        another_program(),
    ];
    lines.extend(tampered());
    lines
}

fn cancelled() -> Line {
    let (host, device) = (Host::default(), Device::start(with_faults("rate=30000")).unwrap());
    let job = host.begin(&device, &new(), UpdateOptions::default());
    until("some of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 0).map(|_| ())
    });
    host.cancel(job);
    Line::of_verdict("You cancelled it", &host.verdict(job).verdict.unwrap())
}

fn impatient() -> Host {
    let silence = Duration::from_millis(700);
    Host::new(Timing { silence, comeback: silence, standstill: silence, ..short_times() })
}

fn lost() -> Line {
    let (host, device) = (impatient(), Device::start(with_faults("rate=30000")).unwrap());
    let job = host.begin(&device, &new(), UpdateOptions::default());
    host.await_step(job, Step::Downloading);
    device.power_off();
    let verdict = host.verdict(job).verdict.unwrap();
    Line::of_verdict("The device lost power for good", &verdict).also(&HostReason::NoAnswer)
}

/// The device answers, and waits longer for bytes than this computer for progress.
fn standing_still() -> Line {
    let mut config = with_faults("stall@100000");
    config.node.download.stall_time = embassy_time::Duration::from_secs(60);
    let (host, device) = (impatient(), Device::start(config).unwrap());
    Line::of_verdict("The download does not go on", &host.update(&device, &new()))
}

/// Power fails in every attempt.
fn losing_power() -> Line {
    let (host, device) = (Host::default(), Device::start(with_faults("rate=200000")).unwrap());
    let job = host.begin(&device, &new(), UpdateOptions::default());
    let mut cut_at = 0;
    let verdict = until("the update ends", || {
        let now = host.job(job);
        if let Some(progress) = now.phase.progress().filter(|progress| progress.written > cut_at) {
            cut_at = progress.written;
            device.cut_power();
        }
        now.verdict
    });
    Line::of_verdict("The device loses power again and again", &verdict)
}

fn without_server() -> Line {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (host, device) = (crate::computer::host_on(port), Device::start(fresh()).unwrap());
    let (begun, line) = (host.find(&device), "The port was named, and is taken");
    let image = Image::from_bytes(std::path::Path::new("ota.bin"), new()).unwrap();
    Line::of_verdict(line, &host.update(&begun, image)).calling(&port.to_string(), "8000")
}

/// Between the search and the update something else has taken the device's place.
fn another_program() -> Line {
    let device = Device::start(fresh()).unwrap();
    let status = skylift_tests::raw::status(device.address()).to_string();
    let (hub, taken) = crate::hub_that_changes(status, "<html>".to_owned());
    let host = crate::computer::host_on(0);
    let found = host.find_at(hub.url.trim_start_matches("http://"));
    taken.store(true, Ordering::Relaxed);
    let image = Image::from_bytes(std::path::Path::new("ota.bin"), new()).unwrap();
    Line::of_verdict("Another program answers at the device's address", &host.update(&found, image))
}

/// Whatever may stand between a device and this computer.
fn tampered() -> Vec<Line> {
    let new = new();
    let answers = |head: &str| Tamper::Answers(head.as_bytes().to_vec());
    let serves = |image: Vec<u8>| Tamper::Answers(proxy::serving(&image));
    let built = |change: &dyn Fn(&mut DemoImage)| {
        let mut image = demo("1.1.0", Behaviour::Healthy);
        change(&mut image);
        image.build().unwrap()
    };
    let size = new.len();
    let length = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
    let mut lines: Vec<Line> = [
        ("This computer cannot be reached any more", Tamper::Gone),
        ("A portal answers in its place", answers("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")),
        ("The image is withdrawn", answers("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")),
        ("A proxy hides the length", answers("HTTP/1.1 200 OK\r\n\r\n")),
        ("A proxy gives another file", serves(vec![0; 1000])),
        ("The connection breaks again and again", answers(&length)),
        ("The connection is silent again and again", Tamper::StandsStill(length.clone().into_bytes())),
        ("What comes is no image", serves(vec![0; size])),
        ("What comes is for another chip", serves(built(&|image| image.chip = Chip::Esp32S3))),
        (
            "What comes is for another revision of the chip",
            serves(built(&|image| image.least_revision = 300)),
        ),
        ("What comes is of another project", serves(built(&|image| image.project = "kettle".into()))),
        ("What comes has no boot guard", serves(demo("1.1.0", Behaviour::Healthy).foreign().unwrap())),
    ]
    .into_iter()
    .map(|(symptom, tamper)| through(symptom, fresh(), &new, tamper))
    .collect();
    let meant = built(&|image| image.kind = MarkerKind::Real);
    lines.push(through("What comes is for simulated devices", real(), &meant, serves(new)));
    lines
}

fn through(symptom: &'static str, config: DeviceConfig, image: &[u8], tamper: Tamper) -> Line {
    let (host, device) = (Host::default(), Device::start(config).unwrap());
    // The server is started by the first who needs it.
    let plain = std::sync::Arc::new(Image::from_bytes(std::path::Path::new("x"), image.to_vec()).unwrap());
    let (reply, _) = tokio::sync::oneshot::channel();
    host.engine.send(Command::Serve { image: plain, reply });
    let server = until("the server listens", || host.engine.snapshot().listening).address;
    let at = proxy::start(server, tamper);
    let options =
        UpdateOptions { host_address: Some(at.to_string().parse().unwrap()), ..UpdateOptions::default() };
    Line::of_verdict(symptom, &host.update_with(&device, image, options))
}

pub fn bad_images() -> Vec<Line> {
    let mut lines: Vec<Line> = [
        ("The new firmware panics", Behaviour::Crash),
        ("The new firmware stands still", Behaviour::Hang),
        ("The new firmware finds no network", Behaviour::NoNetwork),
        ("The new firmware never validates", Behaviour::NeverValidates),
    ]
    .into_iter()
    .map(|(symptom, behaviour)| ends(symptom, patient(), &image("6.6.6", behaviour)))
    .collect();
    lines.extend([by_hand(), restarted(), for_another_revision()]);
    lines
}

fn by_hand() -> Line {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let manual = UpdateOptions { confirm: Confirm::Manual, ..UpdateOptions::default() };
    let job = host.begin(&device, &new(), manual);
    host.await_step(job, Step::PendingValidation);
    host.await_status(&device, "the new image runs", |status| status.running.version == "1.1.0");
    host.act(&device, Action::Rollback);
    Line::of_verdict("You rolled it back", &host.verdict(job).verdict.unwrap())
}

fn restarted() -> Line {
    let timing = Timing { comeback: Duration::from_millis(700), ..short_times() };
    let (host, device) = (Host::new(timing), Device::start(with_rollback()).unwrap());
    let allowed = UpdateOptions { allow_unguarded: true, ..UpdateOptions::default() };
    let job = host.begin(&device, &demo("2.0.0", Behaviour::Healthy).foreign().unwrap(), allowed);
    assert_eq!(host.verdict(job).verdict.unwrap().as_str(), "lost");
    device.press_reset();
    let found = until("the verdict is corrected", || {
        host.job(job).verdict.filter(|verdict| !matches!(verdict, Verdict::Lost { .. }))
    });
    Line::of_verdict("The device was restarted before the new firmware had validated", &found)
}

/// `min_efuse_blk_rev_full` of the app descriptor is at offset 208. Two equal bytes leave the checksum as it is.
fn for_another_revision() -> Line {
    let image = crate::store::resealed(&new(), 208, 0x2626);
    ends("The image asks for another revision of the chip's fuses", fresh(), &image)
}
