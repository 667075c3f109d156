//! The lines of JSON that tell of an update. Their names are frozen.

use std::net::SocketAddr;

use serde::Serialize;
use skylift_protocol::{Crash, Digest, Encoding};

use crate::engine::NewSigners;

/// A line of JSON: the device's id, and what is new of it.
#[derive(Serialize)]
pub(super) struct JsonLine<'a> {
    pub(super) device: &'a str,
    #[serde(flatten)]
    pub(super) what: JsonNews<'a>,
}

/// What is new. The last line of a device is one of those with a verdict.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum JsonNews<'a> {
    Opening {
        name: &'a str,
        from_version: &'a str,
        version: &'a str,
        size: u32,
        image_sha256: Digest,
    },
    Served {
        served_at: SocketAddr,
    },
    Pushed {
        not_reached: &'a [SocketAddr],
        why: String,
    },
    WorkingOut {
        working_out: Encoding,
    },
    Planned {
        encoding: Encoding,
        bytes: u32,
        raw_bytes: u32,
        seconds: Option<f64>,
    },
    FellBack {
        fell_back_from: Encoding,
        encoding: Encoding,
        why: &'a str,
    },
    Step {
        phase: &'a str,
    },
    Progress {
        phase: &'a str,
        written: u32,
        total: u32,
        rate: Option<f64>,
    },
    Resumed {
        resumed_from: u32,
    },
    Trusts {
        trusts: NewSigners,
    },
    Erases {
        erases_slot: u8,
    },
    Note {
        note: String,
    },
    Verdict {
        verdict: &'a str,
        reason: Option<&'a str>,
        inferred: bool,
        /// The device's id from now on, if it is another one.
        #[serde(skip_serializing_if = "Option::is_none")]
        became: Option<&'a str>,
        detail: &'a str,
        /// How the image was sent last; absent if nothing was.
        #[serde(skip_serializing_if = "Option::is_none")]
        encoding: Option<Encoding>,
        sent_bytes: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        saved_percent: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        crash: Option<&'a Crash>,
        phase: &'a str,
        name: &'a str,
        version: &'a str,
    },
    WithoutJob {
        verdict: &'a str,
        reason: Option<&'a str>,
        detail: &'a str,
        name: &'a str,
        version: &'a str,
    },
    NotFound {
        verdict: &'a str,
        reason: &'a str,
        detail: &'a str,
    },
}
