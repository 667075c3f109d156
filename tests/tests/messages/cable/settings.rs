//! Boards that cannot be set up by cable, and networks that are not remembered.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use skylift::store::{DataDir, KeyStore, NetworkList};
use skylift::usb::board::Table;
use skylift::usb::provision::{NetworkWish, PairWish, Settings, Wishes, board_id};
use skylift::usb::wire::Link;
use skylift::usb::{UsbError, Work};
use skylift_protocol::{Id, Network, Password, bounded};
use skylift_simulator::layout::DEFAULT_CAPACITY;
use skylift_simulator::serial::{Board, Security};

use super::{at, blank, link, put, with_fuses, with_table};
use crate::files::Place;
use crate::table::Line;

/// Tables of others: their NVS, and two slots. One that is small, and none.
const OTADATA_AND_SLOTS: &str = "otadata, data, ota, 0xe000, 0x2000\n\
    app0, app, ota_0, 0x10000, 0x140000\napp1, app, ota_1, 0x150000, 0x140000\n";
const NVS: &str = "nvs, data, nvs, 0x9000, 0x5000\n";
const SMALL_NVS: &str = "nvs, data, nvs, 0x9000, 0x1000\n";

fn foreign(nvs: &str) -> Board {
    with_table(&Table::from_csv(&format!("{nvs}{OTADATA_AND_SLOTS}")).unwrap())
}

fn ours() -> Board {
    with_table(&Table::for_flash(DEFAULT_CAPACITY).unwrap())
}

fn network(ssid: &str) -> Network {
    Network { ssid: bounded(ssid), password: Password::new("open sesame").unwrap() }
}

fn wishes() -> Wishes {
    Wishes { networks: NetworkWish::First(network("attic")), pairing: PairWish::Anew, ..Wishes::default() }
}

fn id() -> Id {
    bounded("esp-a0b1c2000007")
}

/// Sets a board up, which must fail.
fn fails(link: &mut Link, keys: &KeyStore) -> UsbError {
    let work = &mut Work::unwatched();
    let prepared =
        Settings::of_board(link, work).and_then(|settings| settings.prepared(&id(), &wishes(), keys));
    prepared.and_then(|prepared| prepared.write(link, keys, work)).unwrap_err()
}

pub fn lines() -> Vec<Line> {
    let place = Place::new();
    let keys = KeyStore::new(&place.data());
    let of = |symptom, board: &Board| at(symptom, board, &fails(&mut link(board), &keys));
    let strange = foreign(NVS);
    put(&mut link(&strange), 0x9000, &[0x5A; 0x5000]);
    let mut lines = vec![
        of("The board was never flashed", &blank()),
        of("The table has no partition for settings", &foreign("")),
        of("The firmware's own partition for settings is full", &foreign(SMALL_NVS)),
        of("What should be settings is something else", &strange),
    ];
    let hidden = with_fuses(Security { secure_download: true, ..Security::default() });
    lines.push(at(
        "The chip keeps its MAC address to itself",
        &hidden,
        &board_id(&mut link(&hidden)).unwrap_err(),
    ));
    let board = ours();
    let nowhere = KeyStore::new(&DataDir::new(Some(place.write("file", ""))));
    lines.push(at("The new key cannot be kept here", &board, &fails(&mut link(&board), &nowhere)));
    lines.push(cut(&board, &keys));
    lines.extend(networks(&place));
    place.settle(lines)
}

/// The cable comes out while the settings are written.
fn cut(board: &Board, keys: &KeyStore) -> Line {
    let mut link = link(board);
    let settings = Settings::of_board(&mut link, &mut Work::unwatched()).unwrap();
    let prepared = settings.prepared(&id(), &wishes(), keys).unwrap();
    let path = board.path();
    board.unplug();
    let error = prepared.write(&mut link, keys, &mut Work::unwatched()).unwrap_err();
    Line::of("The cable comes out while settings are written", &error)
        .calling(path.to_str().unwrap(), super::PORT)
}

/// `networks.json`.
fn networks(place: &Place) -> [Line; 2] {
    let list = NetworkList::new(&place.data());
    list.remember(&network("attic")).unwrap();
    let file = place.path("data/networks.json");
    set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let exposed = Line::plain("Others may read the networks that are remembered", &list.list().unwrap_err());
    std::fs::write(&file, "[").unwrap();
    set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    [exposed, Line::plain("The file of the networks is damaged", &list.list().unwrap_err())]
}
