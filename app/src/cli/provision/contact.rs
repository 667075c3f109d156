//! The first contact with a board that was set up: what it says over its cable, and who answers on the network.

use std::time::{Duration, Instant};

use clap::Args;
use tokio::sync::mpsc::unbounded_channel;

use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::figures::seconds;
use super::super::interrupt::interrupted;
use super::super::session::Session;
use crate::engine::{HostPort, Target, first_contact as watch};
use crate::usb::monitor;
use crate::usb::ports::Port;
use crate::usb::provision::{ContactEnd, FirstContact, Prepared, Wishes};

const HEADING: &str = "First contact";

/// How the first contact is watched.
#[derive(Args, Clone, Debug)]
pub(in super::super) struct Watching {
    /// Where the board will be, where mDNS does not pass
    #[arg(long, help_heading = HEADING, value_name = "HOST[:PORT]", value_parser = address)]
    address: Option<HostPort>,
    /// Wait so long for it on the network, in seconds
    #[arg(long, help_heading = HEADING, value_name = "S", default_value = "60", value_parser = seconds)]
    wait: Duration,
    /// Do not wait for it on the network
    #[arg(long, help_heading = HEADING, conflicts_with_all = ["address", "wait"])]
    no_wait: bool,
}

fn address(text: &str) -> Result<HostPort, String> {
    match text.parse().map_err(|error: crate::engine::TargetError| error.to_string())? {
        Target::At(place) => Ok(place),
        Target::Called(host) => Ok(HostPort { host, port: 80 }),
    }
}

/// Watches a board that restarts now, until it is there or it is known why not; `None` if nobody waits for it, because it
/// knows no network or the user said so.
pub(in super::super) fn first_contact(
    port: &str,
    prepared: &Prepared,
    wishes: &Wishes,
    watching: &Watching,
    session: &Session,
) -> Result<Option<ContactEnd>, Failure> {
    let contact = FirstContact::of(prepared, wishes, Instant::now()).filter(|_| !watching.no_wait);
    let Some(contact) = contact.map(|contact| contact.patient_for(watching.wait)) else { return Ok(None) };
    let (batches, log) = unbounded_channel();
    let options = monitor::Options::new(Port::named(port));
    // Without its log, the network alone tells.
    let listening = monitor::Session::start(options, move |heard| {
        if let monitor::Heard::Read(batch) = heard {
            // After the contact has ended, nobody wants to know.
            let _ = batches.send(batch);
        }
    })?;
    let mut ended = None;
    session.with_history(session.config_for_all()?, async |engine| {
        tokio::select! {
            end = watch(engine, contact, watching.address.clone(), log) => ended = Some(end),
            () = interrupted() => {}
        }
        Ok(Exit::Done)
    })?;
    listening.stop();
    Ok(ended)
}
