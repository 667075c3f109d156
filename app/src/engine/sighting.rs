//! An answer of a device to `/status`, with where and when it was given.

use std::net::SocketAddr;
use std::time::Instant;

use skylift_protocol::Status;

use super::client::{ClientError, DeviceClient, Peer, Problem};
use super::snapshot::Device;

/// An answer to `/status`.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) status: Status,
    pub(super) address: SocketAddr,
    /// Just before it was asked for.
    pub(super) asked: Instant,
    /// Just after it came.
    pub(super) answered: Instant,
}

/// Asks whoever is at an address.
pub(super) async fn look_at(client: &DeviceClient, peer: &Peer) -> Result<Sighting, ClientError> {
    let asked = Instant::now();
    let status = client.status(peer).await?;
    Ok(Sighting { status, address: peer.address, asked, answered: Instant::now() })
}

/// Asks one device, at its other addresses too if it does not answer at the likeliest.
pub(super) async fn look_for(client: &DeviceClient, device: &Device) -> Result<Sighting, ClientError> {
    let mut found = look_for_at(client, device, device.address).await;
    for &address in &device.other_addresses {
        if found.is_ok() {
            break;
        }
        found = look_for_at(client, device, address).await;
    }
    found
}

async fn look_for_at(
    client: &DeviceClient,
    device: &Device,
    address: SocketAddr,
) -> Result<Sighting, ClientError> {
    let peer = device.peer_at(address);
    let sighting = look_at(client, &peer).await?;
    if sighting.status.id == device.id {
        return Ok(sighting);
    }
    let problem = Problem::OtherDevice(sighting.status.id.to_string());
    Err(ClientError { peer, problem })
}
