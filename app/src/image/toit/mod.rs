//! From source to `ota.bin` with Toit: programs compiled by an installed SDK, put into an envelope, and made into the
//! image that devices take.

mod jaguar_cache;
pub mod jaguar_image;
pub mod recipe;
pub mod sdk;
pub mod source;
