//! `skylift demo [--bad]`: a whole update, good or bad, on a simulated device that runs the real device code.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Digest, Id, Pairing};
use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device as SimulatedDevice, DeviceConfig, Faults, FlashSource, LinkFaults, Mdns};

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::update::{View, update_all};
use crate::engine::{
    BaseShelf, Device, Discovery, Engine, EngineConfig, HostPort, KeyRing, KeyTrouble, PortRule, Target,
    UpdateOptions,
};
use crate::image::Image;
use crate::server::ServerConfig;
use crate::simulated::{first_flash, first_image, fresh_id, image, switch_on};
use crate::store::KeyStore;

/// Whether the image is any good.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Send an image that crashes, to see it rolled back
    #[arg(long)]
    bad: bool,
}

/// As slow as a chip, so that there is something to see.
const LINK: LinkFaults = LinkFaults { drop_at: None, stall_at: None, flip_at: None, rate: Some(120_000) };
/// Its flash takes the time of a chip's: a delta is all through before a bar could be drawn otherwise.
const FLASH_PACE: u32 = 100;
/// How long mDNS gets to find the device.
const SEARCH: Duration = Duration::from_secs(5);

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let behaviour = if args.bad { Behaviour::Crash } else { Behaviour::Healthy };
    let image = Arc::new(Image::from_bytes(Path::new("demo 2.0.0"), image("2.0.0", behaviour)?)?);
    let (simulated, key, first) = switch_device_on(session)?;
    session.output.line(format_args!(
        "A simulated device is on: {} at {}.",
        simulated.id(),
        simulated.address()
    ));
    session.with_engine(config(session, key, first), async |engine| {
        let device = find(engine, &simulated, session).await?;
        let view = View::new(false);
        let exit =
            update_all(engine, &[Arc::clone(&device)], &image, UpdateOptions::default(), view, session)
                .await?;
        show_slots(engine, &device, session).await;
        Ok(exit)
    })
}

/// The one key there is: nothing of a demonstration is kept.
struct OnlyKey(Id, PairingKey);

impl KeyRing for OnlyKey {
    fn key(&self, device: &Id) -> Result<Option<PairingKey>, KeyTrouble> {
        Ok((*device == self.0).then(|| self.1.clone()))
    }
}

/// The one image that a device runs before it gets another.
struct OnlyImage(Arc<Image>);

impl BaseShelf for OnlyImage {
    fn image(&self, image_sha256: Digest) -> Option<Arc<Image>> {
        (self.0.image_sha256 == image_sha256).then(|| Arc::clone(&self.0))
    }

    fn sent(&self, _: &Image) {}
}

fn switch_device_on(session: &Session) -> Result<(SimulatedDevice, OnlyKey, OnlyImage), Failure> {
    // Without mDNS it is found by its address.
    let mdns = Announcer::start_on(session.mdns_port, Reach::Loopback).map_or(Mdns::Off, Mdns::Daemon);
    let (id, key) = (fresh_id()?, KeyStore::random()?);
    let mut factory = first_flash("demo", Bootloader::Stock)?;
    factory.provisioning.pairing = Pairing::Paired(key.clone());
    let first = OnlyImage(Arc::new(first_image(&factory)?));
    let flash = FlashSource::Factory(factory);
    let faults = Faults { link: LINK, flash_pace: Some(FLASH_PACE), ..Faults::default() };
    let device = switch_on(DeviceConfig { mdns, faults, ..DeviceConfig::new(id.clone(), flash) })?;
    Ok((device, OnlyKey(id, key), first))
}

/// Nothing here is for other computers: only loopback is listened on, and what is set for the user's network does not
/// count.
fn config(session: &Session, key: OnlyKey, first: OnlyImage) -> EngineConfig {
    EngineConfig {
        discovery: Discovery::Mdns { port: session.mdns_port },
        server: ServerConfig { address: [127, 0, 0, 1].into(), port: 0, ..ServerConfig::default() },
        port: PortRule::Only,
        keys: Some(Arc::new(key)),
        bases: Some(Arc::new(first)),
        ..EngineConfig::default()
    }
}

async fn find(
    engine: &Engine,
    simulated: &SimulatedDevice,
    session: &Session,
) -> Result<Arc<Device>, Failure> {
    if let Ok(device) = engine.find(Target::Called(simulated.id().to_owned()), SEARCH).await {
        session.output.line(format_args!(
            "mDNS has found it: {}, running {}.",
            device.label(),
            device.version
        ));
        return Ok(device);
    }
    let address = simulated.address();
    let place = HostPort { host: address.ip().to_string(), port: address.port() };
    let device = engine.find(Target::At(place), SEARCH).await?;
    session.output.line(format_args!(
        "mDNS does not work here; the device was found by its address: {}, running {}.",
        device.label(),
        device.version
    ));
    Ok(device)
}

/// What is in its slots now.
async fn show_slots(engine: &Engine, device: &Device, session: &Session) {
    let Ok(status) = engine.status(device.id.clone()).await else { return };
    for slot in &status.slots {
        let version = slot.version.as_deref().unwrap_or("nothing that boots");
        let runs = if status.running.slot == Some(slot.slot) { ", which runs" } else { "" };
        session.output.line(format_args!("slot {} holds {version}{runs}", slot.slot));
    }
}
