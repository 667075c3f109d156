//! `skylift wifi DEVICE --ssid NAME`: moves a device to another network, and says what came of it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;
use skylift_protocol::{Ssid, Status, Wifi, WifiChange, WifiOutcome};

use super::ask::may_begin;
use super::exit::Exit;
use super::failure::Failure;
use super::password::{PasswordSource, network, ssid};
use super::session::{Session, find};
use crate::engine::{Action, CameBack, Device, Engine, Target, WifiEnd, WifiMove, printable};

/// Between two questions to a device that moves.
const PAUSE: Duration = Duration::from_millis(500);

/// Which device, and where to.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id, name or host:port
    #[arg(value_name = "DEVICE")]
    device: Target,
    /// The network it is to join
    #[arg(long, value_name = "NAME", value_parser = ssid)]
    ssid: Ssid,
    /// Read the network's password from FILE, or from standard input (-) [default: you are asked]
    #[arg(long, value_name = "FILE", conflicts_with = "open")]
    password_file: Option<PathBuf>,
    /// The network has no password
    #[arg(long)]
    open: bool,
    /// This computer will not be on that network: the device stays there as soon as it has joined
    #[arg(long)]
    elsewhere: bool,
    /// Do not ask before the device moves
    #[arg(long)]
    yes: bool,
    /// Print one JSON object with the end
    #[arg(long, requires = "yes")]
    json: bool,
}

impl Arguments {
    fn password(&self) -> PasswordSource<'_> {
        PasswordSource::of(self.password_file.as_deref(), self.open)
    }
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    // Searched for even if its address is given: on the new network it will have another.
    session.with_history(session.config_for_all()?, async |engine| {
        let device = find(engine, args.device.clone()).await?;
        let before = engine.status(device.id.clone()).await?;
        let wifi = before.wifi.as_ref().ok_or_else(|| no_wifi(&device))?;
        let network = network(args.ssid.clone(), args.password())?;
        let change = WifiChange { ssid: network.ssid, password: network.password, reach: !args.elsewhere };
        if !args.json {
            announce(&device, wifi, &change, session);
        }
        if !args.yes && !may_begin("the device may leave its network")? {
            session.output.line("Nothing was sent.");
            return Ok(Exit::Failed);
        }
        engine.act(device.id.clone(), Action::Wifi(change.clone())).await?;
        let follow = WifiMove::new(&before, &change, Instant::now()).ok_or_else(|| no_wifi(&device))?;
        if !args.json {
            session.output.line(leaving(&device, wifi, &change));
        }
        let end = watch(engine, &device, follow).await;
        conclude(&device, &before, &change, &end, args.json, session)
    })
}

fn leaving(device: &Device, wifi: &Wifi, change: &WifiChange) -> String {
    let (label, to) = (device.label(), printable(&change.ssid));
    if change.reach {
        format!("{label} leaves; waiting for it on {to}, for up to {} s.", wifi.trial_s)
    } else {
        format!("{label} leaves for {to}; watching for {} s whether it comes back.", wifi.trial_s)
    }
}

fn no_wifi(device: &Device) -> Failure {
    Failure::new(format!("{} tells of no WiFi: there is nothing to change", device.label()))
        .try_this("look at `skylift status`; a simulated device has WiFi if it is switched on with --network")
}

/// What is going to happen.
fn announce(device: &Device, wifi: &Wifi, change: &WifiChange, session: &Session) {
    let line = |line: String| session.output.line(line);
    let (from, to) = (from(wifi), printable(&change.ssid));
    line(format!("{} at {} leaves {from} and joins {to}.", device.label(), device.address));
    line(if change.reach {
        format!("This computer has to reach it there, or it comes back after {} s at most.", wifi.trial_s)
    } else {
        "It stays as soon as it has joined, and this computer may not see it again.".to_owned()
    });
    line(format!("{from} is kept as a fallback, for when {to} is not there."));
    if !change.password.is_open() {
        line("The password travels unencrypted over this network.".to_owned());
    }
    line("The device is open: anybody on its network can do the same.".to_owned());
}

fn from(wifi: &Wifi) -> String {
    wifi.ssid.as_deref().map_or_else(|| "its network".to_owned(), printable)
}

/// Goes on asking the device, wherever mDNS finds it, until it has said how it ended, or the time is over.
async fn watch(engine: &Engine, device: &Device, mut follow: WifiMove) -> WifiEnd {
    loop {
        if let Ok(status) = engine.status(device.id.clone()).await {
            follow.sees(&status);
        }
        if let Some(end) = follow.end(Instant::now()) {
            return end;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn conclude(
    device: &Device,
    before: &Status,
    change: &WifiChange,
    end: &WifiEnd,
    json: bool,
    session: &Session,
) -> Result<Exit, Failure> {
    if json {
        session.output.json(&as_json(device, before, change, end));
    } else {
        show(device, change, end, session);
    }
    Ok(match end {
        WifiEnd::Moved | WifiEnd::Gone => Exit::Done,
        WifiEnd::CameBack { .. } => Exit::Failed,
        WifiEnd::NotSeen => Exit::Lost,
    })
}

fn show(device: &Device, change: &WifiChange, end: &WifiEnd, session: &Session) {
    let (label, to) = (device.label(), printable(&change.ssid));
    let line = |line: String| session.output.line(line);
    match end {
        WifiEnd::Moved => line(format!("moved: {label} is on {to} now, and says so itself")),
        WifiEnd::CameBack { network, why } => {
            let network = network.as_deref().map_or_else(|| "its old network".to_owned(), printable);
            line(format!("came back to {network}: {}", why.sentence()));
            line(format!("  try: {}", why.advice()));
        }
        WifiEnd::Gone => {
            line(format!("gone: {label} did not come back, so it has joined {to}, unless it lost power"));
        }
        WifiEnd::NotSeen => {
            line(format!("not seen: {label} answers neither on {to} nor where it was"));
            line(format!(
                "  try: wait for it with `skylift devices --watch`; it may be on {to} with an address that this computer does not reach"
            ));
            line(
                "  try: restart it: without a proof that it was reached it joins its old network again"
                    .to_owned(),
            );
        }
    }
}

fn as_json(device: &Device, before: &Status, change: &WifiChange, end: &WifiEnd) -> serde_json::Value {
    let mut object = json!({
        "device": device.id.as_str(),
        "from": before.wifi.as_ref().and_then(|wifi| wifi.ssid.as_deref()),
        "to": change.ssid.as_str(),
        "end": end.as_str(),
    });
    if let WifiEnd::CameBack { network, why } = end {
        object["network"] = json!(network.as_deref());
        object["reason"] = json!(why.as_str());
    }
    object
}

/// The line of `skylift status`.
pub(super) fn shown(wifi: &Wifi) -> String {
    let mut text = wifi.ssid.as_deref().map_or_else(|| "joined to none".to_owned(), printable);
    if let Some(change) = &wifi.change {
        let to = printable(&change.ssid);
        match change.outcome {
            WifiOutcome::Joined => text.push_str(", moved there since it started"),
            WifiOutcome::Trying => text.push_str(&format!("; moving to {to}")),
            outcome => {
                let why = CameBack::Told(outcome).sentence();
                text.push_str(&format!("; came back from {to} ({outcome}): {why}"));
            }
        }
    }
    text
}
