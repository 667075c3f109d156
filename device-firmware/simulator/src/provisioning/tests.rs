//! What is provisioned is read; a change of networks or signers is all or nothing, wherever power fails.

use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Digest, Network, NextSigners, Password, bounded};

use super::*;
use crate::faults::{FlashFault, Moment};
use crate::nor::Nor;

/// So small that NVS has to tidy up now and then.
const REGION: Region = Region { offset: 0x1_0000, size: 0x2000 };

fn network(ssid: &str, password: &str) -> Network {
    Network { ssid: bounded(ssid), password: Password::new(password).unwrap() }
}

fn signers(first: u8) -> Signers {
    (first..first + 3).map(|byte| Digest([byte; 32])).collect()
}

fn provisioned() -> (Nor, Provisioning) {
    let provisioning = Provisioning {
        name: "bench 1 — ß".into(),
        bootloader_rolls_back: true,
        secure_floor: 7,
        trust: Trust::in_signers(signers(1)),
        pairing: Pairing::Paired(PairingKey::try_from(&[7; 32][..]).unwrap()),
        networks: Networks::new()
            .with_first(network("den", "open sesame"))
            .with_first(network("Café ☕", "")),
    };
    let mut nor = Nor::blank(0x4_0000).unwrap();
    provisioning.write(&mut nor, REGION).unwrap();
    (nor, provisioning)
}

#[test]
fn what_is_provisioned_is_read() {
    assert_eq!(Provisioning::read(&mut Nor::blank(0x4_0000).unwrap(), REGION), Provisioning::default());
    let (mut nor, provisioning) = provisioned();
    assert_eq!(Provisioning::read(&mut nor, REGION), provisioning);
    Provisioning::store_name(&mut nor, REGION, "lamp").unwrap();
    Provisioning::store_secure_floor(&mut nor, REGION, 8).unwrap();
    let changed = Provisioning { name: "lamp".into(), secure_floor: 8, ..provisioning };
    assert_eq!(Provisioning::read(&mut nor, REGION), changed);
}

/// What was closed does not open because its record cannot be understood.
#[test]
fn a_record_of_signers_that_is_none_trusts_nobody() {
    for record in [&[] as &[u8], b"\x02", &[1, 4, 0]] {
        let (mut nor, _) = provisioned();
        let mut nvs = open(&mut nor, REGION).unwrap();
        nvs.set(&key(NAMESPACE), &key(KEY_TRUST), record).unwrap();
        drop(nvs);
        assert_eq!(Provisioning::read(&mut nor, REGION).trust, Trust::in_signers(Signers::new()));
        // One of another type, too.
        let mut nvs = open(&mut nor, REGION).unwrap();
        nvs.delete(&key(NAMESPACE), &key(KEY_TRUST)).unwrap();
        nvs.set(&key(NAMESPACE), &key(KEY_TRUST), 1_u8).unwrap();
        drop(nvs);
        assert_eq!(Provisioning::read(&mut nor, REGION).trust, Trust::in_signers(Signers::new()));
    }
}

/// What was closed does not open because its key is damaged.
#[test]
fn a_pairing_key_that_is_none_lets_nobody_in() {
    for record in [&[] as &[u8], &[7; 31], &[7; 33], &[0xFF; 32], &[0; 32]] {
        let (mut nor, _) = provisioned();
        let mut nvs = open(&mut nor, REGION).unwrap();
        nvs.set(&key(NAMESPACE), &key(KEY_PAIRING), record).unwrap();
        drop(nvs);
        assert_eq!(Provisioning::read(&mut nor, REGION).pairing, Pairing::KeyDamaged, "{record:?}");
        // One of another type, too.
        let mut nvs = open(&mut nor, REGION).unwrap();
        nvs.delete(&key(NAMESPACE), &key(KEY_PAIRING)).unwrap();
        nvs.set(&key(NAMESPACE), &key(KEY_PAIRING), 7_u32).unwrap();
        drop(nvs);
        assert_eq!(Provisioning::read(&mut nor, REGION).pairing, Pairing::KeyDamaged);
    }
}

/// Bits that flash lost, one at a time, in all that the key's partition holds.
#[test]
fn a_flipped_bit_in_the_key_lets_nobody_in() {
    let (nor, provisioning) = provisioned();
    let at = nor.bytes().windows(32).position(|it| it == [7; 32]).unwrap();
    for bit in 0..256 {
        let mut bytes = nor.bytes().to_vec();
        bytes[at + bit / 8] ^= 1 << (bit % 8);
        let mut nor = Nor::from_bytes(bytes).unwrap();
        let found = Provisioning::read(&mut nor, REGION);
        assert_eq!(found, Provisioning { pairing: Pairing::KeyDamaged, ..provisioning.clone() }, "bit {bit}");
    }
}

/// A partition that cannot be read at all.
#[test]
fn a_flash_that_does_not_answer_lets_nobody_in() {
    let (mut nor, _) = provisioned();
    nor.set_fault(FlashFault::PowerCut { operation: nor.operations(), moment: Moment::Before, seed: 0 });
    nor.program(0, &[0; 4]).unwrap_err();
    let found = Provisioning::read(&mut nor, REGION);
    assert_eq!((found.pairing, found.trust), (Pairing::KeyDamaged, Trust::in_signers(Signers::new())));
}

