//! Toit's formats by hand, for the tests: envelopes, snapshots, relocatable images, the app image of a chip, and what
//! an extraction of them has to be. From the description of the formats alone; nothing of the app is used.

pub mod archive;
pub mod body;
pub mod encoded;
pub mod envelope;
pub mod extension;
pub mod layout;
pub mod parts;
pub mod program;
mod record;
pub mod relocatable;
pub mod snapshot;
