//! Flash that lost what it held: what was closed stays closed.

use alloc::vec::Vec;

use esp_nvs::{Key, Nvs, Set};
use skylift_protocol::provisioning::NAMESPACE;

use super::*;
use crate::storage::Storage;

type Entries<'a> = Nvs<Storage<'a, Nor>>;

/// Bytes of a page that hold its header, its map and the entries of `provisioned`.
const USED: usize = 1600;

fn open(nor: &mut Nor) -> Entries<'_> {
    Nvs::new(REGION.offset as usize, REGION.size as usize, Storage(nor)).unwrap()
}

fn key(name: &str) -> Key {
    Key::from_str(name)
}

/// Somebody else's hand in the partition.
fn set<'a, T>(nor: &'a mut Nor, name: &str, value: T)
where
    Entries<'a>: Set<T>,
{
    open(nor).set(&key(NAMESPACE), &key(name), value).unwrap();
}

fn delete(nor: &mut Nor, name: &str) {
    open(nor).delete(&key(NAMESPACE), &key(name)).unwrap();
}

#[test]
fn a_record_of_signers_that_is_none_trusts_nobody() {
    for record in [&[] as &[u8], b"\x02", &[1, 4, 0]] {
        let (mut nor, _) = provisioned();
        set(&mut nor, KEY_TRUST, record);
        assert_eq!(read(&mut nor).trust, nobody());
        // One of another type, too.
        delete(&mut nor, KEY_TRUST);
        set(&mut nor, KEY_TRUST, 1_u8);
        assert_eq!(read(&mut nor).trust, nobody());
    }
}

#[test]
fn a_pairing_key_that_is_none_lets_nobody_in() {
    for record in [&[] as &[u8], &[7; 31], &[7; 33], &[0xFF; 32], &[0; 32]] {
        let (mut nor, _) = provisioned();
        set(&mut nor, KEY_PAIRING, record);
        assert_eq!(read(&mut nor).pairing, Pairing::KeyDamaged, "{record:?}");
        // One of another type, too.
        delete(&mut nor, KEY_PAIRING);
        set(&mut nor, KEY_PAIRING, 7_u32);
        assert_eq!(read(&mut nor).pairing, Pairing::KeyDamaged);
    }
}

#[test]
fn what_is_missing_does_not_open_what_was_closed() {
    let (mut nor, provisioning) = provisioned();
    delete(&mut nor, KEY_PAIRING);
    assert_eq!(read(&mut nor), Provisioning { pairing: Pairing::KeyDamaged, ..provisioning.clone() });
    delete(&mut nor, KEY_TRUST);
    assert_eq!(read(&mut nor).trust, nobody());
    delete(&mut nor, KEY_SECURE_FLOOR);
    assert_eq!(read(&mut nor).secure_floor, Floor::Unknown);
    // The marks, left alone, are what closes it.
    delete(&mut nor, KEY_PAIRED);
    delete(&mut nor, KEY_SIGNED_ONLY);
    let open = read(&mut nor);
    assert_eq!((open.pairing, open.trust), (Pairing::Open, Trust::Anybody));
}

/// A key without its mark is a key; and a mark is one whatever its value.
#[test]
fn a_mark_adds_nothing_to_what_can_be_read() {
    let (mut nor, provisioning) = provisioned();
    delete(&mut nor, KEY_PAIRED);
    delete(&mut nor, KEY_SIGNED_ONLY);
    assert_eq!(read(&mut nor), provisioning);
    delete(&mut nor, KEY_PAIRING);
    set(&mut nor, KEY_PAIRED, "yes");
    assert_eq!(read(&mut nor).pairing, Pairing::KeyDamaged);
}

