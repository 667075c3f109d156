//! The file of settings: what is accepted is within its limits, and setting one thing changes nothing else.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use skylift::store::{DataDir, Key, Settings, SettingsFile};
use skylift_fuzz::Input;
use skylift_fuzz::folder::folder;

static FILE: LazyLock<SettingsFile> =
    LazyLock::new(|| SettingsFile::new(&DataDir::new(Some(PathBuf::from(folder())))));

/// Every setting, written out and read again, is the same.
fn check(settings: &Settings) {
    let mut again = Settings::default();
    for key in Key::ALL {
        key.set(&key.value(settings), &mut again).expect("it takes its own value");
    }
    assert_eq!(&again, settings);
    assert!(settings.port != 0 && settings.parallel.get() <= 1000);
    assert!(
        (5..=3600).contains(&settings.silence.as_secs()) && (5..=3600).contains(&settings.comeback.as_secs())
    );
    assert!((10..=86_400).contains(&settings.probation.as_secs()));
    assert!((0.5..=3.0).contains(&settings.window.scale));
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let key = Key::ALL[usize::from(input.byte()) % Key::ALL.len()];
    std::fs::write(FILE.path(), input.rest()).expect("a file");
    let Ok(loaded) = FILE.load() else { return };
    check(&loaded.settings);
    let default = key.value(&Settings::default());
    FILE.change(key, Some(&default)).expect("the default can be set");
    let changed = FILE.load().expect("the changed file");
    let mut expected = loaded.settings.clone();
    key.set(&default, &mut expected).expect("the default");
    assert_eq!(changed.settings, expected, "another setting has changed");
    assert!(changed.set.contains(&key) && changed.warnings.len() == loaded.warnings.len());
    FILE.change(key, None).expect("it can be taken out");
    assert!(!FILE.load().expect("the file without it").set.contains(&key));
});
