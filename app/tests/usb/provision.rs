//! A board is set up by cable: its settings read, changed as far as was asked, and written; over the wire, for real.

use skylift::store::{DataDir, KeyStore};
use skylift::usb::board::Table;
use skylift::usb::provision::{
    NetworkWish, PairWish, Paired, Prepared, Settings, TrustWish, Wishes, board_id,
};
use skylift::usb::wire::Link;
use skylift::usb::{Step, UsbError, Work};
use skylift_protocol::{Digest, Floor, Network, Pairing, Password, Signers, Trust, bounded};
use skylift_simulator::serial::{Board, GoodFor, SerialFaults};
use tempfile::TempDir;

use crate::boards::{approach, blank, expect, link};

/// Where Skylift's own table has the settings of a flash of 4 MB.
pub const PLACE: std::ops::Range<usize> = 0x3D_0000..0x3E_0000;

/// A computer with its keys.
pub struct Laptop {
    _folder: TempDir,
    pub keys: KeyStore,
}

impl Laptop {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyStore::new(&DataDir::new(Some(folder.path().to_owned())));
        Self { _folder: folder, keys }
    }
}

/// A board with a partition table, and nothing else.
pub fn with_table(table: &Table) -> Board {
    let board = blank();
    put(&mut link(&board), 0x8000, &table.bytes);
    board.hold_boot_and_reset();
    board
}

pub fn put(link: &mut Link, offset: u32, bytes: &[u8]) {
    link.write(Step::PartitionTable, offset, bytes, &mut Work::unwatched()).unwrap();
}

pub fn ours() -> Table {
    Table::for_flash(4 << 20).unwrap()
}

pub fn den(password: &str) -> NetworkWish {
    NetworkWish::First(Network { ssid: bounded("den"), password: Password::new(password).unwrap() })
}

pub fn set_up(link: &mut Link, wishes: &Wishes, laptop: &Laptop) -> Result<Prepared, UsbError> {
    let mut work = Work::unwatched();
    let device = board_id(link)?;
    let prepared = Settings::of_board(link, &mut work)?.prepared(&device, wishes, &laptop.keys)?;
    prepared.write(link, &laptop.keys, &mut work)?;
    Ok(prepared)
}

#[test]
fn a_board_is_set_up_and_what_was_not_asked_for_stays() {
    let (board, laptop) = (with_table(&ours()), Laptop::new());
    let mut link = link(&board);
    let id = board_id(&mut link).unwrap();
    assert_eq!(id.as_str(), board.id(), "the id that the board will have");

    let signers = Signers::from_slice(&[Digest([5; 32])]).unwrap();
    let all = Wishes {
        name: Some(bounded("porch lamp")),
        networks: den("not its password"),
        trust: TrustWish::Signers(signers.clone()),
        floor: Some(7),
        bootloader_rolls_back: Some(true),
        ..Wishes::default()
    };
    let first = set_up(&mut link, &all, &laptop).unwrap();
    assert_eq!((first.paired, &first.device), (Paired::Anew, &id));
    let says = Settings::of_board(&mut link, &mut Work::unwatched()).unwrap().says;
    assert_eq!(says, first.after);
    assert_eq!((says.name.as_str(), says.secure_floor), ("porch lamp", Floor::At(7)));
    assert_eq!((says.bootloader_rolls_back, &says.trust), (true, &Trust::in_signers(signers)));
    let Pairing::Paired(key) = &says.pairing else { panic!("{:?}", says.pairing) };
    assert_eq!(laptop.keys.get(&id).unwrap().as_ref(), Some(key));

    // A wrong password is corrected: one sector is written, and nothing else of the flash.
    let (before, wire) = (board.flash(), board.wire());
    let second =
        set_up(&mut link, &Wishes { networks: den("open sesame"), ..Wishes::default() }, &laptop).unwrap();
    let (after, sent) = (board.flash(), board.wire().bytes_in - wire.bytes_in);
    let changed: Vec<usize> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
    assert!(changed.iter().all(|at| (PLACE.start..PLACE.start + 0x1000).contains(at)));
    assert!(sent < 8 << 10, "{sent} bytes were sent");
    let expected = NetworkWish::First(second.after.networks.iter().next().unwrap().clone());
    assert_eq!(expected, den("open sesame"));
    assert_eq!(skylift_provisioning_of(&second), (first.after.name, first.after.pairing, Floor::At(7)));
    assert!(!holds(&after, b"not its password"), "the wrong password is gone from the flash");

    // The same again is not written.
    let wire = board.wire();
    assert!(
        set_up(&mut link, &Wishes { networks: den("open sesame"), ..Wishes::default() }, &laptop)
            .unwrap()
            .is_written()
    );
    assert_eq!(board.flash(), after);
    assert!(board.wire().bytes_in - wire.bytes_in < 4 << 10);
}

