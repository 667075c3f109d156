//! A simulated device on its network: the API's socket and mDNS, for as long as there is a network.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use edge_nal::TcpBind;
use edge_nal_std::Stack;
use embassy_futures::join::join;
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_time::{Duration, Timer};
use skylift_node::http::Server;
use skylift_node::{Api, mdns};

use crate::config::Mdns;
use crate::link::FaultyStack;
use crate::multicast::{Multicast, OnPort};
use crate::program::ChipNode;
use crate::radio::SimulatedRadio;
use crate::random::Random;

/// Between two tries to listen.
const BIND_PAUSE: Duration = Duration::from_millis(50);

/// Where the device is found.
pub(crate) struct Place<'a> {
    pub port: u16,
    pub mdns: &'a Mdns,
}

/// Serves and announces the device while it can be reached.
pub(crate) async fn be_there(
    node: &ChipNode<'_, '_>,
    radio: &SimulatedRadio<'_>,
    stack: &FaultyStack<'_>,
    place: &Place<'_>,
) -> Infallible {
    loop {
        let address = radio.reachable().await;
        node.tell_address(seen(address));
        let there = join(serve(node, stack, address, place.port), announce(node, address, place));
        select(there, radio.unreachable()).await;
        node.set_serving(false);
        if let Mdns::Daemon(announcer) = place.mdns {
            announcer.withdraw(&node.announcement(address, place.port).id);
        }
    }
}

/// Serves the API; while the port cannot be had, it is tried again.
async fn serve(node: &ChipNode<'_, '_>, stack: &FaultyStack<'_>, address: Ipv4Addr, port: u16) -> Infallible {
    let address = SocketAddr::new(IpAddr::V4(address), port);
    let host = Stack::new();
    let acceptor = loop {
        match host.bind(address).await {
            Ok(acceptor) => break acceptor,
            Err(error) => {
                node.log.line(format_args!("cannot listen on {address}: {error}"));
                Timer::after(BIND_PAUSE).await;
            }
        }
    };
    node.set_serving(true);
    let api = Api::new(node, stack);
    let mut server = Server::<4>::new();
    server.serve(&acceptor, &api, &node.config().http).await;
    std::future::pending().await
}

/// The address under which the device is found.
fn seen(address: Ipv4Addr) -> Ipv4Addr {
    if address.is_unspecified() { Ipv4Addr::LOCALHOST } else { address }
}

async fn announce(node: &ChipNode<'_, '_>, address: Ipv4Addr, place: &Place<'_>) -> Infallible {
    let address = seen(address);
    let show = || node.announcement(address, place.port);
    match place.mdns {
        Mdns::Off => std::future::pending().await,
        Mdns::Daemon(announcer) => loop {
            if let Err(error) = announcer.announce(&show()) {
                node.log.line(format_args!("{error}"));
            }
            node.announcement_changed().await;
        },
        Mdns::Device { port } => {
            let announcer = mdns::Announcer::<NoopRawMutex>::new(show());
            let buffers = mdns::Buffers::new();
            let (stack, mut random) = (OnPort::new(Multicast(address), *port), Random::new());
            let pause = node.config().mdns_pause;
            let respond = mdns::run(&stack, address, &announcer, &buffers, &mut random, pause);
            let follow = async {
                loop {
                    node.announcement_changed().await;
                    announcer.update(|shown| *shown = show());
                }
            };
            join(respond, follow).await;
            std::future::pending().await
        }
    }
}
