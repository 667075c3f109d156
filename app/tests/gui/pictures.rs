//! Pictures of every page, beside those that were looked at: `UPDATE_SNAPSHOTS=1` makes them anew.

use egui::{Rect, pos2};
use egui_kittest::{SnapshotOptions, SnapshotResults, wgpu};

use crate::tours::{Sight, tour};

/// Times, ports and rates differ from run to run. Whatever moves a page differs in more.
const DIFFERENT: usize = 3000;

/// The pages that are laid out differently where there is room. All others differ in their width only, and pictures of
/// them all would weigh megabytes.
const WIDE: [&str; 6] = ["first-start", "device", "plan", "verdict-rolled-back", "firmware", "history"];

#[test]
fn of_every_page_dark_and_light() {
    if let Err(why) = adapter() {
        assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: {why}");
        eprintln!("SKIPPED: {why}");
        return;
    }
    let mut results = SnapshotResults::new();
    tour(|desk, name| {
        if name.ends_with("-empty") {
            return;
        }
        for (sight, kind) in [(Sight::DARK, "dark"), (Sight::LIGHT, "light-small")] {
            if kind == "dark" && !WIDE.contains(&name) {
                continue;
            }
            // How much of a quick update was seen on the way differs: what happened stands at the right.
            let tells_phases = name.starts_with("verdict") || name == "history";
            if tells_phases && kind != "dark" {
                continue;
            }
            sight.on(desk);
            if tells_phases {
                let left = if name == "history" { 650.0 } else { 1196.0 };
                desk.harness.mask(Rect::from_min_max(pos2(left, 60.0), pos2(1600.0, 960.0)));
            }
            let options = SnapshotOptions::new()
                .output_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gui/pictures"))
                .max_failed_pixels(DIFFERENT);
            results.add(desk.harness.try_snapshot_options(format!("{name}-{kind}"), &options));
        }
    });
}

/// Something to draw with: a graphics card, or Mesa's lavapipe.
fn adapter() -> Result<(), String> {
    std::panic::catch_unwind(|| drop(wgpu::WgpuTestRenderer::new()))
        .map_err(|_| "there is no adapter for wgpu; lavapipe (mesa-vulkan-drivers) is one".to_owned())
}
