//! Tests: what is in a bundle, and what is not.

use std::io::Read as _;

use zip::ZipArchive;

use super::super::export::tests::update;
use super::*;

#[test]
fn a_bundle_holds_everything_but_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.zip");
    write_bundle(&update(), &Course::default(), &path).unwrap();
    let mut zip = ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let mut all = String::new();
    for name in ["about.json", "update.json", "timeline.txt", "device.log"] {
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        all += &text;
    }
    for word in
        [env!("CARGO_PKG_VERSION"), std::env::consts::OS, "\"number\": 7", "downloading", "psk: <removed>"]
    {
        assert!(all.contains(word), "{word} in {all}");
    }
    assert!(!all.contains("hunter2") && !all.contains("abc\n"), "{all}");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_bundle(&update(), &Course::default(), folder.path()).unwrap_err();
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
}
