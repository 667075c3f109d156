//! A board, for people.

use skylift_updater::image::GuardKind;
use skylift_updater::otadata::State;

use super::super::figures;
use super::super::session::Session;
use crate::engine::printable;
use crate::usb::board::{Board, Contents, Holds, Owner, Partition, RollsBack, Shown, Slot};
use crate::usb::wire::Identity;

pub(super) fn board(board: &Board, session: &Session) {
    let line = |name: &str, value: String| session.output.line(format_args!("{name:<16} {value}"));
    line("chip", identity(&board.identity));
    line("mac", board.identity.mac.clone().unwrap_or_else(|| "not told".to_owned()));
    let maker = board.flash_chip.map_or(String::new(), |chip| format!(", {chip}"));
    line("flash", format!("{}{maker}", figures::flash_size(board.identity.flash_size)));
    line("crystal", format!("{} MHz", board.identity.crystal));
    line("features", board.identity.features.join(", "));
    line("secure boot", on_off(board.security.secure_boot));
    line("flash encryption", on_off(board.security.flash_encryption));
    let Some(holds) = &board.holds else {
        line("holds", "not told: secure download mode is on".to_owned());
        return;
    };
    if holds.is_blank {
        line("holds", "nothing: it is blank".to_owned());
        return;
    }
    line("bootloader", bootloader(holds));
    let boots = board.boots().map_or("nothing".to_owned(), |slot| {
        let app = slot.image().map_or(String::new(), |it| format!(", {} {}", it.project, it.version));
        printable(&format!("{}{app}", slot.partition.label))
    });
    line("starts", boots);
    if let Some(owner) = &holds.owner {
        line("set up as", owner_in_words(owner));
    }
    match &holds.table {
        Ok(table) => partitions(&table.partitions, holds, session),
        Err(error) => line("partitions", format!("{error} at 0x8000")),
    }
    settings(holds, session);
}

/// The chip, in one line.
pub(in super::super) fn identity(identity: &Identity) -> String {
    let simulated = if identity.is_simulated() { ", simulated" } else { "" };
    match identity.revision {
        Some((major, minor)) => format!("{}, revision {major}.{minor}{simulated}", identity.name),
        None => format!("{}{simulated}", identity.name),
    }
}

fn on_off(is_on: bool) -> String {
    (if is_on { "on" } else { "off" }).to_owned()
}

fn bootloader(holds: &Holds) -> String {
    let Some(bootloader) = &holds.bootloader else { return "none".to_owned() };
    let version = bootloader.version.as_ref().map(|version| printable(version.trim_start_matches('v')));
    let version = version.map_or("unknown version".to_owned(), |version| format!("ESP-IDF {version}"));
    let rolls_back = match bootloader.rolls_back {
        RollsBack::No => "does not roll back",
        RollsBack::Recorded => "rolls back, as it was recorded",
        RollsBack::Unknown => "not known whether it rolls back",
    };
    format!("{version}, {rolls_back}")
}

fn owner_in_words(owner: &Owner) -> String {
    let mut parts = vec![match owner.name.as_str() {
        "" => "no name".to_owned(),
        name => printable(name),
    }];
    parts.push(if owner.is_paired { "paired" } else { "open: it obeys anybody" }.to_owned());
    if owner.is_signed_only {
        parts.push("takes signed images only".to_owned());
    }
    let networks: Vec<String> = owner.networks.iter().map(|ssid| printable(ssid)).collect();
    parts.push(if networks.is_empty() {
        "no WiFi".to_owned()
    } else {
        format!("WiFi {}", networks.join(", "))
    });
    parts.join(", ")
}

fn partitions(partitions: &[Partition], holds: &Holds, session: &Session) {
    let rows: Vec<_> = partitions
        .iter()
        .map(|partition| {
            let slot = holds.slots.iter().find(|slot| slot.partition == *partition);
            [
                printable(&partition.label),
                partition.kind_in_words(),
                format!("{:#08x}", partition.offset),
                figures::size(partition.size),
                slot.map_or(String::new(), |slot| printable(&contents(slot))),
            ]
        })
        .collect();
    session.output.line("");
    session.output.table(["PARTITION", "KIND", "OFFSET", "SIZE", "HOLDS"], &rows);
}

fn contents(slot: &Slot) -> String {
    let held = match &slot.contents {
        Contents::Empty => return "nothing".to_owned(),
        Contents::NoImage(error) => return format!("no app: {error}"),
        Contents::Image(held) => held,
    };
    let mut parts = vec![format!("{} {}", held.project, held.version)];
    parts.extend(slot.state.map(|state| state_in_words(state).to_owned()));
    if held.guard.is_none() {
        parts.push("no boot guard".to_owned());
    }
    if held.guard == Some(GuardKind::Simulated) {
        parts.push("for simulated devices".to_owned());
    }
    if held.image_sha256.is_some() {
        parts.push("complete".to_owned());
    }
    parts.join(", ")
}

const fn state_in_words(state: State) -> &'static str {
    match state {
        State::New | State::PendingVerify => "on probation",
        State::Valid | State::Validating => "valid",
        State::Invalid => "invalid",
        State::Aborted | State::Aborting => "rolled back",
        State::Undefined => "no state kept",
        State::Odd => "unknown state",
    }
}

fn settings(holds: &Holds, session: &Session) {
    if holds.settings.is_empty() {
        return;
    }
    let rows: Vec<_> = holds
        .settings
        .iter()
        .map(|setting| {
            let value = match &setting.value {
                Shown::Value(value) => printable(value),
                Shown::Bytes(count) => format!("{count} bytes"),
                Shown::Hidden => "(hidden)".to_owned(),
                Shown::Unreadable => "(damaged)".to_owned(),
            };
            let text = [&setting.partition, &setting.namespace, &setting.key].map(|text| printable(text));
            let [partition, namespace, key] = text;
            [partition, namespace, key, setting.kind.to_owned(), value]
        })
        .collect();
    session.output.line("");
    session.output.table(["PARTITION", "NAMESPACE", "KEY", "TYPE", "VALUE"], &rows);
}
