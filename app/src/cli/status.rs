//! `skylift status DEVICE`: everything a device says of itself.

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use skylift_protocol::{Digest, Encoding, ImagePolicy, LastEnd, Slot, Status};
use skylift_updater::image::Revision;

use super::crash;
use super::drill::kept;
use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::jaguar;
use super::session::{Session, find};
use super::stock;
use super::vitals;
use super::wifi;
use crate::engine::{Access, Device, Target, printable};
use crate::image::backtrace::Backtrace;
use crate::image::newest::{Newer, Running};
use crate::store::{ExportedLastDrill, LastDrill};

/// Which device, and how to show it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id, name or host:port
    #[arg(value_name = "DEVICE")]
    device: Target,
    /// Print the device's answer as one JSON object, with its address, a newer image if there is one, and its last drill
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    let config = session.config_for(std::slice::from_ref(&args.device))?;
    session.with_history(config, async |engine| {
        let device = find(engine, args.device).await?;
        if device.access.is_some_and(Access::is_closed) {
            show_closed(&device, args.json, session);
            return Ok(Exit::Done);
        }
        if let Some(facts) = device.family.jaguar() {
            if args.json {
                session.output.json(&jaguar::as_json(&device));
            } else {
                jaguar::show(&device, facts, session);
            }
            return Ok(Exit::Done);
        }
        let status = engine.status(device.id.clone()).await?;
        let drill = kept::last(&device.id, session);
        let shelf = session.shelf();
        let newer = shelf.newer(&Running::of(&status));
        if args.json {
            session.output.json(&as_json(&device, &status, newer.as_ref(), drill.as_ref(), session));
        } else {
            show(&device, &status, newer.as_ref(), drill.as_ref(), session);
        }
        Ok(Exit::Done)
    })
}

fn as_json(
    device: &Device,
    status: &Status,
    newer: Option<&Newer<'_>>,
    drill: Option<&LastDrill>,
    session: &Session,
) -> Value {
    let mut object = serde_json::to_value(status).unwrap_or_default();
    if let (Some(backtrace), Some(crash)) =
        (read_crash(status, session), object.pointer_mut("/last_end/crash"))
    {
        *crash = crash::as_json(&backtrace);
    }
    if let Value::Object(fields) = &mut object {
        fields.insert("address".to_owned(), device.address.to_string().into());
        let drill = drill.map(|last| ExportedLastDrill::new(last, &TimeZone::system()));
        fields.insert("newer".to_owned(), stock::as_json(newer));
        fields.insert("last_drill".to_owned(), json!(drill));
    }
    object
}

fn show(
    device: &Device,
    status: &Status,
    newer: Option<&Newer<'_>>,
    drill: Option<&LastDrill>,
    session: &Session,
) {
    let line = |name: &str, value: String| session.output.line(format_args!("{name:<12} {value}"));
    let running = &status.running;
    line("device", format!("{} ({}) at {}", printable(&status.name), status.id, device.address));
    line("chip", format!("{}, {}", chip(status), signal(status)));
    line("access", access(device).to_owned());
    line(
        "runs",
        format!("{} {}, {}", printable(&running.project), printable(&running.version), place(status)),
    );
    if let Some((title, newer)) = newer.map(stock::line) {
        line(title, newer);
    }
    line("image", running.image_sha256.to_string());
    line("validation", validation(status));
    line("protection", format!("{} rolls a bad image back", protector(status)));
    line("rollback", drill.map_or("not proven by a drill yet".to_owned(), kept::sentence));
    if let Some(images) = status.policy.as_ref().and_then(images) {
        line("takes", images);
    }
    line("sent as", sent_as(status));
    line("phase", phase(status));
    line(
        "started",
        format!(
            "{} ago ({}), boot {} since power-on",
            figures::time(std::time::Duration::from_secs(status.uptime_s.into())),
            status.reset_reason,
            status.boot_count
        ),
    );
    if let Some(wifi) = &status.wifi {
        line("WiFi", wifi::shown(wifi));
    }
    vitals::rows(status).for_each(|(name, text)| line(name, text));
    line("last update", status.last_end.as_ref().map_or("none is told".to_owned(), last_end));
    if let Some(backtrace) = read_crash(status, session) {
        crash::rows(&backtrace).for_each(|(name, text)| line(name, text));
    }
    for warning in warnings(status) {
        line("warning", warning.to_owned());
    }
    session.output.line("");
    let rows: Vec<_> = status.slots.iter().map(|slot| slot_row(slot, status)).collect();
    session.output.table(["SLOT", "SIZE", "STATE", "VERSION", "IMAGE", ""], &rows);
}

fn read_crash(status: &Status, session: &Session) -> Option<Backtrace> {
    crash::read(status.last_end.as_ref()?.crash.as_ref(), session)
}

fn access(device: &Device) -> &'static str {
    device.access.map_or("it is not known who may give it orders", Access::sentence)
}

