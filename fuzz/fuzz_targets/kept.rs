//! Small files that Skylift keeps: what is read is written back and read as the same; one of somebody else is told.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use skylift::store::{DataDir, LastRollout, SourceList, WaitingDevice, WaitingList};
use skylift_fuzz::Input;
use skylift_fuzz::folder::folder;

static DATA: LazyLock<DataDir> = LazyLock::new(|| DataDir::new(Some(PathBuf::from(folder()))));

fn write(name: &str, bytes: &[u8]) {
    std::fs::write(folder().join(name), bytes).expect("a file");
}

fn waiting(bytes: &[u8]) {
    write("waiting.json", bytes);
    let list = WaitingList::new(&DATA);
    let Ok(found) = list.load() else { return };
    for device in &found {
        let _ = (device.wanted(), device.options());
    }
    let Some(last) = found.last() else { return };
    list.add(last.clone()).expect("it can be written");
    let mut expected: Vec<WaitingDevice> = found.clone();
    expected.retain(|device| device.target != last.target);
    expected.push(last.clone());
    assert_eq!(list.load().expect("the written list"), expected);
}

fn last_rollout(bytes: &[u8]) {
    write("last-rollout.json", bytes);
    let Ok(Some(found)) = LastRollout::load(&DATA) else { return };
    assert!(found.failed().count() <= found.devices.len());
    found.devices.iter().for_each(|device| drop(device.wanted()));
    found.save(&DATA).expect("it can be written");
    assert_eq!(LastRollout::load(&DATA).expect("the written one"), Some(found));
}

fn sources(bytes: &[u8]) {
    write("tracked-sources.json", bytes);
    let list = SourceList::new(&DATA);
    let Ok(found) = list.load() else { return };
    let Some(first) = found.first() else { return };
    // What is kept is what is shown, but for what may be secret in it.
    assert!(first.source.to_string().len() <= String::from(first.source.clone()).len());
    list.update(first).expect("it can be written");
    assert_eq!(list.load().expect("the written list"), found);
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let kind = input.byte();
    let bytes = input.rest();
    match kind % 3 {
        0 => waiting(bytes),
        1 => last_rollout(bytes),
        _ => sources(bytes),
    }
});
