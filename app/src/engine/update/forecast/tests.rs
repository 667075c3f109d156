//! Every rule that is applied before anything is sent.

use skylift_protocol::{Digest, ImagePolicy};
use skylift_simulator::demo_image::{DemoImage, MarkerKind};

use super::super::sample::{demo, image, status};
use super::*;

fn built(demo: &DemoImage) -> Image {
    image(demo.build().unwrap())
}

#[track_caller]
fn expect(status: &Status, image: &Image, options: &UpdateOptions, expected: &str) {
    let found = match forecast(status, image, options) {
        Forecast::Send => "send",
        Forecast::AlreadyRunning => "already running",
        Forecast::Refuse(cause) => cause.reason.as_str(),
    };
    assert_eq!(found, expected);
}

fn strict() -> UpdateOptions {
    UpdateOptions::default()
}

#[test]
fn an_image_for_this_device_is_sent() {
    expect(&status(), &built(&demo()), &strict(), "send");
}

#[test]
fn a_device_that_does_something_else_is_left_alone() {
    let image = built(&demo());
    for (phase, expected) in [
        (DevicePhase::Checking, "busy"),
        (DevicePhase::Downloading, "busy"),
        (DevicePhase::Unknown, "busy"),
        (DevicePhase::PendingValidation, "pending_validation"),
    ] {
        expect(&Status { phase, ..status() }, &image, &strict(), expected);
    }
    let stuck = Status { phase: DevicePhase::PendingValidation, safe_mode: true, ..status() };
    expect(&stuck, &image, &strict(), "send");
}

#[test]
fn the_same_image_is_not_sent_again() {
    let image = built(&demo());
    let mut device = status();
    device.running.image_sha256 = image.image_sha256;
    expect(&device, &image, &strict(), "already running");
    for state in [ValidationState::Untracked, ValidationState::Pending, ValidationState::Unknown] {
        device.validation.state = state;
        expect(&device, &image, &strict(), "same_image");
    }
}

#[test]
fn the_chip_must_fit() {
    let image = built(&DemoImage { chip: Chip::Esp32C6, ..demo() });
    expect(&status(), &image, &strict(), "wrong_chip");
    // A device newer than this program.
    expect(&Status { chip: Chip::Unknown, ..status() }, &image, &strict(), "send");
    let mut unheard_of = image;
    unheard_of.chip = Chip::Unknown;
    expect(&Status { chip: Chip::Unknown, ..status() }, &unheard_of, &strict(), "wrong_chip");
}

#[test]
fn the_revision_must_fit_where_the_device_tells_it() {
    let image = built(&DemoImage { least_revision: 100, ..demo() });
    expect(&status(), &image, &strict(), "wrong_revision");
    let Forecast::Refuse(cause) = forecast(&status(), &image, &strict()) else { panic!("it is refused") };
    let told = "the image is for revision 1.0 or later of the esp32c3, and the device has 0.4";
    assert_eq!(cause.detail, told);
    for chip_revision in [Some(100), None] {
        expect(&Status { chip_revision, ..status() }, &image, &strict(), "send");
    }
}

#[test]
fn another_project_needs_leave() {
    let image = built(&DemoImage { project: "other".to_owned(), ..demo() });
    expect(&status(), &image, &strict(), "wrong_project");
    expect(&status(), &image, &UpdateOptions { allow_other_project: true, ..strict() }, "send");
}

#[test]
fn simulated_images_are_for_simulated_devices() {
    let image = built(&demo());
    for kind in [FirmwareKind::Real, FirmwareKind::Foreign, FirmwareKind::Unknown] {
        let mut device = status();
        device.running.kind = kind;
        expect(&device, &image, &strict(), "simulated");
        let everything = UpdateOptions { allow_unguarded: true, allow_other_project: true, ..strict() };
        expect(&device, &image, &everything, "simulated");
        expect(&device, &built(&DemoImage { kind: MarkerKind::Real, ..demo() }), &strict(), "send");
    }
}

#[test]
fn an_image_without_guard_needs_leave_or_a_bootloader_that_rolls_back() {
    let image = image(demo().foreign().unwrap());
    expect(&status(), &image, &strict(), "unguarded");
    expect(&Status { protection: Protection::Unknown, ..status() }, &image, &strict(), "unguarded");
    expect(&Status { protection: Protection::Bootloader, ..status() }, &image, &strict(), "send");
    expect(&status(), &image, &UpdateOptions { allow_unguarded: true, ..strict() }, "send");
}

#[test]
fn the_image_must_fit_into_a_slot_that_does_not_run() {
    let image = built(&demo());
    let mut device = status();
    device.slots[1].size = image.size();
    expect(&device, &image, &strict(), "send");
    device.slots[1].size = image.size() - 1;
    expect(&device, &image, &strict(), "too_large");
    device.slots.pop();
    expect(&device, &image, &strict(), "flash");
    device.running.slot = None;
    expect(&device, &image, &strict(), "send");
}

#[test]
fn other_signers_are_handed_to_paired_devices_that_have_some() {
    let image = built(&demo());
    let (before, after) = (Digest([3; 32]), Digest([4; 32]));
    let trust = NewSigners::new(&[after]).ok();
    let options = UpdateOptions { trust, ..strict() };
    let policy = |signers: Option<&[Digest]>| {
        let signers = signers.map(|signers| signers.iter().copied().collect());
        Some(ImagePolicy { secure_floor: 0, signers })
    };
    let open = Status { policy: policy(Some(&[before])), ..status() };
    expect(&open, &image, &options, "first_signers");
    let paired = Status { access: Access::Paired, ..open.clone() };
    // By whom the image must be signed is asked after that.
    expect(&paired, &image, &options, "unsigned");
    for policy in [None, policy(None)] {
        expect(&Status { policy, ..paired.clone() }, &image, &options, "first_signers");
    }
    // They would not come to the device with an image that it runs; those that it has need not.
    let mut runs_it = paired;
    runs_it.running.image_sha256 = image.image_sha256;
    expect(&runs_it, &image, &strict(), "already running");
    expect(&runs_it, &image, &options, "same_image");
    runs_it.policy = policy(Some(&[after]));
    expect(&runs_it, &image, &options, "already running");
}
