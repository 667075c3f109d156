//! A simulated ESP32-class device: node and updater, as they are on the chip, on an emulated NOR flash behind
//! ESP-IDF's boot rules, over real sockets.
//!
//! [`Device::start`] switches one on. Images come from [`demo_image`], faults from [`Faults`].

pub mod air;
pub mod announcer;
mod boot_log;
pub mod bootloader;
pub mod certify;
mod config;
mod console;
mod control;
pub mod demo_image;
pub mod device;
pub mod event;
mod fault_spec;
pub mod faults;
mod hardware;
pub mod layout;
mod lie;
mod link;
mod machine;
pub mod multicast;
mod network;
pub mod nor;
mod panics;
mod program;
mod radio;
mod random;
mod sensor;
#[cfg(unix)]
pub mod serial;
mod silicon;

pub use config::{DeviceConfig, FactoryFlash, FlashSource, Mdns};
pub use console::Console;
pub use device::{Device, DeviceError};
pub use event::{DeviceEvent, Happening};
pub use fault_spec::{Faults, UnknownFault};
pub use link::LinkFaults;
pub use silicon::Silicon;
