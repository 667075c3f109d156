//! What the fuzz targets share: inputs taken apart, checksums put right, and devices' flash and network in memory.
//!
//! Each file of `fuzz_targets` is one parser, and what must hold of its answers: `docs/FUZZING.md`.

pub mod backup;
pub mod flash;
pub mod folder;
pub mod images;
pub mod input;
pub mod net;
pub mod odf;
pub mod seal;
pub mod signer;
pub mod toit;

pub use input::Input;
