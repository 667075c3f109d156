//! A partition that others keep things in, too: theirs stays, and nothing of ours opens.

use alloc::string::String;
use alloc::vec::Vec;

use esp_nvs::{Key, Nvs};

use super::*;
use crate::storage::Storage;

/// What the firmware before kept.
const THEIRS: &str = "garden";
/// Bytes of a page that hold its header, its map, their entries and ours.
const USED: usize = 2048;

fn key(name: &str) -> Key {
    Key::from_str(name)
}

fn theirs(nor: &mut Nor) -> Nvs<Storage<'_, Nor>> {
    Nvs::new(REGION.offset as usize, REGION.size as usize, Storage(nor)).unwrap()
}

/// A flash with somebody else's settings.
fn shared() -> Nor {
    let mut nor = blank();
    let mut nvs = theirs(&mut nor);
    nvs.set(&key(THEIRS), &key("litres"), 17_u32).unwrap();
    nvs.set(&key(THEIRS), &key("owner"), "somebody else").unwrap();
    nvs.set(&key(THEIRS), &key("plan"), &[5_u8; 300][..]).unwrap();
    drop(nvs);
    nor
}

#[track_caller]
fn assert_theirs(nor: &mut Nor) {
    let mut nvs = theirs(nor);
    assert_eq!(nvs.get::<u32>(&key(THEIRS), &key("litres")).unwrap(), 17);
    assert_eq!(nvs.get::<String>(&key(THEIRS), &key("owner")).unwrap(), "somebody else");
    assert_eq!(nvs.get::<Vec<u8>>(&key(THEIRS), &key("plan")).unwrap(), [5; 300]);
}

#[test]
fn what_others_keep_stays() {
    let mut nor = shared();
    assert_eq!(read(&mut nor), Provisioning::default(), "nobody provisioned it yet");
    for round in 0..20 {
        let name = alloc::format!("bench {round}");
        let provisioning = Provisioning { name, ..closed() };
        provisioning.merge(&mut nor, REGION).unwrap();
        assert_eq!(read(&mut nor), provisioning);
        assert_theirs(&mut nor);
    }
    // What the device itself changes later as well.
    Provisioning::store_name(&mut nor, REGION, "lamp").unwrap();
    assert_eq!(read(&mut nor).name, "lamp");
    assert_theirs(&mut nor);
}

#[test]
fn where_there_is_no_room_nothing_of_theirs_goes() {
    let mut nor = shared();
    let mut nvs = theirs(&mut nor);
    let filled = (0..200).find(|n| nvs.set(&key(THEIRS), &key(&alloc::format!("n{n}")), 1_u8).is_err());
    drop(nvs);
    assert!(filled.is_some());
    assert!(closed().merge(&mut nor, REGION).unwrap_err().is_full());
    assert_theirs(&mut nor);
}

/// Bits that flash lost, one at a time: ours is as it was, or shut, and never as if it had not been.
#[test]
fn no_flipped_bit_opens_what_shares_a_partition() {
    let mut nor = shared();
    closed().merge(&mut nor, REGION).unwrap();
    let page = REGION.offset as usize;
    assert!(nor.bytes()[page + USED..page + 4096].iter().all(|&byte| byte == 0xFF));
    let mut shut = 0;
    for bit in 0..USED * 8 {
        let mut bytes = nor.bytes().to_vec();
        bytes[page + bit / 8] ^= 1 << (bit % 8);
        let found = read(&mut Nor::from_bytes(bytes).unwrap());
        assert!([paired(7), Pairing::KeyDamaged].contains(&found.pairing), "bit {bit}: {:?}", found.pairing);
        assert!([closed().trust, nobody()].contains(&found.trust), "bit {bit}: {:?}", found.trust);
        shut += u32::from(found.pairing == Pairing::KeyDamaged);
    }
    assert!(shut > 256, "{shut}");
}

#[test]
fn a_partition_that_is_no_nvs_is_left_alone() {
    let mut bytes = blank().bytes().to_vec();
    bytes[REGION.offset as usize..][..4096].fill(0x5A);
    let mut nor = Nor::from_bytes(bytes.clone()).unwrap();
    closed().merge(&mut nor, REGION).unwrap_err();
    assert_eq!(nor.bytes(), bytes);
}

/// Pages are in the clear where NVS is encrypted, entries are not.
#[test]
fn an_encrypted_partition_is_neither_written_nor_mended() {
    let nor = shared();
    let mut bytes = nor.bytes().to_vec();
    bytes[REGION.offset as usize + 64..][..32 * 60].iter_mut().for_each(|byte| *byte ^= 0x33);
    let mut nor = Nor::from_bytes(bytes.clone()).unwrap();
    closed().merge(&mut nor, REGION).unwrap_err();
    assert_eq!(read(&mut nor), Provisioning::unreadable());
    assert_eq!(nor.bytes(), bytes);
}
