//! What is kept, and cannot be; and what cannot be certified.

use std::sync::atomic::AtomicBool;

use skylift::engine::{Step, UpdateOptions};
use skylift::store::{
    Database, KnownError, LastRollout, Recorder, Seen, Selection, SettingsFile, WaitingList, write_bundle,
    write_csv,
};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::{CertifyError, Request, Streams, Watch, certify};
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::layout::{self, DEFAULT_TABLE, Partition};
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::Host;
use skylift_tests::wait::until;

use crate::files::Place;
use crate::table::Line;

pub fn history() -> Vec<Line> {
    let of = |symptom, prepare: &dyn Fn(&Place)| {
        let place = Place::new();
        prepare(&place);
        let line = Line::of(symptom, &Database::open(&place.data()).unwrap_err());
        place.settle(vec![line]).remove(0)
    };
    let changed = |sql: &'static str| {
        move |place: &Place| {
            drop(Database::open(&place.data()).unwrap());
            rusqlite::Connection::open(place.path("data/history.db")).unwrap().execute_batch(sql).unwrap();
        }
    };
    let mut lines = vec![
        of("There is a file in the place of the folder", &|place| drop(place.write("data", ""))),
        of("The history is damaged", &|place| {
            drop(place.write("data/history.db", "buy milk and bread, and more"))
        }),
        of("It is another program's database", &|place| {
            std::fs::create_dir_all(place.path("data")).unwrap();
            let other = rusqlite::Connection::open(place.path("data/history.db")).unwrap();
            other.execute_batch("PRAGMA application_id = 7; CREATE TABLE milk (litres)").unwrap();
        }),
        of("A later Skylift has used the folder", &changed("PRAGMA user_version = 99")),
        of("The history cannot be written", &|place| {
            std::fs::create_dir_all(place.path("data/history.db")).unwrap();
        }),
    ];
    lines.extend(known());
    lines
}

