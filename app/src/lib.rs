//! Skylift: update microcontrollers over the air, and show the truth about what came of it.

pub mod advice;
pub mod chip_name;
pub mod cli;
pub mod engine;
pub mod gui;
pub mod image;
pub mod open_files;
pub mod server;
pub mod simulated;
pub mod store;
pub mod tls;
pub mod usb;
