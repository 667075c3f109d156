//! Who is at an address: a device with Skylift, or a Jaguar device.

use std::net::SocketAddr;

use skylift_protocol::Id;

use super::client::{ClientError, DeviceClient, Peer, Problem};
use super::find::FindError;
use super::jaguar::{HTTP_PORT, JaguarClient, JaguarSighting};
use super::sighting::{Sighting, look_at};
use super::target::{DEVICE_PORT, HostPort};

/// Who was found at an address.
#[derive(Debug)]
pub(super) enum Found {
    /// A device with Skylift.
    Skylift(Box<Sighting>),
    /// A Jaguar device.
    Jaguar(Box<JaguarSighting>),
}

impl Found {
    /// The device's id.
    pub(super) fn id(&self) -> &Id {
        match self {
            Self::Skylift(sighting) => &sighting.status.id,
            Self::Jaguar(sighting) => &sighting.identity.id,
        }
    }
}

/// Whom to ask, in which protocol.
#[derive(Clone)]
pub(super) struct Clients {
    pub(super) skylift: DeviceClient,
    pub(super) jaguar: JaguarClient,
}

/// Asks whoever is at a host and port. `jaguars` are addresses at which Jaguar devices have answered.
pub(super) async fn look_at_host(
    clients: &Clients,
    place: &HostPort,
    jaguars: &[SocketAddr],
) -> Result<Found, FindError> {
    let no_address = |cause: String| FindError::NoAddress(place.clone(), cause);
    let found = tokio::net::lookup_host((place.host.as_str(), place.port)).await;
    let mut addresses: Vec<_> = found.map_err(|error| no_address(error.to_string()))?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    let mut failure = no_address("nobody knows it".to_owned());
    for address in addresses {
        let label =
            if place.host == address.ip().to_string() { address.to_string() } else { place.to_string() };
        match clients.look_at(Peer { label, id: None, address }, jaguars.contains(&address)).await {
            Ok(found) => return Ok(found),
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

impl Clients {
    /// Asks as Skylift does, and then, if that gets nowhere, as Jaguar's own tool does. The error is of the first:
    /// it says more. A device that is known to be Jaguar's is not bothered with the other protocol.
    async fn look_at(&self, peer: Peer, jaguar: bool) -> Result<Found, ClientError> {
        if jaguar && let Ok(sighting) = self.jaguar.identify(&peer).await {
            return Ok(Found::Jaguar(Box::new(sighting)));
        }
        let error = match self.look_as_skylift(&peer).await {
            Ok(sighting) => return Ok(Found::Skylift(Box::new(sighting))),
            Err(error) => error,
        };
        for place in jaguar_places(&peer, &error.problem) {
            if let Ok(sighting) = self.jaguar.identify(&place).await {
                return Ok(Found::Jaguar(Box::new(sighting)));
            }
        }
        Err(error)
    }

    /// It may be a Jaguar device, which serves one connection at a time.
    async fn look_as_skylift(&self, peer: &Peer) -> Result<Sighting, ClientError> {
        let turn = self.jaguar.turn(peer.address);
        let _turn = turn.lock().await;
        look_at(&self.skylift, peer).await
    }
}

/// Where a Jaguar device may be, if a device with Skylift is not there.
fn jaguar_places(peer: &Peer, problem: &Problem) -> Vec<Peer> {
    let speaks = matches!(
        problem,
        Problem::Status(_) | Problem::NotUnderstood(_) | Problem::TooLong(_) | Problem::Broken(_)
    );
    let nobody = matches!(problem, Problem::NotReached(_) | Problem::Silent(_));
    let usual = Peer { address: (peer.address.ip(), HTTP_PORT).into(), ..peer.clone() };
    let usual = (peer.address.port() == DEVICE_PORT && (speaks || nobody)).then_some(usual);
    speaks.then(|| peer.clone()).into_iter().chain(usual).collect()
}
