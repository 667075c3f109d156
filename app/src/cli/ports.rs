//! `skylift ports`: where a board may be plugged in, whether it can be used, and what to do if not.

mod json;
mod watch;

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::usb::ports::{Port, Seen, State, UDEV_RULE, Unserved, advice_for_none, list_all, look, unserved};

/// Which ports, and how to show them.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Only these, also such as are not listed; the exit code is 1 if one of them cannot be used
    #[arg(value_name = "PORT", conflicts_with_all = ["all", "watch", "udev_rule"])]
    ports: Vec<String>,
    /// List also those that no board can be on, such as Bluetooth
    #[arg(long, conflicts_with = "watch")]
    all: bool,
    /// Go on, and show every port that comes, goes or changes; Ctrl-C ends
    #[arg(long)]
    watch: bool,
    /// Print one JSON object a port
    #[arg(long)]
    json: bool,
    /// Print a rule for udev, which lets everybody who sits at this computer use boards
    #[arg(long, conflicts_with_all = ["all", "watch", "json"])]
    udev_rule: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    if args.udev_rule {
        session.output.line(UDEV_RULE.trim_end());
        return Ok(Exit::Done);
    }
    if args.watch {
        return watch::watch(args.json, session);
    }
    if !args.ports.is_empty() {
        return named(args, session);
    }
    let ports = if args.all { with_states(list_all()?) } else { look()? };
    let unserved = unserved();
    if args.json {
        ports.iter().for_each(|seen| session.output.json(&json::port(seen)));
        unserved.iter().for_each(|board| session.output.json(&json::unserved(board)));
    } else {
        show(&ports, &unserved, session);
        if unserved.is_empty() && ports.iter().all(|seen| seen.port.usb().is_none()) {
            show_none(!ports.is_empty(), session);
        }
    }
    Ok(Exit::Done)
}

fn named(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let ports = with_states(args.ports.iter().map(|path| Port::named(path)).collect());
    if args.json {
        ports.iter().for_each(|seen| session.output.json(&json::port(seen)));
    } else {
        show(&ports, &[], session);
    }
    let all_ready = ports.iter().all(|seen| seen.state == State::Ready);
    Ok(if all_ready { Exit::Done } else { Exit::Failed })
}

fn with_states(ports: Vec<Port>) -> Vec<Seen> {
    let with_state = |port: Port| Seen { state: State::of(&port), port };
    ports.into_iter().map(with_state).collect()
}

fn show(ports: &[Seen], unserved: &[Unserved], session: &Session) {
    let output = &session.output;
    if !ports.is_empty() {
        let rows: Vec<_> = ports.iter().map(row).collect();
        output.table(["PORT", "BOARD", "USB", "SERIAL", "STATE"], &rows);
    }
    for seen in ports.iter().filter(|seen| seen.state != State::Ready) {
        output.line(format_args!("\n{}: {}", seen.port.path(), seen.state));
        advise(&seen.state.advice(), session);
    }
    for board in unserved {
        output.line(format_args!("\n{}: plugged in, but it has no port", board.name));
        advise(&board.advice, session);
    }
}

/// A board that is not seen is what people ask this command about.
fn show_none(any_port: bool, session: &Session) {
    if any_port {
        session.output.line("");
    }
    session.output.line("No board is plugged in at USB, as far as this computer can tell.");
    advise(&advice_for_none(), session);
}

fn row(seen: &Seen) -> [String; 5] {
    let usb = seen.port.usb();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        seen.port.path().to_owned(),
        seen.port.name(),
        or_dash(usb.map(|usb| format!("{:04x}:{:04x}", usb.vid, usb.pid))),
        or_dash(usb.and_then(|usb| usb.serial.clone())),
        seen.state.to_string(),
    ]
}

fn advise(advice: &[String], session: &Session) {
    advice.iter().for_each(|advice| session.output.line(format_args!("  try: {advice}")));
}
