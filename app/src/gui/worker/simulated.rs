//! Simulated devices of the window: real device code on emulated flash, for as long as the window is open.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use skylift_protocol::Id;
use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig, FlashSource, Mdns};
use tokio::runtime::Handle;

use super::Outbox;
use crate::engine::{Engine, HostPort, Target};
use crate::gui::devices;
use crate::gui::event::Event;
use crate::gui::messages::Message;
use crate::image::Image;
use crate::image::library::Library;
use crate::simulated::{TemporaryKey, first_flash, first_image, fresh_id, image};
use crate::store::{Bases, DataDir, KeyStore};

/// A device is found within this time where multicast works.
const ANNOUNCED: Duration = Duration::from_secs(5);

/// The simulated devices of the window.
pub(super) struct Fleet {
    devices: Arc<Mutex<Vec<Running>>>,
    /// How many were started: no two have the same name.
    started: Arc<AtomicUsize>,
    library: Library,
    keys: KeyStore,
    bases: Bases,
    outbox: Outbox,
    /// The UDP port that the window searches on.
    mdns_port: u16,
    /// One for all; started with the first device.
    announcer: Arc<Mutex<Option<Announcer>>>,
}

impl Fleet {
    pub(super) fn new(data: &DataDir, mdns_port: u16, outbox: Outbox) -> Self {
        Self {
            devices: Arc::default(),
            started: Arc::default(),
            library: Library::new(data),
            keys: KeyStore::new(data),
            bases: Bases::new(data),
            outbox,
            mdns_port,
            announcer: Arc::default(),
        }
    }

    /// Switches one on, on a thread of its own: it writes a whole flash first.
    pub(super) fn start(&self, engine: &Arc<Engine>, runtime: &Handle) {
        let (engine, runtime) = (Arc::downgrade(engine), runtime.clone());
        let (devices, outbox, announcer) =
            (Arc::clone(&self.devices), self.outbox.clone(), Arc::clone(&self.announcer));
        let (library, keys, mdns_port) = (self.library.clone(), self.keys.clone(), self.mdns_port);
        let bases = self.bases.clone();
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        std::thread::spawn(move || {
            if let Err(problem) = keep_demo_images(&library) {
                outbox.tell(Message::failed("No images for simulated devices were made", problem));
            }
            super::library::list(&library, &outbox);
            match switch_on(number, (&keys, &bases), mdns_port, &announcer, &outbox) {
                Ok((device, key)) => {
                    let address = device.address();
                    let id = Id::try_from(device.id()).ok();
                    lock(&devices).push((device, key));
                    outbox.send(Event::Simulated(ids(&devices)));
                    if let (Some(id), Some(engine)) = (id, engine.upgrade()) {
                        runtime.spawn(meet(engine, id, address, outbox));
                    }
                }
                Err(problem) => {
                    outbox.tell(Message::failed("No simulated device was started", problem));
                    outbox.send(Event::Devices(devices::Event::NotSimulated));
                }
            }
        });
    }

    /// Switches all of them off, at the same time: each says goodbye on the network first.
    pub(super) fn stop_all(self) {
        let devices = std::mem::take(&mut *lock(&self.devices));
        std::thread::scope(|scope| {
            for device in devices {
                scope.spawn(|| drop(device));
            }
        });
    }

    /// Switches one off.
    pub(super) fn stop(&self, id: &Id) {
        let (devices, outbox, id) = (Arc::clone(&self.devices), self.outbox.clone(), id.clone());
        // It says goodbye on the network first.
        std::thread::spawn(move || {
            let stopped = {
                let mut devices = lock(&devices);
                let place = devices.iter().position(|(device, _)| device.id() == id.as_str());
                place.map(|place| devices.remove(place))
            };
            drop(stopped);
            outbox.send(Event::Simulated(ids(&devices)));
        });
    }
}

/// Where nothing can be announced, a device is still reached by its address; where not even that, it is said.
async fn meet(engine: Arc<Engine>, id: Id, address: SocketAddr, outbox: Outbox) {
    let mut snapshots = engine.snapshots();
    let announced = snapshots.wait_for(|seen| seen.device(&id).is_some());
    if tokio::time::timeout(ANNOUNCED, announced).await.is_ok() {
        return;
    }
    let place = HostPort { host: address.ip().to_string(), port: address.port() };
    if let Err(error) = engine.find(Target::At(place), ANNOUNCED).await {
        outbox.failed("The simulated device runs, but cannot be reached", &error);
        outbox.send(Event::Devices(devices::Event::NotSimulated));
    }
}

/// A good image to send it, and a bad one to see it roll back.
fn keep_demo_images(library: &Library) -> Result<(), String> {
    let builds = [("1.1.0-crashes", Behaviour::Crash), ("1.1.0", Behaviour::Healthy)];
    for (version, behaviour) in builds {
        let bytes = image(version, behaviour).map_err(|error| error.to_string())?;
        let image = Image::from_bytes(Path::new("ota.bin"), bytes).map_err(|error| error.to_string())?;
        library
            .add(&image, None, "made by Skylift for simulated devices")
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A device, and its key, which is forgotten with it. Where no key can be kept, the device is open.
type Running = (Device, Option<TemporaryKey>);

fn switch_on(
    number: usize,
    (keys, bases): (&KeyStore, &Bases),
    mdns_port: u16,
    announcer: &Mutex<Option<Announcer>>,
    outbox: &Outbox,
) -> Result<Running, String> {
    let mdns = {
        let mut announcer = lock(announcer);
        if announcer.is_none() {
            *announcer =
                Some(Announcer::start_on(mdns_port, Reach::Loopback).map_err(|error| error.to_string())?);
        }
        announcer.clone().map_or(Mdns::Off, Mdns::Daemon)
    };
    let id = fresh_id().map_err(|error| error.to_string())?;
    let mut factory =
        first_flash(&format!("sim-{number}"), Bootloader::Stock).map_err(|error| error.to_string())?;
    bases.flashed(&first_image(&factory).map_err(|error| error.to_string())?);
    let key = TemporaryKey::pair(&id, &mut factory, keys);
    let key = key.map_err(|error| outbox.failed("The simulated device is open: it has no key", &error)).ok();
    let config = DeviceConfig {
        listen: Ipv4Addr::LOCALHOST,
        mdns,
        ..DeviceConfig::new(id, FlashSource::Factory(factory))
    };
    let device = Device::start(config).map_err(|error| error.to_string())?;
    Ok((device, key))
}

fn ids(devices: &Mutex<Vec<Running>>) -> Vec<Id> {
    lock(devices).iter().filter_map(|(device, _)| Id::try_from(device.id()).ok()).collect()
}

/// A thread that panicked with this lock has left whole devices in it.
fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
