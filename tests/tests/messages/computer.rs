//! This computer: its ports, and an engine that is set up otherwise than most.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{
    Device as Known, Discovery, Engine, EngineConfig, FindError, HostAddress, KeyRing, PortRule, Target,
    Timing, UpdateOptions, Verdict,
};
use skylift::image::Image;
use skylift::server::{FileServer, ServedImage, ServerConfig, ServerError};
use skylift::store::{Key, KeyStore};
use skylift_simulator::Device;
use skylift_tests::host::{Host, short_times};
use skylift_tests::wait::until;
use tokio::runtime::{Builder, Runtime};

use crate::table::Line;

/// An engine and a runtime to wait for it.
pub struct Desk {
    pub engine: Engine,
    runtime: Runtime,
}

pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// One that serves on this port, and no other.
pub fn host_on(port: u16) -> Desk {
    desk(port, short_times())
}

pub fn desk(port: u16, timing: Timing) -> Desk {
    desk_of(port, timing, None)
}

/// One that knows the keys of devices.
pub fn desk_with_keys(keys: KeyStore) -> Desk {
    desk_of(0, short_times(), Some(Arc::new(keys)))
}

fn desk_of(port: u16, timing: Timing, keys: Option<Arc<dyn KeyRing>>) -> Desk {
    let server = ServerConfig { address: Ipv4Addr::LOCALHOST.into(), port, ..ServerConfig::default() };
    let config = EngineConfig {
        discovery: Discovery::Off,
        server,
        port: PortRule::Only,
        timing,
        keys,
        ..EngineConfig::default()
    };
    Desk { engine: Engine::start(config).unwrap(), runtime: runtime() }
}

impl Desk {
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn look(&self, called: &str) -> Result<Arc<Known>, FindError> {
        let target: Target = called.parse().unwrap();
        self.wait(self.engine.find(target, Duration::from_millis(100)))
    }

    pub fn find_at(&self, place: &str) -> Arc<Known> {
        until("the device answers", || self.look(place).ok())
    }

    pub fn find(&self, device: &Device) -> Arc<Known> {
        self.find_at(&Host::target(device).to_string())
    }

    pub fn update(&self, device: &Known, image: Image) -> Verdict {
        let started = self.engine.update(device.id.clone(), Arc::new(image), UpdateOptions::default());
        let job = self.wait(started).unwrap();
        until("the update ends", || self.engine.snapshot().job(job).and_then(|job| job.verdict.clone()))
    }
}

pub fn server() -> Vec<Line> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let runtime = runtime();
    let start = |address: &str, port| {
        let config = ServerConfig { address: address.parse().unwrap(), port, ..ServerConfig::default() };
        runtime.block_on(FileServer::start(config))
    };
    let failed = |address: &str, port| start(address, port).err().unwrap();
    let server = start("127.0.0.1", 0).unwrap();
    let image = || ServedImage::new(bytes::Bytes::from_static(b"image"));
    let _first = server.publish_plain(image()).unwrap();
    let second: ServerError = server.publish_plain(image()).err().unwrap();
    vec![
        Line::of("The port is taken", &failed("127.0.0.1", port)).calling(&port.to_string(), "8000"),
        // An address for documentation, which nobody has (RFC 5737).
        Line::of("The address is another computer's", &failed("192.0.2.1", 0)),
        Line::of("Two images under the fixed address", &second),
    ]
}

/// What is typed wrong.
pub fn typed() -> Vec<Line> {
    let target = |symptom, text: &str| {
        Line::new(symptom, text.parse::<Target>().unwrap_err(), &text.parse::<Target>().unwrap_err())
    };
    let image = |change: &dyn Fn(&mut skylift_simulator::demo_image::DemoImage)| {
        let mut image = skylift_simulator::demo_image::DemoImage::default();
        change(&mut image);
        image.build().unwrap_err()
    };
    let demo =
        |symptom, error: skylift_simulator::demo_image::DemoImageError| Line::new(symptom, &error, &error);
    vec![
        target("DEVICE is empty", " "),
        target("The port is none", "lamp:99999"),
        target("The host is missing", ":80"),
        Line::sentence("A host address is none", "lamp".parse::<HostAddress>().unwrap_err()),
        Line::sentence("Nothing can be set under this name", "colour".parse::<Key>().unwrap_err()),
        demo(
            "A version is too long",
            image(&|image| image.version = "a version that no app descriptor can hold".into()),
        ),
        demo("A version has a zero byte", image(&|image| image.version = "1\0".into())),
        demo("A demo image is too small", image(&|image| image.size = 10)),
        demo("A demo image is too large", image(&|image| image.size = u32::MAX)),
        demo("A demo image for no chip", image(&|image| image.chip = skylift_protocol::Chip::Unknown)),
    ]
}
