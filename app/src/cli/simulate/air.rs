//! The WiFi around simulated devices, as options of `skylift simulate`.

use std::str::FromStr;

use clap::Args;
use skylift_protocol::{Network, Networks, Password, Ssid};
use skylift_simulator::air::{AccessPoint, Air, Lease};

/// The networks that devices hear.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Their WiFi")]
pub(super) struct AirOptions {
    /// A network that is there for devices and for this computer; new devices know the first one. Can be given more
    /// than once. (Its password protects nothing.) Without it devices are on a wire
    #[arg(long = "network", value_name = "NAME[:PASSWORD]")]
    networks: Vec<SimulatedNetwork>,
    /// A network that devices can join, and this computer is not on; can be given more than once
    #[arg(long = "far-network", value_name = "NAME[:PASSWORD]", requires = "networks")]
    far: Vec<SimulatedNetwork>,
}

#[derive(Clone, Debug)]
struct SimulatedNetwork(Network);

impl FromStr for SimulatedNetwork {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (ssid, password) = text.split_once(':').unwrap_or((text, ""));
        let too_long = || "a name has 32 bytes at most, a password 64".to_owned();
        let network = Network {
            ssid: Ssid::try_from(ssid).map_err(|_| too_long())?,
            password: Password::new(password).ok_or_else(too_long)?,
        };
        network.check().map_err(|flaw| flaw.to_string())?;
        Ok(Self(network))
    }
}

impl AirOptions {
    /// The air, if there is WiFi at all.
    pub(super) fn air(&self) -> Option<Air> {
        let points = |networks: &[SimulatedNetwork], lease| {
            let point = move |SimulatedNetwork(network): &SimulatedNetwork| {
                AccessPoint::new(&network.ssid, network.password.reveal()).with(lease)
            };
            networks.iter().map(point).collect::<Vec<_>>()
        };
        let all = [points(&self.networks, Lease::Usual), points(&self.far, Lease::Elsewhere)].concat();
        (!all.is_empty()).then(|| Air::new(all))
    }

    /// What a new device knows.
    pub(super) fn known(&self) -> Networks {
        let first = self.networks.first().map(|SimulatedNetwork(network)| network.clone());
        first.map_or(Networks::new(), |first| Networks::new().with_first(first))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_a_name_and_a_password() {
        let network = |text: &str| text.parse::<SimulatedNetwork>().map(|SimulatedNetwork(network)| network);
        let found = network("work shop:a:b:c:d:e").unwrap();
        assert_eq!((found.ssid.as_str(), found.password.reveal()), ("work shop", "a:b:c:d:e"));
        assert!(network("guests").unwrap().password.is_open());
        for text in ["", ":12345678", "den:short", &"x".repeat(33)] {
            assert!(network(text).is_err(), "{text}");
        }
    }
}
