//! What a device measures: its memory, its temperature, and the fields of the user's own firmware.

use skylift_protocol::Status;

use super::figures;
use crate::engine::printable;

/// Titles and texts of what it tells. Fields are below a title of ours: their names are not to be taken for our words.
pub(super) fn rows(status: &Status) -> impl Iterator<Item = (&'static str, String)> {
    let temperature =
        status.temperature_c.map(|celsius| ("temperature", format!("{celsius} °C in the chip")));
    let fields = status.fields.iter().zip(0..).map(|((name, value), place)| {
        (if place == 0 { "fields" } else { "" }, format!("{name}: {}", printable(value)))
    });
    let fields: Vec<_> = fields.collect();
    memory(status).into_iter().chain(temperature).chain(fields)
}

fn memory(status: &Status) -> Option<(&'static str, String)> {
    let least = status.heap_least.map(|least| format!(", {} at the least", figures::size(least)));
    let free = figures::size(status.heap_free?);
    Some(("memory", format!("{free} free{}", least.unwrap_or_default())))
}
