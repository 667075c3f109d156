//! `skylift devices`: who is on the network. And `skylift` alone: that, and what can be done.

mod known;
mod watch;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use skylift_protocol::{Chip, ValidationState};

use super::exit::Exit;
use super::failure::Failure;
use super::figures::seconds;
use super::session::Session;
use crate::engine::{Device, Presence, Snapshot};
use crate::store::KnownDevice;

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

const TITLES: [&str; 8] = ["ID", "NAME", "CHIP", "VERSION", "SLOT", "STATE", "ADDRESS", "TAGS"];

const OVERVIEW: &str = "
What can be done:
  skylift update IMAGE DEVICE...   update devices to an image
  skylift status DEVICE            what a device runs, and how its last update ended
  skylift history                  past updates, and how they ended
  skylift inspect IMAGE            what an image is
  skylift demo                     all of it on a simulated device
  skylift help                     everything else";

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let known = known::devices(session);
    let tags = known::tags(&known);
    session.with_history(session.config_for_all(), async |engine| {
        if args.watch {
            return watch::watch(engine, args.json, &tags, session).await;
        }
        let snapshot = look(engine, args.wait).await;
        let absent = if args.all { known::absent(&known, &snapshot) } else { Vec::new() };
        if args.json {
            snapshot.devices.iter().for_each(|device| session.output.json(&JsonRow::new(device, &tags)));
            absent.into_iter().for_each(|device| session.output.json(&known::JsonRow::from(device)));
        } else {
            show(&snapshot, &absent, &tags, session);
        }
        Ok(Exit::Done)
    })
}

/// What `skylift` alone shows, until there is a window.
pub(super) fn overview(session: &Session) -> Result<Exit, Failure> {
    let tags = known::tags(&known::devices(session));
    session.with_history(session.config_for_all(), async |engine| {
        let snapshot = look(engine, Duration::from_secs(2)).await;
        show(&snapshot, &[], &tags, session);
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

fn show(snapshot: &Snapshot, absent: &[&KnownDevice], tags: &Tags, session: &Session) {
    if snapshot.devices.is_empty() && absent.is_empty() {
        session.output.line("No devices found.");
        if let Some(trouble) = &snapshot.discovery_trouble {
            session.output.line(format_args!("mDNS has trouble: {trouble}"));
        }
        return;
    }
    let mut rows: Vec<_> = snapshot.devices.iter().map(|device| row(device, tags)).collect();
    rows.extend(absent.iter().map(|device| known::row(device)));
    session.output.table(TITLES, &rows);
    if session.verbose {
        let problems = snapshot.devices.iter().filter_map(|device| device.problem.as_ref());
        problems.for_each(|problem| {
            // If nobody reads it, nobody wants to know.
            let _ = writeln!(std::io::stderr(), "note: {problem}");
        });
    }
}

fn row(device: &Device, tags: &Tags) -> [String; 8] {
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
        or_dash(device.version.clone()),
        or_dash(device.slot.map_or(String::new(), |slot| slot.to_string())),
        or_dash(state),
        device.address.to_string(),
        or_dash(tags_of(device, tags).join(", ")),
    ]
}

/// The tags of each device that has some.
type Tags = BTreeMap<String, Vec<String>>;

fn tags_of<'t>(device: &Device, tags: &'t Tags) -> &'t [String] {
    tags.get(device.id.as_str()).map_or(&[], Vec::as_slice)
}

/// A device as a line of JSON.
#[derive(Serialize)]
struct JsonRow<'a> {
    id: &'a str,
    name: &'a str,
    chip: Chip,
    version: &'a str,
    address: SocketAddr,
    slot: Option<u8>,
    validation: Option<ValidationState>,
    presence: &'a str,
    tags: &'a [String],
}

impl<'a> JsonRow<'a> {
    fn new(device: &'a Device, tags: &'a Tags) -> Self {
        Self {
            id: &device.id,
            name: &device.name,
            chip: device.chip,
            version: &device.version,
            address: device.address,
            slot: device.slot,
            validation: device.validation,
            presence: device.presence.as_str(),
            tags: tags_of(device, tags),
        }
    }
}
