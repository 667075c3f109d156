//! A plan as JSON. Its names are frozen.

use serde::Serialize;
use serde_json::{Value, json};
use skylift_protocol::{Digest, Encoding};

use super::super::airtime::percent;
use super::{Planned, Sum};
use crate::engine::{Basis, Plan, PlanError, Unavailable};

/// The line of one device.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    device: &'a str,
    name: &'a str,
    from_version: &'a str,
    version: &'a str,
    size: u32,
    image_sha256: Digest,
    #[serde(flatten)]
    outcome: Outcome<'a>,
}

/// What an update would come to.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome<'a> {
    Planned {
        ways: Vec<Way>,
        chosen: Encoding,
        /// `measured` or `typical`: what the seconds are taken from.
        basis: &'static str,
        /// How many of this device's updates were measured.
        #[serde(skip_serializing_if = "Option::is_none")]
        updates: Option<u32>,
    },
    /// Nothing would be sent: the verdict that an update would have.
    NotSent { verdict: &'a str, reason: Option<&'a str>, detail: String },
}

/// A way; its figures, or why it cannot be had.
#[derive(Serialize)]
#[serde(untagged)]
enum Way {
    /// `percent` is of the image; the seconds are from the order until the new image answers.
    Costs {
        encoding: Encoding,
        bytes: u32,
        percent: f64,
        seconds: f64,
    },
    Unavailable {
        encoding: Encoding,
        unavailable: &'static str,
        why: String,
    },
}

pub(super) fn line(planned: &Planned) -> Line<'_> {
    let (device, image) = (&planned.device, &planned.image);
    Line {
        device: &device.id,
        name: device.label(),
        from_version: &device.version,
        version: &image.version,
        size: image.size(),
        image_sha256: image.image_sha256,
        outcome: match &planned.plan {
            Ok(plan) => outcome(plan),
            Err(error) => not_sent(error),
        },
    }
}

/// What several devices come to.
pub(super) fn summary(sum: &Sum) -> Value {
    json!({ "summary": {
        "devices": sum.devices,
        "planned": sum.planned,
        "bytes": sum.airtime.sent,
        "raw_bytes": sum.airtime.raw,
    }})
}

fn outcome(plan: &Plan) -> Outcome<'static> {
    let way = |way: &crate::engine::Way| match &way.cost {
        Ok(cost) => Way::Costs {
            encoding: way.encoding,
            bytes: cost.bytes,
            percent: percent(cost.bytes, plan.raw_bytes),
            seconds: cost.seconds,
        },
        Err(why) => Way::Unavailable { encoding: way.encoding, unavailable: word(why), why: why.to_string() },
    };
    let (basis, updates) = match plan.basis {
        Basis::Measured { updates } => ("measured", Some(updates)),
        Basis::Typical => ("typical", None),
    };
    Outcome::Planned { ways: plan.ways.iter().map(way).collect(), chosen: plan.chosen, basis, updates }
}

const fn word(why: &Unavailable) -> &'static str {
    match why {
        Unavailable::NotUnderstood => "not_understood",
        Unavailable::Jaguar => "jaguar",
        Unavailable::BaseUntold => "base_untold",
        Unavailable::BaseNotHere => "base_not_here",
        Unavailable::NotSmaller => "not_smaller",
        Unavailable::NotWanted => "not_wanted",
        Unavailable::GivenUp => "given_up",
        Unavailable::Failed { .. } => "failed",
    }
}

fn not_sent(error: &PlanError) -> Outcome<'_> {
    let (verdict, reason) = match error {
        PlanError::NotSent(verdict) => (verdict.as_str(), verdict.reason()),
        PlanError::NoSuchDevice(_) => ("failed", Some("not_found")),
        PlanError::Stopped => ("failed", None),
    };
    Outcome::NotSent { verdict, reason, detail: error.to_string() }
}
