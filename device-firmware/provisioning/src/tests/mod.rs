//! What is provisioned is read, and what goes is gone.

mod anew;
mod cuts;
mod damage;
mod shared;

extern crate std;

use alloc::borrow::ToOwned;

use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Digest, Network, Password, bounded};
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::nor::Nor;

use super::*;

/// So small that NVS has to tidy up now and then.
const REGION: Region = Region { offset: 0x1_0000, size: 0x2000 };

fn network(ssid: &str, password: &str) -> Network {
    Network { ssid: bounded(ssid), password: Password::new(password).unwrap() }
}

fn signers(first: u8) -> Signers {
    (first..first + 3).map(|byte| Digest([byte; 32])).collect()
}

fn paired(byte: u8) -> Pairing {
    Pairing::Paired(PairingKey::try_from(&[byte; 32][..]).unwrap())
}

fn nobody() -> Trust {
    Trust::in_signers(Signers::new())
}

fn blank() -> Nor {
    Nor::blank(0x4_0000).unwrap()
}

fn closed() -> Provisioning {
    Provisioning {
        name: "bench 1 — ß".to_owned(),
        bootloader_rolls_back: true,
        secure_floor: Floor::At(7),
        trust: Trust::in_signers(signers(1)),
        pairing: paired(7),
        networks: Networks::new()
            .with_first(network("den", "open sesame"))
            .with_first(network("Café ☕", "")),
    }
}

fn provisioned() -> (Nor, Provisioning) {
    let (mut nor, provisioning) = (blank(), closed());
    provisioning.write(&mut nor, REGION).unwrap();
    (nor, provisioning)
}

fn read(nor: &mut Nor) -> Provisioning {
    Provisioning::read(nor, REGION)
}

/// Tries a change cut off at each of its flash operations: before, after, and some ways inside it. `visit` gets the flash
/// as it is when power is back. How often that was.
fn cut(
    nor: &Nor,
    change: impl Fn(&mut Nor) -> Result<(), ProvisioningError>,
    mut visit: impl FnMut(Nor),
) -> u32 {
    let mut whole = nor.clone();
    let begun = whole.operations();
    change(&mut whole).unwrap();
    let mut points = 0;
    for operation in begun..whole.operations() {
        let inside = (0..4).map(|seed| (Moment::Inside, operation * 100 + seed));
        for (moment, seed) in [(Moment::Before, 0), (Moment::After, 0)].into_iter().chain(inside) {
            let mut cut = nor.clone();
            cut.set_fault(FlashFault::PowerCut { operation, moment, seed });
            change(&mut cut).unwrap_err();
            cut.set_fault(FlashFault::None);
            cut.power_on();
            visit(cut);
            points += 1;
        }
    }
    points
}

#[test]
fn what_is_provisioned_is_read() {
    assert_eq!(read(&mut blank()), Provisioning::default());
    let (mut nor, provisioning) = provisioned();
    assert_eq!(read(&mut nor), provisioning);
    Provisioning::store_name(&mut nor, REGION, "lamp").unwrap();
    Provisioning::store_secure_floor(&mut nor, REGION, 8).unwrap();
    let changed = Provisioning { name: "lamp".to_owned(), secure_floor: Floor::At(8), ..provisioning };
    assert_eq!(read(&mut nor), changed);
}

#[test]
fn a_forgotten_password_is_gone_from_the_flash() {
    let (mut nor, _) = provisioned();
    assert!(holds(&nor, b"open sesame"));
    let other = Networks::new().with_first(network("shed", "another one"));
    Provisioning::store_networks(&mut nor, REGION, &other).unwrap();
    assert!(holds(&nor, b"another one") && !holds(&nor, b"open sesame"));
}

fn holds(nor: &Nor, bytes: &[u8]) -> bool {
    nor.bytes().windows(bytes.len()).any(|it| it == bytes)
}