/// Bits that flash lost, one at a time, in all that the page holds.
#[test]
fn no_flipped_bit_opens_what_was_closed() {
    let (nor, provisioning) = provisioned();
    let page = REGION.offset as usize;
    assert!(nor.bytes()[page + USED..page + REGION.size as usize].iter().all(|&byte| byte == 0xFF));
    let (mut shut, mut whole) = (0, 0);
    for bit in 0..USED * 8 {
        let mut bytes = nor.bytes().to_vec();
        bytes[page + bit / 8] ^= 1 << (bit % 8);
        let mut nor = Nor::from_bytes(bytes).unwrap();
        let found = read(&mut nor);
        assert_closed(&found, &provisioning);
        assert_eq!(read(&mut nor), found, "bit {bit}");
        shut += u32::from(found.pairing == Pairing::KeyDamaged);
        whole += u32::from(found == provisioning);
        // Nor does what the device itself writes next.
        let _ = Provisioning::store_secure_floor(&mut nor, REGION, 9);
        let _ = Provisioning::store_trust(&mut nor, REGION, &provisioning.trust);
        assert_closed(&read(&mut nor), &Provisioning { secure_floor: Floor::At(9), ..provisioning.clone() });
    }
    assert!(shut > 256 && whole > 256, "{shut} shut it, {whole} did nothing");
}

/// As it was, or shut.
#[track_caller]
fn assert_closed(found: &Provisioning, was: &Provisioning) {
    assert!([&was.pairing, &Pairing::KeyDamaged].contains(&&found.pairing), "{:?}", found.pairing);
    assert!([&was.trust, &nobody()].contains(&&found.trust), "{:?}", found.trust);
    let floors = [was.secure_floor, Floor::At(7), Floor::Unknown];
    assert!(floors.contains(&found.secure_floor), "{:?}", found.secure_floor);
}

/// Without the entry that all others hang on.
fn without_namespace() -> (Vec<u8>, Provisioning) {
    let (nor, provisioning) = provisioned();
    let mut bytes = nor.bytes().to_vec();
    let name = bytes.windows(7).position(|it| it == b"skylift").unwrap();
    bytes[name] ^= 1;
    (bytes, provisioning)
}

/// Whatever else is damaged, it stays shut, however often it starts.
#[test]
fn no_flipped_bit_opens_what_has_lost_its_namespace() {
    let (bytes, _) = without_namespace();
    for bit in 0..USED * 8 {
        let mut bytes = bytes.clone();
        bytes[REGION.offset as usize + bit / 8] ^= 1 << (bit % 8);
        let mut nor = Nor::from_bytes(bytes).unwrap();
        let found = read(&mut nor);
        assert!([Provisioning::unreadable(), closed()].contains(&found), "bit {bit}: {found:?}");
        assert_eq!(read(&mut nor), found, "bit {bit}");
    }
}

#[test]
fn a_lost_namespace_shuts_the_device_until_it_is_provisioned_again() {
    let (bytes, provisioning) = without_namespace();
    let mut nor = Nor::from_bytes(bytes).unwrap();
    assert_eq!(read(&mut nor), Provisioning::unreadable());
    // With a new namespace it would look as if it had never been closed.
    Provisioning::store_name(&mut nor, REGION, "lamp").unwrap_err();
    Provisioning::store_networks(&mut nor, REGION, &provisioning.networks).unwrap_err();
    assert_eq!(read(&mut nor), Provisioning::unreadable());
    let again = Provisioning { pairing: paired(8), ..provisioning };
    again.write(&mut nor, REGION).unwrap();
    assert_eq!(read(&mut nor), again);
}

/// What another firmware left there is no provisioning.
#[test]
fn a_partition_that_is_no_nvs_is_blank() {
    let mut bytes = blank().bytes().to_vec();
    let garbage = (0_u32..).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[2]);
    let region = REGION.offset as usize..(REGION.offset + REGION.size) as usize;
    bytes[region].iter_mut().zip(garbage).for_each(|(byte, noise)| *byte = noise);
    let mut nor = Nor::from_bytes(bytes).unwrap();
    assert_eq!(read(&mut nor), Provisioning::default());
    closed().write(&mut nor, REGION).unwrap();
    assert_eq!(read(&mut nor), closed());
}

#[test]
fn a_flash_that_does_not_answer_lets_nobody_in() {
    let (mut nor, _) = provisioned();
    nor.set_fault(FlashFault::PowerCut { operation: nor.operations(), moment: Moment::Before, seed: 0 });
    nor.program(0, &[0; 4]).unwrap_err();
    assert_eq!(read(&mut nor), Provisioning::unreadable());
}