#[test]
fn a_forgotten_password_is_gone_from_the_flash() {
    let (mut nor, _) = provisioned();
    let holds = |nor: &Nor, text: &str| nor.bytes().windows(text.len()).any(|it| it == text.as_bytes());
    assert!(holds(&nor, "open sesame"));
    let other = Networks::new().with_first(network("shed", "another one"));
    Provisioning::store_networks(&mut nor, REGION, &other).unwrap();
    assert!(holds(&nor, "another one") && !holds(&nor, "open sesame"));
}

/// Writes what has changed, one way or another.
type Store = fn(&mut Nor, &Provisioning) -> Result<(), ProvisioningError>;

/// What is changed in a round.
type Change = fn(usize, &Provisioning) -> Provisioning;

/// Another network.
fn networks(round: usize, before: &Provisioning) -> Provisioning {
    let new = network(&format!("net {}", round % 5), &"x".repeat(8 + round % 50));
    Provisioning { networks: before.networks.with_first(new), ..before.clone() }
}

/// Other signers are named; in the next round they take over.
fn trust(round: usize, before: &Provisioning) -> Provisioning {
    let image_sha256 = Digest([round as u8 / 2; 32]);
    let next = NextSigners { image_sha256, signers: signers(round as u8) };
    let trust = match round % 2 {
        0 => before.trust.with_next(Some(next)),
        _ => before.trust.once_kept(image_sha256),
    };
    assert_ne!(trust, before.trust);
    Provisioning { trust, ..before.clone() }
}

/// As devices do.
fn store_networks(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    Provisioning::store_networks(nor, REGION, &after.networks)
}

/// As devices do.
fn store_trust(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    Provisioning::store_trust(nor, REGION, &after.trust)
}

/// As nobody should: for a moment there are none.
fn store_carelessly(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    let stored = open(nor, REGION).and_then(|mut nvs| {
        nvs.delete(&key(NAMESPACE), &key(KEY_NETWORKS))?;
        set_networks(&mut nvs, &after.networks)
    });
    stored.map_err(ProvisioningError)
}

/// As nobody should: for a moment everybody's images are taken.
fn store_trust_carelessly(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    let stored = open(nor, REGION).and_then(|mut nvs| {
        nvs.delete(&key(NAMESPACE), &key(KEY_TRUST))?;
        set_trust(&mut nvs, &after.trust)
    });
    stored.map_err(ProvisioningError)
}

/// What cuts have shown.
#[derive(Default)]
struct Tally {
    points: u32,
    erases: u64,
    /// Points after which it was neither as before nor as after.
    lost: u32,
}

/// Many changes one after the other, so that pages fill up and are tidied; each flash operation of each is cut.
fn cut_many(change: Change, store: Store) -> Tally {
    let (mut nor, mut before) = provisioned();
    let mut tally = Tally::default();
    for round in 0..80_usize {
        let after = change(round, &before);
        let mut whole = nor.clone();
        let begun = whole.counters();
        store(&mut whole, &after).unwrap();
        assert_eq!(Provisioning::read(&mut whole, REGION), after);
        tally.erases += whole.counters().sectors_erased - begun.sectors_erased;
        for operation in begun.operations()..whole.operations() {
            cut_everywhere(&nor, operation, [&before, &after], store, &mut tally);
        }
        (nor, before) = (whole, after);
    }
    tally
}

/// Cuts one operation before, inside and after it.
fn cut_everywhere(nor: &Nor, operation: u64, allowed: [&Provisioning; 2], store: Store, tally: &mut Tally) {
    let [_, after] = allowed;
    let inside = (0..4).map(|seed| (Moment::Inside, operation * 100 + seed));
    for (moment, seed) in [(Moment::Before, 0), (Moment::After, 0)].into_iter().chain(inside) {
        let mut cut = nor.clone();
        cut.set_fault(FlashFault::PowerCut { operation, moment, seed });
        store(&mut cut, after).unwrap_err();
        cut.set_fault(FlashFault::None);
        cut.power_on();
        let found = Provisioning::read(&mut cut, REGION);
        tally.points += 1;
        tally.lost += u32::from(!allowed.contains(&&found));
        // Reading settles what the cut left; it must be settled for good, and take the next change.
        assert_eq!(Provisioning::read(&mut cut, REGION), found);
        store(&mut cut, after).unwrap();
        assert_eq!(Provisioning::read(&mut cut, REGION), *after);
    }
}

#[test]
fn a_cut_leaves_the_networks_of_before_or_after() {
    expect_nothing_lost(&cut_many(networks, store_networks));
}

#[test]
fn a_cut_leaves_the_signers_of_before_or_after() {
    expect_nothing_lost(&cut_many(trust, store_trust));
}

#[track_caller]
fn expect_nothing_lost(tally: &Tally) {
    assert!(tally.points > 1000 && tally.erases > 1, "{} points, {} erases", tally.points, tally.erases);
    assert_eq!(tally.lost, 0, "of {} points", tally.points);
    println!("{} points, {} erases", tally.points, tally.erases);
}

/// The tests above can fail.
#[test]
fn a_careless_write_is_found_out() {
    assert!(cut_many(networks, store_carelessly).lost > 0);
    assert!(cut_many(trust, store_trust_carelessly).lost > 0);
}
