//! A plan as text: a table of the ways that can be had, and below it why the others cannot.

use super::super::airtime::{about, share, size, spared};
use super::super::output::table_lines;
use super::{Planned, Sum};
use crate::engine::{Airtime, Basis, Plan, PlanError, Unavailable, Verdict, Way, printable};

/// What is said of one device.
pub(super) fn lines(planned: &Planned) -> Vec<String> {
    let (device, version) = (&planned.device, printable(&planned.image.version));
    match &planned.plan {
        Ok(plan) => {
            let from = if device.version.is_empty() { "?" } else { &device.version };
            let image = size(plan.raw_bytes.into());
            let first = format!("{}: {from} -> {version}, {image}", device.label());
            [vec![first], ways(plan), remarks(plan)].concat()
        }
        Err(error) => vec![format!("{}: {}", device.label(), not_planned(error, &version))],
    }
}

/// The ways that can be had.
fn ways(plan: &Plan) -> Vec<String> {
    let row = |way: &Way| {
        let cost = way.cost.as_ref().ok()?;
        let is_taken = way.encoding == plan.chosen;
        let taken = if is_taken { format!("taken{}", saves(plan)) } else { String::new() };
        let bytes = size(cost.bytes.into());
        Some([way.encoding.to_string(), bytes, share(cost.bytes, plan.raw_bytes), about(cost.seconds), taken])
    };
    let rows: Vec<_> = plan.ways.iter().filter_map(row).collect();
    let titles = ["WAY", "OVER THE AIR", "OF THE IMAGE", "TIME", ""];
    table_lines(titles, &rows).into_iter().map(|line| format!("  {line}")).collect()
}

fn saves(plan: &Plan) -> String {
    let airtime = plan.cost().map(|cost| Airtime { sent: cost.bytes.into(), raw: plan.raw_bytes.into() });
    match airtime.and_then(|airtime| airtime.saved_percent()) {
        Some(percent) => format!(", saves {percent} %"),
        _ => String::new(),
    }
}

/// Why there are no other ways, and how much the times are worth.
fn remarks(plan: &Plan) -> Vec<String> {
    let mut why: Vec<(Vec<&str>, &Unavailable)> = Vec::new();
    for way in &plan.ways {
        let Err(reason) = &way.cost else { continue };
        match why.iter_mut().find(|(_, known)| *known == reason) {
            Some((ways, _)) => ways.push(way.encoding.as_str()),
            None => why.push((vec![way.encoding.as_str()], reason)),
        }
    }
    let mut lines: Vec<_> = why.iter().map(|(ways, why)| format!("  {}: {why}", none_of(ways))).collect();
    lines.push(format!("  {}", basis(plan.basis)));
    lines
}

fn none_of(ways: &[&str]) -> String {
    match ways {
        [one] => format!("not {one}"),
        several => format!("neither {}", several.join(" nor ")),
    }
}

fn basis(basis: Basis) -> String {
    match basis {
        Basis::Measured { updates: 1 } => "times: as its last update went".to_owned(),
        Basis::Measured { updates } => format!("times: as its last {updates} updates went"),
        Basis::Typical => "times: typical ones; too little is known of this device".to_owned(),
    }
}

/// What an update would come to instead.
fn not_planned(error: &PlanError, version: &str) -> String {
    match error {
        PlanError::NotSent(Verdict::AlreadyRunning) => {
            format!("it runs {version} already; nothing would be sent")
        }
        PlanError::NotSent(Verdict::Refused(cause)) => {
            format!("would be refused ({}): {}", cause.reason.as_str(), cause.detail)
        }
        PlanError::NotSent(verdict) => format!("nothing would be sent: {}", verdict.detail()),
        PlanError::NoSuchDevice(_) | PlanError::Stopped => format!("no plan: {error}"),
    }
}

/// What several devices come to.
pub(super) fn summary(sum: &Sum) -> String {
    let without = match sum.devices - sum.planned {
        0 => String::new(),
        left => format!(", {left} of them without an update"),
    };
    let all = spared(sum.airtime).unwrap_or_else(|| format!("{} over the air", size(sum.airtime.sent)));
    format!("{} devices{without}: {all}", sum.devices)
}
