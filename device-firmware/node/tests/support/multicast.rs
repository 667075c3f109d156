//! UDP sockets that share port 5353 with the other mDNS programs of a machine, on one interface.
//!
//! `edge_nal_std::Stack` binds without reuse, which fails beside avahi or mdns-sd.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use async_io::Async;
use edge_nal::UdpBind;
use socket2::{Domain, Protocol, Socket, Type};

/// The network stack for a responder on the interface with this address.
pub struct Multicast(pub Ipv4Addr);

impl UdpBind for Multicast {
    type Error = io::Error;
    type Socket<'a> = edge_nal_std::UdpSocket;

    async fn bind(&self, local: SocketAddr) -> Result<edge_nal_std::UdpSocket, io::Error> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        #[cfg(unix)]
        socket.set_reuse_port(true)?;
        socket.set_multicast_if_v4(&self.0)?;
        socket.set_multicast_loop_v4(true)?;
        socket.bind(&local.into())?;
        Ok(edge_nal_std::UdpSocket::new(Async::new(UdpSocket::from(socket))?))
    }
}
