//! Devices and images for the unit tests of this module.

use std::path::Path;
use std::time::Instant;

use skylift_protocol::{
    Access, Chip, Digest, Fields, FirmwareKind, LastEnd, OrderId, Outcome, Phase, Progress, Protection,
    Reason, ResetReason, Running, Slot, Status, Validation, ValidationState, bounded,
};
use skylift_simulator::demo_image::{DemoImage, MarkerKind};

use crate::engine::sighting::Sighting;
use crate::image::Image;

/// The image that runs at first.
pub(in crate::engine) const OLD: Digest = Digest([1; 32]);
/// The image that is sent.
pub(in crate::engine) const NEW: Digest = Digest([2; 32]);

pub(in crate::engine) fn order_id() -> OrderId {
    bounded("order-1")
}

/// A simulated device that runs an old, validated image and does nothing.
pub(in crate::engine) fn status() -> Status {
    let slot = |slot| Slot {
        slot,
        offset: Some(0x1_0000 + (u32::from(slot) << 20)),
        size: 1 << 20,
        state: None,
        project: None,
        version: None,
        image_sha256: None,
        image_size: None,
    };
    Status {
        protocol: skylift_protocol::PROTOCOL,
        id: bounded("sky-01"),
        name: bounded("lamp"),
        chip: Chip::Esp32C3,
        chip_revision: Some(4),
        flash_size: Some(4 << 20),
        access: Access::Open,
        policy: None,
        encodings: Default::default(),
        running: Running {
            slot: Some(0),
            project: bounded("skylift-demo"),
            version: bounded("1.0.0"),
            image_sha256: OLD,
            elf_sha256: Digest::default(),
            kind: FirmwareKind::Simulated,
        },
        slots: [slot(0), slot(1)].into_iter().collect(),
        boots_next: Some(0),
        protection: Protection::Guard,
        validation: Validation { state: ValidationState::Valid, deadline_s: None },
        fell_back: false,
        safe_mode: false,
        phase: Phase::Idle,
        progress: None,
        resume: None,
        prepared: None,
        last_end: None,
        boot_count: 3,
        boot_id: None,
        reset_reason: ResetReason::PowerOn,
        uptime_s: 100,
        wifi: None,
        rssi_dbm: None,
        heap_free: None,
        heap_least: None,
        temperature_c: None,
        fields: Fields::default(),
    }
}

/// The same device at work on an order.
pub(in crate::engine) fn at_work(phase: Phase, order_id: OrderId, written: u32, total: u32) -> Status {
    let progress = Progress { order_id, written, total, fetched: None, flash_ms: None };
    Status { phase, progress: Some(progress), ..status() }
}

/// The same device after a restart.
pub(in crate::engine) fn restarted(image_sha256: Digest, state: ValidationState) -> Status {
    let mut status = Status { boot_count: 4, uptime_s: 1, ..status() };
    status.running.image_sha256 = image_sha256;
    status.validation.state = state;
    status
}

pub(in crate::engine) fn last_end(
    order_id: Option<OrderId>,
    outcome: Outcome,
    reason: Option<Reason>,
) -> Option<LastEnd> {
    Some(LastEnd {
        order_id,
        outcome,
        reason,
        detail: bounded("told"),
        image_sha256: None,
        version: None,
        crash: None,
    })
}

pub(in crate::engine) fn sighting(status: Status, at: Instant) -> Sighting {
    Sighting { status, address: ([127, 0, 0, 1], 80).into(), asked: at, answered: at }
}

/// A small image for the simulated device.
pub(in crate::engine) fn demo() -> DemoImage {
    DemoImage { version: "2.0.0".to_owned(), size: 4096, kind: MarkerKind::Simulated, ..DemoImage::default() }
}

pub(in crate::engine) fn image(bytes: Vec<u8>) -> Image {
    Image::from_bytes(Path::new("ota.bin"), bytes).unwrap()
}
