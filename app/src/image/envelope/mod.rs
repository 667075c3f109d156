//! Toit's firmware envelopes: the parts an `ota.bin` is made of, and the containers installed among them.

pub mod app_image;
mod ar;
pub mod assets;
mod conversions;
mod create;
mod edit;
mod error;
pub mod extract;
mod file;
mod gzip;
pub mod inside;
pub mod json;
mod reader;
pub mod relocatable;
pub mod snapshot;
pub mod tison;
pub mod ubjson;
mod uuid;
mod value;
mod word;

pub use create::{CreateError, Esp32Parts};
pub use edit::{Container, Content, Importance, Start, Trigger, is_container_name};
pub use error::{EnvelopeError, Undecodable};
pub use file::{Envelope, Kind};
pub use uuid::Uuid;
pub use value::Value;
pub use word::WordSize;