/// A device that takes no orders from here: what it tells strangers, of which nothing is proven.
fn show_closed(device: &Device, json: bool, session: &Session) {
    let state = device.validation.map(|state| state.to_string());
    if json {
        session.output.json(&json!({
            "id": device.id.as_str(),
            "name": device.name,
            "chip": device.chip,
            "version": device.version,
            "state": state,
            "access": device.access.map(Access::as_str),
            "address": device.address.to_string(),
        }));
        return;
    }
    let line = |name: &str, value: &str| session.output.line(format_args!("{name:<12} {value}"));
    line("device", &format!("{} ({}) at {}", device.label(), device.id, device.address));
    line("chip", device.chip.as_str());
    line("access", access(device));
    line(
        "says it runs",
        &format!("{}, {}", device.version, state.as_deref().unwrap_or("validation unknown")),
    );
    let ways = match device.access {
        Some(Access::KeyDamaged) => "pair it again by cable: skylift provision",
        _ => {
            "skylift keys import FILE, with the keys of the computer that it is paired with; or pair it again by cable: skylift provision"
        }
    };
    line("orders", ways);
}

/// With its revision and its flash, where it tells them.
fn chip(status: &Status) -> String {
    let revision = status.chip_revision.map(|revision| format!(" revision {}", Revision(revision)));
    let flash = status.flash_size.map(|size| format!(", {} flash", figures::flash_size(size)));
    format!("{}{}{}", status.chip, revision.unwrap_or_default(), flash.unwrap_or_default())
}

fn signal(status: &Status) -> String {
    match (status.rssi_dbm, &status.wifi) {
        (Some(dbm), _) => format!("signal {dbm} dBm"),
        (None, Some(_)) => "signal unknown".to_owned(),
        (None, None) => "no radio".to_owned(),
    }
}

fn place(status: &Status) -> String {
    let slot = status.running.slot.map_or("the factory app".to_owned(), |slot| format!("in slot {slot}"));
    format!("{slot}, kind {}", status.running.kind)
}

fn validation(status: &Status) -> String {
    let state = status.validation.state.to_string();
    match status.validation.deadline_s {
        Some(seconds) => format!("{state}, {seconds} s left"),
        None => state,
    }
}

fn protector(status: &Status) -> &'static str {
    match status.protection {
        skylift_protocol::Protection::Bootloader => "the bootloader",
        skylift_protocol::Protection::Guard => "the boot guard inside the new image",
        skylift_protocol::Protection::Unknown => "it is not known who",
    }
}

/// Which images it takes, if not all.
fn images(policy: &ImagePolicy) -> Option<String> {
    let short = |signer: &Digest| format!("{signer:.12}");
    let signers = policy.signers.as_ref().map(|signers| match signers.as_slice() {
        [] => "no images: it trusts no signer, which only a cable can mend".to_owned(),
        signers => {
            format!("only images signed by {}", signers.iter().map(short).collect::<Vec<_>>().join(" or "))
        }
    });
    let floor =
        (policy.secure_floor > 0).then(|| format!("none below secure_version {}", policy.secure_floor));
    let parts: Vec<_> = signers.into_iter().chain(floor).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How images can be sent to it.
fn sent_as(status: &Status) -> String {
    let more = status.encodings.iter().filter(|encoding| **encoding != Encoding::Unknown);
    let ways: Vec<&str> = std::iter::once(Encoding::Raw.as_str()).chain(more.map(|it| it.as_str())).collect();
    ways.join(", ")
}

fn phase(status: &Status) -> String {
    match &status.progress {
        Some(progress) => format!(
            "{}, {} of {}",
            status.phase,
            figures::size(progress.written),
            figures::size(progress.total)
        ),
        None => status.phase.to_string(),
    }
}

fn last_end(end: &LastEnd) -> String {
    let mut text = end.outcome.to_string();
    if let Some(version) = &end.version {
        text.push_str(&format!(" {}", printable(version)));
    }
    if let Some(reason) = end.reason {
        text.push_str(&format!(" ({reason})"));
    }
    if !end.detail.is_empty() {
        text.push_str(&format!(": {}", printable(&end.detail)));
    }
    text
}

fn warnings(status: &Status) -> impl Iterator<Item = &'static str> {
    let fell_back = status.fell_back.then_some("the bootloader fell back from the slot that should run");
    let safe_mode =
        status.safe_mode.then_some("safe mode: only network and update run, because no image is good");
    fell_back.into_iter().chain(safe_mode)
}

fn slot_row(slot: &Slot, status: &Status) -> [String; 6] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let runs = (status.running.slot == Some(slot.slot)).then_some("runs");
    let next = (status.boots_next == Some(slot.slot)).then_some("boots next");
    let digest = slot.image_sha256.map(|digest| format!("{digest:.12}"));
    let prepared = status.prepared.filter(|prepared| prepared.slot == slot.slot);
    let erased = prepared.map(|prepared| format!("{} erased ahead", figures::size(prepared.bytes)));
    let remarks: Vec<String> = runs.into_iter().chain(next).map(str::to_owned).chain(erased).collect();
    [
        slot.slot.to_string(),
        figures::size(slot.size),
        or_dash(slot.state.map(|state| state.to_string())),
        or_dash(slot.version.as_deref().map(printable)),
        or_dash(digest),
        remarks.join(", "),
    ]
}
