//! `skylift devices`: who is on the network. And `skylift` alone: that, and what can be done.

mod known;
mod watch;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use skylift_protocol::{Chip, ValidationState};

use super::drill;
use super::exit::Exit;
use super::failure::Failure;
use super::figures::seconds;
use super::jaguar::{self, JaguarJson};
use super::session::Session;
use super::stock;
use crate::engine::{Access, Device, EngineConfig, Presence, Snapshot};
use crate::store::{ExportedLastDrill, KnownDevice, LastDrill};

/// How long to look, and how to show it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Look for so many seconds
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    wait: Duration,
    /// Print one JSON object a device
    #[arg(long)]
    json: bool,
    /// Go on looking, and show every change; Ctrl-C ends
    #[arg(long, conflicts_with_all = ["wait", "all"])]
    watch: bool,
    /// List also those that are remembered and have not been found now
    #[arg(long)]
    all: bool,
}

const TITLES: [&str; 9] = ["ID", "NAME", "CHIP", "VERSION", "SLOT", "STATE", "ACCESS", "ADDRESS", "TAGS"];

const OVERVIEW: &str = "
What can be done:
  skylift update IMAGE DEVICE...   update devices to an image
  skylift status DEVICE            what a device runs, and how its last update ended
  skylift sources                  projects on the net that are looked up for new images
  skylift history                  past updates, and how they ended
  skylift inspect IMAGE            what an image is
  skylift demo                     all of it on a simulated device
  skylift help                     everything else";

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let known = known::devices(session);
    let kept = known::kept(&known, session);
    let lookups = args.watch.then(|| session.lookups());
    let config = EngineConfig { lookups, ..session.config_for_all()? };
    session.with_history(config, async |engine| {
        if args.watch {
            return watch::watch(engine, args.json, &kept, session).await;
        }
        let snapshot = session.with_stock(look(engine, args.wait).await.as_ref());
        let absent = if args.all { known::absent(&known, &snapshot) } else { Vec::new() };
        if args.json {
            let row = |device| JsonRow::new(device, &snapshot, &kept);
            snapshot.devices.iter().for_each(|device| session.output.json(&row(device)));
            absent.into_iter().for_each(|device| session.output.json(&known::JsonRow::new(device, &kept)));
        } else {
            show(&snapshot, &absent, args.all, &kept, session);
        }
        Ok(Exit::Done)
    })
}

/// What `skylift` alone shows, until there is a window.
pub(super) fn overview(session: &Session) -> Result<Exit, Failure> {
    let kept = known::kept(&known::devices(session), session);
    session.with_history(session.config_for_all()?, async |engine| {
        let snapshot = session.with_stock(look(engine, Duration::from_secs(2)).await.as_ref());
        show(&snapshot, &[], false, &kept, session);
        session.output.line(OVERVIEW);
        if session.verbose {
            session
                .output
                .line(format_args!("\nWhat is kept, is kept in {}.", session.data_dir.path().display()));
        }
        Ok(Exit::Done)
    })
}

async fn look(engine: &crate::engine::Engine, time: Duration) -> std::sync::Arc<Snapshot> {
    tokio::time::sleep(time).await;
    engine.snapshot()
}

fn show(snapshot: &Snapshot, absent: &[&KnownDevice], all: bool, kept: &Kept, session: &Session) {
    if snapshot.devices.is_empty() && absent.is_empty() {
        session.output.line("No devices found.");
        if let Some(trouble) = &snapshot.discovery_trouble {
            session.output.line(format_args!("mDNS has trouble: {trouble}"));
        }
        return;
    }
    let mut rows: Vec<_> = snapshot.devices.iter().map(|device| row(device, snapshot, kept)).collect();
    rows.extend(absent.iter().map(|device| known::row(device)));
    if all {
        let rows: Vec<_> = rows.into_iter().map(|row| kept.with_rollback(row)).collect();
        session.output.table(with(TITLES, "ROLLBACK"), &rows);
    } else {
        session.output.table(TITLES, &rows);
    }
    if let Some(note) = jaguar::note(snapshot.devices.iter().map(|device| &**device)) {
        session.output.line(format_args!("\n{note}"));
    }
    if session.verbose {
        let problems = snapshot.devices.iter().filter_map(|device| device.problem.as_ref());
        problems.for_each(|problem| {
            // If nobody reads it, nobody wants to know.
            let _ = writeln!(std::io::stderr(), "note: {problem}");
        });
    }
}

