//! A flash kept in a file.

use std::fs;

use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::nor::{Nor, NorError};
use skylift_updater::{Erase, Flash, FlashError};

use super::nor;

#[test]
fn a_file_holds_every_change_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash.bin");
    let mut nor = nor().keep_in(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), nor.bytes());
    nor.program(0x1100, &[0x21; 256]).unwrap();
    nor.overwrite(0x1_0001, &[7; 3]).unwrap();
    assert_eq!(fs::read(&path).unwrap(), nor.bytes());
    nor.erase(0x1000, Erase::Sector).unwrap();
    assert_eq!(fs::read(&path).unwrap(), nor.bytes());
    nor.set_fault(FlashFault::PowerCut { operation: nor.operations(), moment: Moment::Inside, seed: 1 });
    assert_eq!(nor.erase(0x1_0000, Erase::Block), Err(FlashError));
    assert_eq!(fs::read(&path).unwrap(), nor.bytes());

    let mut fork = nor.clone();
    fork.overwrite(0, &[0; 16]).unwrap();
    assert_eq!(fs::read(&path).unwrap(), nor.bytes(), "a fork has no file");
    let expected = nor.bytes().to_vec();
    drop(nor);
    assert_eq!(Nor::open(&path).unwrap().bytes(), expected);
}

#[test]
fn file_errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my flash.bin");
    let message = |result: Result<Nor, NorError>| result.err().unwrap().to_string();
    let shown = path.display();
    assert!(message(Nor::open(&path)).starts_with(&format!("cannot open the flash file {shown}: ")));
    fs::write(&path, [0; 5000]).unwrap();
    assert!(
        message(Nor::open(&path)).starts_with(&format!("{shown} is not a flash file: it has 5000 bytes"))
    );
    assert!(message(nor().keep_in(&path)).starts_with(&format!("cannot create the flash file {shown}: ")));
    assert_eq!(fs::read(&path).unwrap(), [0; 5000], "an existing file is left alone");
    fs::remove_file(&path).unwrap();
    let first = nor().keep_in(&path).unwrap();
    let expected = format!("the flash file {shown} is in use by another simulated device");
    assert_eq!(message(Nor::open(&path)), expected);
    drop(first);
    assert!(Nor::open(&path).is_ok());
}
