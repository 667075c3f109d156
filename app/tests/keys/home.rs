//! A data folder with keys in it, and devices that are paired with it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use embassy_time::Duration;
use skylift::engine::{ClientError, Device, Engine, EngineConfig, FindError, Problem};
use skylift::store::{DataDir, KeyStore};
use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Id, Pairing, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device as Simulated, DeviceConfig, FactoryFlash, FlashSource};
use tempfile::TempDir;

use crate::support::{config, demo, engine_with, soon, stop};

/// How long one question may take.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// A computer's data folder.
pub struct Home {
    pub folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn keys(&self) -> KeyStore {
        KeyStore::new(&DataDir::new(Some(self.data().into())))
    }

    pub fn config(&self) -> EngineConfig {
        EngineConfig { keys: Some(Arc::new(self.keys())), ..config() }
    }

    pub fn engine(&self) -> Engine {
        engine_with(self.config())
    }

    /// A device that takes orders from this computer alone.
    pub fn device(&self) -> Simulated {
        self.device_with(|_| ())
    }

    /// The same, after a change.
    pub fn device_with(&self, change: impl FnOnce(&mut DeviceConfig)) -> Simulated {
        let (id, key) = (fresh_id(), KeyStore::random().unwrap());
        self.keys().put(&id, &key, false).unwrap();
        let mut config = device_config(&id, Pairing::Paired(key));
        change(&mut config);
        Simulated::start(config).unwrap()
    }

    /// The same, once it can be spoken to.
    pub async fn device_that_listens(&self) -> Simulated {
        let device = self.device();
        until_it_listens(&device).await;
        device
    }
}

pub async fn until_it_listens(device: &Simulated) {
    let engine = engine_with(config());
    find_at(&engine, device.address()).await;
    stop(engine).await;
}

pub fn key_of(home: &Home, device: &Simulated) -> PairingKey {
    home.keys().get(&id(device)).unwrap().expect("there is a key")
}

pub fn id(device: &Simulated) -> Id {
    device.id().try_into().unwrap()
}

pub fn fresh_id() -> Id {
    let mut random = [0; 8];
    getrandom::fill(&mut random).unwrap();
    bounded(&format!("test-{:012x}", u64::from_be_bytes(random) >> 16))
}

/// A device that hurries, and runs 1.0.0.
pub fn simulated(id: &Id, pairing: Pairing) -> Simulated {
    Simulated::start(device_config(id, pairing)).unwrap()
}

pub fn device_config(id: &Id, pairing: Pairing) -> DeviceConfig {
    let provisioning = Provisioning { name: format!("name {id}"), pairing, ..Provisioning::default() };
    let image = demo("1.0.0").build().unwrap();
    let mut config =
        DeviceConfig::new(id.clone(), FlashSource::Factory(FactoryFlash::new(image, provisioning)));
    let trial = &mut config.node.trial;
    trial.well_for = Duration::from_millis(100);
    trial.farewell = Duration::from_millis(100);
    config
}

/// Finds whoever is at an address; a device that was just switched on does not listen yet.
pub async fn find_at(engine: &Engine, address: SocketAddr) -> Arc<Device> {
    soon(async {
        loop {
            match engine.find(address.to_string().parse().unwrap(), PATIENCE).await {
                Ok(found) => return found,
                Err(FindError::Client(ClientError {
                    problem: Problem::NotReached(_) | Problem::Broken(_),
                    ..
                })) => {
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    })
    .await
}

/// Waits until a device is as it is wanted.
pub async fn until_device(engine: &Engine, id: &Id, wanted: impl Fn(&Device) -> bool) -> Arc<Device> {
    let mut snapshots = engine.snapshots();
    let seen = soon(snapshots.wait_for(|seen| seen.device(id).is_some_and(|device| wanted(device)))).await;
    let snapshot = Arc::clone(&seen.expect("the engine runs"));
    Arc::clone(snapshot.device(id).unwrap())
}

/// Waits until it runs this version.
pub async fn until_runs(engine: &Engine, id: &Id, version: &str) {
    until_device(engine, id, |device| {
        device.status.as_ref().is_some_and(|status| status.running.version == version)
    })
    .await;
}

/// An image that crashes.
pub fn bad() -> skylift_simulator::demo_image::DemoImage {
    skylift_simulator::demo_image::DemoImage { behaviour: Behaviour::Crash, ..demo("2.0.0") }
}
