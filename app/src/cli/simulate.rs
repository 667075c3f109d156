//! `skylift simulate`: switches simulated devices on, and tells what happens to them, until Ctrl-C.

mod air;
#[cfg(unix)]
mod cable;
mod running;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use skylift_protocol::Id;
use skylift_simulator::announcer::{Announcer, Reach};
#[cfg(unix)]
use skylift_simulator::serial::Board;
use skylift_simulator::{DeviceEvent, Faults, Mdns};
use tokio::sync::mpsc;

use super::exit::Exit;
use super::failure::Failure;
use super::session::{Session, wait_for};
use air::AirOptions;
#[cfg(unix)]
use cable::CableOptions;
use running::{Body, Running, Surroundings, start};

/// Which devices, and what is wrong with them.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// How many devices
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    count: u8,
    /// Keep their flash in DIR, and go on with what is there; without it, all is gone in the end
    #[arg(long, value_name = "DIR")]
    flash: Option<PathBuf>,
    /// Their bootloader: stock, as espflash bundles it, or one that rolls back
    #[arg(long, value_name = "KIND", default_value = "stock")]
    bootloader: BootloaderKind,
    /// What goes wrong: power-cut@OPERATION[:before|inside|after[:SEED]], drop@BYTE, stall@BYTE, flip@BYTE,
    /// rate=BYTES_PER_SECOND, slow-flash=PERCENT, lie; several with commas between
    #[arg(long, value_name = "SPEC", default_value = "", hide_default_value = true)]
    fault: Faults,
    /// Let other computers on the network reach them
    #[arg(long)]
    lan: bool,
    /// Who announces them: one daemon for all, each its own responder as on a chip, or nobody
    #[arg(long, value_name = "WHO", default_value = "daemon")]
    mdns: Announcing,
    /// New devices take only what these signers have signed: names of signers here, files with a key in PEM or digests,
    /// up to three
    #[arg(long, value_name = "SIGNER,..", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    trust: Vec<String>,
    /// New devices are open: anybody on the network can give them orders. Without it, this computer holds their keys
    #[arg(long)]
    open: bool,
    /// They take images as they are, and neither compressed nor as a delta, as older devices do
    #[arg(long)]
    raw_only: bool,
    #[command(flatten)]
    air: AirOptions,
    #[cfg(unix)]
    #[command(flatten)]
    cable: CableOptions,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum BootloaderKind {
    Stock,
    Rollback,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Announcing {
    Daemon,
    Device,
    Off,
}

/// The file name's end of a kept flash; before it is the device's id.
const FLASH_FILE: &str = ".flash";

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let mdns = announcing(args, session);
    let air = args.air.air();
    let (events, happenings) = channel();
    let mut devices = Vec::new();
    for (number, id) in (1..=args.count).zip(ids(args)?) {
        let surroundings = Surroundings { mdns: mdns.clone(), air: air.clone(), events: events.clone() };
        devices.push(start(args, number, id, surroundings, session)?);
    }
    drop(events);
    introduce(&devices, session);
    wait_for(tell(happenings, &devices, session))?;
    // Each says goodbye by itself; together they do it at the same time.
    std::thread::scope(|scope| {
        for device in devices {
            scope.spawn(|| drop(device));
        }
    });
    Ok(Exit::Done)
}

/// Who is there, and what can be done with them.
fn introduce(devices: &[Running], session: &Session) {
    #[cfg(unix)]
    if let boards @ [_, ..] = &boards(devices)[..] {
        let row = |board: &&Board| {
            [board.id().to_owned(), board.device_address().to_string(), board.path().display().to_string()]
        };
        session.output.table(["ID", "ADDRESS", "PORT"], &boards.iter().map(row).collect::<Vec<_>>());
        session.output.line(cable::help(boards));
        session.output.line("These boards are there until Ctrl-C.");
        return;
    }
    let row = |running: &Running| match &running.body {
        Body::Device(device) => Some([device.id().to_owned(), device.address().to_string()]),
        #[cfg(unix)]
        Body::Board(_) => None,
    };
    session.output.table(["ID", "ADDRESS"], &devices.iter().filter_map(row).collect::<Vec<_>>());
    session.output.line("These devices run until Ctrl-C.");
}

#[cfg(unix)]
fn boards(devices: &[Running]) -> Vec<&Board> {
    devices.iter().filter_map(Running::board).collect()
}

/// Devices can be reached by their address even where mDNS does not work.
fn announcing(args: &Arguments, session: &Session) -> Mdns {
    let reach = if args.lan { Reach::Lan } else { Reach::Loopback };
    match args.mdns {
        Announcing::Off => Mdns::Off,
        Announcing::Device => Mdns::Device { port: session.mdns_port },
        Announcing::Daemon => match Announcer::start_on(session.mdns_port, reach) {
            Ok(announcer) => Mdns::Daemon(announcer),
            Err(error) => {
                session.output.line(format_args!("note: {error}"));
                Mdns::Off
            }
        },
    }
}

/// First the devices whose flash is there already, then new ones.
fn ids(args: &Arguments) -> Result<Vec<Id>, Failure> {
    let mut ids = match &args.flash {
        Some(folder) => kept(folder)?,
        None => Vec::new(),
    };
    while ids.len() < usize::from(args.count) {
        ids.push(args.fresh_id()?);
    }
    Ok(ids)
}

fn kept(folder: &Path) -> Result<Vec<Id>, Failure> {
    let failure = |error: std::io::Error| {
        Failure::new(format!("{}: the folder for flash files cannot be used: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(failure)?;
    let mut ids = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failure)? {
        let name = entry.map_err(failure)?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(FLASH_FILE));
        ids.extend(id.and_then(|id| Id::try_from(id).ok()));
    }
    ids.sort_unstable();
    Ok(ids)
}

/// Tells what happens, and does what is typed, until Ctrl-C.
async fn tell(
    happenings: Receiver<DeviceEvent>,
    devices: &[Running],
    session: &Session,
) -> Result<Exit, Failure> {
    let (sender, mut events) = mpsc::unbounded_channel();
    // The thread ends with the last device.
    std::thread::spawn(move || happenings.into_iter().try_for_each(|event| sender.send(event)));
    let mut typed = typed(devices);
    // One for all rounds: a new one would not hear what was pressed between two.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            Some(event) = events.recv() => session.output.line(event),
            Some(line) = typed.recv() => session.output.line(act(&line, devices)),
            interrupted = &mut interrupted => {
                return interrupted.map(|()| Exit::Done).map_err(|error| Failure::new(format!("no Ctrl-C: {error}")));
            }
        }
    }
}

/// What is typed to boards; nothing without them.
#[cfg(unix)]
fn typed(devices: &[Running]) -> mpsc::UnboundedReceiver<String> {
    if boards(devices).is_empty() { mpsc::unbounded_channel().1 } else { cable::typed() }
}

#[cfg(not(unix))]
fn typed(_: &[Running]) -> mpsc::UnboundedReceiver<String> {
    mpsc::unbounded_channel().1
}

#[cfg(unix)]
fn act(line: &str, devices: &[Running]) -> String {
    cable::act(line, &boards(devices))
}

#[cfg(not(unix))]
fn act(line: &str, _: &[Running]) -> String {
    line.to_owned()
}
