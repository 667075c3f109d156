//! Reachability, proven from the device's side: it fetches a nonce from each address it may reach this computer at.

mod candidates;
mod own;
mod unreachable;

use std::net::SocketAddr;

use super::client::{DeviceClient, Peer};
use crate::server::FileServer;

pub use candidates::{HostAddress, HostAddressError};
pub(super) use own::reached_at;
pub use unreachable::{ReachError, open_port};

/// Finds the address under which the device reaches the file server.
pub(super) async fn reach(
    client: &DeviceClient,
    peer: &Peer,
    server: &FileServer,
    wanted: Option<HostAddress>,
) -> Result<SocketAddr, ReachError> {
    let tried = candidates::candidates(peer.address.ip(), server.local_addr(), wanted);
    if tried.is_empty() {
        return Err(ReachError::NoCandidate(peer.clone()));
    }
    // The likeliest alone: dead addresses cost the device seconds each.
    let (likeliest, others) = tried.split_at(1);
    for candidates in [likeliest, others] {
        if let Some(reached) = probe(client, peer, server, candidates).await? {
            return Ok(reached);
        }
    }
    Err(ReachError::Unreachable { peer: peer.clone(), tried })
}

/// The first address that the device has reached: it says so, and its visit was seen.
async fn probe(
    client: &DeviceClient,
    peer: &Peer,
    server: &FileServer,
    candidates: &[SocketAddr],
) -> Result<Option<SocketAddr>, ReachError> {
    if candidates.is_empty() {
        return Ok(None);
    }
    // A nonce for each, so that a visit tells the address it came by.
    let nonces = candidates.iter().map(|_| server.probe()).collect::<Result<Vec<_>, _>>()?;
    let urls: Vec<String> = nonces.iter().zip(candidates).map(|(nonce, at)| nonce.url_via(*at)).collect();
    let reached = client.probe(peer, &urls).await?;
    let seen = nonces.iter().zip(&reached).map(|(nonce, reached)| *reached && nonce.was_reached());
    Ok(candidates.iter().zip(seen).find(|(_, seen)| *seen).map(|(candidate, _)| *candidate))
}
