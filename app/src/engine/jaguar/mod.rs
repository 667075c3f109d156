//! Jaguar devices: Toit's own service for development, without authentication, over UDP and HTTP.

mod ask;
mod client;
mod course;
mod family;
mod follow;
mod forecast;
mod identify;
mod listen;
mod sending;

pub(super) use ask::ask;
pub(super) use client::JaguarClient;
pub(super) use course::run;
pub use family::{Family, JaguarFacts};
pub(super) use follow::{Follow, Sign};
pub(super) use forecast::becomes;
pub use forecast::{JaguarInside, jaguar_forecast};
pub(super) use identify::{HTTP_PORT, Identity, JaguarSighting};
pub(super) use listen::{Heard, listen};
