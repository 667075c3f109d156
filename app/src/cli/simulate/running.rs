//! One simulated device: its flash, its key, and where it stands.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::mpsc::Sender;

use skylift_protocol::{Id, Trust};
use skylift_simulator::air::Air;
use skylift_simulator::bootloader::Bootloader;
#[cfg(unix)]
use skylift_simulator::serial::Board;
use skylift_simulator::{Device, DeviceConfig, DeviceEvent, FactoryFlash, FlashSource, Mdns};

use super::super::failure::Failure;
use super::super::keys::new_signers;
use super::super::session::Session;
#[cfg(unix)]
use super::cable::CableOptions;
use super::{Arguments, BootloaderKind, FLASH_FILE};
use crate::simulated::{TemporaryKey, adopt, first_flash, first_image, fresh_id, pair, switch_on};
use crate::store::Bases;

/// What is around a device.
pub(super) struct Surroundings {
    pub(super) mdns: Mdns,
    pub(super) air: Option<Air>,
    pub(super) events: Sender<DeviceEvent>,
}

/// A device, and its key if that is to be forgotten with it.
pub(super) struct Running {
    pub(super) body: Body,
    _key: Option<TemporaryKey>,
}

#[cfg(unix)]
impl Running {
    pub(super) const fn board(&self) -> Option<&Board> {
        match &self.body {
            Body::Board(board) => Some(board),
            Body::Device(_) => None,
        }
    }
}

/// A device as it stands somewhere, or on a cable.
pub(super) enum Body {
    Device(Device),
    #[cfg(unix)]
    Board(Board),
}

#[cfg(unix)]
impl Arguments {
    pub(super) fn fresh_id(&self) -> Result<Id, Failure> {
        if self.cable.are_wanted() { Ok(CableOptions::fresh_id()) } else { Ok(fresh_id()?) }
    }

    /// Whether new devices come without anything in their flash.
    const fn are_blank(&self) -> bool {
        self.cable.are_blank()
    }

    fn switch_on(&self, config: DeviceConfig) -> Result<Body, Failure> {
        if self.cable.are_wanted() {
            return self.cable.plug_in(config).map(Body::Board);
        }
        Ok(Body::Device(switch_on(config)?))
    }
}

#[cfg(not(unix))]
impl Arguments {
    pub(super) fn fresh_id(&self) -> Result<Id, Failure> {
        Ok(fresh_id()?)
    }

    const fn are_blank(&self) -> bool {
        false
    }

    fn switch_on(&self, config: DeviceConfig) -> Result<Body, Failure> {
        Ok(Body::Device(switch_on(config)?))
    }
}

/// Switches a device on, with the flash that is kept of it or its first.
pub(super) fn start(
    args: &Arguments,
    number: u8,
    id: Id,
    around: Surroundings,
    session: &Session,
) -> Result<Running, Failure> {
    let bootloader = match args.bootloader {
        BootloaderKind::Stock => Bootloader::Stock,
        BootloaderKind::Rollback => Bootloader::Rollback,
    };
    let mut factory = first_flash(&format!("sim {number}"), bootloader)?;
    factory.provisioning.networks = args.air.known();
    factory.provisioning.trust = trust(&args.trust, session)?;
    let file = args.flash.as_ref().map(|folder| folder.join(format!("{id}{FLASH_FILE}")));
    let key = provide_key(args, &id, file.as_deref(), &mut factory, session)?;
    let begins = !args.are_blank() && !file.as_ref().is_some_and(|file| file.exists());
    if begins {
        Bases::new(&session.data_dir).flashed(&first_image(&factory)?);
    }
    let flash = match file {
        Some(file) => FlashSource::File(file, factory),
        None => FlashSource::Factory(factory),
    };
    let usual = DeviceConfig::new(id, flash);
    let mut node = usual.node.clone();
    if args.raw_only {
        node.encodings.clear();
    }
    let body = args.switch_on(DeviceConfig {
        node,
        bootloader,
        listen: if args.lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST },
        faults: args.fault,
        mdns: around.mdns,
        air: around.air,
        events: Some(around.events),
        ..usual
    })?;
    Ok(Running { body, _key: key })
}

/// Sees to it that this computer can give the device orders, unless it is open.
fn provide_key(
    args: &Arguments,
    id: &Id,
    file: Option<&Path>,
    factory: &mut FactoryFlash,
    session: &Session,
) -> Result<Option<TemporaryKey>, Failure> {
    let keys = session.keys();
    match file {
        // As it was: with its key, or open.
        Some(file) if file.exists() => adopt(id, file, &keys)?,
        _ if args.open || args.are_blank() => {}
        Some(_) => pair(id, factory, &keys)?,
        None => return Ok(Some(TemporaryKey::pair(id, factory, &keys)?)),
    }
    Ok(None)
}

/// Whose images new devices take.
fn trust(called: &[String], session: &Session) -> Result<Trust, Failure> {
    let signers = new_signers(called, session)?;
    Ok(signers.map_or(Trust::Anybody, |(signers, _)| Trust::in_signers(signers.in_order())))
}