fn skylift_provisioning_of(prepared: &Prepared) -> (String, Pairing, Floor) {
    let after = &prepared.after;
    (after.name.clone(), after.pairing.clone(), after.secure_floor)
}

pub fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|it| it == wanted)
}

/// Who holds the board holds its key; a new one shuts out who has the one before.
#[test]
fn another_computer_takes_the_key_over_or_gives_a_new_one() {
    let (board, [first, second]) = (with_table(&ours()), [Laptop::new(), Laptop::new()]);
    let mut link = link(&board);
    let id = set_up(&mut link, &Wishes::default(), &first).unwrap().device;
    assert_eq!(set_up(&mut link, &Wishes::default(), &second).unwrap().paired, Paired::Kept);
    assert_eq!(second.keys.get(&id).unwrap(), first.keys.get(&id).unwrap());
    let anew = Wishes { pairing: PairWish::Anew, ..Wishes::default() };
    assert_eq!(set_up(&mut link, &anew, &second).unwrap().paired, Paired::Anew);
    assert_ne!(second.keys.get(&id).unwrap(), first.keys.get(&id).unwrap());
    // And the first one gets it back, by the cable.
    set_up(&mut link, &Wishes::default(), &first).unwrap();
    assert_eq!(second.keys.get(&id).unwrap(), first.keys.get(&id).unwrap());
    let third = Laptop::new();
    let left = Wishes { pairing: PairWish::Leave, ..Wishes::default() };
    assert_eq!(set_up(&mut link, &left, &third).unwrap().paired, Paired::Left);
    assert_eq!(third.keys.get(&id).unwrap(), None);
}

/// The cable comes out while a new key is written: the one before counts here, the new one is not lost, and the board
/// tells which it has.
#[test]
fn a_cut_loses_no_key() {
    let (board, laptop) = (with_table(&ours()), Laptop::new());
    let mut first = link(&board);
    let id = set_up(&mut first, &Wishes::default(), &laptop).unwrap().device;
    let before = laptop.keys.get(&id).unwrap();
    let device = board_id(&mut first).unwrap();
    let settings = Settings::of_board(&mut first, &mut Work::unwatched()).unwrap();
    let anew = Wishes { pairing: PairWish::Anew, ..Wishes::default() };
    let prepared = settings.prepared(&device, &anew, &laptop.keys).unwrap();
    board.unplug();
    let cut = prepared.write(&mut first, &laptop.keys, &mut Work::unwatched());
    expect(cut, |error| matches!(error, UsbError::HalfProvisioned { .. }));
    drop(first);
    assert_eq!(laptop.keys.get(&id).unwrap(), before);

    board.plug().unwrap();
    board.hold_boot_and_reset();
    let mut again = link(&board);
    set_up(&mut again, &anew, &laptop).unwrap();
    let says = Settings::of_board(&mut again, &mut Work::unwatched()).unwrap().says.pairing;
    assert_eq!(says, Pairing::Paired(laptop.keys.get(&id).unwrap().unwrap()));
    assert_ne!(laptop.keys.get(&id).unwrap(), before);
}

#[test]
fn a_board_without_a_place_for_settings_says_what_to_do() {
    let laptop = Laptop::new();
    let never_flashed = blank();
    let error = expect(set_up(&mut link(&never_flashed), &Wishes::default(), &laptop), |error| {
        matches!(error, UsbError::Table { .. })
    });
    assert!(error.to_string().ends_with("cannot be set up as it is: there is no partition table"), "{error}");

    let no_nvs = "otadata, data, ota, 0xe000, 0x2000\na, app, ota_0, 0x10000, 0x140000\nb, app, ota_1, 0x150000, 0x140000\n";
    let board = with_table(&Table::from_csv(no_nvs).unwrap());
    expect(set_up(&mut link(&board), &Wishes::default(), &laptop), |error| {
        matches!(error, UsbError::NoPlace { .. })
    });
    assert!(laptop.keys.list().unwrap().is_empty());
}

/// A bad cable: what arrives damaged is sent again, and the settings are right.
#[test]
fn noise_on_the_cable_damages_no_settings() {
    let (board, laptop) = (with_table(&ours()), Laptop::new());
    let mut link = Link::connect(&approach(&board), &mut Work::unwatched()).unwrap();
    board.set_faults(SerialFaults {
        good_for: Some(GoodFor { baud: 115_200, every: 997 }),
        ..SerialFaults::default()
    });
    let written =
        set_up(&mut link, &Wishes { networks: den("open sesame"), ..Wishes::default() }, &laptop).unwrap();
    assert_eq!(Settings::of_board(&mut link, &mut Work::unwatched()).unwrap().says, written.after);
}
