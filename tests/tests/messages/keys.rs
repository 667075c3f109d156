//! The keys of devices: those that cannot be used, and files of exported ones.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use skylift::store::{Backup, DataDir, KeyStore, Passphrase};
use skylift_protocol::{Id, bounded};

use crate::files::Place;
use crate::table::Line;

/// The keys of one computer.
pub fn store(place: &Place) -> KeyStore {
    KeyStore::new(&place.data())
}

pub fn lines() -> Vec<Line> {
    let place = Place::new();
    let (store, lamp): (_, Id) = (store(&place), bounded("lamp"));
    let key = KeyStore::random().unwrap();
    let nowhere = KeyStore::new(&DataDir::new(Some(place.write("file", ""))));
    let mut lines = vec![
        Line::of("The folder of the keys cannot be made", &nowhere.put(&lamp, &key, false).unwrap_err()),
        Line::of("There is nothing to export", &export(&store, &place, "keys.age").unwrap_err()),
    ];
    store.put(&lamp, &key, false).unwrap();
    export(&store, &place, "keys.age").unwrap();
    lines.push(Line::of("The file is there", &export(&store, &place, "keys.age").unwrap_err()));
    let open = |name: &str, passphrase| Backup::open(&place.path(name), &passphrase).unwrap_err();
    lines.push(Line::of("The passphrase is another", &open("keys.age", said("Correct horse"))));
    place.write("notes.age", "buy milk");
    lines.push(Line::of("The file is another program's", &open("notes.age", said("correct horse"))));
    place.write("slow.age", slower(&std::fs::read(place.path("keys.age")).unwrap()));
    lines.push(Line::of("The file was made to waste time", &open("slow.age", said("correct horse"))));
    set_permissions(store.path(&lamp), Permissions::from_mode(0o644)).unwrap();
    lines.push(Line::of("Others may read a key", &store.get(&lamp).unwrap_err()));
    set_permissions(store.path(&lamp), Permissions::from_mode(0o600)).unwrap();
    std::fs::write(store.path(&lamp), "cut short").unwrap();
    lines.push(Line::of("A key is damaged", &store.get(&lamp).unwrap_err()));
    place.settle(lines)
}

fn said(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn export(store: &KeyStore, place: &Place, name: &str) -> Result<Vec<Id>, skylift::store::KeyStoreError> {
    Backup::export(store, &place.path(name), &said("correct horse"))
}

/// The same file, as if 2^30 rounds had been taken. Format: age-encryption.org/v1, the line `-> scrypt SALT ROUNDS`.
fn slower(file: &[u8]) -> Vec<u8> {
    let mut lines = file.splitn(3, |&byte| byte == b'\n');
    let (version, recipient, rest) = (lines.next().unwrap(), lines.next().unwrap(), lines.next().unwrap());
    let recipient = std::str::from_utf8(recipient).unwrap();
    let (salt, _) = recipient.rsplit_once(' ').unwrap();
    [version, format!("\n{salt} 30\n").as_bytes(), rest].concat()
}
