//! What a board is, in labels and values.

use super::Fact;
use crate::engine::printable;
use crate::gui::figures::flash_size;
use crate::usb::board::{Board, Bootloader, RollsBack};
use crate::usb::ports::Port;

fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    Fact { label, value: value.into(), to_copy: false }
}

pub(super) fn remark(board: &Board) -> String {
    let mut parts = Vec::new();
    if let Some((major, minor)) = board.identity.revision {
        parts.push(format!("revision {major}.{minor}"));
    }
    match &board.holds {
        Some(holds) if holds.is_blank => parts.push("blank".to_owned()),
        Some(_) => parts.push("not blank".to_owned()),
        None => parts.push("closed".to_owned()),
    }
    parts.join(", ")
}

pub(super) fn facts(board: &Board, port: &Port) -> [Vec<Fact>; 2] {
    let identity = &board.identity;
    let mac = identity.mac.as_deref();
    let flash = match board.flash_chip {
        Some(chip) => format!("{}, {chip}", flash_size(identity.flash_size)),
        None => flash_size(identity.flash_size),
    };
    let onoff = |on: bool| if on { "On" } else { "Off" };
    let mut left = vec![
        Fact { to_copy: mac.is_some(), ..fact("MAC", mac.unwrap_or("–")) },
        fact("Flash", flash),
        fact("Crystal", format!("{} MHz", identity.crystal)),
        fact("Features", identity.features.join(", ")),
    ];
    left.retain(|fact| !fact.value.is_empty());
    let mut right = vec![
        fact("Bootloader", bootloader(board)),
        fact("Secure boot", onoff(board.security.secure_boot)),
        fact("Flash encryption", onoff(board.security.flash_encryption)),
        fact("Connection", connection(port)),
    ];
    if let Some(owner) = board.owner() {
        let paired = if owner.is_paired { "paired" } else { "open" };
        let signed = if owner.is_signed_only { ", signed images only" } else { "" };
        left.push(fact("Set up as", format!("{}, {paired}{signed}", printable(&owner.name))));
        let networks: Vec<_> = owner.networks.iter().map(|network| printable(network)).collect();
        right.push(fact("WiFi", if networks.is_empty() { "none".to_owned() } else { networks.join(", ") }));
    }
    [left, right]
}

fn connection(port: &Port) -> String {
    match port.usb() {
        Some(usb) => format!("{}, {:04x}:{:04x}", port.name(), usb.vid, usb.pid),
        None => port.name(),
    }
}

fn bootloader(board: &Board) -> String {
    let Some(holds) = &board.holds else { return "–".to_owned() };
    match &holds.bootloader {
        Some(bootloader) => {
            let rolls_back = match bootloader.rolls_back {
                RollsBack::No => "without rollback",
                RollsBack::Recorded => "with rollback",
                RollsBack::Unknown => "rollback unknown",
            };
            format!("{}, {rolls_back}", bootloader_version(bootloader))
        }
        None => "None".to_owned(),
    }
}

pub(super) fn bootloader_version(bootloader: &Bootloader) -> String {
    match &bootloader.version {
        Some(version) => format!("ESP-IDF {}", short_version(version)),
        None => "Version unknown".to_owned(),
    }
}

/// `v6.1-829-g9a97f6c54ec` is between two releases: `6.1-829`.
fn short_version(version: &str) -> String {
    let version = printable(version);
    let without_commit = version.rsplit_once("-g").map_or(version.as_str(), |(version, _)| version);
    without_commit.trim_start_matches('v').to_owned()
}
