//! A board for tests: an ESP32-C3 that runs somebody's program.

use std::sync::Arc;

use skylift_protocol::{Chip, Digest};

use super::board::BoardView;
use crate::usb::board::{Board, Contents, Held, Holds, Setting, Shown, Slot, Table};
use crate::usb::ports::{Behind, Port};
use crate::usb::wire::{Identity, Security};

const TABLE: &str = "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n\
    app0, app, ota_0, 0x10000, 0x140000\napp1, app, ota_1, 0x150000, 0x140000\n\
    storage, data, spiffs, 0x290000, 0x100000\n";

/// What is read of it.
pub fn holds(is_blank: bool) -> Holds {
    let table = Table::from_csv(TABLE).unwrap();
    let slot =
        |name: &str, contents| Slot { partition: table.called(name).unwrap().clone(), contents, state: None };
    let held = Held {
        project: "hello_world".to_owned(),
        version: "1.0".to_owned(),
        chip: Chip::Esp32C3,
        guard: None,
        elf_sha256: Digest([7; 32]),
        image_sha256: None,
    };
    let setting = |key: &str, value| Setting {
        partition: "nvs".to_owned(),
        namespace: "nvs.net80211".to_owned(),
        key: key.to_owned(),
        kind: "string",
        value,
    };
    Holds {
        is_blank,
        bootloader: None,
        slots: vec![slot("app0", Contents::Image(held)), slot("app1", Contents::Empty)],
        boots: Some(0),
        settings: vec![
            setting("sta.ssid", Shown::Value("workshop-old".to_owned())),
            setting("sta.pswd", Shown::Hidden),
        ],
        owner: None,
        table: Ok(table),
    }
}

/// The board on this port.
pub fn board(port: &Port, is_blank: bool) -> Arc<BoardView> {
    let identity = Identity {
        chip: Chip::Esp32C3,
        name: "ESP32-C3".to_owned(),
        revision: Some((0, 4)),
        mac: Some("60:55:f9:00:1a:2b".to_owned()),
        crystal: 40,
        features: vec!["WiFi".to_owned(), "BLE".to_owned()],
        flash_size: 4 << 20,
    };
    let board = Board {
        port: port.path().to_owned(),
        identity,
        security: Security::default(),
        flash_chip: None,
        holds: Some(holds(is_blank)),
    };
    Arc::new(BoardView::new(board, port))
}

/// A port without anything known of it.
pub fn port(path: &str) -> Port {
    Port::new(path, Behind::Unknown)
}
