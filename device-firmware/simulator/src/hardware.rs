//! What a machine is made of, and what it hands to the program that it boots.

use std::sync::Arc;

use skylift_node::{BootFacts, Identity};
use socket2::Socket;

use crate::config::DeviceConfig;
use crate::control::Control;
use crate::demo_image::Behaviour;
use crate::event::{DeviceEvent, Happening};
use crate::nor::Nor;

/// What a device is made of.
pub(crate) struct Hardware {
    pub config: DeviceConfig,
    pub nor: Nor,
    pub control: Arc<Control>,
    pub port: u16,
    /// Keeps the port while the device restarts.
    _place: Option<Socket>,
}

impl Hardware {
    pub fn new(
        config: DeviceConfig,
        nor: Nor,
        control: Arc<Control>,
        place: Option<Socket>,
        port: u16,
    ) -> Self {
        Self { config, nor, control, port, _place: place }
    }

    pub fn tell(&self, what: Happening) {
        if let Some(events) = &self.config.events {
            // Nobody may be listening any more.
            let _ = events.send(DeviceEvent { id: self.config.id.clone(), what });
        }
    }
}

/// An image that is about to run.
pub(crate) struct Started {
    pub facts: BootFacts,
    pub identity: Identity,
    pub behaviour: Behaviour,
    pub elf_sha256: [u8; 32],
    /// Where its program starts, if there is an ELF to look that up in.
    pub entry: Option<u32>,
}
