//! Devices for the tests of the page.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::json;
use skylift_protocol::{Status, bounded};

use crate::engine::{Device, Presence, Snapshot, Source};

/// What a device with two slots says of itself: it runs 1.0.0 in slot 0.
pub fn status(id: &str) -> Status {
    let digest = |byte: u8| hex(&[byte; 32]);
    let status = json!({
        "protocol": 1, "id": id, "name": id, "chip": "esp32c3", "access": "open",
        "running": {
            "slot": 0, "project": "lamp", "version": "1.0.0", "image_sha256": digest(1), "elf_sha256": digest(0),
            "kind": "real",
        },
        "slots": [
            {"slot": 0, "offset": 0x1_0000, "size": 0x1E_0000, "state": "valid", "project": "lamp",
             "version": "1.0.0", "image_sha256": digest(1), "image_size": 0xF_0000},
            {"slot": 1, "offset": 0x1F_0000, "size": 0x1E_0000},
        ],
        "boots_next": 0, "protection": "guard", "validation": {"state": "valid"}, "phase": "idle",
        "boot_count": 1, "reset_reason": "power_on", "uptime_s": 60,
    });
    serde_json::from_value(status).unwrap()
}

/// The same as the engine shows it.
pub fn device(id: &str) -> Device {
    Device {
        id: bounded(id),
        name: id.to_owned(),
        family: crate::engine::Family::Skylift,
        chip: skylift_protocol::Chip::Esp32C3,
        version: "1.0.0".to_owned(),
        address: "192.168.1.63:80".parse().unwrap(),
        other_addresses: Vec::new(),
        slot: Some(0),
        validation: Some(skylift_protocol::ValidationState::Valid),
        access: Some(crate::engine::Access::Open),
        source: Source::Mdns,
        presence: Presence::Online,
        last_seen: Some(SystemTime::now()),
        status: Some(Arc::new(status(id))),
        problem: None,
    }
}

/// These devices, by id.
pub fn snapshot(mut devices: Vec<Device>) -> Arc<Snapshot> {
    devices.sort_by(|one, other| one.id.cmp(&other.id));
    Arc::new(Snapshot { devices: devices.into_iter().map(Arc::new).collect(), ..Snapshot::default() })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
