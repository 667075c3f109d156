//! Devices with an owner, and the owner's keys.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use skylift::engine::{KeyRing, KeyTrouble};
use skylift::store::KeyStore;
use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Id, Pairing, Trust};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig, DeviceEvent, FactoryFlash, FlashSource, Happening};

use crate::devices::{fresh, image};
use crate::wait::PATIENCE;

/// A paired device with a chip's own limits, as it comes from its first flash.
pub struct Paired {
    /// The device.
    pub device: Device,
    /// Who holds it is the owner.
    pub key: PairingKey,
    happened: Receiver<DeviceEvent>,
}

impl Paired {
    /// A device that takes everybody's images from its owner.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Trust::Anybody, |_| ())
    }

    /// A device that takes these signers' images, with something else about it.
    #[must_use]
    pub fn with(trust: Trust, change: impl FnOnce(&mut DeviceConfig)) -> Self {
        let key = new_key();
        let (events, happened) = mpsc::channel();
        let mut config =
            DeviceConfig { events: Some(events), ..with_pairing(Pairing::Paired(key.clone()), trust) };
        change(&mut config);
        let paired = Self { device: Device::start(config).unwrap(), key, happened };
        paired.await_boot();
        paired
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.device.address()
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Id {
        skylift_protocol::bounded(self.device.id())
    }

    /// Waits until an image has started that had not when it was asked the last time.
    pub fn await_boot(&self) {
        while !matches!(self.happened.recv_timeout(PATIENCE).unwrap().what, Happening::Runs { .. }) {}
    }

    /// What happened to it since the last time.
    #[must_use]
    pub fn happened(&self) -> Vec<Happening> {
        self.happened.try_iter().map(|event| event.what).collect()
    }
}

/// A device that lets these in. Its id is new.
#[must_use]
pub fn with_pairing(pairing: Pairing, trust: Trust) -> DeviceConfig {
    let config = fresh();
    let name = format!("name of {}", config.id);
    let provisioning = Provisioning { name, pairing, trust, ..Provisioning::default() };
    let factory = FactoryFlash::new(image("1.0.0", Behaviour::Healthy), provisioning);
    DeviceConfig { flash: FlashSource::Factory(factory), ..config }
}

/// A key that nobody else has.
#[must_use]
pub fn new_key() -> PairingKey {
    KeyStore::random().unwrap()
}

/// The keys of one computer.
pub struct Ring(Vec<(Id, PairingKey)>);

impl Ring {
    /// A computer that holds the keys of these devices.
    #[must_use]
    pub fn of(keys: impl IntoIterator<Item = (Id, PairingKey)>) -> Arc<dyn KeyRing> {
        Arc::new(Self(keys.into_iter().collect()))
    }
}

impl KeyRing for Ring {
    fn key(&self, device: &Id) -> Result<Option<PairingKey>, KeyTrouble> {
        Ok(self.0.iter().find(|(id, _)| id == device).map(|(_, key)| key.clone()))
    }
}
