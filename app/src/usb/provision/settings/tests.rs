//! What is written for what is wanted, without a board.

use std::cell::RefCell;

use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Network, Networks, Password, bounded};
use skylift_updater::Region;

use super::super::{NetworkWish, PairWish};
use super::*;

/// Counts keys up from 1.
#[derive(Default)]
struct Vault {
    drawn: RefCell<Vec<PairingKey>>,
    settled: RefCell<Vec<PairingKey>>,
}

impl KeyVault for Vault {
    fn draw(&self, _: &Id) -> Result<PairingKey, UsbError> {
        let key = key(self.drawn.borrow().len() as u8 + 1);
        self.drawn.borrow_mut().push(key.clone());
        Ok(key)
    }

    fn settle(&self, _: &Id, key: &PairingKey) -> Result<(), UsbError> {
        self.settled.borrow_mut().push(key.clone());
        Ok(())
    }
}

fn key(byte: u8) -> PairingKey {
    PairingKey::try_from(&[byte; 32][..]).unwrap()
}

fn own() -> Place {
    Place {
        partition: "skylift".to_owned(),
        region: Region { offset: 0x3D_0000, size: 0x1_0000 },
        shared: false,
    }
}

fn shared() -> Place {
    Place { partition: "nvs".to_owned(), region: Region { offset: 0x9000, size: 0x4000 }, shared: true }
}

fn id() -> Id {
    bounded("esp-6055f9001a2b")
}

fn on(ssid: &str, password: &str) -> Wishes {
    let network = Network { ssid: bounded(ssid), password: Password::new(password).unwrap() };
    Wishes { name: Some(bounded("lamp")), networks: NetworkWish::First(network), ..Wishes::default() }
}

/// The board as it is read again.
fn again(prepared: Prepared) -> Settings {
    let Prepared { place, bytes, port, .. } = prepared;
    let says = Provisioning::read(&mut flash(&place, &bytes), place.region);
    Settings { place, says, port, bytes, read: true }
}

#[test]
fn a_wrong_password_is_corrected_and_the_rest_stays() {
    for place in [own(), shared()] {
        let vault = Vault::default();
        let first = Settings::blank(place.clone(), "P")
            .prepared(&id(), &on("den", "wrong password"), &vault)
            .unwrap();
        let sectors = (place.region.size / SECTOR) as usize;
        assert_eq!((first.paired, first.changed.len()), (Paired::Anew, sectors));
        first.settle(&vault).unwrap();
        assert_eq!(*vault.settled.borrow(), [key(1)]);

        let wishes = Wishes { name: None, ..on("den", "open sesame") };
        let second = again(first.clone()).prepared(&id(), &wishes, &vault).unwrap();
        assert_eq!((second.paired, second.changed.len()), (Paired::Kept, 1));
        let network = wishes.networks.network().unwrap().clone();
        let networks = Networks::new().with_first(network);
        assert_eq!(second.after, Provisioning { networks, ..first.after });
        assert_eq!(vault.drawn.borrow().len(), 1);
        assert!(!second.bytes.windows(14).any(|it| it == b"wrong password"), "it is gone from the flash");
    }
}

#[test]
fn who_shows_settings_shows_no_secret() {
    let prepared =
        Settings::blank(own(), "P").prepared(&id(), &on("den", "open sesame"), &Vault::default()).unwrap();
    for shown in [format!("{prepared:?}"), format!("{:?}", again(prepared))] {
        assert!(
            shown.contains("den") && !shown.contains("open sesame") && !shown.contains("1, 1, 1"),
            "{shown}"
        );
    }
}

#[test]
fn nothing_is_written_twice() {
    let vault = Vault::default();
    let first = Settings::blank(own(), "P").prepared(&id(), &on("den", "open sesame"), &vault).unwrap();
    let second = again(first).prepared(&id(), &on("den", "open sesame"), &vault).unwrap();
    assert!(second.is_written());
    let elsewhere = Settings { says: again(second).says, ..Settings::blank(shared(), "P") };
    let other = elsewhere.prepared(&id(), &Wishes::default(), &vault).unwrap();
    assert_eq!(other.after, other.before);
    assert!(!other.is_written(), "elsewhere it has to be written");
    assert_eq!(vault.drawn.borrow().len(), 1);
}

#[test]
fn a_new_key_is_drawn_where_there_is_none_that_is_good_or_one_is_wanted() {
    let vault = Vault::default();
    let pair = |says: Pairing, pairing| {
        let mut settings = Settings::blank(own(), "P");
        settings.says.pairing = says;
        let prepared = settings.prepared(&id(), &Wishes { pairing, ..Wishes::default() }, &vault).unwrap();
        prepared.settle(&vault).unwrap();
        (prepared.after.pairing, prepared.paired)
    };
    let theirs = || Pairing::Paired(key(99));
    assert_eq!(pair(Pairing::Open, PairWish::Leave), (Pairing::Open, Paired::Left));
    assert_eq!(pair(theirs(), PairWish::Leave), (theirs(), Paired::Left));
    assert_eq!(vault.settled.borrow().len(), 0);
    // Who holds the board, holds its key.
    assert_eq!(pair(theirs(), PairWish::Pair), (theirs(), Paired::Kept));
    assert_eq!(pair(theirs(), PairWish::Anew), (Pairing::Paired(key(1)), Paired::Anew));
    assert_eq!(pair(Pairing::KeyDamaged, PairWish::Pair), (Pairing::Paired(key(2)), Paired::Anew));
    assert_eq!(*vault.settled.borrow(), [key(99), key(1), key(2)]);
}

#[test]
fn what_is_not_nvs_is_left_alone_where_it_is_somebody_elses() {
    let with = |place: Place| Settings {
        bytes: vec![0x5A; place.region.size as usize],
        ..Settings::blank(place, "P")
    };
    let refused = with(shared()).prepared(&id(), &on("den", "open sesame"), &Vault::default());
    assert!(matches!(refused, Err(UsbError::NotSettings { .. })));
    with(own()).prepared(&id(), &on("den", "open sesame"), &Vault::default()).unwrap();
}