/// Devices of the history; and a history that cannot be written elsewhere.
fn known() -> Vec<Line> {
    let place = Place::new();
    let mut database = Database::open(&place.data()).unwrap();
    let seen = |id: &str| Seen {
        id: id.to_owned(),
        formerly: None,
        name: "lamp".to_owned(),
        family: "skylift",
        chip: "esp32c3".to_owned(),
        version: "1.0.0".to_owned(),
        address: "192.168.1.7:80".parse().unwrap(),
        by_address: false,
        at: std::time::SystemTime::now(),
    };
    database.saw(&[seen("sky-01"), seen("sky-02")]).unwrap();
    let of = |symptom, error: &KnownError| Line::of(symptom, error);
    let mut lines = vec![
        of("Nobody is remembered by this name", &database.device("door").unwrap_err()),
        of("Two remembered devices have the same name", &database.device("lamp").unwrap_err()),
    ];
    let host = Host::default();
    let config = DeviceConfig { faults: "rate=50000".parse().unwrap(), ..fresh() };
    let device = Device::start(config).unwrap();
    let recorder = Recorder::start(Database::open(&place.data()).unwrap(), &host.engine).unwrap();
    let job = host.begin(&device, &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    host.await_step(job, Step::Downloading);
    let id = host.find(&device).id.clone();
    let updating = until("the history has the update", || match database.forget(&id, true) {
        Err(error @ KnownError::Updating(_)) => Some(error),
        _ => None,
    });
    lines.push(of("A device that is being updated is to be forgotten", &updating));
    let updates = database.updates(&Selection::default()).unwrap();
    let nowhere = place.path("missing").join("bundle.zip");
    let course = database.course(updates[0].number).unwrap();
    let bundle = write_bundle(&updates[0], &course, &nowhere).unwrap_err();
    lines.push(Line::plain("A bundle's folder is missing", &bundle));
    // A device that is always full.
    if let Ok(full) = std::fs::File::create("/dev/full") {
        let table = write_csv(&updates, &jiff::tz::TimeZone::UTC, full).unwrap_err();
        lines.push(Line::of("There is no space for the table", &table));
    }
    drop(host);
    drop(recorder);
    place.settle(lines)
}

pub fn small_files() -> Vec<Line> {
    let place = Place::new();
    place.write("data/waiting.json", "[");
    std::fs::create_dir_all(place.path("data/last-rollout.json")).unwrap();
    let settings = SettingsFile::new(&place.data());
    let mut lines = vec![
        Line::of("The waiting list is damaged", &WaitingList::new(&place.data()).load().unwrap_err()),
        Line::of("The last rollout cannot be read", &LastRollout::load(&place.data()).unwrap_err()),
    ];
    let file = "data/settings.toml";
    std::fs::create_dir_all(place.path(file)).unwrap();
    lines.push(Line::of("The settings cannot be read", &settings.load().unwrap_err()));
    std::fs::remove_dir(place.path(file)).unwrap();
    for (symptom, text) in [
        ("The settings were edited, and a quote is missing", "[network]\nhost-address = \"192.168.1.5\n"),
        ("The settings were edited, and a value cannot be", "[network]\nport = 99999\n"),
        ("Something else is in the place of the settings", &"#".repeat(70_000)),
    ] {
        place.write(file, text);
        lines.push(Line::of(symptom, &settings.load().unwrap_err()));
    }
    place.write(file, "");
    let key = "port".parse().unwrap();
    lines.push(Line::of("A setting cannot have this value", &settings.change(key, Some("0")).unwrap_err()));
    place.settle(lines)
}

pub fn certificates() -> Vec<Line> {
    let (old, new) = (image("1.0.0", Behaviour::Healthy), image("1.1.0", Behaviour::Healthy));
    let of = |symptom, old: &[u8], new: &[u8], table: Option<&[u8]>| {
        let streams = Streams::default();
        let request = Request { old, new, streams, table, bootloader: Bootloader::Stock, seed: 1 };
        let watch = Watch { progress: &|_| (), cancel: &AtomicBool::new(false) };
        let error: CertifyError = certify(&request, watch).unwrap_err();
        Line::new(symptom, &error, &error)
    };
    let built = |change: &dyn Fn(&mut DemoImage)| {
        let mut image = demo("1.1.0", Behaviour::Healthy);
        change(&mut image);
        image.build().unwrap()
    };
    let table = |partitions: &[Partition]| layout::partition_table(partitions).unwrap();
    let mut damaged = table(&DEFAULT_TABLE);
    damaged[0x24] ^= 1;
    let far = Partition::new("ota_1", layout::APP, layout::OTA_0 + 1, 0x400_0000, 0x10_0000);
    let beyond = table(&[&DEFAULT_TABLE[..4], &[far]].concat());
    vec![
        of("One of the two is no image", &old, b"buy milk", None),
        of("One of the two is for a chip that is not known", &old, &resealed(&new, 12, 0x7777), None),
        of(
            "The two are for different chips",
            &old,
            &built(&|image| image.chip = skylift_protocol::Chip::Esp32S3),
            None,
        ),
        of("The two are the same", &old, &old, None),
        of("One of the two is larger than a slot", &old, &built(&|image| image.size = 0x1E_1000), None),
        of("The partition table is none", &old, &new, Some(b"nvs,data,nvs")),
        of("The partition table is damaged", &old, &new, Some(&damaged)),
        of("The partition table is for a larger flash than there is", &old, &new, Some(&beyond)),
        of("The image asks for another revision of the chip", &old, &resealed(&new, 15, 9900), None),
    ]
}

/// An image with another number in its header, and the digest that belongs to it. Format: `esp_image_header_t`.
pub fn resealed(image: &[u8], at: usize, number: u16) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut image = image.to_vec();
    image[at..at + 2].copy_from_slice(&number.to_le_bytes());
    let end = image.len() - 32;
    let digest = Sha256::digest(&image[..end]);
    image[end..].copy_from_slice(&digest);
    image
}
