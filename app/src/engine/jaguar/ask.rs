//! Asking a Jaguar device that is known who it is, at each of its addresses.

use std::sync::Arc;

use skylift_protocol::Id;
use tokio::sync::Semaphore;

use super::JaguarClient;
use super::identify::JaguarSighting;
use crate::engine::client::{ClientError, Problem};
use crate::engine::notice::{Notice, Notices};
use crate::engine::snapshot::Device;

/// Asks one device, at its other addresses too if it does not answer at the likeliest. `new` is the id that it may
/// have after an update.
///
/// # Errors
/// It does not answer.
pub(in crate::engine) async fn look_for(
    client: &JaguarClient,
    device: &Device,
    new: Option<&Id>,
) -> Result<JaguarSighting, ClientError> {
    let mut found = look_at(client, device, device.address, new).await;
    for &address in &device.other_addresses {
        if found.is_ok() {
            break;
        }
        found = look_at(client, device, address, new).await;
    }
    found
}

async fn look_at(
    client: &JaguarClient,
    device: &Device,
    address: std::net::SocketAddr,
    new: Option<&Id>,
) -> Result<JaguarSighting, ClientError> {
    let peer = device.peer_at(address);
    let sighting = client.identify(&peer).await?;
    let id = &sighting.identity.id;
    if *id == device.id || Some(id) == new {
        return Ok(sighting);
    }
    Err(ClientError { peer, problem: Problem::OtherDevice(id.to_string()) })
}

/// Asks a device, for the book. Only so many are asked at a time, as with others.
pub(in crate::engine) async fn ask(
    client: JaguarClient,
    device: Arc<Device>,
    new: Option<Id>,
    notices: Notices,
    turns: Arc<Semaphore>,
) {
    // The semaphore is never closed, so an error cannot be.
    let _turn = turns.acquire().await;
    let found = look_for(&client, &device, new.as_ref()).await;
    notices.send(Notice::JaguarAsked(device.id.clone(), found));
}