fn row(device: &Device, snapshot: &Snapshot, kept: &Kept) -> [String; 9] {
    let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let state = match device.presence {
        Presence::Offline => "offline".to_owned(),
        Presence::Announced if device.problem.is_some() => "no answer".to_owned(),
        Presence::Announced | Presence::Online => {
            device.validation.map_or(String::new(), |state| state.to_string())
        }
    };
    [
        device.id.to_string(),
        or_dash(device.name.clone()),
        device.chip.to_string(),
        or_dash(stock::beside(
            &jaguar::version(&device.family, &device.version),
            snapshot.newer(device).as_ref(),
        )),
        or_dash(device.slot.map_or(String::new(), |slot| slot.to_string())),
        or_dash(state),
        device.access.map_or("-", access).to_owned(),
        device.address.to_string(),
        or_dash(kept.tags_of(&device.id).join(", ")),
    ]
}

/// Who may give it orders, in a word or two.
const fn access(access: Access) -> &'static str {
    match access {
        Access::Open => "open",
        Access::Paired => "paired",
        Access::PairedElsewhere => "paired elsewhere",
        Access::KeyDamaged => "key damaged",
        Access::NotProven => "not proven",
    }
}

/// A row with one cell more.
fn with<T>([a, b, c, d, e, f, g, h, i]: [T; 9], more: impl Into<T>) -> [T; 10] {
    [a, b, c, d, e, f, g, h, i, more.into()]
}

/// What is kept of devices beside what they say themselves, by their ids.
struct Kept {
    tags: BTreeMap<String, Vec<String>>,
    drills: BTreeMap<String, LastDrill>,
}

impl Kept {
    fn tags_of(&self, device: &str) -> &[String] {
        self.tags.get(device).map_or(&[], Vec::as_slice)
    }

    fn drill_of(&self, device: &str) -> Option<ExportedLastDrill<'_>> {
        Some(ExportedLastDrill::new(self.drills.get(device)?, &TimeZone::system()))
    }

    /// The row of a device, with what its last drill has proven.
    fn with_rollback(&self, row: [String; 9]) -> [String; 10] {
        let [id, ..] = &row;
        let rollback = self.drills.get(id).map_or("-".to_owned(), drill::kept::short);
        with(row, rollback)
    }
}

/// A device as a line of JSON.
#[derive(Serialize)]
struct JsonRow<'a> {
    id: &'a str,
    name: &'a str,
    family: &'static str,
    chip: Chip,
    version: &'a str,
    newer: Value,
    address: SocketAddr,
    slot: Option<u8>,
    validation: Option<ValidationState>,
    access: Option<&'static str>,
    presence: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jaguar: Option<JaguarJson<'a>>,
    tags: &'a [String],
    last_drill: Option<ExportedLastDrill<'a>>,
}

impl<'a> JsonRow<'a> {
    fn new(device: &'a Device, snapshot: &Snapshot, kept: &'a Kept) -> Self {
        Self {
            id: &device.id,
            name: &device.name,
            family: device.family.as_str(),
            chip: device.chip,
            version: &device.version,
            newer: stock::as_json(snapshot.newer(device).as_ref()),
            address: device.address,
            slot: device.slot,
            validation: device.validation,
            access: device.access.map(Access::as_str),
            presence: device.presence.as_str(),
            jaguar: JaguarJson::of(&device.family),
            tags: kept.tags_of(&device.id),
            last_drill: kept.drill_of(&device.id),
        }
    }
}
