//! First contact with a board that was set up by cable: its log is listened to, and the network asked, until one of
//! them tells how it ended. The rules are `usb/provision/contact.rs`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use skylift_protocol::{Access, Id};
use tokio::sync::mpsc::UnboundedReceiver;

use super::client::Problem;
use super::{Engine, FindError, HostPort, RequestError, Target};
use crate::usb::monitor::Batch;
use crate::usb::provision::{ContactEnd, FirstContact};

/// Between two questions on the network.
const PAUSE: Duration = Duration::from_millis(300);
/// The port of chips.
const PORT: u16 = 80;

/// What the network tells of a device.
enum Told {
    /// It answers there; whether it has signed that.
    Answers(SocketAddr, bool),
    /// Somebody answers there who is not believed.
    Doubt(SocketAddr, String),
}

/// Watches a board that was given a network, and has just been restarted, until it is there or it is known why not.
/// `log` is what it says over its cable, as a monitor reads it; `at` is where it will be, if somebody knows.
pub async fn first_contact(
    engine: &Engine,
    mut contact: FirstContact,
    at: Option<HostPort>,
    mut log: UnboundedReceiver<Batch>,
) -> ContactEnd {
    let mut listening = true;
    loop {
        if let Some(end) = contact.end(Instant::now()) {
            return end;
        }
        let places =
            [at.clone(), contact.told_address().map(|ip| HostPort { host: ip.to_string(), port: PORT })];
        let look = look(engine, contact.device().clone(), places.into_iter().flatten().collect());
        tokio::pin!(look);
        // A look is not broken off by what the board says meanwhile: each of its lines would begin it anew.
        loop {
            tokio::select! {
                told = &mut look => {
                    take(&mut contact, told);
                    break;
                }
                batch = log.recv(), if listening => match batch {
                    Some(batch) => contact.hears(&batch, Instant::now()),
                    None => listening = false,
                },
                () = tokio::time::sleep_until(contact.next_look().into()) => break,
            }
            if contact.end(Instant::now()).is_some() {
                break;
            }
        }
    }
}

fn take(contact: &mut FirstContact, told: Option<Told>) {
    match told {
        Some(Told::Answers(address, proven)) => contact.answers(address, proven),
        Some(Told::Doubt(address, why)) => contact.is_doubted(address, why),
        None => {}
    }
}

/// Asks the device itself, wherever mDNS or somebody else says that it is; waits a little before.
async fn look(engine: &Engine, id: Id, places: Vec<HostPort>) -> Option<Told> {
    tokio::time::sleep(PAUSE).await;
    for place in places {
        // It becomes known by that, if it is the one. Anybody else who answers there is none of ours.
        if let Err(FindError::Client(error)) = engine.find(Target::At(place), PAUSE).await
            && error.problem.is_doubt()
        {
            return Some(Told::Doubt(error.peer.address, error.to_string()));
        }
    }
    let answer = engine.status(id.clone()).await;
    let known = engine.snapshot().device(&id).map(|device| device.address);
    match answer {
        // An engine that holds a device's key gives no answer that is not signed.
        Ok(status) => known.map(|address| Told::Answers(address, status.access == Access::Paired)),
        Err(RequestError::Client(error)) => match &error.problem {
            Problem::Closed(public) if public.id == id => Some(Told::Answers(error.peer.address, false)),
            problem if problem.is_doubt() => Some(Told::Doubt(error.peer.address, error.to_string())),
            _ => None,
        },
        Err(RequestError::NoSuchDevice(_) | RequestError::Jaguar { .. } | RequestError::Stopped) => None,
    }
}
