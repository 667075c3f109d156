//! What the tests of the engine and of the command line share: a fake device, images, and an engine that hurries.
#![allow(dead_code, unused_imports, reason = "each test program uses a part of it")]

mod fake_device;
mod play;
mod script;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{
    Device, Discovery, Engine, EngineConfig, Job, JobId, PortRule, Snapshot, Target, Timing, UpdateOptions,
    Verdict,
};
use skylift::image::Image;
use skylift::server::ServerConfig;
use skylift_simulator::demo_image::DemoImage;

pub use fake_device::FakeDevice;
pub use script::{Download, Ending, Script};

/// Nothing in these tests takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An engine that serves on loopback, searches nothing, and hurries.
pub fn config() -> EngineConfig {
    let ms = Duration::from_millis;
    EngineConfig {
        discovery: Discovery::Off,
        server: ServerConfig { address: [127, 0, 0, 1].into(), port: 0, ..ServerConfig::default() },
        port: PortRule::Only,
        timing: Timing {
            request: ms(2000),
            stream_pause: ms(20),
            idle_poll: ms(50),
            poll: ms(10),
            poll_beside_stream: ms(30),
            name_settle: ms(0),
            silence: ms(5000),
            comeback: ms(5000),
            standstill: ms(5000),
            doubt: ms(200),
            deadline_margin: ms(200),
            cancel: ms(5000),
            publish: ms(10),
            ..Timing::default()
        },
        ..EngineConfig::default()
    }
}

pub fn engine() -> Engine {
    engine_with(config())
}

pub fn engine_with(config: EngineConfig) -> Engine {
    Engine::start(config).expect("the engine starts")
}

/// A demo image of a version, of 64 KiB.
pub fn demo(version: &str) -> DemoImage {
    DemoImage { version: version.to_owned(), size: 64 << 10, ..DemoImage::default() }
}

pub fn image(demo: &DemoImage) -> Arc<Image> {
    let bytes = demo.build().expect("the demo image can be made");
    Arc::new(Image::from_bytes(Path::new("ota.bin"), bytes).expect("it is an image"))
}

pub async fn find(engine: &Engine, device: &FakeDevice) -> Arc<Device> {
    let target: Target = device.address().to_string().parse().expect("a place");
    soon(engine.find(target, PATIENCE)).await.expect("the device is found")
}

/// Starts an update of a device that is found first.
pub async fn start(engine: &Engine, device: &FakeDevice, image: &Arc<Image>) -> JobId {
    let found = find(engine, device).await;
    let started = engine.update(found.id.clone(), Arc::clone(image), UpdateOptions::default()).await;
    started.expect("the update starts")
}

/// Waits until a job fulfils a condition.
pub async fn until(engine: &Engine, job: JobId, condition: impl Fn(&Job) -> bool) -> Arc<Job> {
    let mut snapshots = engine.snapshots();
    let snapshot = soon(snapshots.wait_for(|seen| seen.job(job).is_some_and(|job| condition(job)))).await;
    let snapshot = Arc::clone(&snapshot.expect("the engine runs"));
    Arc::clone(snapshot.job(job).expect("the job is there"))
}

/// The job at its end.
pub async fn ended(engine: &Engine, job: JobId) -> Arc<Job> {
    until(engine, job, |job| job.verdict.is_some()).await
}

/// Updates a device to an image and gives the verdict.
pub async fn verdict(device: &FakeDevice, image: &Arc<Image>) -> Verdict {
    let engine = engine();
    let job = start(&engine, device, image).await;
    let verdict = ended(&engine, job).await.verdict.clone();
    stop(engine).await;
    verdict.expect("it has ended")
}

pub async fn stop(engine: Engine) {
    tokio::task::spawn_blocking(move || engine.shutdown()).await.expect("it stops");
}

/// Fails the test when something that should happen does not, instead of hanging.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it happens within 30 s")
}

/// The words of a verdict.
pub fn words(verdict: &Verdict) -> (&'static str, Option<&'static str>) {
    (verdict.as_str(), verdict.reason())
}

/// The words of the verdict on a device that follows a script.
pub async fn words_for(script: Script) -> (&'static str, Option<&'static str>) {
    let device = FakeDevice::start(script).await;
    words(&verdict(&device, &image(&demo("2.0.0"))).await)
}

/// The configuration with other times.
pub fn with_timing(change: impl FnOnce(&mut Timing)) -> EngineConfig {
    let mut config = config();
    change(&mut config.timing);
    config
}
