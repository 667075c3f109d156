//! Simulated devices with times short enough for tests.

use embassy_time::Duration;
use skylift_node::{Config, DownloadConfig, TrialConfig, WifiConfig};
use skylift_protocol::{Id, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::layout::{APP, DATA, NVS, OTA_0, OTADATA, Partition, UNDEFINED};
use skylift_simulator::{DeviceConfig, FactoryFlash, FlashSource};

/// The project of every image here.
pub const PROJECT: &str = "skylift-demo";

/// Times that a test can wait for; limits as on the chip.
#[must_use]
pub fn short_times() -> Config {
    let ms = Duration::from_millis;
    Config {
        allow_loopback: true,
        trial: TrialConfig {
            deadline: ms(1500),
            manual_deadline: ms(30_000),
            well_for: ms(100),
            farewell: ms(100),
        },
        wifi: WifiConfig {
            join_time: ms(2000),
            reach_time: ms(20_000),
            first_pause: ms(20),
            longest_pause: ms(100),
        },
        download: DownloadConfig {
            stall_time: ms(400),
            first_pause: ms(20),
            longest_pause: ms(100),
            ..DownloadConfig::default()
        },
        ..Config::default()
    }
}

/// An id that no other test has.
#[must_use]
pub fn unique_id() -> Id {
    bounded(&format!("test-{:012x}", fastrand::u64(..) >> 16))
}

/// A factory-fresh device running version 1.0.0.
#[must_use]
pub fn fresh() -> DeviceConfig {
    let id = unique_id();
    let provisioning = Provisioning { name: format!("name of {id}"), ..Provisioning::default() };
    let factory = FactoryFlash::new(image("1.0.0", Behaviour::Healthy), provisioning);
    DeviceConfig {
        node: short_times(),
        watchdog: std::time::Duration::from_millis(300),
        late_crash: std::time::Duration::from_millis(300),
        ..DeviceConfig::new(id, FlashSource::Factory(factory))
    }
}

/// A demo image of some 200 KiB: three blocks and a bit.
#[must_use]
pub fn image(version: &str, behaviour: Behaviour) -> Vec<u8> {
    demo(version, behaviour).build().unwrap()
}

/// The same, to be changed before it is built.
#[must_use]
pub fn demo(version: &str, behaviour: Behaviour) -> DemoImage {
    let seed = version.bytes().fold(7, |seed, byte| seed * 31 + u64::from(byte));
    DemoImage { version: version.into(), behaviour, size: 200 << 10, seed, ..DemoImage::default() }
}

/// Bytes of an image that fits into the slots of [`small`].
pub const SMALL: u32 = 32 << 10;

/// A factory-fresh device with so little flash that hundreds of them fit into a test.
#[must_use]
pub fn small() -> DeviceConfig {
    let config = fresh();
    let provisioning = Provisioning { name: format!("name of {}", config.id), ..Provisioning::default() };
    let image = DemoImage { size: SMALL, ..demo("1.0.0", Behaviour::Healthy) }.build().unwrap();
    let table = vec![
        Partition::new("nvs", DATA, NVS, 0x9000, 0x4000),
        Partition::new("otadata", DATA, OTADATA, 0xD000, 0x2000),
        Partition::new("ota_0", APP, OTA_0, 0x1_0000, 0x1_0000),
        Partition::new("ota_1", APP, OTA_0 + 1, 0x2_0000, 0x1_0000),
        Partition::new("skylift", DATA, NVS, 0x3_0000, 0x1_0000),
        Partition::new("skylift_journal", DATA, UNDEFINED, 0x4_0000, 0x1000),
    ];
    let factory = FactoryFlash { table, capacity: 512 << 10, image, provisioning };
    DeviceConfig { flash: FlashSource::Factory(factory), ..config }
}
