//! What speaks against a way to send an image, or against a plan at all.

use std::path::Path;
use std::sync::Arc;

use skylift::engine::{Plan, PlanError, UpdateOptions};
use skylift::image::Image;
use skylift::image::stream::{Streams, unwatched};
use skylift_protocol::{Encoding, Id, bounded};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{fresh, image};
use skylift_tests::host::Host;

use crate::table::Line;

fn new() -> Image {
    Image::from_bytes(Path::new("ota.bin"), image("1.1.0", Behaviour::Healthy)).unwrap()
}

fn plan(host: &Host, device: Id, options: UpdateOptions) -> Result<Plan, PlanError> {
    host.plan(device, Arc::new(new()), options)
}

/// A device whose firmware is older than encoded images.
fn raw_only() -> DeviceConfig {
    let mut config = fresh();
    config.node.encodings.clear();
    config
}

fn wanting(encoding: Encoding) -> UpdateOptions {
    UpdateOptions { encoding: Some(encoding), ..UpdateOptions::default() }
}

/// Why there is no delta for a device with these qualities.
fn without_delta(symptom: &'static str, config: DeviceConfig, options: UpdateOptions) -> Line {
    let (host, device) = (Host::default(), Device::start(config).unwrap());
    let id = host.find(&device).id.clone();
    let plan = plan(&host, id, options).unwrap();
    let why = plan.way(Encoding::Delta).unwrap().cost.clone().unwrap_err();
    Line::new(symptom, &why, &why)
}

/// A way that cannot be had, and is wanted all the same.
fn not_this_way() -> Line {
    let (host, device) = (Host::default(), Device::start(raw_only()).unwrap());
    let job = host.begin(&device, &new().bytes, wanting(Encoding::Delta));
    Line::of_verdict("You want it sent in a way that cannot be had", &host.verdict(job).verdict.unwrap())
}

/// A file is where the folder of streams should be.
fn not_kept() -> Line {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("streams");
    std::fs::write(&path, "").unwrap();
    let streams = Streams::new(path);
    streams.get(None, &new(), &mut unwatched).unwrap();
    let trouble = streams.take_trouble().unwrap();
    let here = folder.path().display().to_string();
    Line::plain("The folder of streams cannot be written", &trouble).calling(&here, "data")
}

pub fn lines() -> Vec<Line> {
    let nobody = plan(&Host::default(), bounded("nobody"), UpdateOptions::default()).unwrap_err();
    vec![
        without_delta("The device's firmware is older than deltas", raw_only(), UpdateOptions::default()),
        without_delta("The image that runs came from elsewhere", fresh(), UpdateOptions::default()),
        without_delta("You want it sent raw", fresh(), wanting(Encoding::Raw)),
        not_this_way(),
        Line::of("A plan for a device that nobody knows", &nobody),
        not_kept(),
    ]
}
