//! The rules that need no Jaguar in the image; `tests/tests/jaguar/refused.rs` has the others.

use skylift_simulator::demo_image::{DemoImage, MarkerKind};

use super::*;
use crate::engine::drill::{Drill, DrillMethod};
use crate::engine::jaguar::Family;
use crate::engine::update::sample;

fn facts(chip: &str, sdk: &str) -> JaguarFacts {
    let id = "5b2c8d1e0f3a4b6c8d7e9f0a1b2c3d4e";
    Family::remembered_jaguar(id, chip, sdk).unwrap().jaguar().unwrap().clone()
}

fn image(kind: MarkerKind) -> Image {
    sample::image(DemoImage { kind, chip: Chip::Esp32C3, ..sample::demo() }.build().unwrap())
}

fn judged(facts: &JaguarFacts, image: &Image, options: &UpdateOptions) -> Result<Option<Id>, &'static str> {
    forecast(facts, image, options, |_| false).map_err(|cause| cause.reason.as_str())
}

#[test]
fn an_image_without_jaguar_goes_only_where_that_is_allowed() {
    let (device, image) = (facts("esp32c3", "v2.0.0-alpha.190"), image(MarkerKind::Real));
    assert_eq!(judged(&device, &image, &UpdateOptions::default()), Err("without_jaguar"));
    let allowed = UpdateOptions { allow_without_jaguar: true, ..UpdateOptions::default() };
    assert_eq!(judged(&device, &image, &allowed), Ok(None));
}

#[test]
fn a_chip_is_insisted_on_where_it_is_known() {
    let image = image(MarkerKind::Real);
    let allowed = UpdateOptions { allow_without_jaguar: true, ..UpdateOptions::default() };
    let judge = |chip, sdk| judged(&facts(chip, sdk), &image, &allowed);
    assert_eq!(judge("esp32s3", "v2.0.0-alpha.190"), Err("wrong_chip"));
    assert_eq!(judge("esp32", "v2.0.0-alpha.190"), Err("wrong_chip"));
    // It says so on every chip.
    assert_eq!(judge("esp32", "v2.0.0-alpha.180"), Ok(None));
    assert_eq!(judge("unknown", "v2.0.0-alpha.190"), Ok(None));
}

#[test]
fn nothing_is_wanted_that_jaguar_cannot_do() {
    let (device, image) = (facts("esp32c3", "v2.0.0-alpha.190"), image(MarkerKind::Real));
    let allowed = UpdateOptions { allow_without_jaguar: true, ..UpdateOptions::default() };
    let drill = Some(Drill { method: DrillMethod::OwnBuild, image_before: image.image_sha256 });
    for options in [UpdateOptions { confirm: Confirm::Manual, ..allowed }, UpdateOptions { drill, ..allowed }]
    {
        assert_eq!(judged(&device, &image, &options), Err("not_with_jaguar"));
    }
}

#[test]
fn an_image_for_simulated_devices_goes_to_no_real_one() {
    let allowed = UpdateOptions { allow_without_jaguar: true, ..UpdateOptions::default() };
    let device = facts("esp32c3", "v2.0.0-alpha.190");
    assert_eq!(judged(&device, &image(MarkerKind::Simulated), &allowed), Err("simulated"));
}
