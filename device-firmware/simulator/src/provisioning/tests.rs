//! What is provisioned is read; a change of networks is all or nothing, wherever power fails.

use skylift_protocol::{Network, Password, bounded};

use super::*;
use crate::faults::{FlashFault, Moment};
use crate::nor::Nor;

/// So small that NVS has to tidy up now and then.
const REGION: Region = Region { offset: 0x1_0000, size: 0x2000 };

fn network(ssid: &str, password: &str) -> Network {
    Network { ssid: bounded(ssid), password: Password::new(password).unwrap() }
}

fn provisioned() -> (Nor, Provisioning) {
    let provisioning = Provisioning {
        name: "bench 1 — ß".into(),
        bootloader_rolls_back: true,
        secure_floor: 7,
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
    let renamed = Provisioning { name: "lamp".into(), ..provisioning };
    assert_eq!(Provisioning::read(&mut nor, REGION), renamed);
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

/// Writes networks, one way or another.
type Store = fn(&mut Nor, &Networks) -> Result<(), ProvisioningError>;

/// As devices do.
fn store(nor: &mut Nor, networks: &Networks) -> Result<(), ProvisioningError> {
    Provisioning::store_networks(nor, REGION, networks)
}

/// As nobody should: for a moment there are none.
fn store_carelessly(nor: &mut Nor, networks: &Networks) -> Result<(), ProvisioningError> {
    let stored = open(nor, REGION).and_then(|mut nvs| {
        nvs.delete(&key(NAMESPACE), &key(KEY_NETWORKS))?;
        set_networks(&mut nvs, networks)
    });
    stored.map_err(ProvisioningError)
}

/// What cuts have shown.
#[derive(Default)]
struct Tally {
    points: u32,
    erases: u64,
    /// Points after which the networks were neither those before nor those after.
    lost: u32,
}

/// Many changes one after the other, so that pages fill up and are tidied; each flash operation of each is cut.
fn cut_many(store: Store) -> Tally {
    let (mut nor, mut before) = provisioned();
    let mut tally = Tally::default();
    for round in 0..80_usize {
        let new = network(&format!("net {}", round % 5), &"x".repeat(8 + round % 50));
        let after = Provisioning { networks: before.networks.with_first(new), ..before.clone() };
        let mut whole = nor.clone();
        let begun = whole.counters();
        store(&mut whole, &after.networks).unwrap();
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
        store(&mut cut, &after.networks).unwrap_err();
        cut.set_fault(FlashFault::None);
        cut.power_on();
        let found = Provisioning::read(&mut cut, REGION);
        tally.points += 1;
        tally.lost += u32::from(!allowed.contains(&&found));
        // Reading settles what the cut left; it must be settled for good, and take the next change.
        assert_eq!(Provisioning::read(&mut cut, REGION), found);
        store(&mut cut, &after.networks).unwrap();
        assert_eq!(Provisioning::read(&mut cut, REGION), *after);
    }
}

#[test]
fn a_cut_leaves_the_networks_of_before_or_after() {
    let tally = cut_many(store);
    assert!(tally.points > 1000 && tally.erases > 1, "{} points, {} erases", tally.points, tally.erases);
    assert_eq!(tally.lost, 0, "of {} points", tally.points);
    println!("{} points, {} erases", tally.points, tally.erases);
}

/// The test above can fail.
#[test]
fn a_careless_write_is_found_out() {
    assert!(cut_many(store_carelessly).lost > 0);
}
