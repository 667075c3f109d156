//! Key files as they lie on the disk, and their exports.
#![allow(clippy::unwrap_used, reason = "tests")]

use tempfile::TempDir;

use super::*;

fn store() -> (TempDir, KeyStore) {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::new(Some(folder.path().join("data")));
    (folder, KeyStore::new(&data))
}

fn id(text: &str) -> Id {
    Id::try_from(text).unwrap()
}

fn only(store: &KeyStore) -> KeptKey {
    let mut listed = store.list().unwrap();
    assert_eq!(listed.len(), 1);
    listed.pop().unwrap().1.unwrap()
}

#[test]
fn a_key_is_kept_replaced_on_demand_and_forgotten() {
    let (_folder, store) = store();
    let (first, second) = (KeyStore::random().unwrap(), KeyStore::random().unwrap());
    let lamp = id("lamp-1");
    assert!(first != second);
    assert_eq!(store.get(&lamp).unwrap(), None);
    assert_eq!(store.put(&lamp, &first, false).unwrap(), Imported::New);
    assert_eq!(store.put(&lamp, &first, true).unwrap(), Imported::Same);
    assert_eq!(store.put(&lamp, &second, false).unwrap(), Imported::Differs);
    assert_eq!(only(&store).key_id, first.id());
    assert_eq!(store.put(&lamp, &second, true).unwrap(), Imported::Replaced);
    assert_eq!(store.get(&lamp).unwrap(), Some(second));
    assert!(store.forget(&lamp).unwrap());
    assert!(!store.forget(&lamp).unwrap());
    assert_eq!(store.list().unwrap().len(), 0);
}

#[test]
fn an_id_that_is_none_leads_to_no_file() {
    let (_folder, store) = store();
    let key = KeyStore::random().unwrap();
    for text in ["../lamp", "a/b", "", "LAMP", "."] {
        assert!(store.put(&id(text), &key, true).is_err(), "{text}");
        assert_eq!(store.get(&id(text)).unwrap(), None);
        assert!(!store.forget(&id(text)).unwrap());
    }
    assert!(!store.folder.exists());
}

#[test]
fn what_is_no_key_is_not_used() {
    let (_folder, store) = store();
    store.put(&id("lamp"), &KeyStore::random().unwrap(), false).unwrap();
    for bytes in [&[7; 31][..], &[7; 33], &[0; 32], &[0xFF; 32], b""] {
        fs::write(store.path(&id("lamp")), bytes).unwrap();
        assert!(matches!(store.get(&id("lamp")), Err(KeyStoreError::NotAKey(_))), "{bytes:?}");
        assert!(store.list().unwrap()[0].1.is_err());
    }
    let key = KeyStore::random().unwrap();
    assert!(store.put(&id("lamp"), &key, false).is_err());
    assert_eq!(store.put(&id("lamp"), &key, true).unwrap(), Imported::Replaced);
}

#[cfg(unix)]
#[test]
fn only_their_owner_can_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, store) = store();
    let lamp = id("lamp");
    store.put(&lamp, &KeyStore::random().unwrap(), false).unwrap();
    let path = store.path(&lamp);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    assert_eq!((mode(&path), mode(&store.folder), mode(store.data.path())), (0o600, 0o700, 0o700));
    for exposed in [0o640, 0o604, 0o620, 0o602] {
        set(&path, exposed);
        let error = store.get(&lamp).unwrap_err();
        assert!(matches!(error, KeyStoreError::Exposed { .. }), "{exposed:o}: {error}");
        assert!(error.to_string().contains(&format!("{exposed:o}")), "{error}");
        assert!(error.advice()[0].starts_with("chmod 600 "), "{error:?}");
        assert!(store.put(&lamp, &KeyStore::random().unwrap(), true).is_err(), "it is looked at first");
    }
    set(&path, 0o600);
    set(&store.folder, 0o770);
    assert!(matches!(store.get(&lamp), Err(KeyStoreError::Exposed { wanted: 0o700, .. })));
    set(&store.folder, 0o700);
    assert!(store.get(&lamp).unwrap().is_some());
}

#[test]
fn exported_keys_come_back_with_their_passphrase_alone() {
    let (folder, store) = store();
    let file = folder.path().join("keys.age");
    let passphrase = |text: &str| Passphrase::new(text.to_owned());
    let right = passphrase("correct horse");
    assert!(matches!(Backup::export(&store, &file, &right), Err(KeyStoreError::Nothing)));
    let keys = [KeyStore::random().unwrap(), KeyStore::random().unwrap()];
    let devices = [id("door"), id("lamp")];
    for (device, key) in devices.iter().zip(&keys) {
        store.put(device, key, false).unwrap();
    }
    assert_eq!(Backup::export(&store, &file, &right).unwrap(), devices);
    assert!(matches!(Backup::export(&store, &file, &right), Err(KeyStoreError::Exists(_))));
    assert!(matches!(
        Backup::open(&file, &passphrase("Correct horse")),
        Err(KeyStoreError::WrongPassphrase(_))
    ));
    let pairs = Backup::open(&file, &right).unwrap();
    let (_elsewhere, other) = self::store();
    other.put(&devices[0], &KeyStore::random().unwrap(), false).unwrap();
    let became = |replace| {
        let kept = Backup::keep(&pairs, &other, replace).unwrap();
        kept.into_iter().map(|(_, imported)| imported).collect::<Vec<_>>()
    };
    assert_eq!(became(false), [Imported::Differs, Imported::New]);
    assert_eq!(became(true), [Imported::Replaced, Imported::Same]);
    for (device, key) in devices.iter().zip(&keys) {
        assert_eq!(other.get(device).unwrap().as_ref(), Some(key));
    }
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert!(Backup::open(&file, &right).is_err());
    fs::write(&file, "no age").unwrap();
    assert!(matches!(Backup::open(&file, &right), Err(KeyStoreError::NotABackup(_))));
}

#[test]
fn what_is_in_a_backup_is_read_strictly() {
    let digits = "ab".repeat(32);
    let of = |text: &str| backup::pairs(text.as_bytes()).map(|pairs| pairs.len());
    assert_eq!(of(&format!("skylift keys 1\nlamp {digits}\ndoor {digits}\n")), Some(2));
    for text in [
        format!("skylift keys 2\nlamp {digits}\n"),
        format!("skylift keys 1\n../lamp {digits}\n"),
        format!("skylift keys 1\nlamp {digits}00\n"),
        format!("skylift keys 1\nlamp {}\n", "+1".repeat(32)),
        format!("skylift keys 1\nlamp {}\n", "00".repeat(32)),
        format!("skylift keys 1\nlamp{digits}\n"),
        String::new(),
    ] {
        assert_eq!(of(&text), None, "{text}");
    }
}
