//! A board, for programs. No secret is in it.

use serde_json::{Value, json};
use skylift_updater::otadata::State;

use crate::usb::board::{Board, Contents, Holds, RollsBack, Setting, Shown, Slot};

pub(super) fn board(board: &Board) -> Value {
    let identity = &board.identity;
    json!({
        "port": board.port,
        "chip": identity.chip,
        "revision": identity.revision.map(|(major, minor)| major * 100 + minor),
        "mac": identity.mac,
        "simulated": identity.is_simulated(),
        "crystal_mhz": identity.crystal,
        "features": identity.features,
        "flash_size": identity.flash_size,
        "flash_maker": board.flash_chip.map(|chip| chip.to_string()),
        "secure_boot": board.security.secure_boot,
        "flash_encryption": board.security.flash_encryption,
        "secure_download": board.security.secure_download,
        "blank": board.is_blank(),
        "starts": board.boots().map(|slot| &slot.partition.label),
        "holds": board.holds.as_ref().map(holds),
    })
}

fn holds(holds: &Holds) -> Value {
    let table = holds.table.as_ref();
    let partitions = table.map(|table| table.partitions.as_slice()).unwrap_or_default();
    let partitions: Vec<Value> = partitions
        .iter()
        .map(|partition| {
            json!({
                "label": partition.label,
                "type": partition.kind,
                "subtype": partition.subtype,
                "offset": partition.offset,
                "size": partition.size,
            })
        })
        .collect();
    json!({
        "bootloader": holds.bootloader.as_ref().map(|bootloader| json!({
            "version": bootloader.version,
            "size": bootloader.size,
            "sha256": bootloader.sha256,
            "rolls_back": match bootloader.rolls_back {
                RollsBack::No => Some(false),
                RollsBack::Recorded => Some(true),
                RollsBack::Unknown => None,
            },
        })),
        "table": holds.table.as_ref().map_or_else(|error| error.to_string(), |_| "sound".to_owned()),
        "partitions": partitions,
        "slots": holds.slots.iter().map(slot).collect::<Vec<_>>(),
        "settings": holds.settings.iter().map(setting).collect::<Vec<_>>(),
        "set_up": holds.owner.as_ref().map(|owner| json!({
            "name": owner.name,
            "paired": owner.is_paired,
            "signed_only": owner.is_signed_only,
            "networks": owner.networks,
            "bootloader_rolls_back": owner.bootloader_rolls_back,
        })),
    })
}

fn slot(slot: &Slot) -> Value {
    let image = slot.image();
    json!({
        "label": slot.partition.label,
        "state": slot.state.map(state),
        "empty": slot.contents == Contents::Empty,
        "flaw": match &slot.contents {
            Contents::NoImage(error) => Some(error.to_string()),
            Contents::Empty | Contents::Image(_) => None,
        },
        "project": image.map(|image| &image.project),
        "version": image.map(|image| &image.version),
        "chip": image.map(|image| image.chip),
        "guard": image.map(|image| image.guard.is_some()),
        "elf_sha256": image.map(|image| image.elf_sha256),
        "image_sha256": image.and_then(|image| image.image_sha256),
    })
}

const fn state(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::PendingVerify => "pending_verify",
        State::Valid | State::Validating => "valid",
        State::Invalid => "invalid",
        State::Aborted | State::Aborting => "aborted",
        State::Undefined => "undefined",
        State::Odd => "odd",
    }
}

fn setting(setting: &Setting) -> Value {
    json!({
        "partition": setting.partition,
        "namespace": setting.namespace,
        "key": setting.key,
        "type": setting.kind,
        "value": match &setting.value {
            Shown::Value(value) => Some(value),
            Shown::Bytes(_) | Shown::Hidden | Shown::Unreadable => None,
        },
        "bytes": match &setting.value {
            Shown::Bytes(count) => Some(count),
            Shown::Value(_) | Shown::Hidden | Shown::Unreadable => None,
        },
        "hidden": setting.value == Shown::Hidden,
    })
}
