//! Putting an older version on a device: only after a word.

use std::cmp::Ordering;
use std::sync::Arc;

use super::super::ask::confirmed;
use super::super::failure::Failure;
use crate::engine::{Device, printable};
use crate::image::Image;
use crate::image::newest::compare;

/// Whether the image may go to these devices. Asks if an older version would replace a newer one on any of them.
pub(super) fn may_go_back(devices: &[Arc<Device>], image: &Image, allowed: bool) -> Result<bool, Failure> {
    let older: Vec<_> = devices.iter().filter(|device| is_older(image, device)).collect();
    let Some(first) = older.first().filter(|_| !allowed) else { return Ok(true) };
    let whom = match older.len() {
        1 => format!("{}, which runs {}", printable(first.label()), printable(&first.version)),
        many => format!("{many} devices, such as {}, which run newer ones", printable(first.label())),
    };
    let what = format!("the older version {} may be put on {whom}", printable(&image.version));
    confirmed(&what, "--allow-downgrade sends it without asking")
}

/// By what both versions say; another project's image is no older version.
fn is_older(image: &Image, device: &Device) -> bool {
    if device.family.jaguar().is_some() {
        // Its version is that of its SDK.
        return false;
    }
    let same_project = device.status.as_ref().is_none_or(|status| status.running.project == *image.project);
    same_project && compare(&image.version, &device.version) == Some(Ordering::Less)
}
