//! The waiting list and the last rollout, on disk and back.

use std::fs;

use super::*;

fn device(target: &str, digest: u8) -> WaitingDevice {
    WaitingDevice {
        target: target.to_owned(),
        id: Some("sky-01".to_owned()),
        file_sha256: Digest([digest; 32]),
        image: "lamp 2.0.0".to_owned(),
        manual: false,
        allow_unguarded: true,
        allow_other_project: false,
        encoding: None,
        trust: NewSigners::new(&[Digest([digest; 32])]).ok(),
    }
}

#[test]
fn the_list_outlives_the_process_and_has_each_device_once() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = DataDir::new(Some(folder.path().join("new")));
    let list = WaitingList::new(&data_dir);
    assert_eq!(list.load().unwrap(), []);
    list.add(device("127.0.0.1:80", 1)).unwrap();
    list.add(device("lamp", 1)).unwrap();
    list.add(device("lamp", 2)).unwrap();
    let again = WaitingList::new(&data_dir);
    assert_eq!(again.load().unwrap(), [device("127.0.0.1:80", 1), device("lamp", 2)]);
    again.remove("lamp", Digest([1; 32])).unwrap();
    again.remove("127.0.0.1:80", Digest([1; 32])).unwrap();
    assert_eq!(list.load().unwrap(), [device("lamp", 2)]);
    list.clear().unwrap();
    assert_eq!(list.load().unwrap(), []);
}

#[test]
fn only_the_failed_are_retried_and_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = DataDir::new(Some(folder.path().to_owned()));
    assert_eq!(LastRollout::load(&data_dir).unwrap(), None);
    let words = ["validated", "rolled_back", "refused", "not_started", "lost", "not_found", "skipped"];
    let end = |word: &&str| LastEnd { target: (*word).to_owned(), id: None, verdict: (*word).to_owned() };
    LastRollout { devices: words.iter().map(end).collect() }.save(&data_dir).unwrap();
    let last = LastRollout::load(&data_dir).unwrap().unwrap();
    let failed: Vec<_> = last.failed().map(|end| end.target.as_str()).collect();
    assert_eq!(failed, ["rolled_back", "lost", "not_found"]);
    fs::write(folder.path().join(LAST), "{").unwrap();
    let error = LastRollout::load(&data_dir).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
}
