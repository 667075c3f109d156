//! What a window finds: a data folder, images, and devices on a network that nobody else is on.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{Discovery, EngineConfig, LookupTiming, Lookups, PortRule, Timing};
use skylift::image::Image;
use skylift::image::library::Library;
use skylift::image::source::Fetcher;
use skylift::server::ServerConfig;
use skylift::simulated::{fresh_id, image};
use skylift::store::{DataDir, SourceList};
use skylift_protocol::bounded;
use skylift_provisioning::Provisioning;
use skylift_simulator::air::Air;
use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::serial::{Board, BoardConfig};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource, Mdns};
use tempfile::TempDir;

/// What a window finds.
pub struct World {
    pub home: TempDir,
    pub config: EngineConfig,
    /// Another data folder than the home.
    pub folder: Option<DataDir>,
    /// Whether dialogs for files are the system's; else the test answers them.
    pub system_dialogs: bool,
    mdns: u16,
    announcer: Option<Announcer>,
}

impl World {
    /// Nothing yet.
    pub fn empty() -> Self {
        let mdns = free_udp_port();
        let server = ServerConfig { address: [127, 0, 0, 1].into(), port: 0, ..ServerConfig::default() };
        let config = EngineConfig {
            discovery: Discovery::Mdns { port: mdns },
            server,
            port: PortRule::Only,
            timing: Timing { idle_poll: Duration::from_millis(200), ..Timing::default() },
            ..EngineConfig::default()
        };
        Self {
            home: tempfile::tempdir().unwrap(),
            config,
            folder: None,
            system_dialogs: false,
            mdns,
            announcer: None,
        }
    }

    pub fn data(&self) -> DataDir {
        self.folder.clone().unwrap_or_else(|| DataDir::new(Some(self.home.path().to_owned())))
    }

    /// With an image in the library.
    pub fn keep(&self, demo: &DemoImage) {
        self.keep_built(demo, "a test");
    }

    /// The same, made from this.
    pub fn keep_built(&self, demo: &DemoImage, source: &str) {
        let image = Image::from_bytes(Path::new("ota.bin"), demo.build().unwrap()).unwrap();
        Library::new(&self.data()).add(&image, None, source).unwrap();
    }

    /// What looks up release sources, as far as they are on this computer, and what there is to be sent.
    pub fn looks_up(&mut self) {
        let data = self.data();
        let fetcher = Fetcher::new(&data, "http://127.0.0.1:9", None).unwrap();
        self.config.lookups = Some(Lookups {
            library: Library::new(&data),
            book: Arc::new(SourceList::new(&data)),
            fetcher: Some(Arc::new(fetcher)),
            timing: LookupTiming::default(),
        });
    }

    /// With a device of this name that runs 1.0.0, and is switched on.
    pub fn device(&mut self, name: &str) -> Device {
        self.device_with(name, |_| ())
    }

    /// The same, after a change.
    pub fn device_with(&mut self, name: &str, change: impl FnOnce(&mut DeviceConfig)) -> Device {
        self.device_running(name, image("1.0.0", Behaviour::Healthy).unwrap(), change)
    }

    /// The same with another image from its first flash.
    pub fn device_running(
        &mut self,
        name: &str,
        first: Vec<u8>,
        change: impl FnOnce(&mut DeviceConfig),
    ) -> Device {
        let announcer =
            self.announcer.get_or_insert_with(|| Announcer::start_on(self.mdns, Reach::Loopback).unwrap());
        let provisioning = Provisioning { name: name.to_owned(), ..Provisioning::default() };
        let factory = FlashSource::Factory(FactoryFlash::new(first, provisioning));
        let mut config = DeviceConfig {
            mdns: Mdns::Daemon(announcer.clone()),
            watchdog: Duration::from_millis(500),
            ..DeviceConfig::new(fresh_id().unwrap(), factory)
        };
        // What takes seconds on a chip.
        config.node.trial.well_for = embassy_time::Duration::from_millis(300);
        config.node.trial.farewell = embassy_time::Duration::from_millis(100);
        change(&mut config);
        Device::start(config).unwrap()
    }

    /// A board on a cable that was never flashed, in this air.
    pub fn board(&mut self, air: &Air, change: impl FnOnce(&mut BoardConfig)) -> Board {
        let announcer =
            self.announcer.get_or_insert_with(|| Announcer::start_on(self.mdns, Reach::Loopback).unwrap());
        let mut config = BoardConfig::blank();
        config.device.mdns = Mdns::Daemon(announcer.clone());
        config.device.air = Some(air.clone());
        change(&mut config);
        Board::plug_in(config).unwrap()
    }

    /// The same with an id that a picture may show.
    pub fn portrait(&mut self, name: &str) -> Device {
        self.device_with(name, |config| config.id = bounded(&format!("sim-{name}")))
    }
}

/// An image for simulated devices, of 64 KiB.
pub fn demo(version: &str, behaviour: Behaviour) -> DemoImage {
    let size = 64 << 10;
    DemoImage { version: version.to_owned(), behaviour, size, ..DemoImage::default() }
}

/// A UDP port that nobody uses now.
fn free_udp_port() -> u16 {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
