//! Pictures of every page, beside those that were looked at: `UPDATE_SNAPSHOTS=1` makes them anew.

use std::path::Path;

use egui::Theme;
use egui_kittest::{SnapshotOptions, SnapshotResults, wgpu};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use crate::desk::{SMALL, WIDE};
use crate::stills::{Material, Sight, stops};

/// The same page is drawn by the same machine to the last pixel. Another version of lavapipe rounds the edges of some
/// letters otherwise: that is less than a word, and whatever moves or is cut is more.
const DIFFERENT: usize = 60;

/// Of these only the texts are looked at: they look like others, and pictures of all would weigh too much.
const TEXT_ALONE: [&str; 2] = ["device-widest", "certificate"];

/// How a page is looked at, and what its picture is called then.
pub const SIGHTS: [(Sight, &str); 4] = [
    (Sight { theme: Theme::Dark, size: WIDE, scale: 1.0 }, "dark"),
    (Sight { theme: Theme::Light, size: WIDE, scale: 1.0 }, "light"),
    (Sight { theme: Theme::Dark, size: SMALL, scale: 1.0 }, "dark-small"),
    (Sight { theme: Theme::Light, size: SMALL, scale: 1.0 }, "light-small"),
];

#[test]
fn of_every_page_dark_and_light_wide_and_small() {
    if let Err(why) = adapter() {
        assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: {why}");
        eprintln!("SKIPPED: {why}");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gui/pictures");
    let options = SnapshotOptions::new().output_path(&folder).max_failed_pixels(DIFFERENT);
    let mut results = SnapshotResults::new();
    stops(&Material::gather(), |stop| {
        if TEXT_ALONE.contains(&stop.name) {
            return;
        }
        for (sight, kind) in SIGHTS {
            stop.still.look(sight);
            let name = format!("{}-{kind}", stop.name);
            results.add(stop.still.harness.try_snapshot_options(&name, &options));
            if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
                shrink(&folder.join(format!("{name}.png")));
            }
        }
    });
}

/// Written anew as small as can be, without a channel that says nothing.
fn shrink(file: &Path) {
    let picture = image::open(file).unwrap().to_rgb8();
    let out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    let small = PngEncoder::new_with_quality(out, CompressionType::Best, FilterType::NoFilter);
    picture.write_with_encoder(small).unwrap();
}

/// Something to draw with: a graphics card, or Mesa's lavapipe.
fn adapter() -> Result<(), String> {
    std::panic::catch_unwind(|| drop(wgpu::WgpuTestRenderer::new()))
        .map_err(|_| "there is no adapter for wgpu; lavapipe (mesa-vulkan-drivers) is one".to_owned())
}
