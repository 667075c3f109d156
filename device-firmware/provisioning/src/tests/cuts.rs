//! A change that a device makes is all or nothing, wherever power fails.

use esp_nvs::{Key, Nvs};
use skylift_protocol::NextSigners;
use skylift_protocol::provisioning::NAMESPACE;
use std::println;

use super::*;
use crate::storage::Storage;

/// Writes what has changed, one way or another.
type Store = fn(&mut Nor, &Provisioning) -> Result<(), ProvisioningError>;

/// What is changed in a round.
type Change = fn(usize, &Provisioning) -> Provisioning;

/// Another network.
fn networks(round: usize, before: &Provisioning) -> Provisioning {
    let new = network(&alloc::format!("net {}", round % 5), &"x".repeat(8 + round % 50));
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

/// A higher floor.
fn floor(round: usize, before: &Provisioning) -> Provisioning {
    Provisioning { secure_floor: Floor::At(8 + round as u32), ..before.clone() }
}

/// As devices do.
fn store_networks(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    Provisioning::store_networks(nor, REGION, &after.networks)
}

/// As devices do.
fn store_trust(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    Provisioning::store_trust(nor, REGION, &after.trust)
}

/// As devices do.
fn store_floor(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    let Floor::At(floor) = after.secure_floor else { unreachable!() };
    Provisioning::store_secure_floor(nor, REGION, floor)
}

/// As nobody should: for a moment there is none.
fn delete(nor: &mut Nor, name: &str) -> Result<(), ProvisioningError> {
    let mut nvs = Nvs::new(REGION.offset as usize, REGION.size as usize, Storage(nor))?;
    Ok(nvs.delete(&Key::from_str(NAMESPACE), &Key::from_str(name))?)
}

fn store_networks_carelessly(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    delete(nor, KEY_NETWORKS)?;
    store_networks(nor, after)
}

fn store_trust_carelessly(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    delete(nor, KEY_TRUST)?;
    store_trust(nor, after)
}

fn store_floor_carelessly(nor: &mut Nor, after: &Provisioning) -> Result<(), ProvisioningError> {
    delete(nor, KEY_SECURE_FLOOR)?;
    store_floor(nor, after)
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
fn cut_many(rounds: usize, change: Change, store: Store) -> Tally {
    let (mut nor, mut before) = provisioned();
    let mut tally = Tally::default();
    for round in 0..rounds {
        let after = change(round, &before);
        tally.points += cut(
            &nor,
            |nor| store(nor, &after),
            |mut nor| {
                let found = read(&mut nor);
                tally.lost += u32::from(found != before && found != after);
                // Reading settles what the cut left; it must be settled for good, and take the next change.
                assert_eq!(read(&mut nor), found);
                store(&mut nor, &after).unwrap();
                assert_eq!(read(&mut nor), after);
            },
        );
        let erased = nor.counters().sectors_erased;
        store(&mut nor, &after).unwrap();
        assert_eq!(read(&mut nor), after);
        tally.erases += nor.counters().sectors_erased - erased;
        before = after;
    }
    tally
}

#[test]
fn a_cut_leaves_the_networks_of_before_or_after() {
    expect_nothing_lost(&cut_many(80, networks, store_networks));
}

#[test]
fn a_cut_leaves_the_signers_of_before_or_after() {
    expect_nothing_lost(&cut_many(80, trust, store_trust));
}

#[test]
fn a_cut_leaves_the_floor_of_before_or_after() {
    // One entry each: it takes many to fill a page.
    expect_nothing_lost(&cut_many(150, floor, store_floor));
}

#[track_caller]
fn expect_nothing_lost(tally: &Tally) {
    assert!(tally.points > 1000 && tally.erases > 0, "{} points, {} erases", tally.points, tally.erases);
    assert_eq!(tally.lost, 0, "of {} points", tally.points);
    println!("{} points, {} erases", tally.points, tally.erases);
}

/// The tests above can fail.
#[test]
fn a_careless_write_is_found_out() {
    assert!(cut_many(20, networks, store_networks_carelessly).lost > 0);
    assert!(cut_many(20, trust, store_trust_carelessly).lost > 0);
    assert!(cut_many(20, floor, store_floor_carelessly).lost > 0);
}
