//! Skylift on Espressif's chips: boot guard, flash, WiFi, and the node over them.
//!
//! A firmware becomes updatable with these lines, and by taking over `.cargo/config.toml` and the profiles of
//! `Cargo.toml` beside this crate; `examples/` has whole ones.
//!
//! ```ignore
//! skylift_esp::firmware!();
//!
//! #[esp_hal::main]
//! async fn main(spawner: Spawner) {
//!     let mut peripherals = skylift_esp::init(esp_hal::Config::default());
//!     let parts = skylift_esp::parts!(peripherals);
//!     let device = skylift_esp::start(spawner, parts, Options::new(&Nothing)).await;
//!     device.log(format_args!("here the firmware's own part begins"));
//! }
//! ```
//!
//! The main executor serves the watchdog: a task that does not yield for ten seconds restarts the chip. Skylift brings
//! the panic handler, the heap (`esp-alloc`) and the scheduler (`esp-rtos`); networks and keys come by cable.
#![no_std]

mod backtrace;
mod chip;
mod cut;
#[doc(hidden)]
pub mod descriptor;
mod device;
mod fault;
mod firmware;
mod flash;
mod guard;
mod identity;
mod init;
mod network;
mod panic;
mod platform;
mod radio;
mod randomness;
mod reset;
mod rtc;
mod serial;
mod stack;
mod tasks;
mod tcp;
mod watchdog;

pub use device::{Device, Parts, start};
#[doc(hidden)]
pub use esp_bootloader_esp_idf;
pub use firmware::{Firmware, Led, Nothing, Options};
pub use init::init;
pub use network::{FREE_SOCKETS, PORT};
pub use skylift_node::http::Media;
pub use skylift_node::{Page, Readers, SelfTest};
pub use skylift_protocol::{FieldFlaw, Fields, ValidationState};
