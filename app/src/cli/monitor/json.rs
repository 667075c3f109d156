//! What a monitor tells, for programs.

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::crash;
use crate::usb::monitor::{Decoded, Level, Line, Panic, Unread};
use crate::usb::ports::Port;

pub(super) fn line(line: &Line) -> Value {
    json!({
        "line": line.number,
        "at": at(line.at),
        "level": (line.level != Level::None).then_some(line.level.as_str()),
        "tag": line.tag(),
        "message": line.message(),
        "text": &*line.text,
        "cut": line.cut,
    })
}

pub(super) fn panic(panic: &Panic) -> Value {
    let addresses: Vec<_> = panic.addresses.iter().map(|address| address.value()).collect();
    json!({ "panic": {
        "first_line": panic.lines.start,
        "last_line": panic.lines.end - 1,
        "at": at(panic.at),
        "message": panic.message,
        "place": panic.place,
        "addresses": addresses,
        "elf_sha256": panic.elf.as_ref().map(ToString::to_string),
    }})
}

pub(super) fn reading(first_line: u64, reading: &Result<Decoded, Unread>) -> Value {
    match reading {
        Ok(decoded) => json!({ "decoded": {
            "first_line": first_line,
            "frames": decoded.frames.iter().map(crash::frame).collect::<Vec<_>>(),
            "certain": decoded.certain,
            "elf": decoded.elf.display().to_string(),
            "elf_sha256": decoded.elf_sha256,
            "named_by_board": decoded.named_by_board,
        }}),
        Err(why) => {
            json!({ "decoded": { "first_line": first_line, "frames": null, "why": why.to_string() } })
        }
    }
}

pub(super) fn connected(port: &Port, baud: u32) -> Value {
    json!({ "event": "connected", "port": port.path(), "baud": baud })
}

pub(super) fn away() -> Value {
    json!({ "event": "away" })
}

fn at(time: SystemTime) -> String {
    Timestamp::try_from(time).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
