//! A Skylift device on the network: its HTTP server, its downloader and its mDNS responder, over `edge_nal` traits.
//!
//! The same code runs on chips (over `edge_nal_embassy`) and in the simulator (over `edge_nal_std`).
//! Nothing here allocates; all time is `embassy_time`; every time and limit is a field of [`Config`].
#![no_std]
#![allow(async_fn_in_trait, reason = "a device runs its futures on one thread: they need not be Send")]

mod api;
mod auth;
mod config;
pub mod download;
mod ends;
pub mod http;
mod intake;
mod log;
pub mod mdns;
mod meter;
mod node;
mod orders;
mod page;
mod platform;
mod prepare;
pub mod probe;
mod push;
mod radio;
mod route;
mod safeguards;
mod station;
mod status;
mod survey;
mod text;
mod trial;
mod update;
mod wifi;

pub use api::Api;
pub use config::{Config, DownloadConfig, HttpConfig, StrangerConfig, TrialConfig, WifiConfig};
pub use log::{Echo, LOG_LEN, Log};
pub use node::{Exit, Node};
pub use page::{Page, Readers};
pub use platform::{BootFacts, BootSecret, Identity, NotKept, Platform, SelfTest};
pub use radio::{JoinFault, Radio};
pub use text::sentence;
