//! A board is flashed and set up, or set up alone; partitions are erased, another slot boots.

use skylift_protocol::{Pairing, Signers};

use super::contact::Awaited;
use super::error::TaskError;
use super::firmware;
use super::task::{Bench, Done};
use crate::gui::usb::News;
use crate::gui::usb::choices::Choices;
use crate::gui::usb::form::{Firmware as Chosen, Setup, WishedNetwork};
use crate::gui::usb::plan::steps;
use crate::image::sign::Keyring;
use crate::store::{Bases, KeyStore, NetworkList};
use crate::usb::Work;
use crate::usb::board::{Board, Depth};
use crate::usb::flash::{Plan, Refusal, Target, set_boot, write};
use crate::usb::provision::{NetworkWish, Paired, Place, Prepared, Settings, TrustWish, Wishes, board_id};
use crate::usb::wire::Link;

/// Looks at a board, and plans what becomes of it.
pub(super) fn plan(
    bench: &Bench,
    link: &mut Link,
    (chosen, choices): (&Chosen, &Choices),
    work: &mut Work<'_>,
) -> Result<Plan, TaskError> {
    let firmware = firmware::open(&bench.data, chosen, link.chip())?;
    let board = Board::read(link, Depth::Heads, work)?;
    let plan = Plan::make(&firmware, &choices.wish()?, &Target::from(&board))?;
    let place = Place::in_table(&plan.table, plan.flash_size, link.port()).ok();
    bench.teller.news(News::Planned(steps(&plan, place.as_ref())));
    Ok(plan)
}

/// Flashes a board as planned, and writes who it is.
pub(super) fn flash(
    bench: &Bench,
    link: &mut Link,
    plan: Plan,
    setup: &Setup,
    work: &mut Work<'_>,
) -> Result<Done, TaskError> {
    let bases = Bases::new(&bench.data);
    if Place::in_table(&plan.table, plan.flash_size, link.port()).is_err() {
        write(&plan, link, work)?;
        bases.flashed(&plan.image);
        return Ok(Done { what: format!("{} was flashed", plan.firmware), awaited: None });
    }
    let wishes = Wishes { bootloader_rolls_back: plan.records_rollback(), ..wishes(bench, setup)? };
    let (device, keys) = (board_id(link)?, KeyStore::new(&bench.data));
    let settings = Settings::for_table(&plan.table, link, work)?;
    let prepared = settings.prepared(&device, &wishes, &keys)?;
    let what = format!("{} was flashed with {}", setup.name, plan.firmware);
    let plan = plan.with_provisioning(prepared.place.region.offset, prepared.bytes.clone());
    write(&plan, link, work)?;
    bases.flashed(&plan.image);
    prepared.settle(&keys)?;
    Ok(Done { what, awaited: awaited(&prepared, &wishes) })
}

/// Writes who a board is, and nothing else.
pub(super) fn set_up(
    bench: &Bench,
    link: &mut Link,
    setup: &Setup,
    work: &mut Work<'_>,
) -> Result<Done, TaskError> {
    let wishes = wishes(bench, setup)?;
    let (device, keys) = (board_id(link)?, KeyStore::new(&bench.data));
    let prepared = Settings::of_board(link, work)?.prepared(&device, &wishes, &keys)?;
    prepared.write(link, &keys, work)?;
    let what = format!("Name, WiFi and keys of {} were written", setup.name);
    Ok(Done { what, awaited: awaited(&prepared, &wishes) })
}

/// What is wanted of its settings.
fn wishes(bench: &Bench, setup: &Setup) -> Result<Wishes, TaskError> {
    let network = match &setup.network {
        None => None,
        Some(WishedNetwork::New(network)) => Some(network.clone()),
        Some(WishedNetwork::Remembered(ssid)) => {
            let found = NetworkList::new(&bench.data).get(ssid)?;
            Some(found.ok_or_else(|| TaskError::Forgotten(ssid.as_str().to_owned()))?)
        }
    };
    let trust = match &setup.sign_only {
        None => TrustWish::Keep,
        Some(name) => {
            let signer = Keyring::new(&bench.data).open(name)?.verifying_key().digest();
            TrustWish::Signers(Signers::from_iter([signer]))
        }
    };
    Ok(Wishes {
        name: Some(setup.name.clone()),
        networks: network.map_or(NetworkWish::Keep, NetworkWish::First),
        pairing: setup.pairing,
        trust,
        floor: None,
        bootloader_rolls_back: None,
    })
}

/// The board is awaited on the network if it knows one.
fn awaited(prepared: &Prepared, wishes: &Wishes) -> Option<Awaited> {
    prepared.after.networks.iter().next()?;
    let is_ours = prepared.paired != Paired::Left && matches!(prepared.after.pairing, Pairing::Paired(_));
    Some(Awaited {
        device: prepared.device.clone(),
        network: wishes.networks.network().cloned(),
        paired: is_ours,
    })
}

/// Erases a partition of the board's own table.
pub(super) fn erase_partition(link: &mut Link, name: &str, work: &mut Work<'_>) -> Result<(), TaskError> {
    let board = Board::read(link, Depth::Heads, work)?;
    let none = || Refusal::NoPartition(name.to_owned());
    let region = board.table().and_then(|table| table.called(name)).ok_or_else(none)?.region();
    Ok(link.erase(region.offset, region.size, work)?)
}

/// Has a slot boot.
pub(super) fn boot(link: &mut Link, slot: u8, work: &mut Work<'_>) -> Result<(), TaskError> {
    let board = Board::read(link, Depth::Heads, work)?;
    let none = || Refusal::NoPartition(format!("ota_{slot}"));
    let found = board.table().and_then(|table| table.partitions.iter().find(|it| it.slot() == Some(slot)));
    let label = found.ok_or_else(none)?.label.clone();
    Ok(set_boot(link, &label, work)?)
}
